"""`lineproof orders`: the orders to the network that wait, and what is done when one is stuck."""

import json
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lineproof.cli import options

if TYPE_CHECKING:
    from lineproof.registry.queries.orders import OpenOrder

# What each `OrderFault` means, and what whoever runs the network does about it.
SAYS = {
    "network_away": "the network could not be reached; it is tried again by itself",
    "keys_away": "the keys of the record could not be reached; it is tried again by itself",
    "refused": "the network, or the sealed number, is not as it ought to be; look at it: it is tried hourly",
    "nobody_holds": "nobody holds the line any more, so it is not switched; it is tried hourly",
    "erased": "the number was erased, so the network cannot be told",
    "broken": "the program went wrong; report it: it is tried hourly",
}


@click.group()
def orders() -> None:
    """List the orders to the network that wait, and confirm one that was carried out by hand."""


@orders.command("list")
@click.option("--stuck", is_flag=True, help="Only those that a person has to look at.")
@options.record
@options.as_json
def list_orders(stuck: bool, record: Path | None, as_json: bool) -> None:
    """List the orders that wait, the oldest at the top. A number is not shown; the line's id is."""
    from lineproof import wiring
    from lineproof.decision.policy import shipped_policy

    wiring.open_record(record or options.default_record(), policy=shipped_policy("generic"))
    from lineproof.registry.queries.orders import read_open_orders

    waiting = read_open_orders(now=datetime.now(UTC), stuck=stuck)
    if as_json:
        click.echo(json.dumps([_as_json(order) for order in waiting]))
        return
    for order in waiting:
        click.echo(_as_text(order))
    if not waiting:
        click.echo("No order is stuck." if stuck else "No order waits.")


@orders.command()
@click.argument("order", type=click.UUID)
@options.record
def confirm(order: uuid.UUID, record: Path | None) -> None:
    """Record that a stuck ORDER was carried out in the network by hand. It is an entry in the log."""
    from lineproof import wiring
    from lineproof.decision.policy import shipped_policy
    from lineproof.terms import OrderId

    services = wiring.open_record(record or options.default_record(), policy=shipped_policy("generic"))
    from lineproof.registry.flows.provision import confirm_order

    confirm_order(services, OrderId(order), now=datetime.now(UTC))
    click.echo("Recorded as carried out.")


def _as_json(order: "OpenOrder") -> dict[str, object]:
    return {
        "order": str(order.id),
        "line": str(order.line),
        "state": order.state.value,
        "ordered_at": order.ordered_at.isoformat(),
        "failures": order.failures,
        "fault": None if order.fault is None else order.fault.value,
        "next_at": None if order.next_at is None else order.next_at.isoformat(),
        "stuck": order.stuck,
        "first_of_its_line": order.first,
    }


def _as_text(order: "OpenOrder") -> str:
    lines = [
        f"{order.id}  {order.state.value}  ordered {order.ordered_at:%Y-%m-%d %H:%M} UTC  line {order.line}"
    ]
    if order.stuck:
        lines[0] += "  STUCK"
    if not order.first:
        lines.append("    It waits for an earlier order of its line.")
    elif order.fault is not None:
        lines.append(f"    {order.failures} times not carried out: {SAYS[order.fault.value]}.")
    if order.next_at is not None:
        lines.append(f"    Next: {order.next_at:%Y-%m-%d %H:%M:%S} UTC")
    return "\n".join(lines)
