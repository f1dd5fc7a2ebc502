"""A SIM swap: with a photograph of another's document, somebody wants their number on a card of their own."""

from functools import partial

from lineproof.decision.reasons import ReasonCode
from lineproof.line.case import Opinion, ReviewerOpinion
from lineproof.line.porting import OperatorName
from lineproof.registry import models
from lineproof.registry.flows.port_out import PortOutAsked, ask_port_out
from lineproof.registry.flows.replace_sim import SimAsked, ask_sim, stop_sim, switch_due_sims
from lineproof.registry.flows.review_case import review_case
from lineproof.registry.flows.verify_holder import HolderVerified, verify_holder
from lineproof.registry.queries.agents import read_agent_statistics
from lineproof.simulate.attacks.scene import DAY, HOUR, Held, Scene
from lineproof.simulate.attacks.told import Incident
from lineproof.simulate.examiner import ANOTHER_PERSON
from lineproof.simulate.passport import Passport
from lineproof.terms import HolderId, SessionId, StaffName, Way


def _verdict(done: HolderVerified) -> str:
    said = {
        "accept": "Verified.",
        "refer": "Referred: the machine decides nothing, and two people look at it.",
        "not_verified": "Not verified.",
    }[done.decision.verdict.value]
    return " ".join([said, *(reason.says for reason in done.decision.reasons)])


def _play(scene: Scene) -> None:
    alice = scene.world.somebody()
    scene.reviewers("rhea", "sol", "tove")
    line = scene.holds(alice, "Alice", at="alice@example.org")
    ivo = scene.world.enrol_agent("ivo")
    scene.world.wait(DAY)
    _by_face(scene, alice)
    session = _by_a_bribed_agent(scene, alice, ivo)
    asked = _ask(scene, line, session)
    if asked is not None:
        _alice_stops_it(scene, alice, line, asked)
    _port(scene, line, session)
    _who_vouched(scene, line)


def _by_face(scene: Scene, alice: Passport) -> None:
    """Mallory tries alone: with his face, and with the photograph."""
    world, services = scene.world, scene.services
    at_home = world.present(alice, way=Way.FACE, instead=[ANOTHER_PERSON])
    tried = scene.act(
        "Mallory presents the photograph of Alice's passport and his own face, alone at home.",
        lambda: verify_holder(services, at_home, now=world.now),
        outcome=_verdict,
    )
    scene.wins("was taken for Alice with another face", when=tried is not None and tried.holder is not None)
    photograph = world.present(alice, way=Way.FACE)
    tried = scene.act(
        "He holds up a photograph of Alice's face, too; to the machine the two match.",
        lambda: verify_holder(services, photograph, now=world.now),
        outcome=_verdict,
    )
    scene.wins(
        "was taken for Alice with a photograph of her", when=tried is not None and tried.holder is not None
    )
    if tried is not None and tried.case is not None:
        case = tried.case
        for who in ("rhea", "sol"):
            opinion = ReviewerOpinion(StaffName(who), Opinion.REFUSE, ReasonCode.NOT_PROVEN_LIVE)
            scene.act(
                f"Reviewer {who.capitalize()} looks at the photographs, and sees a picture of a picture.",
                partial(review_case, services, case, opinion, now=world.now),
                outcome=lambda done: (
                    "Refused by two people, with the reason and the appeal."
                    if done.settlement
                    else "An opinion; a second person's is wanted, who does not see the first."
                ),
            )


def _by_a_bribed_agent(scene: Scene, alice: Passport, ivo: StaffName) -> SessionId:
    world, services = scene.world, scene.services
    presentation = world.present(alice, attended_by=ivo)
    scene.act(
        "Agent Ivo takes money, and signs that Alice stood before him with her passport.",
        lambda: verify_holder(services, presentation, now=world.now),
        outcome=_verdict,
    )
    return presentation.session


def _ask(scene: Scene, line: Held, session: SessionId) -> SimAsked | None:
    world, services = scene.world, scene.services
    card = world.a_sim()
    asked = scene.act(
        "In Alice's name Mallory asks for another SIM card for her line.",
        lambda: ask_sim(services, line.id, session, card, now=world.now),
        outcome=lambda done: f"Taken down. The card is switched on at {done.due_at:%H:%M}, and not before.",
    )
    switched = scene.act(
        "He has the office do at once what is due.",
        lambda: switch_due_sims(services, now=world.now),
        outcome=lambda done: f"{done or 'No'} card is switched on.",
    )
    scene.wins("has Alice's number on his own card", when=bool(switched))
    return asked


def _alice_stops_it(scene: Scene, alice: Passport, line: Held, asked: SimAsked) -> None:
    world, services = scene.world, scene.services
    world.wait(HOUR)
    session = scene.session(alice)
    scene.act(
        "An hour later Alice has read it. She shows her passport at Ada's counter, and says: not me.",
        lambda: stop_sim(services, asked.replacement, session, now=world.now),
        outcome="Stopped. The other card is worth nothing.",
    )
    world.wait(DAY / 4)
    switched = scene.act(
        "The time comes at which the card would have been switched on.",
        lambda: switch_due_sims(services, now=world.now),
        outcome=lambda done: f"{done or 'No'} card is switched on.",
    )
    scene.wins("has Alice's number on his own card", when=bool(switched))
    on_new_card = models.SimReplacement.objects.filter(line=line.id, state="switched").exists()
    scene.wins("has Alice's number on his own card", when=on_new_card)


def _port(scene: Scene, line: Held, session: SessionId) -> None:
    """The holds stay, since somebody tried."""
    world, services = scene.world, scene.services
    gone: PortOutAsked | None = scene.act(
        "Mallory tries another way: to take Alice's number to another operator, in the same session.",
        lambda: ask_port_out(services, line.id, session, OperatorName.parse("farnet"), now=world.now),
        outcome=lambda done: f"Taken down, and gone at {done.due_at:%Y-%m-%d} unless Alice objects.",
    )
    scene.wins("has begun to take Alice's number away", when=gone is not None)


def _who_vouched(scene: Scene, line: Held) -> None:
    sessions = models.HolderVerification.objects.filter(holder=HolderId(line.holder)).values("session")
    vouched = models.AttestationRecord.objects.filter(session__in=sessions).values_list(
        "agent__name", flat=True
    )
    names = ", ".join(sorted(name.capitalize() for name in set(vouched)))
    given = {row.name: row.attestations for row in read_agent_statistics()}
    scene.see(
        "The operator asks the record who vouched for those who came as Alice.",
        f"{names}. Ivo's key signed it, and the attestations that he has given number {given['ivo']}.",
    )


INCIDENT = Incident(
    "sim-swap",
    "A SIM swap with a stolen photograph of a document",
    "Mallory, and agent Ivo, who takes money",
    "Alice's number on a card of his own, for the codes that are sent to it",
    "a photograph of Alice's passport and one of her face, and an agent's counter",
    (
        (
            "If Alice has no contact point but the line, and does not look for four hours (the time "
            "that the policy "
            "gives), the card is switched on. The holds then still keep the number here."
        ),
        "Whether an agent lies, no machine sees. It is seen afterwards, by name.",
    ),
    _play,
)
