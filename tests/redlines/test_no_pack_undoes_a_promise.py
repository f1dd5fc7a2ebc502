"""A policy pack changes numbers, never a promise: no key of one switches a red line off."""

import copy
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from lineproof.decision.clocks import LEAST_APPEAL_DAYS, LEAST_NOTICE_DAYS
from lineproof.decision.finding import Check
from lineproof.decision.pack_rules import WITHOUT_A_FACE
from lineproof.decision.policy import MOST_EVIDENCE_DAYS, parse_policy, policy_names, shipped_policy
from lineproof.errors import Malformed
from lineproof.terms import Procedure, Way
from tests.redlines.test_another_way import NOT_OF_A_FACE, OF_A_FACE

# Every key that a pack may have. Whoever adds one here has read the promises, and knows which it could undo.
KEYS = {
    *("name", "version", "source"),
    *("required.face", "required.counter"),
    *("required.verification", "required.holder", "required.registration", "required.link"),
    *("face.model_pack", "face.calibration"),
    *("face.accept_from.similarity", "face.accept_from.false_match_rate"),
    *("face.reject_below.similarity", "face.reject_below.false_match_rate"),
    *("documents.codes", "documents.issuers", "documents.not_issuers", "documents.unique_personal_number"),
    *("caps.mobile", "caps.fixed"),
    *("calendar.zone", "calendar.working_week", "calendar.holidays", "calendar.last_day_moves"),
    *("clocks.case", "clocks.appeal_open", "clocks.appeal", "clocks.dispute", "clocks.verified_within"),
    *("clocks.transfer_accept", "clocks.transfer_cooling"),
    *("clocks.sim_cooling", "clocks.sim_hold_port", "clocks.sim_hold_answers"),
    *(
        "clocks.port_out",
        "clocks.port_in",
        "clocks.quarantine",
        "clocks.inspection_answer",
        "clocks.second_look",
    ),
    *("correction.restrict_after", "correction.suspend_after", "correction.terminate_after"),
    *("correction.extension", "correction.extension_grounds"),
    *("notices.attempts", "notices.apart"),
    *("agents.second_looks", "terms.version"),
    *("retention.identity.days", "retention.identity.because", "retention.line.days"),
    *("retention.line.because", "retention.decision.days", "retention.decision.because"),
    *("retention.case.days", "retention.case.because"),
    *("retention.evidence.days", "retention.evidence.because"),
    *("log.audience", "log.publish_within_s"),
}
# Those of tables that it need not have. A term that is over does nothing to a line but have it looked at.
OPTIONAL_KEYS = {
    *("visitors.home", "visitors.line_for", "visitors.remind_before"),
    *("minors.under", "organisations.mobile", "organisations.fixed"),
}
FACELESS = ("counter", *(each.value for each in Procedure))


def leaves(table: Mapping[str, Any], above: str = "") -> Iterator[str]:
    """Walk the keys of a pack that hold a value; where values come from is text that decides nothing."""
    for key, value in table.items():
        if above + key == "sources":
            continue
        if isinstance(value, Mapping):
            yield from leaves(value, f"{above}{key}.")
        else:
            yield above + key


def pack_with(path: str, value: Any) -> dict[str, Any]:
    """Give the generic pack with one value changed or added, its table as well where there is none."""
    content = copy.deepcopy(dict(shipped_policy("generic").content))
    *tables, key = path.split(".")
    table = content
    for name in tables:
        table = table.setdefault(name, {})
    table[key] = value
    return content


def with_every_table() -> dict[str, Any]:
    """Give the generic pack with every table that a pack need not have."""
    content = copy.deepcopy(dict(shipped_policy("generic").content))
    content["visitors"] = {"home": ["UTO"], "line_for": "30 days", "remind_before": "7 days"}
    content["minors"] = {"under": 18}
    content["organisations"] = {"mobile": 500, "fixed": 50}
    content["required"]["registration"].append("adult_by_document")
    content["sources"] |= {"visitors": "ours", "minors": "ours", "organisations": "ours"}
    return content


def pack_without(path: str) -> dict[str, Any]:
    content = pack_with(path, None)
    *tables, key = path.split(".")
    table = content
    for name in tables:
        table = table[name]
    del table[key]
    return content


def refused(content: dict[str, Any], *words: str) -> None:
    with pytest.raises(Malformed) as error:
        parse_policy(content)
    for word in words:
        assert word in error.value.what


@pytest.mark.parametrize("name", policy_names())
def test_keys_of_a_pack_are_these_and_no_other(name: str):
    assert set(leaves(shipped_policy(name).content)) == KEYS


def test_tables_that_a_pack_need_not_have_are_these_and_no_other():
    """None of them is there in a pack that ships: no source for them was found."""
    assert set(leaves(with_every_table())) == KEYS | OPTIONAL_KEYS
    every, none = parse_policy(with_every_table()), parse_policy(pack_with("version", 9))
    assert None not in (every.visitors, every.minors, every.organisations)
    assert none.visitors is none.minors is none.organisations is None


@pytest.mark.parametrize(
    "key", ["cut_after", "refused", "nationalities", "barred", "without_notice", "police"]
)
def test_a_visitor_is_registered_for_a_time_and_nothing_else_can_be_said_of_them(key: str):
    content = with_every_table()
    content["visitors"][key] = True
    refused(content, f"visitors.{key} is not a key of a policy pack")


