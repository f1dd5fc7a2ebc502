"""Each invariant finds the rows that break it, and finds nothing in a record in which it is kept."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from lineproof.decision.policy import shipped_policy
from lineproof.ports import NetworkOrder, Services, SwitchState
from lineproof.simulate.network import SimulatedNetwork
from lineproof.terms import LineId, Msisdn, OrderId

if TYPE_CHECKING:
    from tests.simulate.breaking import Rows

NUMBER = Msisdn("+999555001001")
SUBJECT, LINE = b"s" * 16, "1" * 32
_SWITCHED = {
    "restricted": SwitchState.OUTGOING_BARRED,
    "quarantine": SwitchState.OFF,
    "reissued": SwitchState.OFF,
    "ported_out": SwitchState.OFF,
}
Numbers = list[tuple[LineId, str]]
Break = Callable[["Rows", SimulatedNetwork, Numbers], Any]


def day(number: float) -> str:
    from tests.simulate.breaking import day

    return day(number)


def a_line(rows: "Rows", state: str = "active", **values: Any) -> str:
    line: str = rows.put("line", state=state, kind="mobile", **values)
    switch(rows, line, _SWITCHED.get(state, SwitchState.ON), 0)
    return line


def switch(rows: "Rows", line: str, state: SwitchState, at: float) -> None:
    order = rows.put("order", line_id=line, state=state.value, ordered_at=day(at))
    rows.put("orderdone", order_id=order, done_at=day(at))
    rows.network.switch(NetworkOrder(OrderId(UUID(order)), LineId(UUID(line)), NUMBER, None, state))


def a_custody(rows: "Rows", line: str, **values: Any) -> Any:
    return rows.put("custody", **{"line_id": line, "holder_id": "h" * 32, "since": day(0)} | values)


def a_held_line(rows: "Rows", state: str = "active", **values: Any) -> str:
    line = a_line(rows, state)
    a_custody(rows, line, **values)
    return line


def a_disputed_line(rows: "Rows", **values: Any) -> tuple[str, Any, Any]:
    line = a_line(rows)
    custody = a_custody(rows, line)
    named = {"custody_id": custody, "state": "open", "opened_at": day(1), "answer_by": day(2)} | values
    return line, custody, rows.put("dispute", **named)


def a_step(rows: "Rows", step: str, done: float, *, announced: bool = True, **values: Any) -> tuple[str, Any]:
    """Put a step that is right in all but what is named: signed, announced by a notice that arrived."""
    correction = values.pop("correction", None) or rows.put(
        "correction", line_id=LINE, subject=SUBJECT, noticed_at=day(0), announced_by_id=9, state="given_up"
    )
    if announced:
        kind = {"restrict": "restriction", "suspend": "suspension", "terminate": "termination"}[step]
        notice = rows.put(
            "notice",
            line_id=LINE,
            subject=SUBJECT,
            kind=kind,
            given_at=day(values.pop("given", 0)),
            deadline=day(values.pop("deadline", 1)),
        )
        if values.pop("arrived", True):
            rows.put("noticedelivery", notice_id=notice, accepted=True, attempted_at=day(0), attempt=1)
    people = {"first_id": 1, "second_id": 2} | values
    if people.pop("signed", True):
        for staff in {each for each in people.values() if each is not None}:
            rows.put(
                "vote", about=correction, staff_id=staff, choice="carry_out", given_at=day(done), reason="x"
            )
    return correction, rows.put(
        "correctionstep", correction_id=correction, step=step, done_at=day(done), **people
    )


def two_holders(rows: "Rows", _: SimulatedNetwork, __: Numbers) -> None:
    line = a_held_line(rows)
    a_custody(rows, line, holder_id="g" * 32, since=day(5))


def overlapping(rows: "Rows", _: SimulatedNetwork, __: Numbers) -> None:
    line = a_held_line(rows, since=day(3))
    a_custody(rows, line, since=day(0), until=day(4))


def held_by_nobody(rows: "Rows", _: SimulatedNetwork, __: Numbers) -> None:
    a_line(rows)


def same_slot(rows: "Rows", _: SimulatedNetwork, __: Numbers) -> None:
    for _line in range(2):
        a_held_line(rows, slot=1, kind="mobile")


def same_slot_of_an_organisation(rows: "Rows", _: SimulatedNetwork, __: Numbers) -> None:
    organisation = rows.put("organisation")
    for holder in ("a", "b"):
        a_held_line(rows, slot=1, kind="mobile", holder_id=holder * 32, organisation_id=organisation)


def beyond_an_organisations_cap(rows: "Rows", _: SimulatedNetwork, __: Numbers) -> None:
    """The pack knows no organisations: one line is one too many."""
    a_held_line(rows, slot=1, kind="mobile", organisation_id=rows.put("organisation"))


def organisation_without_a_line(rows: "Rows", _: SimulatedNetwork, __: Numbers) -> None:
    rows.put("organisation")


def beyond_the_cap(rows: "Rows", _: SimulatedNetwork, __: Numbers) -> None:
    for slot in range(shipped_policy("specimen").caps[_mobile()] + 1):
        a_held_line(rows, slot=slot + 1)


def _mobile() -> Any:
    from lineproof.terms import LineKind

    return LineKind.MOBILE


def number_too_soon(rows: "Rows", _: SimulatedNetwork, numbers: Numbers) -> None:
    first = a_line(rows, "reissued", created_at=day(0))
    a_custody(rows, first, until=day(5))
    second = a_line(rows, created_at=day(9))
    a_custody(rows, second, since=day(9))
    numbers += [(LineId(UUID(first)), NUMBER.text), (LineId(UUID(second)), NUMBER.text)]


def released_but_found(rows: "Rows", _: SimulatedNetwork, __: Numbers) -> None:
    a_line(rows, "reissued", identifier_index=b"i" * 32)


def network_differs(rows: "Rows", _: SimulatedNetwork, __: Numbers) -> None:
    switch(rows, a_held_line(rows), SwitchState.OFF, 1)


def never_ordered(rows: "Rows", _: SimulatedNetwork, __: Numbers) -> None:
    a_custody(rows, rows.put("line", state="active", kind="mobile"))


def done_twice(rows: "Rows", network: SimulatedNetwork, _: Numbers) -> None:
    a_held_line(rows)
    network.orders.append(network.orders[-1])


def a_transfer(rows: "Rows", line: str, **values: Any) -> None:
    named = {
        "line_id": line,
        "state": "completed",
        "giver_id": "g" * 32,
        "receiver_id": "h" * 32,
        "offered_at": day(2),
        "accepted_at": day(3),
        "ended_at": day(9),
    }
    rows.put("transfer", **named | values)


def handed_over(rows: "Rows", at: float, **values: Any) -> str:
    line = a_line(rows)
    a_custody(rows, line, holder_id="g" * 32, until=day(at))
    a_custody(rows, line, since=day(at))
    a_transfer(rows, line, ended_at=day(at), **values)
    return line


def transfer_too_soon(rows: "Rows", _: SimulatedNetwork, __: Numbers) -> None:
    handed_over(rows, 3.1)


def transfer_while_disputed(rows: "Rows", _: SimulatedNetwork, __: Numbers) -> None:
    line, _custody, _dispute = a_disputed_line(rows)
    a_transfer(rows, line, state="cancelled")


def transfer_hands_nothing(rows: "Rows", _: SimulatedNetwork, __: Numbers) -> None:
    a_transfer(rows, a_held_line(rows))


def transfer_while_held(rows: "Rows", _: SimulatedNetwork, __: Numbers) -> None:
    rows.put("hold", line_id=handed_over(rows, 9), kind="transfer", since=day(1), until=day(4))


def a_sim(rows: "Rows", line: str, custody: Any, ended: float) -> None:
    rows.put(
        "simreplacement",
        line_id=line,
        custody_id=custody,
        state="switched",
        asked_at=day(2),
        ended_at=day(ended),
    )


def sim_too_soon(rows: "Rows", _: SimulatedNetwork, __: Numbers) -> None:
    line = a_line(rows)
    a_sim(rows, line, a_custody(rows, line), 2.001)


def sim_of_another(rows: "Rows", _: SimulatedNetwork, __: Numbers) -> None:
    line = a_line(rows, "quarantine")
    a_sim(rows, line, a_custody(rows, line, until=day(4)), 20)


def left_too_soon(rows: "Rows", _: SimulatedNetwork, __: Numbers) -> None:
    line = a_line(rows, "ported_out")
    rows.put("porting", line_id=line, state="left", asked_at=day(2), due_at=day(3), ended_at=day(2.5))


def left_while_held(rows: "Rows", _: SimulatedNetwork, __: Numbers) -> None:
    line = a_held_line(rows, "porting_out")
    rows.put("porting", line_id=line, state="leaving", asked_at=day(2), due_at=day(3))
    rows.put("hold", line_id=line, kind="port_out", since=day(1), until=day(4))


def gap(rows: "Rows", _: SimulatedNetwork, __: Numbers) -> None:
    rows.put("entry", position=7)


def same_person(rows: "Rows", _: SimulatedNetwork, __: Numbers) -> None:
    a_step(rows, "restrict", 40, second_id=1)


def unsigned(rows: "Rows", _: SimulatedNetwork, __: Numbers) -> None:
    a_step(rows, "restrict", 40, signed=False)


def unannounced(rows: "Rows", _: SimulatedNetwork, __: Numbers) -> None:
    a_step(rows, "restrict", 40, announced=False)


def before_its_deadline(rows: "Rows", _: SimulatedNetwork, __: Numbers) -> None:
    a_step(rows, "restrict", 40, deadline=41)


def too_early(rows: "Rows", _: SimulatedNetwork, __: Numbers) -> None:
    a_step(rows, "restrict", 29)


def within_the_extension(rows: "Rows", _: SimulatedNetwork, __: Numbers) -> None:
    correction, _step = a_step(rows, "restrict", 40)
    rows.put("correctionextension", correction_id=correction, granted_at=day(3), until=day(50))


def not_arrived(rows: "Rows", _: SimulatedNetwork, __: Numbers) -> None:
    a_step(rows, "restrict", 40, arrived=False)


def out_of_order(rows: "Rows", _: SimulatedNetwork, __: Numbers) -> None:
    a_step(rows, "suspend", 80)


def while_appealed(rows: "Rows", _: SimulatedNetwork, __: Numbers) -> None:
    correction, _step = a_step(rows, "restrict", 40)
    rows.put("appeal", about=correction, state="open", opened_at=day(30))


def cut_without_a_step(rows: "Rows", _: SimulatedNetwork, __: Numbers) -> None:
    a_held_line(rows, "restricted")


def case_by_one(rows: "Rows", _: SimulatedNetwork, __: Numbers) -> None:
    case = rows.put("case", kind="referral", state="refused")
    rows.put("caseopinion", case_id=case, reviewer_id=1, opinion="refuse")
    rows.put("caseopinion", case_id=case, reviewer_id=2, opinion="accept")


def a_vote(rows: "Rows", dispute: Any, staff: int, at: float, **values: Any) -> None:
    named = {"question": "dispute", "choice": "upheld", "reason": "x", "given_at": day(at)}
    rows.put("vote", about=dispute, staff_id=staff, **named | values)


def a_decided_dispute(rows: "Rows", *, at: float = 5) -> tuple[Any, Any]:
    _line, custody, dispute = a_disputed_line(rows, state="upheld", ended_at=day(at))
    for staff in (1, 2):
        a_vote(rows, dispute, staff, at)
    return custody, dispute


def dispute_by_one(rows: "Rows", _: SimulatedNetwork, __: Numbers) -> None:
    _line, _custody, dispute = a_disputed_line(rows, state="upheld", ended_at=day(5))
    a_vote(rows, dispute, 1, 5)


def dispute_by_voucher(rows: "Rows", _: SimulatedNetwork, __: Numbers) -> None:
    custody, _dispute = a_decided_dispute(rows)
    rows.put("vouching", custody_id=custody, staff_id=2)


def user_unheard(rows: "Rows", _: SimulatedNetwork, __: Numbers) -> None:
    a_decided_dispute(rows, at=1.5)


def appeal_by_involved(rows: "Rows", _: SimulatedNetwork, __: Numbers) -> None:
    _custody, dispute = a_decided_dispute(rows)
    rows.put(
        "appeal",
        about=dispute,
        state="upheld",
        reason="x",
        heard_by_id=2,
        opened_at=day(6),
        decided_at=day(7),
    )


def end_told_too_late(rows: "Rows", *_: object, told: float = 51, channel: str = "sms") -> None:
    correction = rows.put(
        "correction",
        line_id=LINE,
        subject=SUBJECT,
        cause="holder_dispute",
        noticed_at=day(0),
        announced_by_id=9,
        state="given_up",
    )
    notice = rows.put(
        "notice", line_id=LINE, subject=SUBJECT, kind="termination", given_at=day(40), deadline=day(60)
    )
    rows.put(
        "noticedelivery", notice_id=notice, accepted=True, attempted_at=day(told), attempt=1, channel=channel
    )
    a_step(rows, "restrict", 40, correction=correction)
    a_step(rows, "suspend", 50, correction=correction, signed=False)
    a_step(rows, "terminate", 70, correction=correction, announced=False, signed=False)


def heard(rows: "Rows", about: str, *, by: int = 2) -> None:
    rows.put(
        "appeal",
        about=about,
        state="upheld",
        reason="x",
        heard_by_id=by,
        opened_at=day(6),
        decided_at=day(7),
    )


def signed_by_hearer(rows: "Rows", *_: object) -> None:
    correction, _step = a_step(rows, "restrict", 40)
    heard(rows, correction)


def signed_by_hearer_of_the_dispute(rows: "Rows", *_: object) -> None:
    heard(rows, signed_by_one_after_a_dispute(rows, kind="not_mine"), by=8)


def signed_by_hearer_of_another_dispute(rows: "Rows", *_: object) -> None:
    heard(rows, signed_by_one_after_a_dispute(rows, kind="not_needed"), by=8)


def signed_by_one_after_a_dispute(rows: "Rows", *, kind: str) -> Any:
    """Put a correction that carries a dispute out, if that is of this kind, and a signature of 8."""
    line, _custody, dispute = a_disputed_line(rows, kind=kind, state="upheld", ended_at=day(5))
    for staff in (1, 2):
        a_vote(rows, dispute, staff, 5)
    found = {"line_id": line, "holder_id": "h" * 32, "cause": "holder_dispute", "subject": b"d" * 16}
    correction = rows.put("correction", **found, found_at=day(5), noticed_at=day(5), announced_by_id=9)
    rows.put("vote", about=correction, staff_id=8, choice="put_off", given_at=day(40), reason="x")
    return dispute


def without_a_reason(rows: "Rows", _: SimulatedNetwork, __: Numbers) -> None:
    rows.put("decision", outcome="refused_by_people", people=2)


def refused_by_a_machine(rows: "Rows", _: SimulatedNetwork, __: Numbers) -> None:
    decision = rows.put("decision", outcome="refused_by_people", people=0)
    rows.put("decisionreason", decision_id=decision, code="x")


BREAKS: dict[str, tuple[Break, ...]] = {
    "one_holder_at_a_time": (two_holders,),
    "custodies_do_not_overlap": (overlapping,),
    "what_is_held_has_a_holder": (held_by_nobody,),
    "one_line_in_a_slot": (same_slot,),
    "one_line_of_an_organisation_in_a_slot": (same_slot_of_an_organisation,),
    "within_the_cap": (beyond_the_cap,),
    "an_organisation_within_its_cap": (beyond_an_organisations_cap,),
    "an_organisation_goes_with_its_last_line": (organisation_without_a_line,),
    "a_number_is_on_one_line": (number_too_soon,),
    "a_released_number_is_nobodys": (released_but_found,),
    "the_network_agrees": (network_differs, never_ordered),
    "an_order_is_done_once": (done_twice,),
    "a_transfer_waits": (transfer_too_soon,),
    "no_transfer_while_disputed": (transfer_while_disputed,),
    "a_transfer_hands_over": (transfer_hands_nothing,),
    "no_transfer_while_held": (transfer_while_held,),
    "a_sim_waits": (sim_too_soon,),
    "a_sim_is_its_holders": (sim_of_another,),
    "a_number_does_not_leave_early": (left_too_soon,),
    "no_port_out_while_held": (left_while_held,),
    "the_log_has_no_gap": (gap,),
    "a_step_is_by_different_people": (same_person,),
    "a_step_is_signed": (unsigned,),
    "a_step_is_announced": (unannounced, before_its_deadline),
    "a_step_is_not_early": (too_early,),
    "who_was_given_longer_had_it": (within_the_extension,),
    "notices_of_cuts_arrived": (not_arrived,),
    "an_end_is_told_in_time": (end_told_too_late,),
    "steps_in_their_order": (out_of_order,),
    "an_appeal_stops_it": (while_appealed,),
    "a_cut_has_its_step": (cut_without_a_step,),
    "no_case_is_decided_alone": (case_by_one,),
    "no_dispute_is_decided_alone": (dispute_by_one,),
    "no_dispute_is_decided_by_who_vouched": (dispute_by_voucher,),
    "a_user_is_heard_first": (user_unheard,),
    "appeals_are_heard_by_others": (appeal_by_involved,),
    "who_heard_an_appeal_signs_nothing": (signed_by_hearer, signed_by_hearer_of_the_dispute),
    "decisions_against_somebody_say_why": (without_a_reason,),
    "a_machine_refuses_nobody": (refused_by_a_machine,),
}
# What cannot be broken alone: who holds a line with another overlaps with them.
_ALSO = {
    "one_holder_at_a_time": {"custodies_do_not_overlap"},
    # The pack knows no organisations: each line of one is too many.
    "one_line_of_an_organisation_in_a_slot": {"an_organisation_within_its_cap"},
}


def found(breaks: Break | None) -> set[str]:
    """Name the invariants that are broken once this was done to a record."""
    from lineproof.simulate.invariants import broken_in, terms_of
    from tests.simulate.breaking import past_every_constraint

    network, numbers, terms = SimulatedNetwork(), Numbers(), terms_of(shipped_policy("specimen"))
    with past_every_constraint(network) as rows:
        if breaks is not None:
            breaks(rows, network, numbers)
        return {one.invariant.name for one in broken_in(terms, network=network, numbers=numbers)}


@pytest.mark.parametrize(
    ("name", "breaks"),
    [(name, breaks) for name, several in BREAKS.items() for breaks in several],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_what_breaks_an_invariant_is_found_by_it_alone(emptied: Services, name: str, breaks: Break) -> None:
    del emptied
    assert found(breaks) == {name} | _ALSO.get(name, set())


def test_in_an_empty_record_nothing_is_broken(emptied: Services) -> None:
    del emptied
    assert found(None) == set()


@pytest.mark.parametrize(
    "kept",
    [
        lambda rows, _, __: a_step(rows, "restrict", 40),
        lambda rows, _, __: a_step(rows, "restrict", 40, arrived=False, third_id=3),
        lambda rows, _, __: end_told_too_late(rows, told=49),
        lambda rows, _, __: end_told_too_late(rows, channel="counter"),
        lambda rows, _, __: handed_over(rows, 9),
        lambda rows, _, __: a_decided_dispute(rows),
    ],
    ids=[
        *("a step in order", "three where a notice did not arrive", "an end that was told in time"),
        *("an end that was told at a counter", "a transfer", "a decided dispute"),
    ],
)
def test_what_keeps_the_rules_breaks_no_invariant(emptied: Services, kept: Break) -> None:
    """What the breaking rows are made of is right but for what each changes."""
    del emptied
    assert found(kept) == set()


def test_every_invariant_is_shown_to_fail(emptied: Services) -> None:
    del emptied
    from lineproof.simulate.invariants import INVARIANTS

    assert [each.name for each in INVARIANTS] == list(BREAKS)


def test_who_heard_about_another_dispute_of_the_line_may_sign(emptied: Services) -> None:
    assert found(signed_by_hearer_of_another_dispute) == set()


def test_a_number_accepted_beyond_the_cap_is_so_before_it_has_come(emptied: Services) -> None:
    """It is ordered, and found by its order, once the other operator let it go."""

    def at_the_cap(rows: "Rows", *_: object) -> None:
        for slot in range(shipped_policy("specimen").caps[_mobile()]):
            a_held_line(rows, slot=slot + 1)
        coming = a_held_line(rows, state="porting_in", slot=99)
        decision = rows.put("decision", outcome="refer", people=0)
        rows.put("decisionreason", decision_id=decision, code="cap_reached")
        rows.put("case", decision_id=decision, state="accepted", subject=b"c" * 16)
        rows.put("porting", line_id=coming, state="coming", subject=b"c" * 16)

    assert "within_the_cap" not in found(at_the_cap)
