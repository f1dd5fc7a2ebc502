"""Policy packs: the rules of a jurisdiction as data."""

import copy
import re
import tomllib
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any

import pytest

from lineproof.decision.finding import Check
from lineproof.decision.policy import (
    LogAudience,
    LogTerms,
    parse_pack_file,
    parse_policy,
    policy_names,
    shipped_policy,
)
from lineproof.errors import Malformed, NotFound
from lineproof.imaging.pack_place import default_pack
from lineproof.terms import LineKind, Way

Path = tuple[str, ...]
NEEDED = ("document_read", "check_digits", "document_accepted", "document_in_date", "document_genuine")
PACKS = ("cn", "generic", "in", "kr", "mx", "specimen")


def content_of(name: str = "specimen") -> dict[str, Any]:
    """Read the content of a shipped pack, free to be changed."""
    return tomllib.loads(
        (resources.files("lineproof.decision") / "policies" / f"{name}.toml").read_text("utf-8")
    )


def keys_in(content: Mapping[str, Any], above: Path = ()) -> Iterator[Path]:
    """Walk every key of a pack."""
    for key, value in content.items():
        yield (*above, key)
        if isinstance(value, dict):
            yield from keys_in(value, (*above, key))


def table_of(content: dict[str, Any], path: Path) -> dict[str, Any]:
    """Give the table that a key lies in."""
    for key in path[:-1]:
        content = content[key]
    return content


KEYS = [path for path in keys_in(content_of()) if path[0] != "sources"]
LEAVES = [path for path in KEYS if not isinstance(table_of(content_of(), path)[path[-1]], dict)]
TABLES = [(), *(path for path in KEYS if path not in LEAVES)]


def changed(path: Path, value: Any) -> dict[str, Any]:
    """Give the specimen pack with one value changed."""
    content = content_of()
    table_of(content, path)[path[-1]] = value
    return content


ANOTHER = {
    ("agents", "second_looks"): 0.5,
    ("name",): "another",
    ("log", "audience"): "inspectors",
    ("calendar", "zone"): "Asia/Kolkata",
    ("calendar", "working_week"): ["mon"],
    ("calendar", "holidays"): ["2027-01-26"],
    **{("required", name): [*NEEDED, "barcode_agrees"] for name in content_of()["required"]},
    ("required", "face"): [*NEEDED, "same_person", "live"],
    ("required", "counter"): [*NEEDED, "holder_present"],
}


def another(path: Path, value: Any) -> Any:
    """Give a value that a key may have as well."""
    if path in ANOTHER:
        return ANOTHER[path]
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value * 1.01 if isinstance(value, float) else value + 1
    if isinstance(value, list):
        return [*value, "D"]
    term = re.fullmatch(r"([0-9]+) (.*)", value)
    return f"{int(term[1]) + 1} {term[2]}" if term else value + "x"


def test_packs_of_this_release_are_shipped():
    assert policy_names() == PACKS
    assert tuple(shipped_policy(name).name for name in policy_names()) == PACKS


@pytest.mark.parametrize("name", sorted(set(PACKS) - {"specimen"}))
def test_pack_for_real_lines_refuses_the_specimen_state_and_takes_passports_of_every_other(name: str):
    policy = shipped_policy(name)
    assert not policy.accepts_issuer("UTO")
    assert all(policy.accepts_issuer(issuer) for issuer in ("D", "FRA", "UNO", "XXA", "IND", "KOR"))
    assert policy.document_codes == {"P"}


def test_specimen_pack_takes_the_specimen_state_alone():
    specimen = shipped_policy("specimen")
    assert specimen.accepts_issuer("UTO")
    assert not any(specimen.accepts_issuer(issuer) for issuer in ("D", "FRA", "UNO", "XXA", "", "UT"))


def test_issuer_both_listed_and_excluded_is_not_accepted():
    assert not parse_policy(changed(("documents", "not_issuers"), ["UTO"])).accepts_issuer("UTO")


@pytest.mark.parametrize("name", policy_names())
def test_two_face_thresholds_are_ordered_and_carry_their_error_rates(name: str):
    policy = shipped_policy(name)
    lower, upper = policy.reject_below, policy.accept_from
    assert 0 < lower.similarity < upper.similarity < 1
    assert 0 < upper.false_match_rate < lower.false_match_rate < 1


@pytest.mark.parametrize("name", policy_names())
def test_shipped_pack_has_caps_clocks_and_a_source(name: str):
    policy = shipped_policy(name)
    assert all(policy.caps[kind] >= 1 for kind in LineKind)
    assert policy.clocks.case.count >= 1
    assert policy.retention.decision.days > policy.clocks.case.count
    assert policy.retention.case.days == 0
    assert policy.clocks.case.count < policy.retention.evidence.days <= 7
    assert policy.source


