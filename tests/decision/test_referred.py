"""What a referral's reasons say of each check: checked against all that the booth may say."""

import pytest

from lineproof.booth.answer_schema import SAYABLE
from lineproof.decision.finding import Check, Outcome
from lineproof.decision.reasons import ReasonCode
from lineproof.decision.referred import CHECKS_OF, NOT_DONE, Found, found_of

DOUBTS = [
    (check, reason)
    for check, sayable in SAYABLE.items()
    for outcome, reason in sayable.against
    if outcome is Outcome.INDETERMINATE and reason is not ReasonCode.CHECK_NOT_DONE
]


@pytest.mark.parametrize(("check", "reason"), DOUBTS)
def test_a_doubt_of_the_booth_is_never_shown_as_passed(check: Check, reason: ReasonCode):
    assert found_of(check, [reason]) is (Found.NOT_DONE if reason in NOT_DONE else Found.UNSURE)


def test_a_doubt_is_about_its_checks_alone():
    for reason, checks in CHECKS_OF.items():
        assert {check for check in Check if found_of(check, [reason]) is not Found.PASSED} == set(checks)


def test_something_seen_is_said_before_something_not_done():
    assert found_of(Check.LIVE, [ReasonCode.NOT_PROVEN_LIVE, ReasonCode.FACE_CHANGED]) is Found.UNSURE


def test_where_some_check_was_not_done_no_other_is_said_to_have_passed():
    reasons = [ReasonCode.CHECK_NOT_DONE, ReasonCode.NOT_PROVEN_LIVE]
    assert found_of(Check.LIVE, reasons) is Found.NOT_DONE
    assert found_of(Check.SAME_PERSON, reasons) is Found.NOT_KNOWN


def test_a_doubt_of_which_it_is_not_known_what_it_is_about_lets_nothing_pass():
    unknown = ReasonCode.DOCUMENT_EXPIRED
    assert unknown not in CHECKS_OF
    assert {found_of(check, [unknown]) for check in Check} == {Found.NOT_KNOWN}
