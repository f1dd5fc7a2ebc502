"""One document, and sixteen counters at once: are more lines entered than one may hold?"""

from functools import partial

from lineproof.decision.decide import Verdict
from lineproof.registry import models
from lineproof.registry.flows.register_line import register_line
from lineproof.registry.queries.holder import count_lines
from lineproof.simulate.attacks.scene import AT_ONCE, Scene, at_once
from lineproof.simulate.attacks.told import Incident
from lineproof.terms import HolderId, LineKind


def _play(scene: Scene) -> None:
    world, services = scene.world, scene.services
    mallory, cap = world.somebody(), services.policy.caps[LineKind.MOBILE]
    agents = [world.enrol_agent(f"agent-{number}") for number in range(1, AT_ONCE + 1)]
    tries = [
        partial(
            register_line,
            services,
            world.a_number(),
            world.present(mallory, attended_by=agent),
            now=world.now,
        )
        for agent in agents
    ]
    done, refused = at_once(tries)
    accepted = [each for each in done if each.decision.verdict is Verdict.ACCEPT]
    referred = [each for each in done if each.decision.verdict is Verdict.REFER]
    holder = HolderId(models.Holder.objects.get().id)
    scene.names[holder] = "Mallory"
    scene.steps_without_notices(
        "Mallory's people show one passport at sixteen counters in the same instant, each for a line.",
        f"{len(accepted)} lines are registered, {len(referred)} are referred to people, {len(refused)} are "
        f"refused. One may hold {cap}.",
    )
    held = count_lines(holder, LineKind.MOBILE)
    scene.steps_without_notices(
        "What the record says.",
        f"One holder, with {held} lines; {len(referred)} cases wait for two people each.",
    )
    scene.wins("holds more lines than one may, and no person saw it", when=held > cap or len(accepted) > cap)
    again = scene.act(
        "A little later, with nobody else about, he tries once more.",
        partial(
            register_line,
            services,
            world.a_number(),
            world.present(mallory, attended_by=scene.ada),
            now=world.now,
        ),
        outcome=lambda made: (
            "Registered." if made.line else "Referred: the cap is reached, and people decide."
        ),
    )
    scene.wins(
        "holds more lines than one may, and no person saw it",
        when=again is not None and again.line is not None,
    )


INCIDENT = Incident(
    "cap-race",
    "A race for more lines than one may hold",
    "Mallory, with sixteen helpers at sixteen counters",
    "more lines on one document than one may hold, none of them seen by people",
    "a document of his own, and good timing",
    (
        "Lines with other operators are not counted here: the cap is of this record.",
        (
            "With several documents of several states one person may be two holders here, until "
            "somebody links them. "
            "There is no search of faces that would find it, and there will be none."
        ),
    ),
    _play,
)
