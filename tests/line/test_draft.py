"""The steps of an application in a browser, and how many tries are left."""

import pytest

from lineproof.line.draft import MOST_TRIES, DraftResult, DraftStep, step_of, tries_left


@pytest.mark.parametrize(
    ("has_line", "has_consents", "step"),
    [
        (False, False, DraftStep.LINE),
        (False, True, DraftStep.LINE),
        (True, False, DraftStep.CONSENT),
        (True, True, DraftStep.CAPTURE),
    ],
)
def test_what_is_missing_is_asked_for_next(has_line: bool, has_consents: bool, step: DraftStep):
    assert step_of(has_line=has_line, has_consents=has_consents, result=None) is step


@pytest.mark.parametrize("result", DraftResult)
def test_once_examined_there_is_a_result_whatever_else_is_gone(result: DraftResult):
    assert step_of(has_line=False, has_consents=False, result=result) is DraftStep.RESULT


def test_a_try_is_one_that_was_not_verified_and_there_are_three():
    assert MOST_TRIES == 3
    assert [tries_left(before=before, result=DraftResult.NOT_VERIFIED) for before in range(3)] == [2, 1, 0]
    for result in (None, *(each for each in DraftResult if each is not DraftResult.NOT_VERIFIED)):
        assert tries_left(before=0, result=result) == 3
