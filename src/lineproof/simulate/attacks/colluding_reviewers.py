"""Two reviewers who hold together: what they can do, what they cannot, and how it comes to light."""

import hashlib
import json
from functools import partial

from lineproof.decision.reasons import ReasonCode
from lineproof.line.appeal import AppealKind, AppealReason
from lineproof.line.case import Opinion, ReviewerOpinion
from lineproof.line.dispute import DisputeChoice, DisputeKind, DisputeReason
from lineproof.line.inspection import Judgement, OperatorAnswer
from lineproof.registry.flows.appeal_decision import hear_appeal, open_appeal
from lineproof.registry.flows.decide_dispute import give_opinion
from lineproof.registry.flows.dispute_line import open_dispute, withdraw_dispute
from lineproof.registry.flows.inspect import (
    answer_inspection,
    close_inspection,
    disclose,
    draw_inspected,
    open_inspection,
    report_inspection,
)
from lineproof.registry.flows.inspector_access import issue_inspector_token
from lineproof.registry.flows.publish_log import publish_log
from lineproof.registry.flows.register_line import register_line
from lineproof.registry.flows.review_case import review_case
from lineproof.registry.queries.log import read_bodies, read_log_head
from lineproof.simulate.attacks.disputed import decide, disputes, nobody_answers
from lineproof.simulate.attacks.scene import DAY, HOUR, Held, Scene
from lineproof.simulate.attacks.told import Incident
from lineproof.simulate.passport import Passport
from lineproof.terms import CaseId, LineId, StaffName, Way
from lineproof.transparency.entry import EntryKind

RHEA, SOL, TOVE, UMA, VERA = (StaffName(name) for name in ("rhea", "sol", "tove", "uma", "vera"))
INES = StaffName("ines")


def _play(scene: Scene) -> None:
    world = scene.world
    scene.reviewers("rhea", "sol")
    bo, carol, dara = world.somebody(), world.somebody(), world.somebody()
    bos = scene.holds(bo, "Bo", at="bo@example.org")
    scene.holds(dara, "Dara", at="dara@example.org")
    world.wait(DAY)
    _two_alone(scene, bo, bos)
    scene.reviewers("tove", "uma", "vera")
    line = _forged(scene, dara)
    _inspected(scene)
    if line is not None:
        _dara_says_so(scene, dara, line)
    _refused_and_appealed(scene, carol)


def _two_alone(scene: Scene, bo: Passport, bos: Held) -> None:
    """With two reviewers nothing against anybody becomes final."""
    world, services = scene.world, scene.services
    ivo = world.enrol_agent("ivo")
    as_bo = scene.session(bo, ivo)
    opened = scene.act(
        "A bribed agent signs that Mallory is Bo, and Mallory says that Bo does not need his line any more.",
        lambda: open_dispute(services, bos.id, DisputeKind.NOT_NEEDED, as_bo, now=world.now),
        outcome="Received, with a deadline. The line stays as it is until two people decide.",
    )
    if opened is None:
        return
    world.wait(opened.answer_by - world.now + HOUR)
    for did, reviewer in (
        ("Rhea and Sol are the only reviewers here. Rhea is for it.", RHEA),
        ("Sol tries, too.", SOL),
    ):
        scene.act(
            did,
            partial(
                give_opinion,
                services,
                opened.id,
                reviewer,
                DisputeChoice.UPHELD,
                DisputeReason.HOLDER_GAVE_IT_UP,
                now=world.now,
            ),
            outcome="An opinion is on record.",
        )
    scene.wins("has Bo's line cut", when=not scene.is_on(bos.id))
    session = scene.session(bo)
    scene.act(
        "Bo, who was told, comes to the counter and takes back what was said in his name.",
        lambda: withdraw_dispute(services, opened.id, session, now=world.now),
        outcome="Taken back.",
    )


def _referred(scene: Scene, passport: Passport, did: str) -> CaseId | None:
    world = scene.world
    request, presentation = world.a_number(), world.present(passport, way=Way.FACE)
    done = scene.act(
        did,
        lambda: register_line(scene.services, request, presentation, now=world.now),
        outcome="Referred: two people look at it.",
    )
    return None if done is None else done.case


