"""A line registered on another's document is passed on before the dispute about it is heard: a race."""

from collections.abc import Callable

from lineproof.line.dispute import DisputeKind
from lineproof.registry import models
from lineproof.registry.flows.dispute_line import open_dispute
from lineproof.registry.flows.register_line import register_line
from lineproof.registry.flows.transfer_line import (
    Acceptance,
    accept_line,
    cancel_transfer,
    complete_due_transfers,
    offer_line,
)
from lineproof.simulate.attacks.scene import AT_ONCE, DAY, HOUR, Scene, at_once
from lineproof.simulate.attacks.told import Incident
from lineproof.simulate.passport import Passport
from lineproof.terms import LineId, SessionId, StaffName


def _play(scene: Scene) -> None:
    world = scene.world
    alice, bo, carol, dara = (world.somebody() for _ in range(4))
    own = scene.holds(alice, "Alice", at="alice@example.org")
    carols = scene.holds(carol, "Carol", at="carol@example.org")
    scene.holds(dara, "Dara", at="dara@example.org")
    ivo = world.enrol_agent("ivo")
    world.wait(DAY)
    line = _on_alices_document(scene, alice, ivo)
    if line is None:
        return
    accepted = _passed_on(scene, line, giver=scene.session(alice, ivo), receiver=bo, name="Bo")
    if accepted is not None:
        world.wait(accepted.complete_at - world.now - HOUR)
        _disputed_first(scene, alice, line, accepted, scene.session(alice, ivo))
    _fair_race(scene, carol, dara, carols.id)
    scene.wins("has Alice's own line", when=scene.holder_of(own.id) != own.holder)


def _on_alices_document(scene: Scene, alice: Passport, ivo: StaffName) -> LineId | None:
    world = scene.world
    request, presentation = world.a_number(), world.present(alice, attended_by=ivo)
    done = scene.act(
        "Bribed agent Ivo attests, and Mallory has a line registered on Alice's passport.",
        lambda: register_line(scene.services, request, presentation, now=world.now),
        outcome="Registered.",
    )
    return None if done is None else done.line


def _passed_on(
    scene: Scene, line: LineId, *, giver: SessionId, receiver: Passport, name: str
) -> Acceptance | None:
    world, services = scene.world, scene.services
    offer = scene.act(
        "Mallory offers it to Bo." if name == "Bo" else "Carol offers a line of her own to Dara.",
        lambda: offer_line(services, line, giver, now=world.now),
        outcome="Offered. The code is shown once.",
    )
    if offer is None:
        return None
    session, terms = scene.session(receiver, name=name), services.policy.terms_version
    return scene.act(
        f"{name}, who is verified, brings the code and accepts the terms.",
        lambda: accept_line(services, offer.code, session, terms_version=terms, now=world.now),
        outcome=lambda done: (
            f"Accepted. It changes hands at {done.complete_at:%Y-%m-%d %H:%M}, and not before."
        ),
    )


def _disputed_first(
    scene: Scene, alice: Passport, line: LineId, accepted: Acceptance, as_alice: SessionId
) -> None:
    world, services = scene.world, scene.services
    before = scene.holder_of(line)
    early, _ = at_once([lambda: complete_due_transfers(services, now=world.now)] * AT_ONCE)
    scene.see(
        "An hour before that, somebody in the office tries to complete it, sixteen times at once.",
        f"{sum(early) or 'No'} line changes hands: it is not time.",
    )
    scene.wins("had the line passed on before its time", when=scene.holder_of(line) != before)
    session = scene.session(alice)
    scene.act(
        "At the last moment Alice, who was told of the line by e-mail, says at Ada's counter: not me.",
        lambda: open_dispute(services, line, DisputeKind.NOT_MINE, session, now=world.now),
        outcome="Received, and the transfer is stopped by it.",
    )
    world.wait(accepted.complete_at - world.now)
    tries: list[Callable[[], object]] = [lambda: complete_due_transfers(services, now=world.now)] * (
        AT_ONCE - 1
    )
    tries.append(lambda: cancel_transfer(services, accepted.transfer, as_alice, now=world.now))
    done, refused = at_once(tries)
    moved = sum(count for count in done if isinstance(count, int))
    scene.see(
        "The time comes. Fifteen completions and a cancellation start in the same instant.",
        f"{moved or 'No'} line changes hands, and the cancellation is "
        f"{'refused' if refused else 'taken'}: the dispute "
        "was in the record first.",
    )
    scene.wins("had the line passed on although it was disputed", when=scene.holder_of(line) != before)
    # If anything is still to be cancelled, the dispute has not ended it, and only chance kept the line.
    scene.wins("had a say in the transfer although the line was disputed", when=not refused)


def _fair_race(scene: Scene, carol: Passport, dara: Passport, line: LineId) -> None:
    """Two who both wanted it, and all three acts at the instant at which it is due: one of them happens."""
    world, services = scene.world, scene.services
    accepted = _passed_on(scene, line, giver=scene.session(carol), receiver=dara, name="Dara")
    if accepted is None:
        return
    world.wait(accepted.complete_at - world.now - HOUR)
    session = scene.session(carol)
    world.wait(HOUR)
    acts: list[Callable[[], object]] = [
        *[lambda: complete_due_transfers(services, now=world.now)] * 6,
        *[lambda: cancel_transfer(services, accepted.transfer, session, now=world.now)] * 5,
        *[lambda: open_dispute(services, line, DisputeKind.NOT_NEEDED, session, now=world.now)] * 5,
    ]
    at_once(acts)
    row = models.Transfer.objects.get(id=accepted.transfer)
    completed = row.state == "completed"
    holders = models.Custody.objects.filter(line=line, until=None).count()
    agree = completed == (scene.holder_of(line) != row.giver_id)
    world_agrees = holders == 1 and agree and row.ended_at is not None
    scene.steps_without_notices(
        "At the very instant it is due, six completions, five cancellations and five disputes start "
        "in sixteen "
        "threads. Who is first differs from run to run.",
        "The transfer has exactly one end, and the line exactly one holder, who agrees with it."
        if world_agrees
        else "The record contradicts itself.",
    )
    scene.wins("brought a transfer to two ends", when=not world_agrees)


INCIDENT = Incident(
    "transfer-race",
    "A transfer raced by a dispute",
    "Mallory, bribed agent Ivo, and somebody in the office",
    "a line on Alice's document to be Bo's before anybody hears Alice",
    "Alice's passport for an hour, an agent's counter, and sixteen processes",
    (
        (
            "Whoever hears of it only once the transfer is completed finds the line in another's "
            "name. The first "
            "notice came when the line was registered, and the last a day before."
        ),
        (
            "At the very instant of completion, chance decides who is first in the record. Nobody is "
            "told otherwise."
        ),
    ),
    _play,
)
