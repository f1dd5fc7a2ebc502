"""`lineproof models`: the model packs there are, adding one, and whether one works.

This process reads manifests and digests only. Models are loaded into OpenCV in a process of their own.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lineproof.cli import options

if TYPE_CHECKING:
    from lineproof.decision.policy import Policy
    from lineproof.imaging.pack_place import PlacedPack, UnusablePack

NOT_USABLE = 3
TRIAL_SECONDS = 120
FACE_SEED = "7"
_MARKS = {"good": ("green", "+"), "not_tried": ("cyan", "?"), "bad": ("yellow", "-")}


@click.group()
def models() -> None:
    """List, add and check the model packs that faces are compared with."""


@models.command("list")
@options.record
@options.as_json
def list_models(record: Path | None, as_json: bool) -> None:
    """List the model packs that are shipped, installed or added, and which policies use them."""
    from lineproof.decision.policy import policy_names, shipped_policy
    from lineproof.imaging.pack_place import list_packs

    packs = list_packs(options.models_folder(record))
    policies = [shipped_policy(name) for name in policy_names()]
    rows = [_described(pack, policies) for pack in packs]
    unserved = [
        {"policy": policy.name, "model_pack": policy.model_pack, "calibration": policy.calibration_version}
        for policy in policies
        if not any(policy.name in row["used_by"] for row in rows)
    ]
    if as_json:
        click.echo(json.dumps({"packs": rows, "policies_without": unserved}, ensure_ascii=False, indent=2))
        return
    for row in rows:
        _print_pack(row)
    for lack in unserved:
        click.echo(
            click.style(
                f"The policy {lack['policy']} names {lack['model_pack']}, calibration {lack['calibration']}, "
                "which is not here.",
                fg="yellow",
            )
        )


@models.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@options.record
@options.as_json
def add(folder: Path, record: Path | None, as_json: bool) -> None:
    """Check the digests of the pack in DIR and copy it to the record. Whoever adds a pack trusts it.

    Exit: 0 added, or there already; 1 error, 2 usage.
    """
    from lineproof.imaging.added_pack import add_pack
    from lineproof.imaging.pack_place import open_pack

    added, made = add_pack(open_pack(folder), options.models_folder(record))
    name = added.pack.name
    if as_json:
        click.echo(json.dumps({"name": name, "added": made, "folder": str(added.folder)}, ensure_ascii=False))
        return
    click.echo(f"Added: {name}, in {added.folder}." if made else f"{name} is there already, the same.")
    click.echo(f"See whether it runs with: lineproof models check {name}")
    click.echo(f"It is used once a policy says: model_pack = {json.dumps(name)}")


@models.command()
@click.argument("which", metavar="[NAME|DIR]", required=False)
@options.record
@options.as_json
def check(which: str | None, record: Path | None, as_json: bool) -> None:
    """Check a pack's digests, load it, and run it on a drawn face; without NAME, every pack there is.

    A folder is named with a slash: ./my-pack

    Exit: 0 usable, 3 not usable, 1 error, 2 usage.
    """
    from lineproof.imaging.pack_place import UnusablePack

    checked = []
    with tempfile.TemporaryDirectory(prefix="lineproof-models-") as folder:
        face = Path(folder) / "face.jpg"
        for pack in _asked_for(which, options.models_folder(record)):
            if isinstance(pack, UnusablePack):
                name, items = pack.name, [_item("manifest", "bad", str(pack.problem))]
            else:
                if not face.exists():
                    _draw_face(face)
                name, items = pack.pack.name, _trial(pack.folder, face)
            usable = all(item["verdict"] == "good" for item in items)
            checked.append(
                {
                    "name": name,
                    "origin": pack.origin.value,
                    "carrier": pack.carrier,
                    "ok": usable,
                    "items": items,
                }
            )
    ok = all(row["ok"] for row in checked)
    if as_json:
        click.echo(json.dumps({"ok": ok, "packs": checked}, ensure_ascii=False, indent=2))
    else:
        for row in checked:
            _print_checked(row)
    sys.exit(0 if ok else NOT_USABLE)


def _asked_for(which: str | None, models_folder: Path) -> "list[PlacedPack | UnusablePack]":
    from lineproof.imaging.pack_place import list_packs, named_pack

    return list(list_packs(models_folder)) if which is None else [named_pack(which, models_folder)]


def _described(pack: "PlacedPack | UnusablePack", policies: "list[Policy]") -> dict[str, Any]:
    """Describe one pack as JSON; one that cannot be used has a problem and nothing else to say."""
    from lineproof.errors import LineproofError
    from lineproof.imaging.pack_place import UnusablePack

    unusable: dict[str, Any] = {
        "dimensions": None,
        "mirrored": None,
        "calibration": None,
        "licence": None,
        "used_by": [],
    }
    if isinstance(pack, UnusablePack):
        who = {"name": pack.name, "origin": pack.origin.value, "carrier": pack.carrier}
        return {**who, **unusable, "problem": str(pack.problem)}
    said = pack.pack
    who = {"name": said.name, "origin": pack.origin.value, "carrier": pack.carrier}
    try:
        licence = pack.licence_line()
    except LineproofError as error:
        return {**who, **unusable, "problem": str(error)}
    points = [
        {"false_match_rate": point.false_match_rate, "similarity": point.similarity}
        for point in said.calibration.points
    ]
    wanted = (said.name, said.calibration.version)
    return {
        **who,
        "dimensions": said.dimensions,
        "mirrored": said.mirrored,
        "calibration": {
            "version": said.calibration.version,
            "data": said.calibration.source,
            "points": points,
        },
        "licence": licence,
        "used_by": [p.name for p in policies if (p.model_pack, p.calibration_version) == wanted],
        "problem": None,
    }


def _print_pack(row: dict[str, Any]) -> None:
    click.echo(click.style(row["name"], bold=True))
    _print_line("from", f"{row['carrier']} ({row['origin']})")
    if row["problem"] is not None:
        _print_line("not usable", row["problem"], colour="yellow")
        click.echo()
        return
    mirrored = ", of the face and its mirror image" if row["mirrored"] else ""
    _print_line("embedding", f"{row['dimensions']} numbers{mirrored}")
    calibration = row["calibration"]
    points = ", ".join(f"{p['false_match_rate']:g} at {p['similarity']:g}" for p in calibration["points"])
    _print_line("calibration", f"version {calibration['version']}; false match rate {points}")
    _print_line("licence", row["licence"])
    _print_line("policies", ", ".join(row["used_by"]) or "none")
    click.echo()


def _print_checked(pack: dict[str, Any]) -> None:
    click.echo(click.style(pack["name"], bold=True) + f"   {pack['carrier']} ({pack['origin']})")
    for item in pack["items"]:
        colour, mark = _MARKS[item["verdict"]]
        says = "not tried" if item["verdict"] == "not_tried" else f"{item['says']} ({item['ms']} ms)"
        _print_line(item["item"].replace("_", " "), says, mark=mark, colour=colour)
    verdict = ("usable", "green") if pack["ok"] else ("NOT USABLE", "yellow")
    click.echo(click.style(f"  {verdict[0]}\n", fg=verdict[1], bold=True))


def _print_line(what: str, says: str, *, mark: str = "", colour: str | None = None) -> None:
    """Print what something is and, in a second column broken at the report's width, what there is to say."""
    from lineproof.cli.report import WIDTH

    first = f"  {mark + ' ' if mark else ''}{what}"
    text = click.wrap_text(says, width=WIDTH, initial_indent=f"{first:<26}", subsequent_indent=" " * 26)
    click.echo(click.style(text, fg=colour))