@pytest.mark.parametrize("name", policy_names())
def test_thresholds_are_for_the_model_pack_that_is_shipped_and_its_present_calibration(name: str):
    """A pack that is calibrated anew needs new thresholds here: docs/measurements.md."""
    policy, shipped = shipped_policy(name), default_pack().pack
    assert (policy.model_pack, policy.calibration_version) == (shipped.name, shipped.calibration.version)


@pytest.mark.parametrize("name", policy_names())
def test_accepting_threshold_keeps_to_the_calibration_that_it_names(name: str):
    """Its false match rate is one that the calibration bears out: at least that of the next rarer point."""
    accept = shipped_policy(name).accept_from
    points = default_pack().pack.calibration.points
    at_or_below = [point for point in points if point.similarity <= accept.similarity]
    above = [point for point in points if point.similarity > accept.similarity]
    assert above[0].false_match_rate <= accept.false_match_rate <= at_or_below[-1].false_match_rate


def test_unknown_pack_is_not_found_and_the_known_ones_are_listed():
    with pytest.raises(NotFound, match="cn, generic, in, kr, mx, specimen"):
        shipped_policy("atlantis")


@pytest.mark.parametrize("name", ["../policies/generic", "generic.toml", ""])
def test_pack_is_asked_for_by_name_and_not_by_path(name: str):
    with pytest.raises(NotFound):
        shipped_policy(name)


@pytest.mark.parametrize("path", KEYS, ids=".".join)
def test_missing_key_is_named_with_its_path_and_what_is_expected(path: Path):
    content = content_of()
    del table_of(content, path)[path[-1]]
    with pytest.raises(Malformed, match=rf"^a/pack: {re.escape('.'.join(path))} is missing; expected \S"):
        parse_policy(content, called="a/pack")


@pytest.mark.parametrize("path", TABLES, ids=lambda path: ".".join(path) or "the pack")
def test_unknown_key_is_refused_and_named_wherever_it_stands(path: Path):
    """A key that means nothing was meant to mean something."""
    content = content_of()
    table_of(content, (*path, "unless"))["unless"] = True
    with pytest.raises(Malformed, match=re.escape(".".join((*path, "unless")) + " is not a key of a policy")):
        parse_policy(content)


@pytest.mark.parametrize("path", LEAVES, ids=".".join)
def test_any_change_changes_the_digest(path: Path):
    content = content_of()
    table = table_of(content, path)
    table[path[-1]] = another(path, table[path[-1]])
    assert parse_policy(content).digest != parse_policy(content_of()).digest


@pytest.mark.parametrize("path", LEAVES, ids=".".join)
def test_value_of_another_form_is_refused_in_one_line_with_its_path(path: Path):
    for wrong in (None, {"days": 1}, [1], 10**30, "\ud800\n", 1.5, -1):
        with pytest.raises(Malformed, match=re.escape(".".join(path))) as error:
            parse_policy(changed(path, wrong))
        assert error.value.what.isprintable()
        assert "; expected " in error.value.what
        assert len(error.value.what) < 400


def test_order_of_the_keys_does_not_change_the_digest():
    backwards = dict(reversed(content_of().items()))
    assert parse_policy(backwards).digest == parse_policy(content_of()).digest


def test_digest_is_the_same_each_time_and_differs_between_packs():
    assert (
        shipped_policy("generic").digest
        == shipped_policy("generic").digest
        != shipped_policy("specimen").digest
    )


@pytest.mark.parametrize(
    ("lower", "upper"),
    [(0.7, 0.7), (0.8, 0.7), (0.0, 0.7), (-0.1, 0.7), (0.6, 1.0), (0.6, 1.2), (0.6, float("nan"))],
)
def test_thresholds_out_of_order_are_refused(lower: float, upper: float):
    content = changed(("face", "reject_below", "similarity"), lower)
    content["face"]["accept_from"]["similarity"] = upper
    with pytest.raises(Malformed, match=r"face\.(accept_from|reject_below)\.similarity is "):
        parse_policy(content)


def test_higher_threshold_with_the_higher_false_match_rate_is_refused():
    with pytest.raises(Malformed, match="false match rate"):
        parse_policy(changed(("face", "accept_from", "false_match_rate"), 0.5))


@pytest.mark.parametrize("way", Way)
def test_way_that_requires_nothing_is_refused(way: Way):
    with pytest.raises(Malformed, match=rf"required\.{way.value}"):
        parse_policy(changed(("required", way.value), []))


