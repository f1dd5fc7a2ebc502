"""Take a guard out of a procedure, go where it stood, and something independent of it finds what happens.

Found by an invariant, by the monitor, or by the database, which refuses the row: each case says by what.
"""

from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from lineproof.line.case import Settlement
from lineproof.line.eyes import Agreed
from tests.simulate.counter import (
    Counter,
    appeal_by_involved,
    beyond_the_cap,
    cap_unseen,
    case_decided_alone,
    decided_alone,
    decided_by_voucher,
    heard_by_voucher,
    never_switched_on,
    number_registered_twice,
    number_too_soon,
    one_person_twice,
    organisation_beyond_its_cap,
    port_too_soon,
    port_while_held,
    received_beyond_the_cap,
    said_silent_too_soon,
    signed_by_two_unreached,
    signs_twice,
    sim_while_disputed,
    step_too_soon,
    step_while_appealed,
    taken_back_beyond_the_cap,
    transfer_while_disputed,
    transfer_while_held,
    unheard,
)

if TYPE_CHECKING:
    from lineproof.simulate.world import World

pytestmark = pytest.mark.long
FLOWS = "lineproof.registry.flows."


def _nothing(*_: Any, **__: Any) -> None:
    """Stand where a guard stood."""


def _first_decides(votes: Any, **_: Any) -> Agreed:
    return Agreed(votes[0].choice, (votes[0].person,), (votes[0].reason,))


@dataclass(frozen=True)
class Guard:
    """A guard, what takes its place, how to get past it, and what finds that. refused: by the database."""

    where: str
    instead: Callable[..., Any]
    goes: Callable[[Counter], None]
    found: Collection[str] = ()
    refused: str = ""


GUARDS = (
    Guard("transfer_line.refuse_held", _nothing, transfer_while_held, {"no_transfer_while_held"}),
    Guard("port_out.refuse_line_held", _nothing, port_while_held, {"no_port_out_while_held"}),
    Guard("port_out.refuse_untimely", _nothing, port_too_soon, refused="a_number_never_leaves_early"),
    Guard(
        "transfer_line.refuse_in_course",
        _nothing,
        transfer_while_disputed,
        {"no_transfer_while_disputed"},
    ),
    Guard("replace_sim.refuse_in_course", _nothing, sim_while_disputed, {"a_sim_is_its_holders"}),
    Guard("register_line.within_cap", lambda **_: True, beyond_the_cap, {"within_the_cap"}),
    Guard(
        "register_line.within_cap",
        lambda **_: True,
        organisation_beyond_its_cap,
        {"an_organisation_within_its_cap"},
    ),
    Guard(
        "decide_dispute.refuse_user_unheard",
        _nothing,
        unheard,
        {"a_user_is_heard_first", "user_heard_first"},
    ),
    Guard(
        "decide_dispute.read_vouchers",
        lambda _: frozenset(),
        decided_by_voucher,
        {"no_dispute_is_decided_by_who_vouched"},
    ),
    Guard(
        "dispute_line.refuse_voucher",
        _nothing,
        heard_by_voucher,
        {"no_dispute_is_decided_by_who_vouched"},
    ),
    Guard(
        "decide_dispute.agreed",
        _first_decides,
        decided_alone,
        {"no_dispute_is_decided_alone", "two_people"},
    ),
    Guard(
        "appeal_decision.refuse_involved",
        _nothing,
        appeal_by_involved,
        {"appeals_are_heard_by_others", "other_person_on_appeal"},
    ),
    Guard(
        "correct_lines.why_wait",
        _nothing,
        step_too_soon,
        {"a_step_is_announced", "a_step_is_not_early", "notice_before_cut"},
    ),
    Guard(
        "correct_lines.why_wait",
        _nothing,
        step_while_appealed,
        {"an_appeal_stops_it", "notice_before_cut"},
    ),
    Guard(
        "review_case.add_opinion",
        lambda given, new: (*given, new),
        one_person_twice,
        refused="registry_caseopinion.case_id, registry_caseopinion.reviewer_id",
    ),
    Guard(
        "reissue_numbers.deadline",
        lambda start, *_: start,
        number_too_soon,
        {"a_number_is_on_one_line"},
    ),
    Guard("orders.order", _nothing, never_switched_on, {"the_network_agrees"}),
    Guard("lines.refuse_registered", _nothing, number_registered_twice, refused="identifier_index"),
    Guard("review_case._refuse_cap_unseen", _nothing, cap_unseen, {"within_the_cap"}),
    Guard("surrender_line._refuse_over_cap", _nothing, taken_back_beyond_the_cap, {"within_the_cap"}),
    Guard("transfer_line.refuse_to_receive", _nothing, received_beyond_the_cap, {"within_the_cap"}),
    Guard(
        "correct_lines.add_vote",
        lambda given, new, **_: (*given, new),
        signs_twice,
        refused="registry_vote.about, registry_vote.question, registry_vote.staff_id",
    ),
    Guard(
        "correct_lines.eyes_for",
        lambda _: 2,
        signed_by_two_unreached,
        {"notices_of_cuts_arrived", "notice_before_cut"},
    ),
    Guard(
        "review_case.settle",
        lambda given: Settlement(given[0].opinion, (given[0].reviewer,), ()),
        case_decided_alone,
        refused="people_decide_in_pairs",
    ),
    Guard("dispute_line.refuse_early_silence", _nothing, said_silent_too_soon, {"user_heard_first"}),
)


def found_in(at: Counter) -> set[str]:
    """Name the invariants and the monitor's rules that are broken."""
    from lineproof.registry.models import Entry
    from lineproof.simulate.invariants import broken_in, terms_of
    from lineproof.transparency.monitor import Monitor

    terms = terms_of(at.world.services.policy)
    broken = broken_in(terms, network=at.world.network, numbers=at.numbers)
    monitor = Monitor(at=at.world.now)
    for entry in Entry.objects.order_by("position"):
        monitor.add(entry.position, bytes(entry.body))
    return {one.invariant.name for one in broken} | {rule.value for rule in monitor.finish().broken}


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: f"{guard.where} {guard.goes.__name__}")
def test_what_a_guard_keeps_out_is_found_where_the_guard_is_not(
    world: "World", monkeypatch: pytest.MonkeyPatch, guard: Guard
) -> None:
    from django.db import IntegrityError

    at = Counter(world)
    monkeypatch.setattr(FLOWS + guard.where, guard.instead)
    if guard.refused:
        with pytest.raises(IntegrityError, match=guard.refused):
            guard.goes(at)
        return
    guard.goes(at)
    assert found_in(at) == set(guard.found)


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: f"{guard.where} {guard.goes.__name__}")
def test_with_the_guard_in_its_place_nothing_is_found(world: "World", guard: Guard) -> None:
    from lineproof.errors import LineproofError

    at = Counter(world)
    with suppress(LineproofError, AssertionError):  # refused, or not done: that is what the guard is for
        guard.goes(at)
    assert found_in(at) == set()
