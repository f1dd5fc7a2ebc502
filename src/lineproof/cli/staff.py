"""`lineproof agents` and `lineproof reviewers`: who attests, and who decides referred cases."""

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from lineproof.cli import options
from lineproof.cli.serve import PORT


@click.group()
def agents() -> None:
    """Add and list the agents who attest at a counter."""


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
