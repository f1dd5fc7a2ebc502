"""When two presentations are the same holder."""

import inspect
import uuid
from itertools import chain, combinations

import pytest

from lineproof.decision.finding import Outcome
from lineproof.decision.reasons import ReasonCode
from lineproof.holder import identity
from lineproof.holder.identity import KnownBindings, check_holder_certain, known_holder
from lineproof.terms import HolderId

ALICE, BO, CAROL = (HolderId(uuid.UUID(int=number)) for number in (1, 2, 3))
GROUPS = [frozenset(g) for g in chain.from_iterable(combinations((ALICE, BO, CAROL), n) for n in range(3))]


def known(*, document: tuple[HolderId, ...] = (), number: tuple[HolderId, ...] = ()) -> KnownBindings:
    """Build what the record knows of a document."""
    return KnownBindings(frozenset(document), frozenset(number))


def test_document_that_nobody_presented_before_is_a_new_holder():
    assert check_holder_certain(known()).outcome is Outcome.PASS
    assert known_holder(known()) is None


@pytest.mark.parametrize(
    "bindings",
    [known(document=(ALICE,)), known(number=(ALICE,)), known(document=(ALICE,), number=(ALICE,))],
)
def test_same_document_or_same_unique_number_is_the_same_holder(bindings: KnownBindings):
    assert check_holder_certain(bindings).outcome is Outcome.PASS
    assert known_holder(bindings) == ALICE


@pytest.mark.parametrize("by_document", GROUPS)
@pytest.mark.parametrize("by_number", GROUPS)
def test_two_possible_holders_are_for_people_to_settle(by_document, by_number):
    bindings = KnownBindings(by_document, by_number)
    finding = check_holder_certain(bindings)
    if len(by_document | by_number) <= 1:
        assert finding.outcome is Outcome.PASS
        return
    assert (finding.outcome, finding.reason) == (Outcome.INDETERMINATE, ReasonCode.DOCUMENT_CONTESTED)
    with pytest.raises(ValueError, match="contested"):
        known_holder(bindings)


def test_neither_name_nor_face_can_be_asked_for():
    """The rule takes bindings and nothing else: there is no place to put a name, a birth or a face."""
    for function in (identity.check_holder_certain, identity.known_holder):
        assert [p.annotation for p in inspect.signature(function).parameters.values()] == [KnownBindings]
    assert set(KnownBindings.__dataclass_fields__) == {"by_document", "by_personal_number"}
