"""What is said of a case to who it is about: until when their photographs are kept, and why."""

from datetime import UTC, datetime

import pytest

from lineproof.decision.policy import shipped_policy


def test_until_when_photographs_are_kept_is_said_with_the_reason(
    capsys: pytest.CaptureFixture[str], services
):
    from lineproof.cli.registered import print_kept

    print_kept(datetime(2026, 7, 9, tzinfo=UTC), shipped_policy("specimen"))
    said = capsys.readouterr().out
    assert "kept sealed for them until they have decided, at most until 2026-07-09 00:00 UTC" in said
    assert shipped_policy("specimen").retention.evidence.because in said


def test_nothing_is_said_where_none_are_kept(capsys: pytest.CaptureFixture[str], services):
    from lineproof.cli.registered import print_kept

    print_kept(None, shipped_policy("specimen"))
    assert capsys.readouterr().out == ""
