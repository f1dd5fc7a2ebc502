"""What is said of a measurement: the fields of the object, the table, and that nothing else comes out."""

import json
from pathlib import Path

import pytest

from lineproof.measure.as_json import report_json
from lineproof.measure.table import report_lines
from tests.conftest import CHECKOUT
from tests.measure.reports import a_report

POINT = {
    *("threshold", "per_identity", "ci95", "per_pair", "per_pair_ci95", "gfrr_per_identity", "gfrr_ci95"),
    *("gfrr_per_pair", "fmr", "fmr_ci95", "gfar", "false_matches", "few_false_matches", "non_matches"),
    *("people_not_matched", "few_non_matches", "why"),
}
GROUP = {
    *("group", "identities", "photographs", "without_face", "fnmr_identities", "genuine_comparisons"),
    *("non_matches", "impostor_identities", "impostor_comparisons", "false_matches", "fnmr", "fnmr_ci95"),
    *("fmr", "fmr_ci95", "fnmr_differential", "fnmr_differential_ci95", "fmr_differential"),
    *("fmr_differential_ci95", "few_non_matches", "few_false_matches"),
}
FIELDS = {
    "": {
        *("fnmr_at_fmr", "counts", "failure_to_enrol", "failure_to_acquire", "det", "groups", "pack"),
        *("calibration", "protocol", "seed", "replicates", "code_version", "pairs_sha256", "groups_sha256"),
    },
    "counts": {
        *("photographs", "identities", "genuine_identities", "references", "failed_to_enrol", "probes"),
        *("failed_to_acquire", "genuine_intended", "genuine_completed", "impostor_intended"),
        "impostor_completed",
    },
    "det": {"target_fmr", "fmr", "threshold", "per_identity", "ci95", "per_pair"},
    "groups": {"at_fmr", "suppressed_groups", "suppressed_identities", "identities_without_group"},
    "groups.at_fmr": {
        *("threshold", "groups", "cross", "largest_fnmr_differential", "largest_fnmr_differential_ci95"),
        *("largest_fmr_differential", "largest_fmr_differential_ci95", "why"),
    },
    "cross": {"groups", "impostor_comparisons", "false_matches", "fmr", "fmr_ci95"},
    "pack": {"name", "licence", "detector_sha256", "embedder_sha256"},
    "calibration": {"version", "source", "points"},
}


@pytest.fixture(scope="module")
def report():
    return a_report()


def test_object_has_the_fields_that_are_documented_and_no_other(report):
    said = report_json(report)
    assert set(said) == FIELDS[""]
    for name in ("counts", "groups", "pack", "calibration"):
        assert set(said[name]) == FIELDS[name], name
    assert {frozenset(point) for point in said["fnmr_at_fmr"].values()} == {frozenset(POINT)}
    assert {frozenset(point) for point in said["calibration"]["points"]} == {
        frozenset({*POINT, "claimed_fmr"})
    }
    assert {frozenset(point) for point in said["det"]} == {frozenset(FIELDS["det"])}
    for each in said["groups"]["at_fmr"].values():
        assert set(each) == FIELDS["groups.at_fmr"]
        assert {frozenset(group) for group in each["groups"]} == {frozenset(GROUP)}
        assert {frozenset(pair) for pair in each["cross"]} == {frozenset(FIELDS["cross"])}


def test_every_field_is_described_in_the_page_of_commands(report):
    page = (CHECKOUT / "docs" / "commands.md").read_text("utf-8")
    section = page.split("## Measuring on your own photographs")[1].split("\n## ")[0]
    fields = {field for fields in FIELDS.values() for field in fields} | POINT | GROUP | {"claimed_fmr"}
    assert sorted(field for field in fields if f"`{field}`" not in section) == []