@pytest.mark.parametrize(
    "path",
    [
        *("eyes", "emergency_calls", "blocked", "block_list", "watch_list", "scores", "appeal", "usage"),
        *("refuse_by_machine", "inspection", "face.only", "face.required", "face.gallery", "face.watch_list"),
        *("face.keep", "required.video", "caps.prepaid", "caps.score", "documents.nationalities"),
        *("documents.blocked_numbers", "correction.eyes", "correction.emergency_calls", "correction.at_once"),
        *("correction.without_notice", "clocks.no_appeal", "notices.none", "retention.faces"),
        *("retention.embeddings", "retention.usage", "log.silent", "log.off"),
    ],
)
def test_key_that_would_switch_a_promise_off_does_not_exist(path: str):
    for value in (True, False, 1, ["X"], {"on": True}):
        refused(pack_with(path, value), f"{path} is not a key of a policy pack")


def test_checks_that_need_no_face_are_the_ones_that_the_promise_names():
    assert WITHOUT_A_FACE == NOT_OF_A_FACE
    assert set(Check) == NOT_OF_A_FACE | OF_A_FACE


def test_pack_whose_only_way_is_a_face_is_refused():
    refused(pack_without("required.counter"), "required.counter is missing")
    refused(pack_with("required.counter", []), "required.counter leaves out")


@pytest.mark.parametrize("whose", FACELESS)
def test_neither_the_counter_nor_a_procedure_can_ask_for_a_face(whose: str):
    """What a procedure asks for is asked for at the counter as well."""
    needed = shipped_policy("generic").content["required"][whose]
    for check in OF_A_FACE:
        refused(pack_with(f"required.{whose}", [*needed, check.value]), f"required.{whose} has {check.value}")


@pytest.mark.parametrize(
    ("way", "check"),
    [
        *((Way.FACE, check) for check in ("same_person", "live", "document_genuine", "document_in_date")),
        *((Way.COUNTER, check) for check in ("holder_present", "document_genuine", "document_accepted")),
    ],
)
def test_no_way_leaves_out_what_it_is_for(way: Way, check: str):
    needed = shipped_policy("generic").content["required"][way.value]
    without = [each for each in needed if each != check]
    assert len(without) == len(needed) - 1
    refused(pack_with(f"required.{way.value}", without), f"required.{way.value} leaves out {check}")


def test_photographs_are_kept_for_thirty_days_at_most():
    assert MOST_EVIDENCE_DAYS == 30
    refused(pack_with("retention.evidence.days", 31), "retention.evidence.days is 31")


@pytest.mark.parametrize("step", ["restrict_after", "suspend_after", "terminate_after"])
def test_no_line_is_cut_within_a_week_of_its_notice(step: str):
    """Nor by the hour; and the only step that a ladder may lack is the first."""
    assert LEAST_NOTICE_DAYS == 7
    never = [] if step == "restrict_after" else ["never"]
    for term in ("0 days", "1 day", "6 days", "6 working days", "167 hours", "2000 hours", *never):
        refused(pack_with(f"correction.{step}", term), f'correction.{step} is "{term}"')


@pytest.mark.parametrize(
    ("step", "term", "says"),
    [
        ("suspend_after", "29 days", 'no less than correction.restrict_after, which is "30 days"'),
        ("terminate_after", "44 days", 'no less than correction.suspend_after, which is "45 days"'),
        ("suspend_after", "45 working days", "counted as correction.restrict_after is, in days"),
    ],
)
def test_step_of_correction_never_comes_before_the_one_below_it(step: str, term: str, says: str):
    refused(pack_with(f"correction.{step}", term), f"correction.{step}", says)


def test_every_decision_can_be_appealed_for_a_week_at_least():
    assert LEAST_APPEAL_DAYS == 7
    for term in ("0 days", "0 working days", "6 days", "24 hours", "200 hours"):
        refused(pack_with("clocks.appeal_open", term), f'clocks.appeal_open is "{term}"')


@pytest.mark.parametrize("clock", ["case", "appeal", "dispute", "inspection_answer"])
def test_who_asks_is_answered_in_time_that_is_neither_nothing_nor_for_ever(clock: str):
    for term in ("0 days", "0 hours", "367 days", "36525 days", "8785 hours"):
        refused(pack_with(f"clocks.{clock}", term), f'clocks.{clock} is "{term}"')


@pytest.mark.parametrize("clock", ["verified_within", "transfer_accept", "port_out", "quarantine"])
def test_clock_that_gives_nobody_any_time_is_refused(clock: str):
    refused(pack_with(f"clocks.{clock}", "0 hours"), f'{clock} is "0 hours"; expected more than nothing')


@pytest.mark.parametrize("term", ["181 days", "4321 hours", "90 working days"])
def test_number_rests_no_longer_than_its_line_is_remembered(term: str):
    refused(pack_with("clocks.quarantine", term), f'clocks.quarantine is "{term}"')


@pytest.mark.parametrize("term", ["180 days", "4320 hours"])
def test_number_may_rest_as_long_as_its_line_is_remembered(term: str):
    assert str(parse_policy(pack_with("clocks.quarantine", term)).clocks.quarantine) == term


def test_ladder_at_its_least_is_a_pack():
    content = pack_with("correction.restrict_after", "7 days")
    content["correction"] |= {"suspend_after": "7 days", "terminate_after": "7 days"}
    assert str(parse_policy(content).correction.restrict_after) == "7 days"


def test_notice_is_always_tried():
    refused(pack_with("notices.attempts", 0), "notices.attempts is 0")


def test_nobody_is_barred_by_a_cap_of_nothing():
    refused(pack_with("caps.mobile", 0), "caps.mobile is 0")
