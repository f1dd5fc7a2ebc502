"""A stolen document, and an office in which nobody decides anything in time: what happens by default."""

import os
from datetime import timedelta
from pathlib import Path

from lineproof.key_process.apart import CaseKeysApart
from lineproof.line.appeal import AppealKind, AppealReason
from lineproof.line.case import Opinion, ReviewerOpinion
from lineproof.line.used_by_another import WordOfHolder
from lineproof.registry import models
from lineproof.registry.flows.appeal_decision import hear_appeal, open_appeal
from lineproof.registry.flows.close_line_used_by_another import report_used_by_another
from lineproof.registry.flows.correct_lines import announce_corrections
from lineproof.registry.flows.erase import erase_due
from lineproof.registry.flows.port_out import end_due_ports
from lineproof.registry.flows.register_line import Registration, register_line
from lineproof.registry.flows.reissue_numbers import release_numbers
from lineproof.registry.flows.replace_sim import switch_due_sims
from lineproof.registry.flows.review_case import review_case
from lineproof.registry.flows.settle_evidence import settle_evidence
from lineproof.registry.flows.transfer_line import complete_due_transfers, end_stale_offers
from lineproof.simulate.attacks.scene import DAY, Held, Scene
from lineproof.simulate.attacks.told import Incident
from lineproof.simulate.examiner import ANOTHER_PERSON
from lineproof.simulate.passport import Passport
from lineproof.terms import CaseId, CorrectionId, StaffName, Way
from lineproof.vault.evidence import VaultCaseKeys
from lineproof.wiring import CASE_KEYS, RECORD_VARIABLE, VAULT


def _play(scene: Scene) -> None:
    world = scene.world
    alice, bo = world.somebody(), world.somebody()
    rhea, _, tove = scene.reviewers("rhea", "sol", "tove")
    alices = scene.holds(alice, "Alice", at="alice@example.org")
    bos = scene.holds(bo, "Bo", at="bo@example.org")
    world.wait(DAY)
    correction = _bo_and_his_nephew(scene, bo, bos, rhea)
    case = _mallory_applies(scene, alice)
    if case is not None:
        _nobody_decides(scene, case, alices)
        _one_in_haste(scene, case, rhea)
        _at_a_counter(scene, alice)
    _bo_is_left_alone(scene, bos, correction, tove)
    held = models.Custody.objects.filter(holder=alices.holder, until=None).count()
    scene.wins("has a line in Alice's name because nobody looked", when=held != 1)


def _bo_and_his_nephew(scene: Scene, bo: Passport, line: Held, reviewer: StaffName) -> CorrectionId | None:
    world, services = scene.world, scene.services
    session = scene.session(bo)
    correction = scene.act(
        "Bo says that his nephew uses his line; a week later he has it back, and tells nobody.",
        lambda: report_used_by_another(services, line.id, source=WordOfHolder(session), now=world.now),
        outcome="Taken down, to be put right by a transfer, or step by step.",
    )
    if correction is not None:
        scene.act(
            "A reviewer has the first step announced.",
            lambda: announce_corrections(services, [correction], reviewer, now=world.now),
            outcome="Announced, with its deadline.",
        )
    return correction


def _mallory_applies(scene: Scene, alice: Passport) -> CaseId | None:
    world = scene.world
    request, presentation = world.a_number(), world.present(alice, way=Way.FACE)
    done = scene.act(
        "Mallory sends photographs of Alice's stolen passport and of a picture of her, for a line.",
        lambda: register_line(scene.services, request, presentation, now=world.now),
        outcome=_referred,
    )
    return None if done is None else done.case


def _referred(done: Registration) -> str:
    ways = sorted({way.value for reason in done.decision.reasons for way in reason.other_ways})
    return (
        f"Referred: two people are to decide within the policy's three days. Open besides: {', '.join(ways)}."
    )


