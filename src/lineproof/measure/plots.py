"""Pictures of a report: the DET curve, and how far groups differ; each as SVG and as PNG.

Drawing needs matplotlib, which is not installed with Lineproof unless asked for: `lineproof[plots]`.
"""

import importlib
from dataclasses import dataclass

from lineproof.errors import Unavailable
from lineproof.measure.report import FaceReport


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture as a file. The same report gives the same bytes with the same release of matplotlib."""

    name: str
    content: bytes


def require_matplotlib() -> None:
    """Raise Unavailable, saying what to install, where nothing can be drawn."""
    try:
        importlib.import_module("matplotlib.figure")
    except ImportError as error:
        raise Unavailable(
            "Plots are drawn with matplotlib, which is not installed.",
            remedy="Install it with: pip install 'lineproof[plots]'",
        ) from error


def draw_plots(report: FaceReport) -> tuple[Picture, ...]:
    """Draw the DET curve and, for each threshold that shows one, the differentials of the groups.

    Nothing is opened, fetched or shown: fonts come with matplotlib. Raises Unavailable without matplotlib.
    """
    require_matplotlib()
    # Imported here, since they import matplotlib.
    from lineproof.measure.plot_det import draw_det  # noqa: PLC0415
    from lineproof.measure.plot_groups import draw_groups  # noqa: PLC0415

    drawn = [("det", draw_det(report)), *draw_groups(report)]
    return tuple(
        Picture(f"{name}.{ending}", content) for name, files in drawn for ending, content in files.items()
    )
