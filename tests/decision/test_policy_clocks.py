"""Every clock of every pack at both sides of its edge.

Each is tried from the last second of a day and from the first of the next, in the pack's zone, in a week in
which it matters which days are worked on. The ends are written down from a calendar on paper, in local time:
what is done a moment before is in time, and what is done then is not.
"""

import copy
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from lineproof.decision.clocks import Clocks, Term
from lineproof.decision.policy import Policy, parse_policy, policy_names, shipped_policy
from lineproof.line.clock import deadline

# The last second of a day, and the offset of the zone from UTC, which in none of them changes.
BEGINS = {
    "generic": ("2026-11-26T23:59:59", "+00:00"),  # a Thursday
    "specimen": ("2026-11-26T23:59:59", "+00:00"),
    "in": ("2026-12-21T23:59:59", "+05:30"),  # the Monday before Christmas, a Friday
    "kr": ("2027-02-03T23:59:59", "+09:00"),  # the Wednesday before Seollal: Saturday to Monday, and Tuesday
    "mx": ("2027-01-29T23:59:59", "-06:00"),  # the Friday before Constitution Day, a Monday
    "cn": ("2026-09-29T23:59:59", "+08:00"),  # the Tuesday before the first week of October
}
Ends = dict[str, tuple[str, str]]

GENERIC: Ends = {
    "3 days": ("2026-12-01T00:00:00", "2026-12-01T00:00:00"),  # Sunday, so Monday; Monday
    "30 days": ("2026-12-29T00:00:00", "2026-12-29T00:00:00"),  # Saturday and Sunday, so Monday
    "10 working days": ("2026-12-11T00:00:00", "2026-12-12T00:00:00"),
    "24 hours": ("2026-11-27T23:59:59", "2026-11-28T00:00:00"),
    "7 days": ("2026-12-04T00:00:00", "2026-12-05T00:00:00"),
    "4 hours": ("2026-11-27T03:59:59", "2026-11-27T04:00:00"),
    "72 hours": ("2026-11-29T23:59:59", "2026-11-30T00:00:00"),
    "3 working days": ("2026-12-02T00:00:00", "2026-12-03T00:00:00"),
    "90 days": ("2027-02-25T00:00:00", "2027-02-26T00:00:00"),
    "45 days": ("2027-01-12T00:00:00", "2027-01-12T00:00:00"),  # Sunday, so Monday; Monday
}
# A last day that is not worked on counts.
SPECIMEN: Ends = GENERIC | {
    "3 days": ("2026-11-30T00:00:00", "2026-12-01T00:00:00"),
    "30 days": ("2026-12-27T00:00:00", "2026-12-28T00:00:00"),
    "45 days": ("2027-01-11T00:00:00", "2027-01-12T00:00:00"),
    "5 days": ("2026-12-02T00:00:00", "2026-12-03T00:00:00"),
    "60 days": ("2027-01-26T00:00:00", "2027-01-27T00:00:00"),
}
INDIA: Ends = {
    "3 days": ("2026-12-25T00:00:00", "2026-12-29T00:00:00"),  # Thursday; Christmas, so Monday
    "30 days": ("2027-01-21T00:00:00", "2027-01-22T00:00:00"),
    "10 working days": ("2027-01-06T00:00:00", "2027-01-07T00:00:00"),
    "24 hours": ("2026-12-22T23:59:59", "2026-12-23T00:00:00"),
    "7 days": ("2026-12-29T00:00:00", "2026-12-30T00:00:00"),
    "4 hours": ("2026-12-22T03:59:59", "2026-12-22T04:00:00"),
    "72 hours": ("2026-12-24T23:59:59", "2026-12-25T00:00:00"),
    "3 working days": ("2026-12-25T00:00:00", "2026-12-29T00:00:00"),
    "90 days": ("2027-03-23T00:00:00", "2027-03-23T00:00:00"),  # Sunday, so Monday; Monday
    "45 days": ("2027-02-05T00:00:00", "2027-02-06T00:00:00"),
    "60 days": ("2027-02-20T00:00:00", "2027-02-23T00:00:00"),  # Friday; Saturday, so Monday
}
KOREA: Ends = {
    "3 days": ("2027-02-11T00:00:00", "2027-02-11T00:00:00"),  # Seollal, so Wednesday
    "30 days": ("2027-03-06T00:00:00", "2027-03-09T00:00:00"),  # Friday; Saturday, so Monday
    "10 working days": ("2027-02-20T00:00:00", "2027-02-23T00:00:00"),
    "24 hours": ("2027-02-04T23:59:59", "2027-02-05T00:00:00"),
    "7 days": ("2027-02-11T00:00:00", "2027-02-12T00:00:00"),
    "4 hours": ("2027-02-04T03:59:59", "2027-02-04T04:00:00"),
    "72 hours": ("2027-02-06T23:59:59", "2027-02-07T00:00:00"),
    "3 working days": ("2027-02-11T00:00:00", "2027-02-12T00:00:00"),
    "90 days": ("2027-05-05T00:00:00", "2027-05-07T00:00:00"),  # Tuesday; Children's Day, so Thursday
}
MEXICO: Ends = {
    "3 days": ("2027-02-03T00:00:00", "2027-02-03T00:00:00"),  # Constitution Day, so Tuesday; Tuesday
    "30 days": ("2027-03-02T00:00:00", "2027-03-02T00:00:00"),  # Sunday, so Monday; Monday
    "10 working days": ("2027-02-16T00:00:00", "2027-02-16T00:00:00"),  # Saturday is no day of work
    "24 hours": ("2027-01-30T23:59:59", "2027-01-31T00:00:00"),
    "7 days": ("2027-02-06T00:00:00", "2027-02-09T00:00:00"),  # Friday; Saturday, so Monday
    "4 hours": ("2027-01-30T03:59:59", "2027-01-30T04:00:00"),
    "72 hours": ("2027-02-01T23:59:59", "2027-02-02T00:00:00"),
    "3 working days": ("2027-02-05T00:00:00", "2027-02-05T00:00:00"),
    "90 days": ("2027-04-30T00:00:00", "2027-05-01T00:00:00"),
}
CHINA: Ends = {
    "3 days": ("2026-10-09T00:00:00", "2026-10-09T00:00:00"),  # in the first week of October, so the 8th
    "30 days": ("2026-10-30T00:00:00", "2026-10-31T00:00:00"),
    "10 working days": ("2026-10-21T00:00:00", "2026-10-22T00:00:00"),  # Saturday the 10th does not count
    "24 hours": ("2026-09-30T23:59:59", "2026-10-01T00:00:00"),
    "7 days": ("2026-10-09T00:00:00", "2026-10-09T00:00:00"),
    "4 hours": ("2026-09-30T03:59:59", "2026-09-30T04:00:00"),
    "72 hours": ("2026-10-02T23:59:59", "2026-10-03T00:00:00"),
    "3 working days": ("2026-10-10T00:00:00", "2026-10-13T00:00:00"),
    "90 days": ("2026-12-29T00:00:00", "2026-12-30T00:00:00"),
}
ENDS = {"generic": GENERIC, "specimen": SPECIMEN, "in": INDIA, "kr": KOREA, "mx": MEXICO, "cn": CHINA}

