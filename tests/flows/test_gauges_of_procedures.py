"""The gauges of transfers, portings, other SIMs, disputes and second looks: what is open, and since when."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from lineproof.line.dispute import DisputeKind, Statement
from lineproof.terms import LineId, StaffName
from tests.fakes.specimens import ALICE, BO, MALLORY
from tests.flows.changes import UTOPIA, ask_port_out, ask_sim, confirm_port_out, line_of, stop_sim
from tests.flows.test_second_look import RHEA, finish, looking_at

if TYPE_CHECKING:
    from tests.flows.desk import Desk

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def read(desk: "Desk", name: str, *, now: datetime = NOW + HOUR) -> dict[str, float]:
    """Read one gauge, by its label."""
    from lineproof.registry.queries.gauges import GAUGES

    (gauge,) = (gauge for gauge in GAUGES if gauge.name == f"lineproof_{name}")
    return {sample.label: sample.value for sample in gauge.read(desk.services, now)}


@pytest.mark.parametrize(
    ("name", "states"),
    [
        ("transfer", {"offered", "accepted"}),
        ("porting", {"leaving", "coming"}),
        ("sim_replacement", {"asked"}),
        ("dispute", {"open", "heard"}),
        ("second_look", {"open"}),
    ],
)
def test_every_state_that_is_no_end_is_there_at_nought(desk: "Desk", name: str, states: set[str]):
    assert read(desk, f"{name}s_open") == dict.fromkeys(states, 0)
    assert read(desk, f"oldest_{name}_seconds") == {"": 0}


def test_transfers_are_counted_until_they_end(desk: "Desk"):
    from lineproof.registry.flows.transfer_line import accept_line, complete_due_transfers, offer_line
    from tests.flows.desk import a_mobile

    first = desk.register().line
    second = desk.register(desk.present(MALLORY), a_mobile("+999555001009")).line
    assert first is not None
    assert second is not None
    offer = offer_line(desk.services, first, desk.verified(ALICE), now=NOW)
    offer_line(desk.services, second, desk.verified(MALLORY), now=NOW + HOUR)
    done = accept_line(desk.services, offer.code, desk.verified(BO), terms_version="1", now=NOW)
    assert read(desk, "transfers_open") == {"offered": 1, "accepted": 1}
    assert read(desk, "oldest_transfer_seconds") == {"": 3600}
    assert complete_due_transfers(desk.services, now=done.complete_at) == 1
    assert read(desk, "transfers_open") == {"offered": 1, "accepted": 0}
    assert read(desk, "oldest_transfer_seconds") == {"": 0}


def test_portings_are_counted_in_each_direction_until_they_end(desk: "Desk"):
    from lineproof.registry.flows.port_in import ask_port_in
    from tests.flows.desk import a_mobile

    desk.register()
    asked = ask_port_out(desk, now=NOW)
    ask_port_in(desk.services, a_mobile("+999555001003"), UTOPIA, desk.present(BO), now=NOW + HOUR)
    assert read(desk, "portings_open") == {"leaving": 1, "coming": 1}
    assert read(desk, "oldest_porting_seconds") == {"": 3600}
    confirm_port_out(desk, asked.porting, now=asked.due_at)
    assert read(desk, "portings_open") == {"leaving": 0, "coming": 1}


def test_other_sims_are_counted_until_they_are_stopped(desk: "Desk"):
    desk.register()
    asked = ask_sim(desk, now=NOW)
    assert read(desk, "sim_replacements_open") == {"asked": 1}
    assert read(desk, "oldest_sim_replacement_seconds") == {"": 3600}
    stop_sim(desk, asked.replacement, now=NOW)
    assert read(desk, "sim_replacements_open") == {"asked": 0}


def test_disputes_are_counted_by_whether_their_user_was_heard(desk: "Desk"):
    from lineproof.registry.flows.dispute_line import hear_user, open_dispute, withdraw_dispute

    desk.register()
    desk.enrol_agent(StaffName("bea"))
    session = desk.verified()
    dispute = open_dispute(desk.services, LineId(line_of(desk)), DisputeKind.NOT_MINE, session, now=NOW)
    assert read(desk, "disputes_open") == {"open": 1, "heard": 0}
    hear_user(desk.services, dispute.id, Statement.OTHER, StaffName("bea"), now=NOW)
    assert read(desk, "disputes_open") == {"open": 0, "heard": 1}
    assert read(desk, "oldest_dispute_seconds") == {"": 3600}
    withdraw_dispute(desk.services, dispute.id, session, now=NOW)
    assert read(desk, "disputes_open") == {"open": 0, "heard": 0}


def test_second_looks_are_counted_until_they_are_done(desk: "Desk"):
    looking_at(desk, 1.0).register()
    assert read(desk, "second_looks_open") == {"open": 1}
    assert read(desk, "oldest_second_look_seconds") == {"": 3600}
    finish(desk, desk.row("SecondLook").id, by=RHEA)
    assert read(desk, "second_looks_open") == {"open": 0}
