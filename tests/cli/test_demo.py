"""`lineproof demo`: the whole story, with nothing left behind."""

from pathlib import Path


def test_the_story_ends_as_expected_and_leaves_nothing_behind(lineproof, environment, monkeypatch):
    """Where the operator's log is published is none of its business."""
    monkeypatch.setitem(environment, "LINEPROOF_LOG_STORE", "would be refused")
    temporary, home = Path(environment["TMPDIR"]), Path(environment["HOME"])
    ran = lineproof("demo", "--once", "--json", "--port", "0")
    assert ran.code == 0, ran
    assert ran.err == ""
    assert ran.json["ok"] is True
    names = [step["name"] for step in ran.json["steps"]]
    assert len(names) == len(set(names)) >= 11
    for step in ran.json["steps"]:
        assert set(step) == {"name", "expected", "outcome", "ms"}
        assert step["outcome"] == step["expected"], step
    assert names[-3:] == ["log_verified", "log_monitored", "receipt_checked"]
    for folder in (temporary, home):
        assert not list(folder.iterdir())
