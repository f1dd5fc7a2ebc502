"""Changes to Alice's line, asked for at a desk: another SIM, and porting."""

import copy
import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from lineproof.decision.policy import parse_policy
from lineproof.line.porting import OperatorName
from lineproof.terms import Iccid, LineId, PortingId, ReplacementId, SessionId, luhn_digit
from tests.fakes.specimens import ALICE, Passport

if TYPE_CHECKING:
    from lineproof.registry.flows.port_out import PortOutAsked
    from lineproof.registry.flows.replace_sim import SimAsked
    from tests.flows.desk import Desk

SECOND = timedelta(seconds=1)
# A network that was away is tried again after half a minute.
AGAIN = timedelta(seconds=30)
UTOPIA = OperatorName("Utopia Mobile")


def a_card(number: int = 1) -> Iccid:
    """Give the number of a SIM card that no line is on yet."""
    body = "89888" + str(number).rjust(13, "0")
    return Iccid.parse(body + luhn_digit(body))


def in_zone(desk: "Desk", zone: str, **clocks: str) -> None:
    """Change the desk's rules: the days are those of another zone, and some terms are others."""
    content = copy.deepcopy(dict(desk.services.policy.content))
    content["calendar"]["zone"] = zone
    content["clocks"] |= clocks
    desk.services = replace(desk.services, policy=parse_policy(content))


def line_of(desk: "Desk", **where: Any) -> LineId:
    """Give the one line there is, or that is so."""
    return LineId(desk.row("Line", **where).id)


def ask_sim(
    desk: "Desk",
    iccid: Iccid | None = None,
    *,
    by: SessionId | Passport = ALICE,
    line: LineId | None = None,
    now: datetime,
) -> "SimAsked":
    """Have another SIM asked for by who was verified in a session, or is now."""
    from lineproof.registry.flows.replace_sim import ask_sim

    session = _session(desk, by, now)
    return ask_sim(desk.services, line or line_of(desk), session, iccid or a_card(), now=now)


def stop_sim(
    desk: "Desk", replacement: ReplacementId, *, by: SessionId | Passport = ALICE, now: datetime
) -> None:
    """Have a replacement stopped."""
    from lineproof.registry.flows.replace_sim import stop_sim

    stop_sim(desk.services, replacement, _session(desk, by, now), now=now)


def switch_due(desk: "Desk", *, now: datetime) -> int:
    """Switch what is due."""
    from lineproof.registry.flows.replace_sim import switch_due_sims

    return switch_due_sims(desk.services, now=now)


def ask_port_out(
    desk: "Desk", *, by: SessionId | Passport = ALICE, line: LineId | None = None, now: datetime
) -> "PortOutAsked":
    """Have it asked that a number leaves."""
    from lineproof.registry.flows.port_out import ask_port_out

    return ask_port_out(desk.services, line or line_of(desk), _session(desk, by, now), UTOPIA, now=now)


def stop_port_out(
    desk: "Desk", porting: PortingId, *, by: SessionId | Passport = ALICE, now: datetime
) -> None:
    """Have a number kept here."""
    from lineproof.registry.flows.port_out import stop_port_out

    stop_port_out(desk.services, porting, _session(desk, by, now), now=now)


def confirm_port_out(desk: "Desk", porting: PortingId, *, now: datetime) -> None:
    """Have the other operator take a number."""
    from lineproof.registry.flows.port_out import confirm_port_out

    confirm_port_out(desk.services, porting, now=now)


def end_due_ports(desk: "Desk", *, now: datetime) -> int:
    """Keep what was not confirmed in time."""
    from lineproof.registry.flows.port_out import end_due_ports

    return end_due_ports(desk.services, now=now)


def told(desk: "Desk") -> list[str]:
    """Name the notices there are, in the order in which they were given."""
    return [row.kind for row in desk.rows("Notice")]


def entries(desk: "Desk", *kinds: str) -> list[dict[str, Any]]:
    """Read the log's entries of some kinds, in their order."""
    bodies = [json.loads(bytes(row.body)) for row in desk.rows("Entry")]
    return [body for body in bodies if body["kind"] in kinds]


def _session(desk: "Desk", by: SessionId | Passport, now: datetime) -> SessionId:
    return desk.verified(by, now=now) if isinstance(by, Passport) else by