def _nobody_decides(scene: Scene, case: CaseId, alices: Held) -> None:
    world = scene.world
    for _ in range(8):
        world.wait(timedelta(days=5))
        scene.tell()
        _do_all_that_is_due(scene)
    row = models.Case.objects.get(id=case)
    kept = models.CaseEvidence.objects.filter(case=case, destroyed_at=None).count()
    photographs = "are kept" if kept else "are destroyed"
    scene.see(
        "Forty days pass in which nobody decides. Everything that runs by itself is run.",
        f"The case is {row.state}; its photographs {photographs}, since nothing is kept for longer. "
        "No line was registered, and nobody was refused: "
        "the counter is open to whoever it is.",
    )
    scene.wins("was accepted because nobody decided", when=row.state == "accepted")
    scene.wins("has had Alice's line cut", when=not scene.is_on(alices.id))


def _do_all_that_is_due(scene: Scene) -> None:
    """Run all that an office runs by the clock."""
    for run in (
        complete_due_transfers,
        end_stale_offers,
        switch_due_sims,
        end_due_ports,
        release_numbers,
        erase_due,
    ):
        run(scene.services, now=scene.world.now)
    referrals = scene.services.referrals
    if referrals is not None and isinstance(referrals.keys, VaultCaseKeys):
        place = Path(os.environ[RECORD_VARIABLE])
        keys = CaseKeysApart(referrals.keys, folder=place / CASE_KEYS, beside=place / VAULT)
        settle_evidence(scene.services, keys, now=scene.world.now)


def _one_in_haste(scene: Scene, case: CaseId, reviewer: StaffName) -> None:
    world = scene.world
    opinion = ReviewerOpinion(reviewer, Opinion.ACCEPT, None)
    hasty = scene.act(
        "Rhea clears the backlog before her holiday: she accepts it unseen.",
        lambda: review_case(scene.services, case, opinion, now=world.now),
        outcome=lambda review: (
            "Accepted: a line is registered."
            if review.line
            else "One opinion. Nothing follows from it before a second person's."
        ),
    )
    scene.wins("has a line on one hasty opinion", when=hasty is not None and hasty.line is not None)


def _at_a_counter(scene: Scene, alice: Passport) -> None:
    world = scene.world
    request = world.a_number()
    presentation = world.present(alice, way=Way.FACE, attended_by=scene.ada, instead=[ANOTHER_PERSON])
    tried = scene.act(
        "Mallory takes the way that is open: Ada's counter, with his face and Alice's passport.",
        lambda: register_line(scene.services, request, presentation, now=world.now),
        outcome=lambda done: (
            "Registered."
            if done.line
            else "Not registered. " + " ".join(reason.says for reason in done.decision.reasons)
        ),
    )
    scene.wins("has a line in Alice's name", when=tried is not None and tried.line is not None)


def _bo_is_left_alone(scene: Scene, line: Held, correction: CorrectionId | None, reviewer: StaffName) -> None:
    """A correction and an appeal that nobody comes to leave the line on."""
    if correction is None:
        return
    world, services = scene.world, scene.services
    scene.see(
        "The deadline of Bo's correction has passed, and nobody has signed anything.",
        "His line is on." if scene.is_on(line.id) else "His line is not on.",
    )
    scene.wins("had Bo's line barred by a deadline alone", when=not scene.is_on(line.id))
    appeal = scene.act(
        "Bo appeals, to have done with it.",
        lambda: open_appeal(services, AppealKind.CORRECTION, correction, now=world.now),
        outcome="Received, with a deadline. Until it is heard, nobody can sign.",
    )
    if appeal is None:
        return
    world.wait(timedelta(days=60))
    scene.tell()
    _do_all_that_is_due(scene)
    scene.act(
        "Sixty days later, far too late, somebody hears it.",
        lambda: hear_appeal(services, appeal, reviewer, AppealReason.SOMETHING_NEW_WAS_SHOWN, now=world.now),
        outcome=lambda _: f"Overturned. His line {'was and is' if scene.is_on(line.id) else 'is not'} on.",
    )
    scene.wins("had Bo's line barred while his appeal was late", when=not scene.is_on(line.id))


INCIDENT = Incident(
    "late-office",
    "A stolen document, and an office that is late with everything",
    "Mallory, who waits",
    "to be accepted because nobody decides in time",
    "Alice's stolen passport, and patience",
    (
        "Two people who decide in haste, each for themselves, can be wrong.",
        (
            "Who is honest waits as long as the office does, unless they come to a counter. The log "
            "shows its lateness to "
            "everybody, and cures nothing."
        ),
    ),
    _play,
)