def _forged(scene: Scene, dara: Passport) -> LineId | None:
    world, services = scene.world, scene.services
    case = _referred(
        scene, dara, "Mallory sends photographs of Dara's passport and face, for a line of his own."
    )
    if case is None:
        return None
    line = None
    for did, reviewer in (
        ("Rhea accepts what she knows to be forged.", RHEA),
        ("She gives the second opinion, too.", RHEA),
        ("Sol, who was shown nothing of Rhea's opinion, was told of it over lunch, and accepts.", SOL),
    ):
        opinion = ReviewerOpinion(reviewer, Opinion.ACCEPT, None)
        done = scene.act(
            did,
            partial(review_case, services, case, opinion, now=world.now),
            outcome=lambda review: (
                "Accepted by two: a line is registered in Dara's name."
                if review.settlement
                else "An opinion; a second person's is wanted."
            ),
        )
        line = line or (None if done is None else done.line)
        scene.wins("had one reviewer decide alone", when=did.startswith("She") and done is not None)
    return line


def _inspected(scene: Scene) -> None:
    """An inspector draws at random from what people decided, and two people disclose."""
    world, services = scene.world, scene.services
    nonce = hashlib.sha256(b"drawn by Ines").digest()
    commitment = hashlib.sha256(nonce).digest()
    issue_inspector_token(services, INES, now=world.now)
    world.wait(HOUR)
    inspection = scene.act(
        "Inspector Ines commits to a number that she does not tell yet, for a sample of cases "
        "decided by people.",
        lambda: open_inspection(
            services, INES, kind=EntryKind.CASE_DECIDED, asked=10, commitment=commitment, now=world.now
        ),
        outcome="Opened. Nobody can choose what is drawn: neither she nor the operator.",
    )
    if inspection is None:
        return
    publish_log(services)
    sample = scene.act(
        "The log is published with that in it; now she tells the number.",
        lambda: draw_inspected(services, inspection, nonce, now=world.now),
        outcome=lambda drawn: f"{len(drawn.positions)} case of the one there is, in a real log one in ten.",
    )
    if sample is None:
        return
    (position,) = sample.positions
    for did, reviewer in (
        ("Tove agrees to disclose what the case was about.", TOVE),
        ("She says so twice.", TOVE),
        ("Uma agrees, too.", UMA),
    ):
        scene.act(
            did,
            partial(disclose, services, inspection, position, reviewer, now=world.now),
            outcome=lambda got: (
                "A second person is wanted."
                if got is None
                else "Handed over, with the proof that it is what was entered then."
            ),
        )
    _by_pseudonym(scene, position)
    scene.act(
        "Ines asks how often the photographs were opened before two people accepted them: "
        f"{_openings()} times.",
        lambda: report_inspection(services, inspection, {position: Judgement.NOT_KEPT}, now=world.now),
        outcome=lambda due: f"She reports: the rules were not kept. The operator answers by {due:%Y-%m-%d}.",
    )
    scene.act(
        "The operator answers.",
        lambda: answer_inspection(
            services, inspection, {position: OperatorAnswer.WILL_BE_PUT_RIGHT}, VERA, now=world.now
        ),
        outcome="It will be put right. The answer is an entry, for everybody to see.",
    )
    close_inspection(services, inspection, now=world.now)


def _openings() -> int:
    """Count how often photographs of a case were opened; each opening is an entry."""
    return sum(json.loads(body)["kind"] == "evidence_opened" for body in read_bodies(0, read_log_head().size))


def _by_pseudonym(scene: Scene, position: int) -> None:
    (body,) = read_bodies(position, position + 1)
    by = json.loads(body)["by"]
    named = [RHEA.text, SOL.text]
    shown = any(name in body.decode() for name in named)
    scene.see(
        "What the entry of that decision shows to everybody.",
        f"{len(set(by))} different people decided, each under a pseudonym of this case"
        + (", with their names." if shown else "; their names are in the record alone.")
        + f" It is entry {position} of {read_log_head().size}.",
    )