def test_error_names_file_key_and_form():
    with pytest.raises(Malformed) as error:
        parse_policy(changed(("clocks", "case"), "soon"), called="policies/in.toml")
    assert error.value.what == (
        'policies/in.toml: clocks.case is "soon"; '
        'expected a term such as "3 days", "10 working days" or "24 hours".'
    )


def test_file_that_is_no_toml_is_refused_with_its_line():
    with pytest.raises(Malformed, match=r"mine\.toml is not TOML: .*line 2"):
        parse_pack_file('name = "mine"\nversion = x\n', called="mine.toml")


def test_pack_too_long_for_the_booths_frame_is_refused():
    content = content_of()
    content["correction"]["extension_grounds"] = [f"ground number {n}" for n in range(3000)]
    with pytest.raises(Malformed, match="bytes as JSON; expected 49152 at most"):
        parse_policy(content)


@pytest.mark.parametrize("content", [[], ["name"], "name", None, 7])
def test_what_is_no_table_is_no_pack(content: Any):
    with pytest.raises(Malformed, match="it is no table"):
        parse_policy(content)


def test_unknown_check_is_refused_and_named():
    with pytest.raises(Malformed, match="shoe_size"):
        parse_policy(changed(("required", "face"), ["shoe_size"]))


def test_threshold_of_an_unknown_sort_is_refused():
    content = content_of()
    content["face"]["accept_from"]["mood"] = 0.5
    with pytest.raises(Malformed, match="mood"):
        parse_policy(content)


def test_pack_keeps_its_content_so_that_it_can_be_handed_on_whole():
    content = content_of()
    policy = parse_policy(copy.deepcopy(content))
    assert dict(policy.content) == content
    assert parse_policy(policy.content) == policy


@pytest.mark.parametrize(
    ("what", "days"),
    [
        *((what, days) for what in ("identity", "case") for days in (0, 36_525)),
        *(("decision", 8), ("decision", 36_525)),  # a decision can be appealed for seven days
        *(("line", 5), ("line", 36_525)),  # 5 days is how long the number rests
    ],
)
def test_nothing_need_be_kept_and_nothing_is_kept_longer_than_a_century(what: str, days: int):
    policy = parse_policy(changed(("retention", what, "days"), days))
    assert getattr(policy.retention, what).days == days


@pytest.mark.parametrize("days", [0, 30])
def test_photographs_of_a_referral_need_not_be_kept_and_may_be_for_thirty_days(days: int):
    policy = parse_policy(changed(("retention", "evidence", "days"), days))
    assert policy.retention.evidence.days == days


@pytest.mark.parametrize(("what", "most"), [("evidence", 30), ("identity", 36_525), ("case", 36_525)])
def test_pack_that_would_keep_something_longer_is_refused_with_its_key_and_the_bound(what: str, most: int):
    """Of photographs the bound is ours, whatever the pack says."""
    with pytest.raises(
        Malformed, match=rf"retention\.{what}\.days is {most + 1}; expected a whole number from 0 to {most}"
    ):
        parse_policy(changed(("retention", what, "days"), most + 1))


def test_shipped_packs_say_who_reads_the_log_and_how_soon_an_entry_is_there():
    generic, specimen = shipped_policy("generic").log, shipped_policy("specimen").log
    assert generic == LogTerms(LogAudience.INSPECTORS, publish_within_s=60)
    assert specimen == LogTerms(LogAudience.PUBLIC, publish_within_s=10)


@pytest.mark.parametrize("seconds", [5, 86_400])
def test_entry_may_be_published_within_five_seconds_and_at_the_latest_within_a_day(seconds: int):
    assert parse_policy(changed(("log", "publish_within_s"), seconds)).log.publish_within_s == seconds


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("audience", "everybody", 'log.audience is "everybody"; expected "public" or "inspectors"'),
        ("publish_within_s", 4, "log.publish_within_s is 4; expected a whole number from 5 to 86400"),
        (
            "publish_within_s",
            86_401,
            "publish_within_s is 86401; expected a whole number from 5 to 86400",
        ),
    ],
)
def test_pack_that_publishes_otherwise_is_refused_with_its_key_and_what_may_be(
    key: str, value: Any, says: str
):
    with pytest.raises(Malformed, match=re.escape(says)):
        parse_policy(changed(("log", key), value))


@pytest.mark.parametrize("share", [0, 0.0, 0.02, 1, 1.0])
def test_share_of_second_looks_is_from_none_to_all(share: float):
    assert parse_policy(changed(("agents", "second_looks"), share)).agents.second_looks == share


