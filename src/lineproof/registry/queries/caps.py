"""In whose cap a line counts: its holder's or, where it is registered for one, an organisation's."""

from dataclasses import dataclass
from typing import Self
from uuid import UUID

from django.db.models import QuerySet

from lineproof.decision.policy import Policy
from lineproof.registry.models import Custody
from lineproof.registry.queries.holder import count_lines
from lineproof.terms import HolderId, LineKind


@dataclass(frozen=True, slots=True)
class CapOf:
    """The lines of a kind that count together. organisation: None for those that are a holder's own."""

    kind: LineKind
    holder: HolderId | None
    organisation: UUID | None

    @classmethod
    def holding(cls, custody: Custody) -> Self:
        """Give what a line counts in by a custody."""
        kind = LineKind(custody.line.kind)
        if custody.organisation_id is not None:
            return cls(kind, None, custody.organisation_id)
        return cls(kind, HolderId(custody.holder_id), None)

    @property
    def held(self) -> QuerySet[Custody]:
        """Give the custodies that last now, those of disowned lines as well."""
        held = Custody.objects.filter(until=None, line__kind=self.kind.value, organisation=self.organisation)
        return held if self.holder is None else held.filter(holder=self.holder)

    def count(self) -> int:
        """Count what the cap counts: no disowned line; of a holder also what they accepted for transfer."""
        if self.holder is not None:
            return count_lines(self.holder, self.kind)
        return self.held.filter(disowned_at=None).count()

    def cap(self, policy: Policy) -> int | None:
        """Give the policy's cap; None for an organisation where the policy knows none any more."""
        if self.holder is not None:
            return policy.caps[self.kind]
        return None if policy.organisations is None else policy.organisations.caps[self.kind]
