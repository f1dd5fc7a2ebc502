"""All the tables as one system hold their rules in every state that any sequence leads to.

`woven.py` has the system. The search is complete, not to a depth: it closes after some 5,400 states and
46,000 steps between them, the farthest 28 steps from a line that was just registered, in about two seconds.
"""

from collections import deque
from collections.abc import Callable

import pytest

from lineproof.line.correction import ANNOUNCED, CorrectionState
from lineproof.line.correction import OPEN as OPEN_CORRECTIONS
from lineproof.line.dispute import OPEN_STATES
from lineproof.line.state import HELD, TABLE, LineState
from tests.line.woven import Whole, reachable

CUT = {LineState.RESTRICTED: CorrectionState.RESTRICTED, LineState.SUSPENDED: CorrectionState.SUSPENDED}
RULES: dict[str, Callable[[Whole], bool]] = {
    "somebody holds a line exactly where its state says so": lambda w: w.held == (w.line in HELD),
    "a line is in transfer exactly while a transfer is open": lambda w: (
        (w.line is LineState.IN_TRANSFER) == (w.transfer is not None)
    ),
    "a line is porting out exactly while its number is leaving": lambda w: (
        (w.line is LineState.PORTING_OUT) == (w.porting is not None)
    ),
    "a line is cut exactly as far as one correction has come": lambda w: (
        [state for state in w.corrections.values() if state in CUT.values()]
        == ([CUT[w.line]] if w.line in CUT else [])
    ),
    "a line that is terminated was by a correction": lambda w: (
        w.line is not LineState.TERMINATED or CorrectionState.TERMINATED in w.corrections.values()
    ),
    "a line has one ladder at a time": lambda w: (
        sum(state in ANNOUNCED for state in w.corrections.values()) <= 1
    ),
    "a line has one open dispute": lambda w: (
        sum(one is not None and one.state in OPEN_STATES for one in w.disputes.values()) <= 1
    ),
    # But for a dispute, which two people decide all the same, and an appeal, which may give the line back.
    "nothing is under way with a line that has ended": lambda w: (
        w.held
        or not (
            w.transfer or w.sim or w.porting or any(s in OPEN_CORRECTIONS for s in w.corrections.values())
        )
    ),
    "nobody takes a line away that is disputed or was disowned": lambda w: (
        not (w.transfer or w.sim or w.porting) or (w.open_dispute is None and not w.disowned)
    ),
    "a line that was disowned is being corrected for it": lambda w: (
        not w.disowned or w.disputed in OPEN_CORRECTIONS
    ),
}


@pytest.mark.parametrize("rule", RULES)
def test_rule_holds_in_every_state_that_any_sequence_leads_to(rule: str):
    depth, _ = reachable()
    assert [(steps, whole) for whole, steps in depth.items() if not RULES[rule](whole)] == []


def test_search_closes_and_has_been_everywhere():
    """It ends since nothing new is reached; every step of the line's own table was taken but those before."""
    depth, following = reachable()
    assert depth.keys() == following.keys()
    assert len(depth) > 5000
    assert max(depth.values()) > 20
    taken = {(whole.line, each.line) for whole, edges in following.items() for _, each in edges}
    before = {LineState.APPLIED, LineState.PORTING_IN}
    never = {(was, is_) for (was, _), is_ in TABLE.items() if was not in before} - taken
    # So only where a policy pack has no restriction; this one has.
    assert never == {(LineState.ACTIVE, LineState.SUSPENDED)}


def test_line_is_cut_step_by_step_by_people_and_by_nothing_else():
    """So emergency calls are there until a line ends: each cut but the last leaves them."""
    before = {
        LineState.RESTRICTED: {LineState.ACTIVE},
        LineState.SUSPENDED: {LineState.RESTRICTED},
        LineState.TERMINATED: {LineState.SUSPENDED},
    }
    seen = set()
    for whole, edges in reachable()[1].items():
        for happening, each in edges:
            if each.line in before and each.line is not whole.line:
                assert happening == "carry_out"
                assert whole.line in before[each.line]
                seen.add(each.line)
    assert seen == set(before)


def test_no_step_of_a_correction_is_carried_out_while_that_is_appealed():
    steps = 0
    for whole, edges in reachable()[1].items():
        for happening, each in edges:
            if happening == "carry_out":
                moved = {cause.value for cause in whole.corrections if whole.corrections[cause] in ANNOUNCED}
                assert each.corrections != whole.corrections
                assert whole.appeal not in moved
                steps += 1
    assert steps > 0


def test_held_line_ends_only_by_its_holder_by_two_people_or_for_another_operator():
    ends = {
        happening
        for whole, edges in reachable()[1].items()
        for happening, each in edges
        if whole.held and not each.held
    }
    assert ends == {"surrender", "go_on_with_dispute", "hear_appeal", "carry_out", "end_port_out"}


def test_holder_can_give_a_line_up_wherever_it_is_but_on_its_way_to_another_operator():
    stuck = {
        whole.line
        for whole, edges in reachable()[1].items()
        if whole.held and "surrender" not in {happening for happening, _ in edges}
    }
    assert stuck == {LineState.PORTING_OUT}


UNDER_WAY: dict[str, Callable[[Whole], object]] = {
    "transfer": lambda w: w.transfer,
    "another SIM": lambda w: w.sim,
    "porting out": lambda w: w.porting,
    "dispute": lambda w: w.open_dispute,
    "correction": lambda w: any(state in OPEN_CORRECTIONS for state in w.corrections.values()),
    "appeal": lambda w: w.appeal,
    "line in nobody's name": lambda w: w.disowned,
}


@pytest.mark.parametrize("what", UNDER_WAY)
def test_whatever_is_under_way_can_come_to_an_end_from_wherever_it_is(what: str):
    """Without anybody having to appeal for it."""
    _, following = reachable()
    leads: dict[Whole, list[Whole]] = {}
    for whole, edges in following.items():
        for happening, each in edges:
            if happening != "appeal":
                leads.setdefault(each, []).append(whole)
    ended = {whole for whole in following if not UNDER_WAY[what](whole)}
    assert len(ended) < len(following)
    waiting = deque(ended)
    while waiting:
        for each in leads.get(waiting.popleft(), ()):
            if each not in ended:
                ended.add(each)
                waiting.append(each)
    assert following.keys() - ended == set()
