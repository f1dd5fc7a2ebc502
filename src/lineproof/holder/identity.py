"""When two presentations are the same holder: by document, never by name and never by face.

There is no face database to ask. Two presentations are the same holder only when the same document
is presented again, or both carry a personal number that the policy names as unique to its issuer, or the
holder, freshly verified with one document, links the other.
"""

from collections.abc import Collection
from dataclasses import dataclass

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
