"""How the properties of a booth are printed: for people, and as the documented JSON."""

from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from lineproof.booth.inspection.observation import ONLY_ROOT, Observation, Standing
from lineproof.cli.report import wrapped

if TYPE_CHECKING:
    from lineproof.cli.check import Group

_MARKS = {
    Standing.HOLDS: ("green", "+"),
    Standing.DOES_NOT_HOLD: ("yellow", "-"),
    Standing.NOT_CHECKED: ("cyan", "?"),
}


def as_object(groups: "list[Group]") -> dict[str, Any]:
    """Give the JSON object: ok, counts by standing, and groups of properties."""
    counts = _counts(groups)
    return {
        "ok": counts[Standing.HOLDS] == counts.total(),
        "counts": {standing.value: counts[standing] for standing in Standing},
        "groups": [
            {
                "of": group.of,
                "title": group.title,
                "properties": [
                    {
                        "name": each.name,
                        "says": each.says,
                        "how": each.how,
                        "standing": each.standing.value,
                        "seen": each.seen,
                    }
                    for each in group.observations
                ],
            }
            for group in groups
        ],
    }


def print_groups(groups: "list[Group]") -> None:
    """Print each property with its mark and, below, how it was checked and what was seen."""
    for group in groups:
        click.echo(click.style(group.title, bold=True))
        for each in group.observations:
            _print_observation(each)
        click.echo()
    _print_sum(_counts(groups))
    if any(each.seen == ONLY_ROOT for group in groups for each in group.observations):
        click.echo("What was not checked is not known to hold. Run this as root to look at the rest.")


def _print_sum(counts: Counter[Standing]) -> None:
    """Say how many hold and do not, the worst first and in its colour."""
    broken, unknown, held = (
        counts[standing] for standing in (Standing.DOES_NOT_HOLD, Standing.NOT_CHECKED, Standing.HOLDS)
    )
    said = {
        Standing.DOES_NOT_HOLD: f"{broken} DOES NOT HOLD" if broken == 1 else f"{broken} DO NOT HOLD",
        Standing.NOT_CHECKED: f"{unknown} not checked",
        Standing.HOLDS: f"{held} hold",
    }
    shown = [standing for standing in said if counts[standing]]
    sentence = ", ".join(said[standing] for standing in shown)
    click.echo(click.style(f"{sentence}.", fg=_MARKS[shown[0]][0], bold=True))


def _print_observation(each: Observation) -> None:
    colour, mark = _MARKS[each.standing]
    click.echo(click.style(f"  {mark} {each.says}", fg=colour))
    not_checked = "not checked: " if each.standing is Standing.NOT_CHECKED else ""
    click.echo(wrapped(f"{each.how}: {not_checked}{each.seen}", indent="      "))


def _counts(groups: "list[Group]") -> Counter[Standing]:
    return Counter(each.standing for group in groups for each in group.observations)
