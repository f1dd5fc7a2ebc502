"""`lineproof demo`: the main job with synthetic people on a fresh record, told step by step."""

import json
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lineproof.cli import options
from lineproof.cli.serve import PORT

if TYPE_CHECKING:
    from lineproof.cli.story import Story

POLICY = "specimen"


@click.command()
@click.option("--once", is_flag=True, help="End after the story instead of serving the pages.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="0: any free one."
)
@options.as_json
def demo(*, once: bool, as_json: bool, port: int) -> None:
    """Run the main job with people and documents drawn by code, on a fresh temporary record.

    Nothing real is used and no network is touched. Exit: 0 if every step ended as expected, 1 otherwise.
    """
    with tempfile.TemporaryDirectory(prefix="lineproof-demo-") as folder:
        story = _run(Path(folder), as_json=as_json)
        if not story.ok:
            sys.exit(1)
        if not once:
            _serve(story, Path(folder) / "record", port)


def _run(folder: Path, *, as_json: bool) -> "Story":
    from lineproof import wiring
    from lineproof.booth.relay import Booth
    from lineproof.cli.present import warn_if_unfiltered
    from lineproof.decision.policy import shipped_policy

    _warn_of_plain_swap()
    # Nobody's log may begin with people who are drawn: an empty place is whose who publishes there first.
    os.environ.pop(wiring.LOG_STORE_VARIABLE, None)
    drawing = _draw(folder / "pictures")
    policy = shipped_policy(POLICY)
    with Booth(model_pack=policy.model_pack, filter_required=False) as booth:
        warn_if_unfiltered(booth)
        services = wiring.open_record(folder / "record", policy=policy, examiner=booth)
        _wait_for(drawing)
        from lineproof.cli.story import Story, tell

        story = Story(services, record=folder / "record", pictures=folder / "pictures", quiet=as_json)
        tell(story, now=datetime.now(UTC))
    if as_json:
        click.echo(json.dumps({"ok": story.ok, "steps": [step.json() for step in story.steps]}, indent=2))
    else:
        story.conclude()
    return story


def _warn_of_plain_swap() -> None:
    from lineproof.booth.swap import plain_swaps

    for area in plain_swaps():
        click.echo(
            f"This machine swaps to {area}, which is not encrypted. The people here are drawn.", err=True
        )


def _draw(pictures: Path) -> subprocess.Popen[bytes]:
    """Draw people and documents in a process of their own: this one never loads an imaging library."""
    if sys.stderr.isatty():
        click.echo("Drawing people and documents ...", err=True)
    command = [sys.executable, "-m", "lineproof.specimen.people", str(pictures)]
    return subprocess.Popen(  # noqa: S603 -- our own module, no shell
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )


def _wait_for(drawing: subprocess.Popen[bytes]) -> None:
    from lineproof.errors import Unavailable

    _, complaint = drawing.communicate()
    if drawing.returncode != 0:
        last = complaint.decode(errors="replace").strip().splitlines()[-1:]
        raise Unavailable(
            f"The people and documents could not be drawn: {' '.join(last)}",
            remedy="See that the temporary folder has room.",
        )


def _serve(story: "Story", record: Path, port: int) -> None:
    from lineproof.registry.flows.page_link import issue_page_link
    from lineproof.web.server import serve_pages

    now = datetime.now(UTC)

    def ready(address: str) -> None:
        click.echo(f"\nTheir pages are at {address}   (Ctrl-C stops and removes everything)")
        for name, holder in story.holders.items():
            token = issue_page_link(story.services, holder, now=now)
            click.echo(f"  {name:<6} {address}open/{token}")
        click.echo("Each link opens once, within an hour.")

    serve_pages(record, port=port, ready=ready)
