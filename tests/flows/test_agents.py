"""How many lines of an agent's were disputed with right, and how many attestations an agent may give."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from lineproof.decision.interval import wilson_interval
from lineproof.errors import Malformed, NotFound, TooMany
from lineproof.line.dispute import DisputeChoice
from lineproof.terms import StaffName, Way
from tests.fakes.specimens import BO
from tests.flows.test_decide_dispute import decided, overturned
from tests.flows.test_dispute_line import ADA, BEA, NOT_MINE, NOT_NEEDED, RHEA, SECOND

if TYPE_CHECKING:
    from lineproof.registry.queries.agents import AgentStatistics
    from tests.flows.desk import Desk

DAY = timedelta(hours=24)


def statistics(desk: "Desk", name: str = "ada") -> "AgentStatistics":
    from lineproof.registry.queries.agents import read_agent_statistics

    (row,) = (row for row in read_agent_statistics() if row.name == name)
    return row


def limit(desk: "Desk", per_day: int | None, name: StaffName = ADA) -> None:
    from lineproof.registry.flows.enrol_staff import limit_agent
    from tests.flows.desk import NOW

    limit_agent(desk.services, name, per_day=per_day, now=NOW)


def test_agent_who_attested_nothing_has_no_interval(desk: "Desk"):
    row = statistics(desk)
    assert (row.attestations, row.lines, row.upheld, row.low, row.high, row.per_day) == (
        0,
        0,
        0,
        None,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("kind", "choice", "upheld"),
    [
        (NOT_MINE, DisputeChoice.UPHELD, 1),
        (NOT_MINE, DisputeChoice.DISMISSED, 0),
        (NOT_NEEDED, DisputeChoice.UPHELD, 0),
    ],
)
def test_lines_that_were_not_their_holders_are_counted_for_who_attested_them(desk, kind, choice, upheld):
    from tests.flows.desk import a_mobile

    desk.register(desk.present(BO), a_mobile("+999555001002"))
    decided(desk, kind, choice)
    row = statistics(desk)
    assert (row.lines, row.upheld) == (2, upheld)
    # Two registrations, and what Alice was verified with for the dispute.
    assert row.attestations == 3
    assert (row.low, row.high) == wilson_interval(upheld, 2)
    other = statistics(desk, "bea")
    assert (other.attestations, other.lines, other.upheld) == (0, 0, 0)


def test_what_an_appeal_overturns_does_not_count(desk: "Desk"):
    dispute = decided(desk, NOT_MINE, DisputeChoice.UPHELD)
    assert statistics(desk).upheld == 1
    overturned(desk, dispute)
    assert statistics(desk).upheld == 0


def test_agent_at_their_limit_attests_no_more_and_nothing_changes(desk: "Desk"):
    from tests.flows.desk import NOW

    limit(desk, 2)
    for _ in range(2):
        desk.verify_holder()
    presented = desk.present()
    before = desk.everything()
    with pytest.raises(TooMany, match="may give 2 attestations in 24 hours") as error:
        desk.verify_holder(presented, now=NOW + timedelta(hours=6))
    assert error.value.retry_after_s == 18 * 3600
    assert desk.everything() == before
    # Another agent is not kept from it, nor is who needs none.
    desk.enrol_agent(BEA)
    assert desk.verify_holder(desk.attest(presented, agent=BEA)).holder is not None
    assert desk.register(desk.present(way=Way.FACE, attended=False)).case is not None


@pytest.mark.parametrize(("after", "may"), [(DAY - SECOND, False), (DAY, True)])
def test_limit_counts_the_last_24_hours(desk: "Desk", after: timedelta, may: bool):
    from tests.flows.desk import NOW

    limit(desk, 1)
    desk.verify_holder()
    if may:
        assert desk.verify_holder(now=NOW + after).holder is not None
    else:
        with pytest.raises(TooMany) as error:
            desk.verify_holder(now=NOW + after)
        assert error.value.retry_after_s == 1


def test_lower_limit_than_what_was_given_waits_for_as_many_as_it_takes(desk: "Desk"):
    from tests.flows.desk import NOW

    for hours in range(3):
        desk.verify_holder(now=NOW + timedelta(hours=hours))
    limit(desk, 2)
    with pytest.raises(TooMany) as error:
        desk.verify_holder(now=NOW + timedelta(hours=3))
    # From then on one counts.
    assert error.value.retry_after_s == 22 * 3600


def test_limit_of_none_stops_an_agent_and_ending_it_lets_them_go_on(desk: "Desk"):
    limit(desk, 0)
    with pytest.raises(TooMany) as error:
        desk.verify_holder()
    assert error.value.retry_after_s is None
    assert statistics(desk).per_day == 0
    limit(desk, None)
    assert desk.verify_holder().holder is not None
    assert statistics(desk).per_day is None


def test_limit_is_changed_and_each_change_is_an_entry(desk: "Desk"):
    before = desk.count("Entry")
    for per_day in (5, 6):
        limit(desk, per_day)
    assert statistics(desk).per_day == 6
    assert desk.count("AgentLimit") == 1
    bodies = [bytes(row.body) for row in desk.rows("Entry")[before:]]
    assert [b'"kind":"agent_limited"' in body for body in bodies] == [True, True]
    assert not any(b'"ada"' in body for body in bodies)


def test_limit_is_for_an_agent_and_a_number(desk: "Desk"):
    for name in (StaffName("nobody"), RHEA):
        with pytest.raises(NotFound, match="no agent"):
            limit(desk, 5, name)
    for number in (-1, 10_001):
        with pytest.raises(Malformed, match="0 to 10000"):
            limit(desk, number)
    assert desk.count("AgentLimit") == 0