_NATIONAL = {
    "case": "3 days",
    "appeal_open": "30 days",
    "appeal": "10 working days",
    "dispute": "10 working days",
    "verified_within": "24 hours",
    "transfer_accept": "7 days",
    "transfer_cooling": "24 hours",
    "sim_cooling": "4 hours",
    "sim_hold_port": "7 days",
    "sim_hold_answers": "72 hours",
    "port_out": "3 working days",
    "port_in": "3 working days",
    "quarantine": "90 days",
    "inspection_answer": "10 working days",
    "second_look": "10 working days",
    "suspend_after": "30 days",
    "terminate_after": "90 days",
    "extension": "30 days",
    "apart": "24 hours",
}
# What each pack says, once more: whoever changes a pack changes it here, and works out its ends.
SAYS = {
    "kr": _NATIONAL,
    "mx": _NATIONAL,
    "cn": _NATIONAL,
    "in": _NATIONAL | {"restrict_after": "30 days", "suspend_after": "45 days", "terminate_after": "60 days"},
    "generic": _NATIONAL | {"restrict_after": "30 days", "suspend_after": "45 days"},
    "specimen": _NATIONAL
    | {"appeal_open": "7 days", "quarantine": "5 days"}
    | {"restrict_after": "30 days", "suspend_after": "45 days", "terminate_after": "60 days"},
}
CASES = [(name, clock) for name, says in SAYS.items() for clock in says]


def term_of(policy: Policy, clock: str) -> Term | None:
    for holds in (policy.clocks, policy.correction, policy.notices):
        if hasattr(holds, clock):
            return getattr(holds, clock)
    raise AssertionError(clock)


def test_every_clock_of_every_pack_is_tried():
    clocks = {field.name for field in fields(Clocks)}
    ladder = {"restrict_after", "suspend_after", "terminate_after", "extension"}
    assert set(SAYS) == set(BEGINS) == set(policy_names())
    for name, says in SAYS.items():
        skipped = {"restrict_after"} if shipped_policy(name).correction.restrict_after is None else set()
        assert set(says) == (clocks | ladder | {"apart"}) - skipped


