"""How plots look: dark ink on white, one typeface, told apart in print without colour."""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

INK, QUIET, FAINT = "#1c2733", "#5b6670", "#dde2e6"
BLUE, RUST = "#0b4f8a", "#b3541e"
PNG_DPI = 200
MARGIN_IN = 0.3


@contextmanager
def style() -> Iterator[None]:
    """Draw in our style, whatever the reader's own settings of matplotlib are."""
    with mpl.rc_context(), warnings.catch_warnings():
        # A script that the typeface lacks is shown as boxes in the PNG, and right in the SVG.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        mpl.rcdefaults()
        mpl.rc("font", family=["DejaVu Sans", "sans-serif"], size=9.0)
        # A group may be called $ and mean it.
        mpl.rc("text", color=INK, parse_math=False)
        mpl.rc("axes", edgecolor=QUIET, labelcolor=INK, linewidth=0.8, axisbelow=True)
        mpl.rc("axes.spines", top=False, right=False)
        mpl.rc("xtick", color=QUIET, labelcolor=INK)
        mpl.rc("ytick", color=QUIET, labelcolor=INK)
        mpl.rc("legend", frameon=False)
        # The viewer sets the text of an SVG: so it stays text, in any script.
        mpl.rc("svg", fonttype="none", hashsalt="lineproof")
        yield


def titled(figure: Figure, title: str, subtitle: str) -> None:
    """Write the heading of a picture, and under it what was measured."""
    width, height = figure.get_size_inches()
    left = MARGIN_IN / width
    figure.text(left, 1 - 0.22 / height, title, fontsize=12.5, fontweight="bold", va="top")
    figure.text(left, 1 - 0.53 / height, subtitle, fontsize=8.4, color=QUIET, va="top", linespacing=1.35)


def captioned(figure: Figure, lines: tuple[str, ...]) -> None:
    """Write below a picture how to read it."""
    width, height = figure.get_size_inches()
    at = (MARGIN_IN / width, 0.18 / height)
    figure.text(*at, "\n".join(lines), fontsize=7.4, color=QUIET, va="bottom", linespacing=1.4)


def place(figure: Figure, *, left: float, right: float, top: float, bottom: float) -> Axes:
    """Make axes at these distances, in inches, from the edges of the picture."""
    width, height = figure.get_size_inches()
    across, upward = 1 - (left + right) / width, 1 - (top + bottom) / height
    return figure.add_axes((left / width, bottom / height, across, upward))


def files_of(figure: Figure) -> dict[str, bytes]:
    """Give a picture's files by their endings: nothing in them tells when or where they were made."""
    svg, png = io.BytesIO(), io.BytesIO()
    figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
    figure.savefig(png, format="png", dpi=PNG_DPI, metadata={"Software": None})
    return {"svg": svg.getvalue(), "png": png.getvalue()}
