"""What the interleavings found, each by the shortest sequence that showed it."""

from typing import TYPE_CHECKING

import pytest

from lineproof.errors import Conflict
from tests.flows import woven
from tests.flows.woven import A_WHILE, Act, World, a_world
from tests.flows.woven_rules import broken, findings

if TYPE_CHECKING:
    from tests.flows.desk import Desk


@pytest.fixture
def world(desk: "Desk") -> World:
    return a_world(desk)


def do(world: World, *acts: Act) -> None:
    """Do one act after the other."""
    for act in acts:
        assert act(world), act.__name__
        world.go_on()


def state(world: World) -> str:
    return str(world.desk.row("Line").state)


RESTRICTED = (woven.report_use, woven.announce, woven.wait, woven.sign)


def test_card_that_was_asked_for_was_waited_for_after_its_line_was_given_up(world: World):
    """Taken back, the line could get no other card, and its holder was not told what became of the first."""
    do(world, woven.ask_sim, woven.surrender)
    assert world.desk.row("SimReplacement").state == "stopped"
    do(world, woven.take_back, woven.ask_sim)
    assert (broken(world), findings(world)) == ([], ())


def test_card_that_was_asked_for_was_waited_for_after_its_line_was_ended(world: World):
    do(world, woven.report_use, woven.announce, woven.ask_sim)
    # Nobody ran what was due meanwhile.
    row = world.announced
    for _ in range(3):
        world.now = max(world.now, row.due_at)
        do(world, woven.sign)
        row.refresh_from_db()
    assert (row.state, state(world)) == ("terminated", "quarantine")
    assert world.desk.row("SimReplacement").state == "stopped"
    assert (broken(world), findings(world)) == ([], ())


@pytest.mark.parametrize("kind", [woven.say_not_mine, woven.say_not_needed])
@pytest.mark.parametrize("begun", [woven.offer, woven.ask_sim, woven.ask_port_out])
def test_appeal_that_upheld_a_dispute_was_outrun_by_what_was_begun_meanwhile(
    world: World, kind: Act, begun: Act
):
    """The line went away all the same; or, where it was not needed, nobody could decide the appeal."""
    do(world, kind, woven.hear_user, woven.dismiss, begun, woven.appeal_dispute, woven.appeal_is_won)
    assert (world.transfer, world.asked, world.leaving) == (None, None, None)
    assert world.desk.row("Dispute").state == "upheld"
    assert state(world) == ("active" if kind is woven.say_not_mine else "quarantine")
    assert (broken(world), findings(world)) == ([], ())


def test_line_that_was_disowned_was_nobodys_for_ever_when_one_person_withdrew_its_correction(world: World):
    do(world, woven.say_not_mine, woven.hear_user, woven.uphold)
    with pytest.raises(Conflict, match="Two people decided that dispute"):
        woven.withdraw_finding(world)
    assert broken(world) == []


def test_line_that_was_taken_back_could_be_disputed_while_it_was_disputed(world: World):
    do(world, woven.say_not_mine, woven.surrender, woven.take_back)
    with pytest.raises(Conflict, match="disputed already"):
        woven.say_not_needed(world)
    do(world, woven.withdraw_dispute, woven.say_not_mine)
    assert broken(world) == []


def test_correction_that_ended_a_line_could_be_appealed_without_end(world: World):
    """The notice of it says until when; so do the procedure's steps."""
    do(world, *RESTRICTED, woven.wait, woven.sign, woven.wait, woven.sign)
    assert state(world) == "quarantine"
    deadline = world.first("Notice", kind="line_terminated").deadline
    world.now = deadline
    with pytest.raises(Conflict, match="more than 7 days ago"):
        woven.appeal_correction(world)
    world.now = deadline - A_WHILE
    do(world, woven.appeal_correction, woven.appeal_is_won)
    assert (state(world), broken(world)) == ("active", [])


def test_line_that_was_taken_back_and_given_up_is_not_given_back_by_an_older_appeal(world: World):
    ended = *RESTRICTED, woven.wait, woven.sign, woven.wait, woven.sign
    do(world, *ended, woven.appeal_correction, woven.take_back, woven.surrender, woven.appeal_is_won)
    assert state(world) == "quarantine"
    assert world.desk.row("Appeal").state == "overturned"
    assert broken(world) == []
