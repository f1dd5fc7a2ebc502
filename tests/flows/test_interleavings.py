"""Every sequence of acts on one line, to a depth, by the real procedures on a real record.

From each of eleven places in the life of a line, every sequence of three of the thirty-two acts of `woven.py`
that can be done: 5,026 sequences that are three acts long, of 5,784 acts; 5,126 more are refused on the way.
The places are up to eight acts from a line that was just registered, so the longest is eleven acts long.
After each act 24 questions are asked of the database (`woven_rules.py`), and two besides; after a
refusal, whether anything at all has changed; and at the end of each sequence a monitor judges the log.

Each act is tried in a branch of its own that is rolled back: some fifty-five acts a second, about a hundred
seconds on one core. Two people who sign or decide do so one right after the other, so that nothing comes
between them here.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from lineproof.errors import LineproofError
from tests.flows.woven import ALPHABET, Act, World, a_world, find
from tests.flows.woven_rules import broken, digest, findings

if TYPE_CHECKING:
    from tests.flows.desk import Desk


@dataclass(slots=True)
class Walk:
    """A walk through all sequences. found: what was wrong, with the shortest sequence that shows it."""

    depth: int
    steps: int = 0
    refused: int = 0
    leaves: int = 0
    done: Counter[str] = field(default_factory=Counter)
    found: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def on(self, world: World, path: tuple[str, ...] = ()) -> None:
        """Try every act from here, each in a branch that is rolled back."""
        if len(path) == self.depth:
            return
        before = digest()
        for act in ALPHABET:
            with branch():
                self._try(act, world.kept(), before, (*path, act.__name__))

    def _try(self, act: Act, world: World, before: bytes, path: tuple[str, ...]) -> None:
        try:
            if not act(world):
                return
        except LineproofError as refusal:
            self.refused += 1
            if digest() != before:
                self._note(f"a refusal changed something: {refusal}", path)
            return
        except Exception as bug:
            bug.add_note(f"after {path}")
            raise
        world.go_on()
        self.steps += 1
        self.done[act.__name__] += 1
        for rule in broken(world):
            self._note(rule, path)
        if len(path) == self.depth:
            self.leaves += 1
            for one in findings(world):
                self._note(f"the log: {one.rule.value}: {one.what}", path)
        self.on(world, path)

    def _note(self, what: str, path: tuple[str, ...]) -> None:
        if len(path) < len(self.found.get(what, (*path, ""))):
            self.found[what] = path


@contextmanager
def branch() -> Iterator[None]:
    """Roll back whatever is done inside."""
    from django.db import transaction

    with transaction.atomic():
        yield
        transaction.set_rollback(True)


STARTS: dict[str, tuple[str, ...]] = {
    "active": (),
    "in transfer": ("offer", "accept"),
    "another SIM asked": ("ask_sim",),
    "porting out": ("ask_port_out",),
    "disputed": ("say_not_mine", "hear_user"),
    "notified": ("report_use", "announce"),
    "restricted": ("find", "announce", "wait", "sign"),
    "suspended": ("find", "announce", "wait", "sign", "wait", "sign"),
    "terminated": ("report_use", "announce", "wait", "sign", "wait", "sign", "wait", "sign"),
    "dismissed and appealed": ("say_not_needed", "hear_user", "dismiss", "appeal_dispute"),
    "disowned": ("say_not_mine", "hear_user", "uphold"),
}
DEPTH = 3


def begun(desk: "Desk", *names: str) -> World:
    """Bring a line to where the sequences start."""
    world = a_world(desk)
    acts = {act.__name__: act for act in (*ALPHABET, find)}
    for name in names:
        assert acts[name](world), name
        world.go_on()
    assert broken(world) == []
    return world


@pytest.mark.long
@pytest.mark.parametrize("start", STARTS)
def test_whatever_is_done_in_whatever_order_every_rule_holds_after_each_step(desk: "Desk", start: str):
    world, walk = begun(desk, *STARTS[start]), Walk(DEPTH)
    walk.on(world)
    assert walk.found == {}
    assert min(walk.leaves, walk.refused) > 100


@pytest.mark.long
def test_every_act_is_done_from_somewhere(desk: "Desk"):
    """Else it would have been tried in vain."""
    done: Counter[str] = Counter()
    due = ("offer", "accept", "wait"), ("ask_port_out", "wait"), ("find", "announce", "wait")
    for start in (*STARTS.values(), ("offer",), *due):
        with branch():
            walk = Walk(1)
            walk.on(begun(desk, *start))
            done += walk.done
    assert done.keys() == {act.__name__ for act in ALPHABET}
