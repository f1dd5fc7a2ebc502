"""An agent who registers lines on documents that people left with him, to sell the cards."""

from functools import partial

from lineproof.decision.reasons import ReasonCode
from lineproof.line.case import Opinion, ReviewerOpinion
from lineproof.line.dispute import Statement
from lineproof.ports import SwitchState
from lineproof.registry.flows.dispute_line import hear_user
from lineproof.registry.flows.enrol_staff import limit_agent
from lineproof.registry.flows.register_line import Registration, register_line
from lineproof.registry.flows.review_case import review_case
from lineproof.registry.queries.agents import read_agent_statistics
from lineproof.simulate.attacks.disputed import close_step_by_step, decide, disputes, nobody_answers
from lineproof.simulate.attacks.scene import DAY, Held, Scene
from lineproof.simulate.attacks.told import Incident
from lineproof.simulate.passport import Passport
from lineproof.terms import LineId, StaffName

_PER_DAY = 2
# Emergency calls alone are worth nothing to whoever bought the card, and are everybody's.
_CLOSED = {SwitchState.EMERGENCY_ONLY, SwitchState.OFF}


def _play(scene: Scene) -> None:
    rhea, sol, _ = scene.reviewers("rhea", "sol", "tove")
    bo, carol = scene.world.somebody(), scene.world.somebody()
    own = scene.holds(bo, "Bo", at="bo@example.org")
    ivo = scene.world.enrol_agent("ivo")
    scene.world.wait(DAY)
    limit_agent(scene.services, ivo, per_day=_PER_DAY, now=scene.world.now)
    line = _sells_lines(scene, bo, carol, ivo, (rhea, sol))
    if line is not None:
        _bo_has_it_closed(scene, bo, line, ivo, (rhea, sol))
    _what_shows(scene, own, ivo, line)


def _sells_lines(
    scene: Scene, bo: Passport, carol: Passport, ivo: StaffName, reviewers: tuple[StaffName, ...]
) -> LineId | None:
    first = _registers(scene, bo, ivo, "Ivo has Bo's passport for an hour, and registers a line on it.")
    second = _registers(scene, bo, ivo, "He registers another. Bo holds two by now, and may hold two.")
    scene.wins(
        "has a line more on Bo's document than one may hold",
        when=second is not None and second.line is not None,
    )
    third = _registers(scene, carol, ivo, "He goes on with Carol's passport. He may attest twice a day.")
    scene.wins("attested more often than he may", when=third is not None)
    if second is not None and second.case is not None:
        _over_the_cap(scene, second, reviewers)
    return None if first is None else first.line


def _registers(scene: Scene, passport: Passport, ivo: StaffName, did: str) -> Registration | None:
    world = scene.world
    request, presentation = world.a_number(), world.present(passport, attended_by=ivo)
    return scene.act(
        did,
        lambda: register_line(scene.services, request, presentation, now=world.now),
        outcome=lambda done: (
            "Registered."
            if done.line
            else "Referred: " + " ".join(reason.says for reason in done.decision.reasons)
        ),
    )


def _over_the_cap(scene: Scene, referred: Registration, reviewers: tuple[StaffName, ...]) -> None:
    if referred.case is None:
        return
    for reviewer in reviewers:
        opinion = ReviewerOpinion(reviewer, Opinion.RETURN, ReasonCode.CAP_REACHED)
        scene.act(
            f"Reviewer {reviewer.text.capitalize()} wants to hear from Bo why he needs a third.",
            partial(review_case, scene.services, referred.case, opinion, now=scene.world.now),
            outcome=lambda done: (
                "Returned by two people: whoever wants it comes in person. Nobody does."
                if done.settlement
                else "An opinion; a second person's is wanted."
            ),
        )


def _bo_has_it_closed(
    scene: Scene, bo: Passport, line: LineId, ivo: StaffName, reviewers: tuple[StaffName, ...]
) -> None:
    world, services = scene.world, scene.services
    dispute = disputes(scene, "Bo", bo, line)
    if dispute is None:
        scene.wins("has a line in Bo's name that Bo cannot dispute", when=True)
        return
    scene.act(
        "Ivo would like to note himself what the line's user says.",
        lambda: hear_user(services, dispute.id, Statement.SAYS_IT_IS_THEIRS, ivo, now=world.now),
        outcome="Noted.",
    )
    nobody_answers(scene, dispute)
    decide(scene, dispute.id, *reviewers)
    close_step_by_step(scene, line, *reviewers)
    scene.wins("has a line in Bo's name that stays on", when=scene.world.network.states[line] not in _CLOSED)


def _what_shows(scene: Scene, own: Held, ivo: StaffName, line: LineId | None) -> None:
    row = next(row for row in read_agent_statistics() if row.name == ivo.text)
    share = (
        "" if row.low is None or row.high is None else f", a share between {row.low:.0%} and {row.high:.0%}"
    )
    scene.see(
        "The operator looks at what became of what each agent attested.",
        f"Ivo vouched for {row.lines} line, of which {row.upheld} was not its holder's{share}. Few lines say "
        "little, and nothing follows by itself; somebody asks Ivo.",
    )
    if line is not None:
        scene.see("Bo's own line is as it was.", "It is on." if scene.is_on(own.id) else "It is not on.")
    scene.wins("has had Bo's own line cut", when=not scene.is_on(own.id))


INCIDENT = Incident(
    "borrowed-documents",
    "An agent activates lines beforehand on borrowed documents",
    "agent Ivo, who is enrolled and has a key",
    "lines in other people's names, to sell their cards",
    "passports that people left with him for an hour",
    (
        (
            "Within the cap and his limit Ivo has a line on Bo's document until Bo reads the notice "
            "and says so, and "
            "then for the weeks that the notices to its user take."
        ),
        (
            "A suspended line takes no messages. If the notice of its end, given with that of its "
            "suspension, does not arrive, nobody ends it: it keeps emergency calls, and its number."
        ),
        (
            "Who has no contact point, holds no line yet and never comes to a counter is told on their "
            "page alone."
        ),
    ),
    _play,
)
