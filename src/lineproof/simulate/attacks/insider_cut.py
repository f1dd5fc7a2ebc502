"""An operator's insider wants a critic's line cut, with the accounts of an agent and of a reviewer."""

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from lineproof.line.appeal import AppealKind, AppealReason
from lineproof.line.ladder import Choice, Step, why_wait
from lineproof.line.used_by_another import CourtReference, OrderOfCourt
from lineproof.registry import models
from lineproof.registry.flows.appeal_decision import hear_appeal, open_appeal
from lineproof.registry.flows.close_line_used_by_another import report_used_by_another
from lineproof.registry.flows.correct_lines import Signed, announce_corrections, sign_step
from lineproof.registry.flows.publish_log import publish_log
from lineproof.registry.queries.corrections import read_announced
from lineproof.registry.queries.log import read_given_origin
from lineproof.registry.queries.log_keys import read_log_keys
from lineproof.simulate.attacks.disputed import sentence_of
from lineproof.simulate.attacks.scene import DAY, HOUR, Held, Scene
from lineproof.simulate.attacks.told import Incident
from lineproof.terms import CorrectionId, StaffName
from lineproof.tile_store import TileSource
from lineproof.tiles.reading import verify_published

_CUT = "has the critic's line cut"
IDA, SOL, TOVE = (StaffName(name) for name in ("ida", "sol", "tove"))


def _play(scene: Scene) -> None:
    world = scene.world
    scene.reviewers("ida", "sol", "tove")
    carol, dara = world.somebody(), world.somebody()
    carols = scene.holds(carol, "Carol", at="carol@example.org")
    daras = scene.holds(dara, "Dara", at="dara@example.org")
    ivo = world.enrol_agent("ivo")
    world.wait(DAY)
    correction = _forged_order(scene, carols, ivo, "AZ 7/26")
    if correction is not None:
        _too_soon(scene, carols, correction)
        _alone(scene, carols, correction)
        _against_an_appeal(scene, carols, correction)
    _without_notice(scene, daras, ivo)
    _changes_the_log(scene)


def _forged_order(scene: Scene, line: Held, ivo: StaffName, reference: str) -> CorrectionId | None:
    world, services = scene.world, scene.services
    order = OrderOfCourt(CourtReference.parse(reference), seen_by=ivo)
    name = scene.names[line.holder]
    return scene.act(
        f"Ivo enters that he has seen a court's order: {name}'s line is used by another. There is no "
        "such order.",
        lambda: report_used_by_another(services, line.id, source=order, now=world.now),
        outcome=f"Entered, with Ivo's name. Nothing is done to {name}'s line by it.",
    )


def _signs(scene: Scene, line: Held, correction: CorrectionId, who: StaffName, did: str) -> Signed | None:
    world = scene.world
    done = scene.act(
        did,
        partial(sign_step, scene.services, [correction], Step.RESTRICT, who, Choice.CARRY_OUT, now=world.now),
        outcome=lambda signed: _sentence(signed[0]),
    )
    scene.wins(_CUT, when=not scene.is_on(line.id))
    return None if done is None else done[0]


def _sentence(signed: Signed) -> str:
    if signed.wait is not None:
        return f"Nothing is done: {sentence_of(signed.wait)}."
    if signed.decided is not None:
        return "Done: calls from the line are barred."
    return "A signature. Nothing is done: another person's is wanted."


def _too_soon(scene: Scene, line: Held, correction: CorrectionId) -> None:
    _signs(scene, line, correction, IDA, "Ida signs at once that calls from it be barred.")
    scene.act(
        "Then she has it announced, as the procedure wants.",
        lambda: announce_corrections(scene.services, [correction], IDA, now=scene.world.now),
        outcome="Announced, with its deadline, and with Ida's name in the record.",
    )
    _signs(scene, line, correction, IDA, "She signs before the deadline.")
    _signs(scene, line, correction, SOL, "She has Sol sign, too, who asks no questions.")


def _alone(scene: Scene, line: Held, correction: CorrectionId) -> None:
    row = models.Correction.objects.get(id=correction)
    if row.due_at is None:
        return
    scene.world.wait(row.due_at - scene.world.now + HOUR)
    scene.tell()
    _signs(scene, line, correction, IDA, f"{scene.world.now:%Y-%m-%d}: the deadline is over. Ida signs.")
    twice = _signs(scene, line, correction, IDA, "She signs once more, for want of a second person.")
    scene.wins("signed twice", when=twice is not None and twice.wait is None)


