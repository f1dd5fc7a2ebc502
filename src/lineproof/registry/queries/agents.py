"""What became of the lines whose holders agents attested: counts and intervals; nothing follows by itself.

An agent who registers lines on other people's documents is seen here once those people dispute them. People
read it, and ask the agent; no procedure does.
"""

from dataclasses import dataclass

from django.db.models import Count, Q

from lineproof.decision.interval import wilson_interval
from lineproof.line.dispute import DisputeKind, DisputeState
from lineproof.registry.models import AgentLimit, Staff
from lineproof.terms import StaffRole


@dataclass(frozen=True, slots=True)
class AgentStatistics:
    """attestations: all that the agent gave. lines: whose registration rested on one, ended ones too.

    upheld: of these, how many turned out not to be their holder's. low, high: in which the share of them
    lies, at 95 % (Wilson 1927); None where no line was attested. per_day: the agent's limit, or None.
    """

    name: str
    attestations: int
    lines: int
    upheld: int
    low: float | None
    high: float | None
    per_day: int | None


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
    )
    limits = dict(AgentLimit.objects.values_list("agent_id", "per_day"))
    found = []
    for row in rows.order_by("name"):
        interval = wilson_interval(row.upheld, row.lines)
        low, high = (None, None) if interval is None else interval
        found.append(
            AgentStatistics(row.name, row.given, row.lines, row.upheld, low, high, limits.get(row.id))
        )
    return tuple(found)