def test_rates_at_the_usual_false_match_rates_are_found_by_their_names(report):
    said = report_json(report)["fnmr_at_fmr"]
    assert list(said) == ["1e-1", "1e-2", "1e-3", "1e-6"]
    point, measured = said["1e-2"], report.rates.at_targets[1]
    assert point["threshold"] == measured.threshold
    assert point["per_identity"] == pytest.approx(measured.per_identity.value, rel=1e-5)
    assert point["ci95"] == pytest.approx([measured.per_identity.low, measured.per_identity.high], rel=1e-5)
    assert point["per_pair_ci95"] != point["ci95"]
    assert said["1e-6"]["why"].startswith("Not measurable")
    assert {said["1e-6"][name] for name in ("threshold", "per_identity", "per_pair", "fmr", "ci95")} == {None}


def test_object_is_strict_json_and_short(report):
    written = json.dumps(report_json(report), allow_nan=False)
    assert json.loads(written)["seed"] == 1
    assert len(written) < 60_000


def test_same_measurement_says_the_same_digits():
    assert json.dumps(report_json(a_report(30))) == json.dumps(report_json(a_report(30)))
    assert list(report_lines(a_report(30))) == list(report_lines(a_report(30)))


def test_size_of_what_is_said_does_not_depend_on_how_many_people_were_measured():
    """Nothing is said of each person, each photograph or each comparison."""
    small, large = a_report(60, replicates=20), a_report(240, replicates=20)
    assert (
        len(list(report_lines(small))) <= len(list(report_lines(large))) <= len(list(report_lines(small))) + 1
    )

    def shape(value):
        if isinstance(value, dict):
            return {key: shape(each) for key, each in value.items() if key != "det"}
        return [shape(each) for each in value] if isinstance(value, list) else type(value).__name__

    few, many = (report_json(each) for each in (small, large))
    assert len(shape(few)) == len(shape(many))
    # One point more for each tenth of a decade of comparisons, whoever is compared.
    assert 0 < len(many["det"]) - len(few["det"]) < 20


def test_table_shows_rates_intervals_failures_groups_and_how_to_read_them(report):
    lines = list(report_lines(report))
    text = "\n".join(lines)
    for words in (
        *("Face comparison, test-pack, all pairs", "failure to enrol", "failure to acquire", "GFRR"),
        *("FNMR per identity, %", "Not measurable: an FMR of 1e-6", "FMR claimed", "north with south"),
        *("largest to least", "Not shown: 1 group of fewer than 10 people, 4 people in all."),
        *("In no group: 1 people.", "rule of 30", "Seed 1, 60 replicates"),
    ):
        assert words in text, words
    assert max(len(line) for line in lines) <= 160
    assert "few" not in {line.split()[0] for line in lines if line.strip()}


def test_small_groups_are_named_in_nothing_that_is_said():
    report = a_report(40, labels=("north", "south", "Smallest-Group"), replicates=20)
    assert "Smallest-Group" not in json.dumps(report_json(report))
    assert "Smallest-Group" not in "\n".join(report_lines(report))


def test_without_groups_none_are_spoken_of():
    report = a_report(30, grouped=False, replicates=20)
    assert report_json(report)["groups"] is None
    assert "roup" not in "\n".join(report_lines(report))


def test_group_with_a_long_name_keeps_its_columns():
    long = "The longest name a group may have: forty"
    assert len(long) == 40
    lines = list(report_lines(a_report(40, labels=(long, "south", "few"), replicates=20)))
    heads = [line for line in lines if "FMR within the group" in line]
    rows = [
        line for line in lines if line.startswith((f"    {long} ", "    south ")) and " with " not in line
    ]
    assert len(rows) >= 2
    assert {row.index("[") > heads[0].index("people") for row in rows} == {True}
    assert all(row[heads[0].index("people") - 1] == " " for row in rows)


def test_nothing_is_written_anywhere(tmp_path: Path, monkeypatch, report):
    monkeypatch.chdir(tmp_path)
    report_json(report)
    list(report_lines(report))
    assert list(tmp_path.iterdir()) == []
