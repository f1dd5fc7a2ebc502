"""What became of the lines whose holders agents attested: counts and intervals; nothing follows by itself.

An agent who registers lines on other people's documents is seen here once those people dispute them. People
read it, and ask the agent; no procedure does.
"""

from dataclasses import dataclass

from django.db.models import Count, Q

from lineproof.decision.interval import wilson_interval
from lineproof.line.dispute import DisputeKind, DisputeState
from lineproof.line.second_look import LookState
from lineproof.line.transfer import TransferEnd
from lineproof.registry.models import AgentLimit, SecondLook, Staff
from lineproof.terms import StaffRole


@dataclass(frozen=True, slots=True)
class AgentStatistics:
    """attestations: all that the agent gave. lines: whose registration rested on one, ended ones too.

    upheld: of these, how many turned out not to be their holder's. denied: offers of a line that rested on
    one, and that its holder says they did not make. low, high: in which the share of upheld ones lies, at
    95 % (Wilson 1927); None where no line was attested. per_day: the agent's limit, or None.
    looks: what a second look at their attestations came to.
    """

    name: str
    attestations: int
    lines: int
    upheld: int
    denied: int
    low: float | None
    high: float | None
    per_day: int | None
    looks: "LookStatistics"


@dataclass(frozen=True, slots=True)
class LookStatistics:
    """drawn: all that were, open ones too. confirmed, wrong: of these, what the reviewers found.

    low, high: in which the share that is wrong lies, of those that came to either; None where none did.
    """

    drawn: int
    confirmed: int
    wrong: int
    low: float | None
    high: float | None


def read_agent_statistics() -> tuple[AgentStatistics, ...]:
    """Read of every agent, by name, what became of what they attested."""
    disowned = Q(
        vouchings__custody__disputes__kind=DisputeKind.NOT_MINE.value,
        vouchings__custody__disputes__state=DisputeState.UPHELD.value,
    )
    rows = Staff.objects.filter(role=StaffRole.AGENT.value).annotate(
        given=Count("attestations", distinct=True),
        lines=Count("vouchings__custody", distinct=True),
        upheld=Count("vouchings__custody", distinct=True, filter=disowned),
        denied=Count("offers", distinct=True, filter=Q(offers__outcome=TransferEnd.NOT_BY_GIVER.value)),
    )
    limits, looks = dict(AgentLimit.objects.values_list("agent_id", "per_day")), _count_looks()
    return tuple(
        AgentStatistics(
            row.name,
            row.given,
            row.lines,
            row.upheld,
            row.denied,
            *_interval(row.upheld, row.lines),
            limits.get(row.id),
            _sum_up(looks.get(row.id, {})),
        )
        for row in rows.order_by("name")
    )


def _count_looks() -> dict[int, dict[LookState, int]]:
    """Count the looks at each agent's attestations by their state."""
    found: dict[int, dict[LookState, int]] = {}
    rows = SecondLook.objects.values_list("agent_id", "state").annotate(many=Count("id")).order_by("state")
    for agent, state, many in rows:
        found.setdefault(agent, {})[LookState(state)] = many
    return found


def _sum_up(looks: dict[LookState, int]) -> LookStatistics:
    confirmed, wrong = looks.get(LookState.CONFIRMED, 0), looks.get(LookState.WRONG, 0)
    return LookStatistics(sum(looks.values()), confirmed, wrong, *_interval(wrong, confirmed + wrong))


def _interval(found: int, of: int) -> tuple[float | None, float | None]:
    return wilson_interval(found, of) or (None, None)
