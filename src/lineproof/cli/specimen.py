"""`lineproof specimen`: draw synthetic people and specimen documents to try the procedure with.

Drawing needs heavy libraries, so each command imports it when it runs, not when `--help` is asked for.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from lineproof.cli import options

if TYPE_CHECKING:
    from lineproof.specimen.portrait_style import StyleName

OUT = click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="File to write: .jpg or .png."
)
SEED = click.option(
    "--seed", type=click.IntRange(0, 2**32 - 1), required=True, help="Which synthetic person."
)


@click.group(name="specimen")
def command() -> None:
    """Draw specimen documents and synthetic faces, which say nothing about accuracy on people."""


@command.command()
@SEED
@OUT
@click.option(
    "--portrait", type=click.Path(path_type=Path), help="A JPEG or PNG picture to use as the portrait."
)
@click.option("--expired", is_flag=True, help="Draw a document past its date of expiry.")
@click.option("--flat", is_flag=True, help="Draw the flat page, not a photograph of it.")
@click.option(
    "--megapixels", type=click.FloatRange(0.3, 24), default=2.4, show_default=True, help="Photograph's size."
)
@click.option(
    "--rotate", type=click.Choice(["0", "90", "180", "270"]), default="0", help="Turn it clockwise."
)
@click.option(
    "--kind",
    type=click.Choice(["passport", "card-front", "card-back", "official-card", "visa-a", "visa-b"]),
    default="passport",
    show_default=True,
    help="Which document, and which side of it; a card has its machine readable zone on the back.",
)
@click.option(
    "--portrait-style",
    type=click.Choice(["colour", "grey", "laminated", "perforated", "ghost", "replaced"]),
    default="colour",
    show_default=True,
    help="What makes the portrait hard to use; replaced: another person's is pasted over it.",
)
@click.option(
    "--zone-print",
    type=click.Choice(["clean", "worn", "dot-matrix"]),
    default="clean",
    show_default=True,
    help="How the machine readable zone is printed.",
)
def document(
    *,
    seed: int,
    out: Path,
    portrait: Path | None,
    expired: bool,
    flat: bool,
    megapixels: float,
    rotate: str,
    kind: str,
    portrait_style: "StyleName",
    zone_print: str,
) -> None:
    """Draw a specimen document, a passport unless said otherwise, as a phone would photograph it."""
    from lineproof.specimen.document import draw_document, draw_passport, passport_fields
    from lineproof.specimen.face import draw_face
    from lineproof.specimen.fields import document_fields
    from lineproof.specimen.kinds import DocumentKind
    from lineproof.specimen.people import SPECIMEN_DAY
    from lineproof.specimen.photograph import frame_of, photograph
    from lineproof.specimen.pictures import check_ending, read_picture, write_photograph, write_picture
    from lineproof.specimen.portrait_style import named_style
    from lineproof.specimen.zone_print import ZonePrint

    check_ending(out)
    picture = read_picture(portrait) if portrait else draw_face(seed=seed)
    other = draw_face(seed=(seed + 1) % 2**32) if portrait_style == "replaced" else picture
    style, printed = named_style(portrait_style, other=other, seed=seed), ZonePrint(zone_print)
    drawn = DocumentKind(kind)
    if drawn is DocumentKind.PASSPORT:
        entries = passport_fields(seed, today=SPECIMEN_DAY, expired=expired)
        page = draw_passport(fields=entries, portrait=picture, portrait_style=style, zone_print=printed)
    else:
        entries = document_fields(seed, kind=drawn, today=SPECIMEN_DAY, expired=expired)
        page = draw_document(
            kind=drawn, fields=entries, portrait=picture, seed=seed, portrait_style=style, zone_print=printed
        )
    if flat:
        write_picture(out, page)
        return
    width, height = frame_of(megapixels)
    write_photograph(
        out, photograph(page, seed=seed, width_px=width, height_px=height, rotation_degrees=int(rotate))
    )


@command.command()
@SEED
@OUT
@click.option(
    "--yaw",
    type=click.FloatRange(-45, 45),
    default=0.0,
    help="Degrees; positive turns the nose to the right.",
)
@click.option(
    "--light",
    type=click.Choice(["even", "left", "right", "above"]),
    default="even",
    help="Where the lamp is.",
)
@click.option("--smile", type=click.FloatRange(0, 1), default=0.0, help="From 0, none, to 1.")
def capture(*, seed: int, out: Path, yaw: float, light: str, smile: float) -> None:
    """Draw a face before a room, as the front camera of a phone would take it."""
    from lineproof.specimen.face import Light, draw_figure
    from lineproof.specimen.people import CAPTURE_PX
    from lineproof.specimen.photograph import photograph_capture
    from lineproof.specimen.pictures import check_ending, write_photograph

    check_ending(out)
    figure = draw_figure(
        seed=seed, yaw_degrees=yaw, light=Light[light.upper()], smile=smile, size_px=CAPTURE_PX
    )
    write_photograph(out, photograph_capture(figure, seed=seed))


@command.command()
@click.option("--lines", type=click.IntRange(1, 10_000_000), required=True, help="How many rows.")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), required=True, help="Which invented people.")
@click.option(
    "--problems",
    type=click.FloatRange(0, 1),
    default=0.02,
    show_default=True,
    help="The share of rows that have something wrong with them.",
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="File to write: .csv.")
def base(*, lines: int, seed: int, problems: float, out: Path) -> None:
    """Invent an operator's existing base, to try lineproof import with."""
    from lineproof.specimen.existing_base import write_base

    with options.writing(out) as stream:
        tally = write_base(stream, lines=lines, seed=seed, problem_share=problems)
    click.echo(f"{tally.rows} rows, {sum(tally.problems.values())} of them with something wrong.")