def test_packs_for_real_lines_have_one_in_fifty_looked_at_again():
    shares = {name: shipped_policy(name).agents.second_looks for name in PACKS}
    assert {share for name, share in shares.items() if name != "specimen"} == {0.02}
    assert shares["specimen"] == 0


def test_face_way_requires_the_comparison_and_the_counter_way_the_holder():
    policy = shipped_policy("generic")
    assert Check.SAME_PERSON in policy.required[Way.FACE]
    assert Check.HOLDER_PRESENT in policy.required[Way.COUNTER]
    assert all(Check.DOCUMENT_GENUINE in policy.required[way] for way in Way)


@pytest.mark.parametrize(
    ("table", "key", "value"),
    [
        ("documents", "not_issuers", "UTO"),  # becomes {"U", "T", "O"}: the specimen state is accepted
        ("documents", "issuers", "UTO"),
        ("documents", "issuers", []),
        ("documents", "codes", []),
        ("documents", "codes", ["ID"]),  # would accept nothing: the first letter is compared
        ("documents", "issuers", ["D", "D"]),
        ("caps", "mobile", -1),
        ("caps", "mobile", 0),  # a line for nobody
        ("calendar", "zone", "Kolkata time"),
        ("calendar", "zone", "../../etc/passwd"),
        ("calendar", "working_week", []),
        ("calendar", "working_week", ["monday"]),
        ("calendar", "holidays", ["20270126"]),
        ("calendar", "holidays", ["2027-02-29"]),
        ("calendar", "last_day_moves", "yes"),
        ("clocks", "case", -4),
        ("clocks", "case", "soon"),
        ("clocks", "case", "3"),
        ("clocks", "case", "367 days"),
        ("clocks", "verified_within", "32 days"),
        ("agents", "second_looks", -0.01),
        ("agents", "second_looks", 1.01),
        ("agents", "second_looks", True),
        ("agents", "second_looks", "0.02"),
        ("agents", "second_looks", float("nan")),
        ("notices", "attempts", 0),
        ("notices", "attempts", 21),
        ("notices", "apart", "0 hours"),
        ("correction", "extension_grounds", "hospital"),
        ("terms", "version", ""),
        ("retention", "identity", 30),
        ("retention", "identity", {"days": 30}),
        ("retention", "line", {"days": -1, "because": "x"}),
        ("retention", "line", {"days": 1.5, "because": "x"}),
        ("retention", "line", {"days": True, "because": "x"}),
        ("retention", "decision", {"days": 36_526, "because": "x"}),  # a century: never
        ("retention", "decision", {"days": 1, "because": " "}),
        ("retention", "case", {"days": 1, "because": "x", "unless": "y"}),
        ("retention", "evidence", {"days": -1, "because": "x"}),
        ("retention", "evidence", {"days": 1.5, "because": "x"}),
        ("retention", "evidence", {"days": 1, "because": ""}),
        ("face", "accept_from", {"similarity": "0.9", "false_match_rate": 1e-5}),  # raises TypeError
        ("face", "reject_below", {"similarity": 0.5, "false_match_rate": 5}),
        ("log", "audience", "everybody"),
        ("log", "audience", "Public"),
        ("log", "audience", ["public"]),
        ("log", "audience", True),
        ("log", "publish_within_s", 4),
        ("log", "publish_within_s", 86_401),
        ("log", "publish_within_s", -60),
        ("log", "publish_within_s", 60.0),
        ("log", "publish_within_s", "60"),
        ("log", "publish_within_s", True),
        ("log", "unless", "y"),
        ("face", "model_pack", ""),
        ("face", "model_pack", None),
        ("face", "calibration", 1),
        ("face", "calibration", " "),
    ],
)
def test_value_of_the_wrong_sort_is_refused_and_named(table: str, key: str, value: Any):
    content = copy.deepcopy(dict(shipped_policy("specimen").content))
    content[table][key] = value
    with pytest.raises(Malformed, match=rf"{table}\.{key}"):
        parse_policy(content)


@pytest.mark.parametrize(("days", "taken"), [(8, True), (7, False)])
def test_what_proves_a_decision_is_kept_for_as_long_as_it_can_be_appealed(days: int, taken: bool):
    content = changed(("retention", "decision"), {"days": days, "because": "x"})
    if taken:
        assert parse_policy(content).retention.decision.days == days
    else:
        with pytest.raises(Malformed, match=r"retention\.decision\.days is 7; expected 8 at least"):
            parse_policy(content)
