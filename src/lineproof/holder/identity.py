"""When two presentations are the same holder: by document, never by name and never by face.

There is no face database to ask. Two presentations are the same holder only when the same document
is presented again, or both carry a personal number that the policy names as unique to its issuer, or the
holder, freshly verified with one document, links the other.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from lineproof.decision.finding import Check, Finding, indeterminate, passed
from lineproof.decision.reasons import ReasonCode
from lineproof.terms import HolderId


@dataclass(frozen=True, slots=True)
class KnownBindings:
    """What the record knows of a presented document.

    by_document: holders this very document is bound to. by_personal_number: holders with a document
    carrying the same unique personal number.
    """

    by_document: frozenset[HolderId]
    by_personal_number: frozenset[HolderId]


def check_holder_certain(known: KnownBindings) -> Finding:
    """Check that the presentation is one known holder, or plainly a new one."""
    if len(known.by_document | known.by_personal_number) > 1:
        return indeterminate(Check.HOLDER_CERTAIN, ReasonCode.DOCUMENT_CONTESTED)
    return passed(Check.HOLDER_CERTAIN)


def known_holder(known: KnownBindings) -> HolderId | None:
    """Give the one holder this presentation is, or None for a new one.

    Call it only after `check_holder_certain` passed: with two holders there is no answer.
    """
    holders: Collection[HolderId] = known.by_document | known.by_personal_number
    if len(holders) > 1:
        raise ValueError("the document is contested")
    return next(iter(holders), None)


def holder_claimed(
    *, customer: HolderId | None, bound: Mapping[HolderId, date | None], born_on: date | None
) -> HolderId | None:
    """Give the holder of a line that an operator's existing base names, or None for a new one.

    customer: who the base's earlier rows of the same customer made. bound: those to whom the document of the
    row is bound, and their births. The customer decides; else the document, if the birth is the same, or one
    of the two is not known: a name changes, a birth does not. Nothing is decided by name.
    """
    if customer is not None:
        return customer
    agreeing = [
        holder for holder, born in bound.items() if born is None or born_on is None or born == born_on
    ]
    return agreeing[0] if len(agreeing) == 1 else None