@pytest.mark.parametrize(("name", "clock"), CASES, ids="-".join)
def test_clock_ends_when_the_calendar_on_paper_says(name: str, clock: str):
    policy = shipped_policy(name)
    term, says = term_of(policy, clock), SAYS[name][clock]
    assert term == Term.parse(says)
    (last_second, offset), (earlier, later) = BEGINS[name], ENDS[name][says]
    start = datetime.fromisoformat(last_second + offset)
    for begins, end in ((start, earlier), (start + timedelta(seconds=1), later)):
        found = deadline(begins.astimezone(UTC), term, policy.calendar)
        assert found == datetime.fromisoformat(end + offset)
        assert found.tzinfo is UTC


@pytest.mark.parametrize("name", ["kr", "mx", "cn"])
def test_ladder_without_a_step_of_restriction_has_none(name: str):
    assert shipped_policy(name).correction.restrict_after is None


@pytest.mark.parametrize("name", policy_names())
def test_no_zone_of_a_pack_changes_its_clock(name: str):
    """So its offset above holds all year. In Mexico it did until 2022."""
    policy = shipped_policy(name)
    offset = datetime.fromisoformat("2026-01-01T00:00:00" + BEGINS[name][1]).utcoffset()
    zone, day = ZoneInfo(policy.calendar.zone), datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert {(day + timedelta(days=n)).astimezone(zone).utcoffset() for n in range(731)} == {offset}


@pytest.mark.parametrize(
    ("begins", "clock", "end"),
    [
        # Berlin's clock goes forward on Sunday, 28 March 2027, and back on Sunday, 31 October 2027.
        ("2027-03-26T23:59:59+01:00", "case", "2027-03-30T00:00:00+02:00"),
        ("2027-03-27T00:00:00+01:00", "case", "2027-03-31T00:00:00+02:00"),
        ("2027-03-25T12:00:00+01:00", "case", "2027-03-29T00:00:00+02:00"),  # the end of the short day
        ("2027-03-27T12:00:00+01:00", "verified_within", "2027-03-28T13:00:00+02:00"),
        ("2027-03-26T12:00:00+01:00", "port_out", "2027-04-01T00:00:00+02:00"),
        ("2027-10-28T23:59:59+02:00", "case", "2027-11-01T00:00:00+01:00"),  # the end of the long day
        ("2027-10-29T00:00:00+02:00", "case", "2027-11-02T00:00:00+01:00"),
        ("2027-10-30T12:00:00+02:00", "verified_within", "2027-10-31T11:00:00+01:00"),
        ("2027-10-31T02:30:00+02:00", "sim_cooling", "2027-10-31T05:30:00+01:00"),
        ("2027-10-31T02:30:00+01:00", "sim_cooling", "2027-10-31T06:30:00+01:00"),
    ],
)
def test_pack_of_a_zone_whose_clock_changes(begins: str, clock: str, end: str):
    """No shipped pack has one; another may. Days end at their midnight, and hours pass by themselves."""
    content = copy.deepcopy(dict(shipped_policy("specimen").content))
    content["calendar"]["zone"] = "Europe/Berlin"
    policy = parse_policy(content)
    term = getattr(policy.clocks, clock)
    found = deadline(datetime.fromisoformat(begins), term, policy.calendar)
    assert found == datetime.fromisoformat(end)


@pytest.mark.parametrize(
    ("name", "rests", "works"),
    [
        ("in", ["2027-01-26", "2026-10-02", "2026-08-26", "2027-03-26"], ["2027-01-01", "2026-05-04"]),
        ("kr", ["2026-03-02", "2026-06-03", "2026-07-17", "2027-02-09", "2027-10-11"], ["2027-02-10"]),
        ("mx", ["2026-02-02", "2026-11-16", "2027-03-15", "2027-11-15"], ["2026-02-05", "2026-11-20"]),
        ("cn", ["2026-02-23", "2026-10-07", "2027-02-05", "2027-06-09"], ["2026-02-24", "2026-10-08"]),
    ],
)
def test_days_that_are_rested_on_and_worked_on(name: str, rests: list[str], works: list[str]):
    calendar = shipped_policy(name).calendar
    assert not any(calendar.is_working(date.fromisoformat(day)) for day in rests)
    assert all(calendar.is_working(date.fromisoformat(day)) for day in works)
    assert {day.year for day in calendar.holidays} == {2026, 2027}