def _item(item: str, verdict: str, says: str) -> dict[str, Any]:
    return {"item": item, "verdict": verdict, "says": says, "ms": 0}


def _draw_face(face: Path) -> None:
    """Draw somebody who does not exist, in a process of its own: this one loads no imaging library."""
    from lineproof.errors import Unavailable

    command = [
        sys.executable,
        "-m",
        "lineproof",
        "specimen",
        "capture",
        "--seed",
        FACE_SEED,
        "--out",
        str(face),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 -- our own, no shell
    if done.returncode != 0:
        last = " ".join(done.stderr.strip().splitlines()[-1:])
        raise Unavailable(
            f"The face to check with could not be drawn: {last}",
            remedy="See that the temporary folder has room.",
        )


def _trial(folder: Path, face: Path) -> list[dict[str, Any]]:
    """Have a pack tried in a process of its own, with the booth's environment."""
    from lineproof.booth.keepers import KEEPER_ENVIRONMENT

    command = [sys.executable, "-I", "-m", "lineproof.booth.trial", str(folder.absolute()), str(face)]
    try:
        done = subprocess.run(  # noqa: S603 -- our own module, no shell
            command, env=KEEPER_ENVIRONMENT, capture_output=True, check=False, timeout=TRIAL_SECONDS, cwd="/"
        )
    except subprocess.TimeoutExpired:
        return [_item("runs", "bad", f"It did not end within {TRIAL_SECONDS} seconds. Do not use this pack.")]
    if done.returncode != 0:
        return [_item("runs", "bad", "It ended the process that tried it. Do not use this pack.")]
    items: list[dict[str, Any]] = json.loads(done.stdout)
    return items
