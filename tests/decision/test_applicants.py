"""What a pack says of visitors, minors and organisations: every key, at its edges."""

import copy
from typing import Any

import pytest

from lineproof.decision.policy import parse_policy, shipped_policy
from lineproof.errors import Malformed
from lineproof.terms import LineKind

VISITORS = {"home": ["PHL", "D"], "line_for": "30 days", "remind_before": "7 days"}


def pack(**visitors: Any) -> dict[str, Any]:
    """Give the generic pack with a table of visitors; None for a key leaves it out."""
    content = copy.deepcopy(dict(shipped_policy("generic").content))
    content["visitors"] = {key: value for key, value in {**VISITORS, **visitors}.items() if value is not None}
    content["sources"]["visitors"] = "ours"
    return content


def test_table_of_visitors_is_read():
    policy = parse_policy(pack())
    assert policy.visitors is not None
    assert (policy.visitors.home, str(policy.visitors.line_for)) == ({"PHL", "D"}, "30 days")
    assert str(policy.visitors.remind_before) == "7 days"
    assert policy.source_of("visitors.line_for") == "ours"
    assert policy.digest != shipped_policy("generic").digest


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"home": None}, "visitors.home is missing"),
        ({"home": []}, "visitors.home is an empty list; expected the issuers"),
        ({"home": "IND"}, 'visitors.home is "IND"'),
        ({"home": ["ind"]}, 'visitors.home has "ind"'),
        ({"home": ["INDI"]}, 'visitors.home has "INDI"'),
        ({"line_for": None}, "visitors.line_for is missing"),
        ({"line_for": "0 days"}, 'visitors.line_for is "0 days"'),
        ({"line_for": "720 hours"}, 'visitors.line_for is "720 hours"'),
        ({"line_for": 30}, "visitors.line_for is 30"),
        ({"remind_before": None}, "visitors.remind_before is missing"),
        ({"remind_before": "0 days"}, 'visitors.remind_before is "0 days"'),
        ({"remind_before": "5 working days"}, "expected a term in days of the calendar"),
        ({"remind_before": "31 days"}, 'no more than visitors.line_for, which is "30 days"'),
        ({"cut_after": "1 day"}, "visitors.cut_after is not a key"),
    ],
)
def test_what_is_wrong_with_it_is_said_with_the_key(changed: dict[str, Any], says: str):
    with pytest.raises(Malformed) as error:
        parse_policy(pack(**changed))
    assert says in error.value.what


@pytest.mark.parametrize("table", [True, None, [], "30 days"])
def test_what_is_no_table_is_refused(table: Any):
    with pytest.raises(Malformed, match=r"visitors is .*; expected a table"):
        parse_policy({**pack(), "visitors": table})


def test_least_terms_are_a_pack():
    policy = parse_policy(pack(line_for="1 day", remind_before="1 day"))
    assert policy.visitors is not None


def test_every_value_of_it_says_where_it_comes_from():
    content = pack()
    content["sources"] = {key: text for key, text in content["sources"].items() if key != "visitors"}
    with pytest.raises(Malformed, match=r"visitors\.home has no source"):
        parse_policy(content)


def with_minors(under: Any = 18, *, required: bool = True) -> dict[str, Any]:
    """Give the generic pack with a table of minors, and the check that goes with it."""
    content = copy.deepcopy(dict(shipped_policy("generic").content))
    content["minors"] = {"under": under}
    content["sources"]["minors"] = "ours"
    if required:
        content["required"]["registration"].append("adult_by_document")
    return content


@pytest.mark.parametrize("under", [1, 18, 21])
def test_table_of_minors_is_read(under: int):
    policy = parse_policy(with_minors(under))
    assert policy.minors is not None
    assert policy.minors.under == under
    assert policy.source_of("minors.under") == "ours"


@pytest.mark.parametrize("under", [0, 22, 17.5, "18", True, None])
def test_what_is_no_number_of_years_is_refused(under: Any):
    with pytest.raises(Malformed, match=r"minors\.under is .*; expected a whole number from 1 to 21"):
        parse_policy(with_minors(under))


def test_nothing_but_the_years_is_said_of_minors():
    content = with_minors()
    content["minors"]["curfew"] = "22:00"
    with pytest.raises(Malformed, match=r"minors\.curfew is not a key"):
        parse_policy(content)


def test_table_and_check_go_together():
    """Where it was required and not carried out, every registration would go to people."""
    with pytest.raises(Malformed, match=r"required\.registration leaves out adult_by_document"):
        parse_policy(with_minors(required=False))
    content = with_minors()
    del content["minors"], content["sources"]["minors"]
    with pytest.raises(Malformed, match=r"required\.registration has adult_by_document; expected it in"):
        parse_policy(content)


@pytest.mark.parametrize("whose", ["face", "counter", "holder", "link", "verification"])
def test_nothing_but_a_registration_asks_for_it(whose: str):
    """Whoever is verified for something that they hold already is asked nothing of it."""
    content = with_minors()
    content["required"][whose].append("adult_by_document")
    with pytest.raises(Malformed, match=rf"required\.{whose} has adult_by_document"):
        parse_policy(content)


def with_organisations(**caps: Any) -> dict[str, Any]:
    """Give the generic pack with a table of organisations; None for a key leaves it out."""
    content = copy.deepcopy(dict(shipped_policy("generic").content))
    said = {"mobile": 500, "fixed": 50, **caps}
    content["organisations"] = {key: value for key, value in said.items() if value is not None}
    content["sources"]["organisations"] = "ours"
    return content


@pytest.mark.parametrize("most", [1, 999_999])
def test_table_of_organisations_is_read(most: int):
    policy = parse_policy(with_organisations(mobile=most))
    assert policy.organisations is not None
    assert policy.organisations.caps == {LineKind.MOBILE: most, LineKind.FIXED: 50}
    assert policy.source_of("organisations.mobile") == "ours"
    assert shipped_policy("generic").organisations is None


@pytest.mark.parametrize("key", ["mobile", "fixed"])
@pytest.mark.parametrize("cap", [0, 1_000_000, 5.0, "5", True])
def test_what_is_no_cap_of_an_organisation_is_refused(key: str, cap: Any):
    with pytest.raises(
        Malformed, match=rf"organisations\.{key} is .*; expected a whole number from 1 to 999999"
    ):
        parse_policy(with_organisations(**{key: cap}))


def test_both_kinds_have_a_cap_and_nothing_else_is_said_of_organisations():
    with pytest.raises(Malformed, match=r"organisations\.fixed is missing"):
        parse_policy(with_organisations(fixed=None))
    with pytest.raises(Malformed, match=r"organisations\.barred is not a key"):
        parse_policy(with_organisations(barred=["ACME"]))


def test_caps_of_organisations_say_where_they_come_from():
    content = with_organisations()
    del content["sources"]["organisations"]
    with pytest.raises(Malformed, match=r"organisations\.mobile has no source"):
        parse_policy(content)
