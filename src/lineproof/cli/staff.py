"""`lineproof agents` and `lineproof reviewers`: who attests, and who decides referred cases."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from lineproof.cli import options
from lineproof.cli.looks import looks
from lineproof.cli.serve import PORT


@click.group()
def agents() -> None:
    """Add, list and limit the agents who attest at a counter."""


agents.add_command(looks)


@click.group()
def reviewers() -> None:
    """Add and list the reviewers who decide referred cases."""


@agents.command("add")
@click.argument("name")
@options.record
def add_agent(name: str, record: Path | None) -> None:
    """Make a key for an agent and enrol it on the record."""
    from lineproof import wiring
    from lineproof.cli import agent_key
    from lineproof.decision.policy import shipped_policy
    from lineproof.terms import StaffName, StaffRole

    staff_name, folder = StaffName.parse(name), record or options.default_record()
    services = wiring.open_record(folder, policy=shipped_policy("generic"))
    from lineproof.registry.flows.enrol_staff import enrol_staff

    now = datetime.now(UTC)
    draft, public_key = agent_key.write_key(folder, staff_name)
    try:
        enrol_staff(services, staff_name, StaffRole.AGENT, public_key=public_key, now=now)
        path = agent_key.keep_key(folder, staff_name)
    finally:
        draft.unlink(missing_ok=True)
    click.echo(f"Agent {staff_name.text} can attest. The key is in {path}; keep it from everybody else.")


@reviewers.command("add")
@click.argument("name")
@options.record
def add_reviewer(name: str, record: Path | None) -> None:
    """Enrol a reviewer on the record."""
    from lineproof import wiring
    from lineproof.decision.policy import shipped_policy
    from lineproof.terms import StaffName, StaffRole

    staff_name = StaffName.parse(name)
    services = wiring.open_record(record or options.default_record(), policy=shipped_policy("generic"))
    from lineproof.registry.flows.enrol_staff import enrol_staff

    now = datetime.now(UTC)
    enrol_staff(services, staff_name, StaffRole.REVIEWER, public_key=None, now=now)
    click.echo(f"Reviewer {staff_name.text} can give opinions. A case is decided by two who agree.")


@reviewers.command("passkey")
@click.argument("name")
@click.option(
    "--port", type=click.IntRange(1, 65535), default=PORT, show_default=True, help="Of lineproof serve."
)
@options.record
def link_passkey(name: str, port: int, record: Path | None) -> None:
    """Print a single-use link by which a reviewer makes a passkey, to open the photographs of cases."""
    from lineproof import wiring
    from lineproof.decision.policy import shipped_policy
    from lineproof.terms import StaffName

    staff_name = StaffName.parse(name)
    services = wiring.open_record(record or options.default_record(), policy=shipped_policy("generic"))
    from lineproof.registry.flows.enrol_passkey import issue_passkey_link

    token = issue_passkey_link(services, staff_name, now=datetime.now(UTC))
    click.echo(f"Within an hour, in the browser of {staff_name.text}, while lineproof serve runs:")
    # Passkeys belong to a name, not to an address of the network (WebAuthn, 5.1.3).
    click.echo(f"  http://localhost:{port}/review/passkey/{token}")


@agents.command("list")
@options.record
@options.as_json
def list_agents(record: Path | None, as_json: bool) -> None:
    """List the agents and how many attestations each has given."""
    _list("agent", record, as_json=as_json)


@agents.command("statistics")
@options.record
@options.as_json
def agent_statistics(record: Path | None, *, as_json: bool) -> None:
    """List what became of what each agent attested: lines that were not their holders', and second looks.

    With few lines the interval is wide, and says little. Nothing follows by itself: ask the agent.
    """
    from lineproof import wiring
    from lineproof.decision.policy import shipped_policy

    wiring.open_record(record or options.default_record(), policy=shipped_policy("generic"))
    from lineproof.registry.queries.agents import read_agent_statistics

    rows = read_agent_statistics()
    if as_json:
        click.echo(json.dumps([asdict(row) for row in rows]))
        return
    for row in rows:
        limit = "" if row.per_day is None else f"  limit {row.per_day} in 24 hours"
        click.echo(
            f"{row.name:<40} attestations {row.attestations}  lines {row.lines}  "
            f"disputes upheld {row.upheld}{_between(row.low, row.high)}  offers denied {row.denied}{limit}"
        )
        found = row.looks
        if found.drawn:
            click.echo(
                f"    second looks {found.drawn}  confirmed {found.confirmed}  wrong {found.wrong}"
                f"{_between(found.low, found.high)}"
            )
    if not rows:
        click.echo("No agent yet. Add one with: lineproof agents add NAME")


def _between(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"  ({low:.1%} to {high:.1%})"


@agents.command("limit")
@click.argument("name")
@click.option("--per-day", type=int, metavar="N", help="Attestations in any 24 hours; 0 stops the agent.")
@click.option("--none", "none", is_flag=True, help="As many as they need.")
@options.record
def limit(name: str, per_day: int | None, record: Path | None, *, none: bool) -> None:
    """Limit how many attestations an agent may give, or end the limit."""
    from lineproof import wiring
    from lineproof.decision.policy import shipped_policy
    from lineproof.terms import StaffName

    if none == (per_day is not None):
        raise click.UsageError("Give --per-day N, or --none.")
    staff_name = StaffName.parse(name)
    services = wiring.open_record(record or options.default_record(), policy=shipped_policy("generic"))
    from lineproof.registry.flows.enrol_staff import limit_agent

    limit_agent(services, staff_name, per_day=per_day, now=datetime.now(UTC))
    said = "may attest without a limit" if per_day is None else f"may give {per_day} attestations in 24 hours"
    click.echo(f"Agent {staff_name.text} {said}.")


@reviewers.command("list")
@options.record
@options.as_json
def list_reviewers(record: Path | None, as_json: bool) -> None:
    """List the reviewers and how many opinions each has given."""
    _list("reviewer", record, as_json=as_json)


def _list(role: str, record: Path | None, *, as_json: bool) -> None:
    from lineproof import wiring
    from lineproof.decision.policy import shipped_policy
    from lineproof.terms import StaffRole

    wiring.open_record(record or options.default_record(), policy=shipped_policy("generic"))
    from lineproof.registry.queries.staff import read_staff

    rows = read_staff(StaffRole(role))
    if as_json:
        click.echo(json.dumps([{"name": row.name, "acts": row.acts} for row in rows]))
        return
    if rows:
        click.echo(f"{'name':<40} {'attestations' if role == 'agent' else 'opinions'}")
    for row in rows:
        click.echo(f"{row.name:<40} {row.acts}")
    if not rows:
        click.echo(f"No {role} yet. Add one with: lineproof {role}s add NAME")