def _dara_says_so(scene: Scene, dara: Passport, line: LineId) -> None:
    opened = disputes(scene, "Dara", dara, line)
    if opened is None:
        scene.wins("has a line in Dara's name that she cannot dispute", when=True)
        return
    nobody_answers(scene, opened)
    scene.act(
        "Rhea, who accepted it, wants to decide that, too.",
        lambda: give_opinion(
            scene.services,
            opened.id,
            RHEA,
            DisputeChoice.DISMISSED,
            DisputeReason.HOLDER_REGISTERED_IT,
            now=scene.world.now,
        ),
        outcome="An opinion is on record.",
    )
    scene.wins("decided about what she had done herself", when=not scene.refused)
    decide(scene, opened.id, TOVE, UMA)


def _refused_and_appealed(scene: Scene, carol: Passport) -> None:
    world, services = scene.world, scene.services
    case = _referred(scene, carol, "Carol, who owes Rhea nothing, sends photographs from home for a line.")
    if case is None:
        return
    for reviewer in (RHEA, SOL):
        opinion = ReviewerOpinion(reviewer, Opinion.REFUSE, ReasonCode.NOT_PROVEN_LIVE)
        scene.act(
            f"{reviewer.text.capitalize()} refuses her.",
            partial(review_case, services, case, opinion, now=world.now),
            outcome=lambda review: (
                "Refused by two, with the reason, and how to appeal."
                if review.settlement
                else "An opinion; a second person's is wanted."
            ),
        )
    appeal = scene.act(
        "Carol appeals. No reason is asked of her.",
        lambda: open_appeal(services, AppealKind.CASE, case, now=world.now),
        outcome="Received, with a deadline.",
    )
    if appeal is None:
        return
    for reviewer in (RHEA, SOL):
        heard = scene.act(
            f"{reviewer.text.capitalize()} wants to hear the appeal.",
            partial(
                hear_appeal, services, appeal, reviewer, AppealReason.DECIDED_BY_THE_RULES, now=world.now
            ),
            outcome="Heard: the refusal stands.",
        )
        scene.wins(
            f"heard the appeal against {reviewer.text.capitalize()}'s own refusal", when=heard is not None
        )
    scene.act(
        "Tove hears it, who had no part in it.",
        lambda: hear_appeal(services, appeal, TOVE, AppealReason.DECIDED_WRONGLY, now=world.now),
        outcome="Overturned: the refusal does not stand.",
    )
    scene.session(carol, name="Carol")
    request, presentation = world.a_number(), world.present(carol, attended_by=scene.ada)
    done = scene.act(
        "What she applied for was destroyed with the refusal. She presents again, at a counter.",
        lambda: register_line(services, request, presentation, now=world.now),
        outcome=lambda made: "Her line is on." if made.line else "It is not registered.",
    )
    scene.wins("kept Carol from having a line", when=done is None or done.line is None)


INCIDENT = Incident(
    "colluding-reviewers",
    "Two reviewers who hold together",
    "Rhea and Sol, reviewers, with Mallory outside",
    "a line in Dara's name that stays, Carol refused for good, and Bo's line cut",
    "two reviewers' accounts, and a bribed agent",
    (
        (
            "Two who hold together can have a line registered on a forged application. It is found "
            "by the notice to "
            "whoever's document it was, or by a sample; of a document that is nobody's, by the sample alone."
        ),
        (
            "Had they opened the photographs first, the sample would show nothing wrong: they are "
            "destroyed by then, and "
            "whoever's document it was has to say so."
        ),
        (
            "A sample of one in ten finds one forged case in ten. Who forges many is found; who forges "
            "once may not be."
        ),
        (
            "Where all reviewers of an office hold together, nobody is left inside to hear an "
            "appeal. The log then "
            "shows who decided everything, and authorities and courts are outside."
        ),
    ),
    _play,
)
