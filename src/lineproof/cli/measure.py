"""`lineproof measure`: the error rates of what ships, on an operator's own labelled photographs."""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from lineproof.cli import options

if TYPE_CHECKING:
    from lineproof.measure.face import Stage
    from lineproof.measure.progress import Progress
    from lineproof.measure.report import FaceReport

SEED = 20261121
REDRAW_EVERY_S = 0.5
# To the start of the line, and nothing behind it.
CLEARED = "\r\x1b[K"


@click.group(name="measure")
def command() -> None:
    """Measure error rates on labelled photographs. Aggregates only: nothing about any person comes out."""


@command.command()
@click.option(
    "--pairs", type=options.FILE, required=True, metavar="FILE", help="The comparisons, as LFW's pairs.txt."
)
@click.option(
    "--images",
    type=click.Path(path_type=Path),
    required=True,
    metavar="DIR",
    help="The photographs: DIR/NAME/NAME_0001.jpg.",
)
@click.option(
    "--all-pairs", is_flag=True, help="Compare all photographs that the pairs file names with each other."
)
@click.option(
    "--groups", type=options.FILE, metavar="CSV", help="Your own groups of these people: identity,group."
)
@click.option("--seed", type=click.IntRange(0), default=SEED, show_default=True, help="Of the resampling.")
@click.option(
    "--plot", type=click.Path(path_type=Path), metavar="DIR", help="Draw the curves into this folder."
)
@click.option(
    "--processes",
    type=click.IntRange(1, 256),
    metavar="N",
    help="Processes to measure in. [default: one a core]",
)
@click.option(
    "--pack",
    metavar="NAME|DIR",
    help="The model pack; a folder is named with a slash. [default: the one that comes with Lineproof]",
)
@options.record
@options.as_json
def face(
    *,
    pairs: Path,
    images: Path,
    all_pairs: bool,
    groups: Path | None,
    seed: int,
    plot: Path | None,
    processes: int | None,
    pack: str | None,
    record: Path | None,
    as_json: bool,
) -> None:
    """Measure how often face comparison errs: FMR, FNMR, DET and failures, with their intervals.

    Groups are what your file says; nothing is inferred from a face. Only counts and rates come out, and
    nothing is kept.

    Exit: 0 done, 1 error, 2 usage, 130 interrupted.
    """
    from lineproof.measure.as_json import report_json
    from lineproof.measure.face import Asked, measure_face
    from lineproof.measure.table import report_lines

    if plot is not None:
        _require_plots(plot)
    cores = len(os.sched_getaffinity(0))
    asked = Asked(
        pairs,
        images,
        groups,
        all_pairs=all_pairs,
        seed=seed,
        processes=processes or cores,
        pack=pack,
        models_folder=options.models_folder(record),
    )
    with _progress_line() as stage:
        report = measure_face(asked, stage=stage)
    written = () if plot is None else _write_plots(report, plot)
    if as_json:
        click.echo(json.dumps(report_json(report), ensure_ascii=False, indent=2, allow_nan=False))
        return
    for line in report_lines(report):
        click.echo(line)
    for path in written:
        click.echo(f"Drawn: {path}")


def _require_plots(folder: Path) -> None:
    """Find out before an hour of measuring, not after it, that nothing can be drawn or written."""
    from lineproof.errors import Unavailable
    from lineproof.measure.plots import require_matplotlib

    require_matplotlib()
    existing = next(parent for parent in (folder.absolute(), *folder.absolute().parents) if parent.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        raise Unavailable(
            f"{existing} is no folder that can be written to.", remedy="Name another folder for the plots."
        )


def _write_plots(report: "FaceReport", folder: Path) -> tuple[Path, ...]:
    """Draw every picture, write all of them aside, and only then put them in place.

    So a full disk or an interrupt leaves the folder as it was; one that is made for this goes again.
    """
    from lineproof.errors import Unavailable
    from lineproof.measure.plots import draw_plots

    pictures = draw_plots(report)
    made = [each for each in (folder, *folder.parents) if not each.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder, prefix=".drawing-") as aside:
            for picture in pictures:
                (Path(aside) / picture.name).write_bytes(picture.content)
            return tuple((Path(aside) / each.name).replace(folder / each.name) for each in pictures)
    except OSError as error:
        raise Unavailable(
            f"The plots cannot be written to {folder}; nothing was left there.",
            remedy="Name another folder, or make room.",
        ) from error
    finally:
        for each in made:
            with suppress(OSError):  # not empty: the plots are in it
                each.rmdir()


@contextmanager
def _progress_line() -> Iterator["Stage"]:
    """Show on a terminal how far a stage is and how long it will take; elsewhere say nothing.

    However it ends, the line is taken away again.
    """
    shown = False

    def stage(name: str) -> "Progress":
        began = drawn = time.monotonic()

        def tell(done: int, of: int) -> None:
            nonlocal drawn, shown
            now = time.monotonic()
            if now - drawn < REDRAW_EVERY_S or not sys.stderr.isatty():
                return
            drawn, shown = now, True
            left = f", {_duration((now - began) / done * (of - done))} left" if done else ""
            click.echo(f"{CLEARED}{name}: {done:,} of {of:,}{left}", err=True, nl=False)

        return tell

    try:
        yield stage
    finally:
        if shown:
            click.echo(CLEARED, err=True, nl=False)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
