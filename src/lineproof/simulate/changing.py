"""What holders and thieves do with lines in a simulation: pass them on, move them, give them up."""

from datetime import timedelta

from django.db import transaction

from lineproof.registry.flows.deliver_notices import open_page
from lineproof.registry.flows.erase import erase_holder
from lineproof.registry.flows.port_out import ask_port_out, confirm_port_out, stop_port_out
from lineproof.registry.flows.replace_sim import ask_sim, stop_sim
from lineproof.registry.flows.surrender_line import surrender_line, take_back
from lineproof.registry.flows.transfer_line import accept_line, cancel_transfer, offer_line
from lineproof.registry.flows.verify_holder import verified_holder
from lineproof.simulate.disputing import dispute
from lineproof.simulate.operator import OTHER_OPERATOR, Operator
from lineproof.simulate.passport import Passport
from lineproof.terms import LineId, Msisdn, PortingId, ReplacementId, TransferId

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NOBODY = "nobody holds one"


def pass_on(op: Operator) -> str | None:
    """Have a holder offer a line; it is accepted, taken back, disputed meanwhile, or forgotten."""
    held = op.held_line()
    if held is None:
        return NOBODY
    line, giver = held
    offer = offer_line(op.services, line, op.verified(giver), now=op.now)
    accepted, taken_back, forgotten = "accepted", "taken back", "forgotten"
    end = op.drawn({accepted: 0.75, taken_back: 0.1, forgotten: 0.15})
    if end == taken_back:
        op.plan("an offer is taken back", lambda: _cancel(op, offer.transfer, giver), after=HOUR)
    elif end == accepted:
        receiver = op.one_of(op.people) if op.happens(0.5) else op.somebody()
        after = op.between(MINUTE, 9 * DAY)
        op.plan("an offer is accepted", lambda: _accept(op, line, offer.code, receiver), after=after)
    return None


def _accept(op: Operator, line: LineId, code: str, receiver: Passport) -> None:
    terms = op.services.policy.terms_version
    accepted = accept_line(op.services, code, op.verified(receiver), terms_version=terms, now=op.now)
    after = op.between(MINUTE, max(accepted.complete_at - op.now, 2 * MINUTE))
    if op.happens(0.15):
        op.plan("a transfer is taken back", lambda: _cancel(op, accepted.transfer, receiver), after=after)
    elif op.happens(0.25):
        op.plan("a transfer is raced by a dispute", lambda: dispute(op, line), after=after)


def _cancel(op: Operator, transfer: TransferId, party: Passport) -> str:
    return cancel_transfer(op.services, transfer, op.verified(party), now=op.now).value


def replace_a_sim(op: Operator) -> str | None:
    """Have another SIM asked for, by the holder, or by who looks enough like them; that may be stopped."""
    held = op.held_line(mobile=True)
    if held is None:
        return NOBODY
    line, holder = held
    asked = ask_sim(op.services, line, op.verified(holder), op.world.a_sim(), now=op.now)
    thief = op.happens(0.3)
    if thief and op.happens(0.6):
        after = op.between(MINUTE, 2 * (asked.due_at - op.now))
        op.plan("a SIM is stopped", lambda: _stop_sim(op, asked.replacement, holder), after=after)
    if thief:
        # What the holds are for: with the new SIM, the number is to leave at once.
        after = asked.due_at - op.now + op.between(HOUR, 3 * DAY)
        op.plan("a thief ports out", lambda: _port(op, line, holder), after=after)
        op.plan("a thief passes on", lambda: _offer(op, line, holder), after=after)
    return "by a thief" if thief else None


def _stop_sim(op: Operator, replacement: ReplacementId, holder: Passport) -> None:
    stop_sim(op.services, replacement, op.verified(holder), now=op.now)


def _offer(op: Operator, line: LineId, holder: Passport) -> None:
    offer_line(op.services, line, op.verified(holder), now=op.now)


def port_out(op: Operator) -> str | None:
    """Have a holder take their number elsewhere."""
    held = op.held_line(mobile=True)
    if held is None:
        return NOBODY
    _port(op, *held)
    return None


def _port(op: Operator, line: LineId, holder: Passport) -> None:
    asked = ask_port_out(op.services, line, op.verified(holder), OTHER_OPERATOR, now=op.now)
    if op.happens(0.2):
        after = op.between(MINUTE, asked.due_at - op.now)
        op.plan("a number is kept", lambda: _stop_port(op, asked.porting, holder), after=after)
    elif op.happens(0.85):
        # Some too early, some too late.
        after = op.between(HOUR, asked.closes_at - op.now + 2 * DAY)
        op.plan("a number is taken", lambda: _confirm(op, line, asked.porting), after=after)


def _stop_port(op: Operator, porting: PortingId, holder: Passport) -> None:
    stop_port_out(op.services, porting, op.verified(holder), now=op.now)


def _confirm(op: Operator, line: LineId, porting: PortingId) -> None:
    confirm_port_out(op.services, porting, now=op.now)
    number = op.number_of[line]
    assert isinstance(number, Msisdn)
    op.left.append(number)


def surrender(op: Operator) -> str | None:
    """Have a holder give a line up; some want it back."""
    held = op.held_line()
    if held is None:
        return NOBODY
    line, holder = held
    surrender_line(op.services, line, op.verified(holder), now=op.now)
    if op.happens(0.4):
        after = op.between(HOUR, 120 * DAY)
        op.plan("a line is taken back", lambda: _take_back(op, line, holder), after=after)
    return None


def _take_back(op: Operator, line: LineId, holder: Passport) -> None:
    take_back(op.services, line, op.verified(holder), now=op.now)


def read_notices(op: Operator) -> str | None:
    """Have somebody open their page."""
    if not op.people:
        return NOBODY
    session = op.verified(op.one_of(op.people))
    with transaction.atomic():
        open_page(op.services, verified_holder(op.services, session, now=op.now), now=op.now)
    return None


def ask_erasure(op: Operator) -> str | None:
    """Have somebody ask that what is known of them be erased."""
    if not op.people:
        return NOBODY
    holder = verified_holder(op.services, op.verified(op.one_of(op.people)), now=op.now)
    erasure = erase_holder(op.services, holder, now=op.now)
    return "erased" if erasure.erased else "all is kept"
