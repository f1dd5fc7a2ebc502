"""`lineproof specimen`: draw synthetic people and specimen documents to try the procedure with."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from lineproof.errors import Malformed, Unavailable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

OUT = click.Path(dir_okay=False, path_type=Path)
JPEG_ENDINGS, PNG_ENDINGS = (".jpg", ".jpeg"), (".png",)


@click.group(name="specimen")
def command() -> None:
    """Draw specimen documents and synthetic faces. They say nothing about accuracy on people."""


@command.command()
@click.option("--seed", type=click.IntRange(0), required=True, help="Which synthetic person and document.")
@click.option("--out", type=OUT, required=True, help="File to write, ending in .jpg or .png.")
@click.option(
    "--portrait", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A picture for the portrait."
)
@click.option("--expired", is_flag=True, help="A document past its date.")
@click.option("--flat", is_flag=True, help="The flat page instead of a photograph of it.")
@click.option("--megapixels", type=click.FloatRange(0.3, 24), default=2.4, show_default=True, help="Of the photograph.")
@click.option("--rotate", type=click.Choice(["0", "90", "180", "270"]), default="0", help="Degrees clockwise.")
def document(
    *, seed: int, out: Path, portrait: Path | None, expired: bool, flat: bool, megapixels: float, rotate: str
) -> None:
    """Draw a specimen passport, as a phone would photograph it."""
    _check_ending(out)
    from lineproof.specimen.document import draw_passport, passport_fields
    from lineproof.specimen.face import draw_face
    from lineproof.specimen.people import SPECIMEN_DAY
    from lineproof.specimen.photograph import TURNS, photograph

    picture = _read_picture(portrait) if portrait else draw_face(seed=seed)
    page = draw_passport(fields=passport_fields(seed, today=SPECIMEN_DAY, expired=expired), portrait=picture)
    if flat:
        _write_picture(out, page)
        return
    width = round((megapixels * 1e6 * 4 / 3) ** 0.5)
    turn = next(quarter for quarter in (0, *TURNS) if quarter == int(rotate))
    _write_jpeg(out, photograph(page, seed=seed, width_px=width, height_px=round(width * 3 / 4), rotation_degrees=turn))
