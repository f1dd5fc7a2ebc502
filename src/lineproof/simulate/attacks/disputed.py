"""What incidents have in common about a line in the name of somebody whose it is not: dispute to closing."""

from functools import partial

from lineproof.line.dispute import DisputeChoice, DisputeKind, DisputeReason, Statement
from lineproof.line.ladder import Choice, Step, Wait
from lineproof.registry import models
from lineproof.registry.flows.correct_lines import announce_corrections, sign_step
from lineproof.registry.flows.decide_dispute import give_opinion
from lineproof.registry.flows.dispute_line import OpenedDispute, hear_user, open_dispute
from lineproof.simulate.attacks.scene import HOUR, Scene
from lineproof.simulate.passport import Passport
from lineproof.terms import DisputeId, LineId, StaffName

_DONE = {
    Step.RESTRICT: "it receives, and calls emergency numbers, and nothing else",
    Step.SUSPEND: "it calls emergency numbers, and nothing else",
    Step.TERMINATE: "it is off",
}

_WAITS = {
    Wait.NOT_ANNOUNCED: "nothing was announced",
    Wait.NOT_DUE: "its deadline is not over",
    Wait.APPEALED: "an appeal is open",
    Wait.LINE_ELSEWHERE: "the line is being passed on",
    Wait.NOTICE_UNDER_WAY: "the notice is still on its way",
    Wait.UNREACHED: "the notice reached nobody, so the line stays as it is",
}


def sentence_of(wait: Wait) -> str:
    """Say why a step is not carried out."""
    return _WAITS[wait]


def disputes(scene: Scene, who: str, passport: Passport, line: LineId) -> OpenedDispute | None:
    """Have a holder say that a line in their name is not theirs."""
    world, services = scene.world, scene.services
    session = scene.session(passport)
    return scene.act(
        f"{who} shows the passport at Ada's counter, and says of the line: not me.",
        lambda: open_dispute(services, line, DisputeKind.NOT_MINE, session, now=world.now),
        outcome=lambda done: (
            f"Received. Two people decide by {done.due_at:%Y-%m-%d}; until then the line stays "
            f"as it is, and who uses it is heard until {done.answer_by:%Y-%m-%d}."
        ),
    )


def nobody_answers(scene: Scene, dispute: OpenedDispute) -> None:
    """Let the time pass in which the line's user is heard."""
    world = scene.world
    world.wait(dispute.answer_by - world.now + HOUR)
    scene.act(
        "The user of the line lets that time pass. Ada notes it.",
        lambda: hear_user(scene.services, dispute.id, Statement.DID_NOT_ANSWER, scene.ada, now=world.now),
        outcome="Noted, in closed words.",
    )


def decide(scene: Scene, dispute: DisputeId, *reviewers: StaffName) -> None:
    """Have reviewers uphold a dispute, each without seeing what the other thinks."""
    for reviewer in reviewers:
        scene.act(
            f"Reviewer {reviewer.text.capitalize()} thinks that the document was misused.",
            partial(
                give_opinion,
                scene.services,
                dispute,
                reviewer,
                DisputeChoice.UPHELD,
                DisputeReason.DOCUMENT_WAS_MISUSED,
                now=scene.world.now,
            ),
            outcome=lambda done: (
                "An opinion; a second person's is wanted."
                if done is None
                else "Upheld by two: from now on the line does not count as the holder's."
            ),
        )


def close_step_by_step(scene: Scene, line: LineId, *reviewers: StaffName) -> None:
    """Close a line that was disowned, with a notice, a deadline and two people before each step."""
    services, world = scene.services, scene.world
    row = models.Correction.objects.filter(line=line).first()
    if row is None:
        return
    ids, first = [row.id], reviewers[0]
    scene.act(
        "The closing of the line is announced to whoever uses it.",
        lambda: announce_corrections(services, ids, first, now=world.now),
        outcome="Announced. Nothing is done before its deadline.",
    )
    for step in Step:
        row.refresh_from_db()
        if row.due_at is None:
            return
        world.wait(row.due_at - world.now + HOUR)
        scene.tell()
        sign_step(services, ids, step, reviewers[0], Choice.CARRY_OUT, now=world.now)
        scene.act(
            f"{world.now:%Y-%m-%d}: the deadline is over, and two people sign the step: {step.value}.",
            partial(sign_step, services, ids, step, reviewers[1], Choice.CARRY_OUT, now=world.now),
            outcome=lambda done, step=step: (
                f"Done: {_DONE[step]}."  # type: ignore[misc]
                if done[0].decided
                else f"Not done: {sentence_of(done[0].wait or Wait.NOT_DUE)}."
            ),
        )
