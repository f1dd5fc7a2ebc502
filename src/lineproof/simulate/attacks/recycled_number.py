"""Somebody has another's line given up, to register its number and read what is still sent to it."""

from lineproof.line.request import LineRequest
from lineproof.registry.flows.register_line import Registration, register_line
from lineproof.registry.flows.reissue_numbers import release_numbers
from lineproof.registry.flows.surrender_line import surrender_line, take_back
from lineproof.simulate.attacks.scene import DAY, Held, Scene
from lineproof.simulate.attacks.told import Incident
from lineproof.simulate.passport import Passport


def _play(scene: Scene) -> None:
    world, services = scene.world, scene.services
    alice, mallory = world.somebody(), world.somebody()
    line = scene.holds(alice, "Alice", at="alice@example.org")
    ivo = world.enrol_agent("ivo")
    world.wait(DAY)
    session = scene.session(alice, ivo)
    scene.act(
        "Bribed agent Ivo signs that Mallory is Alice, and Mallory gives her line up.",
        lambda: surrender_line(services, line.id, session, now=world.now),
        outcome="Given up, and switched off. Its number is in quarantine for five days.",
    )
    _takes(scene, mallory, line, "At once he asks for the number in his own name, with his own passport.")
    world.wait(2 * DAY)
    released = scene.act(
        "Two days later somebody in the office has numbers released.",
        lambda: release_numbers(services, now=world.now),
        outcome=lambda count: f"{count or 'No'} number is released: each has its quarantine first.",
    )
    scene.wins("has the number released early", when=bool(released))
    _takes(scene, mallory, line, "He asks again.")
    _alice_comes_back(scene, alice, line)
    _takes(scene, mallory, line, "Weeks later, when any quarantine would be over, he asks once more.")


def _takes(scene: Scene, mallory: Passport, line: Held, did: str) -> Registration | None:
    world = scene.world
    request = LineRequest(line.request.identifier, world.a_sim())
    presentation = world.present(mallory, attended_by=scene.ada)
    done = scene.act(
        did,
        lambda: register_line(scene.services, request, presentation, now=world.now),
        outcome=lambda made: "Registered." if made.line else "Not registered.",
    )
    scene.wins("has Alice's number, and what is sent to it", when=done is not None and done.line is not None)
    return done


def _alice_comes_back(scene: Scene, alice: Passport, line: Held) -> None:
    world, services = scene.world, scene.services
    session = scene.session(alice)
    scene.act(
        "Alice has read her e-mail. She shows her passport at Ada's counter, and wants her line back.",
        lambda: take_back(services, line.id, session, now=world.now),
        outcome="It is hers again, with its number, and is switched on.",
    )
    scene.wins(
        "keeps Alice off her line", when=scene.holder_of(line.id) != line.holder or not scene.is_on(line.id)
    )
    world.wait(30 * DAY)
    release_numbers(services, now=world.now)


INCIDENT = Incident(
    "recycled-number",
    "A number recycled to read its former holder's messages",
    "Mallory, with bribed agent Ivo",
    "Alice's number in his own name, for what is still sent to it",
    "Alice's passport for an hour, and an agent's counter",
    (
        "A line that is given up is off at once; until Alice takes it back, nobody reaches her on it.",
        (
            "If nobody comes back within the quarantine, the number goes to somebody else. Whoever "
            "still sends codes to "
            "it then sends them to a stranger: they have to ask their customers, not us."
        ),
    ),
    _play,
)
