"""What a pack says of visitors: every key, at its edges."""

import copy
from typing import Any

import pytest

from lineproof.decision.policy import parse_policy, shipped_policy
from lineproof.errors import Malformed

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