def _against_an_appeal(scene: Scene, line: Held, correction: CorrectionId) -> None:
    world, services = scene.world, scene.services
    appeal = scene.act(
        "Carol has read the notice, and appeals at any counter. No reason is asked of her.",
        lambda: open_appeal(services, AppealKind.CORRECTION, correction, now=world.now),
        outcome="Received. Until it is heard, nothing is done.",
    )
    _signs(scene, line, correction, SOL, "Sol signs after all, the second person.")
    if appeal is None:
        return
    mine = scene.act(
        "Ida wants to hear the appeal.",
        lambda: hear_appeal(services, appeal, IDA, AppealReason.DECIDED_BY_THE_RULES, now=world.now),
        outcome="Heard: it goes on.",
    )
    scene.wins("heard the appeal against what she had begun herself", when=mine is not None)
    scene.act(
        "Tove hears it, and asks for the court's order, which nobody has.",
        lambda: hear_appeal(services, appeal, TOVE, AppealReason.DECIDED_WRONGLY, now=world.now),
        outcome="Overturned. It is over, and the line is as it was.",
    )
    again = scene.act(
        "Ivo enters the same again, by another number.",
        lambda: report_used_by_another(
            services,
            line.id,
            source=OrderOfCourt(CourtReference.parse("AZ 8/26"), seen_by=StaffName("ivo")),
            now=world.now,
        ),
        outcome="Entered.",
    )
    scene.wins("can begin anew as often as it takes", when=again is not None)
    scene.wins(_CUT, when=not scene.is_on(line.id))


def _without_notice(scene: Scene, line: Held, ivo: StaffName) -> None:
    """A notice that reaches nobody: nobody's line is suspended or ended by it, ever."""
    world = scene.world
    correction = _forged_order(scene, line, ivo, "AZ 9/26")
    if correction is None:
        return
    for channel in scene.channels.values():
        channel.down = True
    scene.act(
        "Dara is to hear nothing: the insider takes the channels down before the step is announced.",
        lambda: announce_corrections(scene.services, [correction], IDA, now=world.now),
        outcome="Announced. It stands on her page, and is sent again and again.",
    )
    for _ in range(6):
        world.wait(2 * DAY)
        scene.tell()
    world.wait(timedelta(days=30))
    scene.tell()
    for who in (IDA, SOL):
        _signs(scene, line, correction, who, f"{who.text.capitalize()} signs once the deadline is over.")
    wait = _suspension(scene, correction)
    scene.see("And to suspend it, or to end it?", f"Never on this notice: {wait}.")
    for channel in scene.channels.values():
        channel.down = False


def _suspension(scene: Scene, correction: CorrectionId) -> str:
    """Ask the record what stands against suspending a line whose holder was not reached."""
    announced = read_announced(models.Correction.objects.select_related("line", "notice").get(id=correction))
    if announced is None:
        return "nothing is announced any more"
    wait = why_wait(Step.SUSPEND, replace(announced, step=Step.SUSPEND), now=scene.world.now)
    return "it could be" if wait is None else sentence_of(wait)


def _changes_the_log(scene: Scene) -> None:
    """The insider changes what is served: one byte of the published entries."""
    services = scene.services
    publish_log(services)
    if services.tiles is None:
        return
    keys = [one.key for one in read_log_keys(services.keys, read_given_origin())]
    problems = verify_published(_Changed(services.tiles), keys=keys, visit=lambda _, __: None).problems
    said = f"Whoever verifies it finds: {problems[0]}" if problems else "Nobody finds anything."
    scene.see("Ida serves the published log with one byte of an entry changed.", said)
    scene.wins("changed the log, and nobody can see it", when=not problems)


@dataclass(frozen=True, slots=True)
class _Changed:
    """A `TileSource` that serves what another has, with one byte of the entries changed."""

    real: TileSource

    def read(self, path: str) -> bytes:
        """Give a tile as it is, or a bundle that is not."""
        content = bytearray(self.real.read(path))
        if "entries" in path:
            content[len(content) // 2] ^= 1
        return bytes(content)

    def checkpoint(self) -> bytes | None:
        """Give the signed checkpoint, which Ida cannot make anew."""
        return self.real.checkpoint()


INCIDENT = Incident(
    "insider-cut",
    "An operator's insider wants a critic's line cut",
    "Ida, a reviewer of the operator, and Ivo, an agent",
    "the lines of Carol and Dara barred, without anybody seeing who did it",
    "two accounts in the office, a colleague who asks no questions, and the machines that send messages",
    (
        (
            "Who runs the switches of the network can cut a line there, beside this record. The log "
            "then shows no order "
            "for it, and that is all it shows."
        ),
        (
            "Another agent who is in on it can enter another order: that takes its notices, two people "
            "and an appeal anew."
        ),
        (
            "With three people of the office and a notice that did not arrive, calls can be barred; "
            "they are never "
            "barred from receiving, or from emergency calls, and an appeal gives them back."
        ),
        (
            "Who rewrites the whole log with its key is found by whoever kept an earlier checkpoint, and "
            "by nobody else."
        ),
    ),
    _play,
)
