"""Settle a case of a document that two holders presented, or of two holders who may be one person.

1. one transaction: the case is open, the reviewer is enrolled and new to it
2. record the opinion, entry
3. two of one opinion? tell the holders; the case is decided, entry
   one holder's: the document stays theirs, and the others' bindings to it end; their lines stay as they are
Nothing is merged, and nothing is taken from anybody but that they are recognised by that document.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from lineproof.errors import Conflict, Malformed, NotFound
from lineproof.line.case import Whose
from lineproof.line.eyes import Agreed, Vote, add_vote, agreed, refuse_too_few
from lineproof.line.notice import NoticeKind
from lineproof.ports import Services
from lineproof.registry import models
from lineproof.registry.flows.enrol_staff import staff_of
from lineproof.registry.flows.holding import give_notice
from lineproof.registry.flows.log import LogWriter, SaltOwner
from lineproof.registry.models.choices import CaseKind, CaseState, DecisionOutcome, Retention
from lineproof.terms import CaseId, HolderId, StaffName, StaffRole
from lineproof.transparency.entry import EntryKind, Stage

QUESTION = "whose"
_ENDINGS = {
    Whose.AS_THEY_ARE: (DecisionOutcome.ACCEPTED_BY_PEOPLE, CaseState.ACCEPTED),
    Whose.COME_AND_SHOW: (DecisionOutcome.RETURNED_BY_PEOPLE, CaseState.RETURNED),
    Whose.ONE_HOLDERS: (DecisionOutcome.REFUSED_BY_PEOPLE, CaseState.REFUSED),
}


@dataclass(frozen=True, slots=True)
class WhoseOpinion:
    """One reviewer's opinion. holder: whose the document is, exactly where it is one holder's alone."""

    reviewer: StaffName
    whose: Whose
    holder: HolderId | None = None

    def __post_init__(self) -> None:
        """Refuse an opinion that names no holder where it must, or one where it cannot."""
        if (self.whose is Whose.ONE_HOLDERS) != (self.holder is not None):
            raise Malformed(
                "A holder is named where the document is one holder's alone, and nowhere else.",
                remedy="Give the holder, or another opinion.",
            )


def settle_identity(
    services: Services, case: CaseId, opinion: WhoseOpinion, *, now: datetime
) -> Whose | None:
    """Give one reviewer's opinion; give what was settled with the second that agrees, and None before.

    Raises NotFound for an unknown case or reviewer, NotPermitted for a second opinion of one person, or where
    there are too few staff for what is against somebody, Conflict when it is settled already or is a
    referral, Malformed where the holder is none of the case's or nothing is contested.
    """
    with transaction.atomic():  # 1
        row = _open_case(case)
        staff = staff_of(opinion.reviewer, StaffRole.REVIEWER)
        holders = holders_of(row)
        choice = _choice(row, opinion)
        if opinion.whose is Whose.ONE_HOLDERS:
            refuse_too_few(models.Staff.objects.filter(role=StaffRole.REVIEWER.value).count())
        votes = add_vote(_votes(row.id), Vote(opinion.reviewer, choice))
        models.Vote.objects.create(about=row.id, question=QUESTION, staff=staff, choice=choice, given_at=now)
        with LogWriter(services, party_of(row, holders), now=now, subject=bytes(row.subject)) as log:
            log.enter(  # 2
                EntryKind.OPINION_GIVEN,
                {"case": str(row.id), "reviewer": staff.name},
                stage=Stage.WAITS_FOR_PEOPLE,
                by=[staff.name],
            )
            both = agreed(votes)
            if both is not None:
                _settle(row, opinion.whose, holders, both, log)
    return None if both is None else opinion.whose


def unsettle(row: models.Case) -> None:
    """Undo that a document was settled to be one holder's: an appeal overturned it. It is contested again."""
    for holder in row.parties.values_list("holder_id", flat=True):
        ended = models.DocumentBinding.objects.filter(holder_id=holder, ended_at=row.decided_at)
        for binding in ended:
            models.DocumentBinding.objects.filter(blind_index=binding.blind_index).update(contested=True)
        ended.update(ended_at=None)


def _settle(row: models.Case, whose: Whose, holders: list[HolderId], both: Agreed, log: LogWriter) -> None:
    if whose is Whose.ONE_HOLDERS:  # 3
        party = row.parties.get(id=int(both.choice.rpartition(" ")[2]))
        _end_bindings(HolderId(party.holder_id), holders, log)
    for holder in holders:
        stage = Stage.WAITS_FOR_PEOPLE
        give_notice(NoticeKind.DOCUMENT_SETTLED, holder, log, line=None, stage=stage)
    outcome, state = _ENDINGS[whose]
    row.state, row.decided_at = state.value, log.now
    row.save(update_fields=["state", "decided_at"])
    log.enter(
        EntryKind.CASE_DECIDED,
        {"case": str(row.id), "settled": whose.value},
        stage=Stage.ENDED,
        outcome=outcome.value,
        by=[name.text for name in both.by],
        answers=row.due_at,
        parties=[SaltOwner(holder, Retention.IDENTITY) for holder in holders],
    )


def _end_bindings(owner: HolderId, holders: list[HolderId], log: LogWriter) -> None:
    """End the others' bindings to every document of the owner that is contested among these holders."""
    mine = models.DocumentBinding.objects.filter(holder_id=owner, contested=True, ended_at=None)
    for binding in mine.exclude(blind_index=None):
        theirs = models.DocumentBinding.objects.filter(blind_index=binding.blind_index, ended_at=None)
        theirs.filter(holder_id__in=set(holders) - {owner}).update(ended_at=log.now)
        if theirs.count() == 1:
            theirs.update(contested=False)


def _choice(row: models.Case, opinion: WhoseOpinion) -> str:
    """Write an opinion as it is compared with the other."""
    if opinion.holder is None:
        return opinion.whose.value
    if row.kind != CaseKind.CONTESTED_DOCUMENT.value:
        raise Malformed("In this case no document is contested.", remedy="Give another opinion.")
    party = row.parties.filter(holder_id=opinion.holder).first()
    if party is None:
        raise Malformed("That holder is none of the case's.", remedy="Name one that the case is about.")
    return f"{opinion.whose.value} {party.id}"


def holders_of(row: models.Case) -> list[HolderId]:
    """Name the holders that a case is about, those who were erased left out."""
    return [HolderId(each) for each in row.parties.order_by("holder_id").values_list("holder_id", flat=True)]


def _votes(case: UUID) -> list[Vote]:
    rows = models.Vote.objects.filter(about=case, question=QUESTION).select_related("staff")
    return [Vote(StaffName(row.staff.name), row.choice) for row in rows.order_by("given_at", "id")]


def party_of(row: models.Case, holders: list[HolderId]) -> SaltOwner:
    """Give whose salt the entries have. What an earlier release opened does not say whom it is about."""
    if holders:
        return SaltOwner(holders[0], Retention.IDENTITY)
    return SaltOwner(row.id, Retention.CASE)


def _open_case(case: CaseId) -> models.Case:
    row = models.Case.objects.filter(id=case).first()
    if row is None:
        raise NotFound("There is no such case.", remedy="List them with: lineproof cases list")
    if row.kind == CaseKind.REFERRAL.value:
        raise Conflict("The case is a referral.", remedy="Decide it: lineproof cases decide")
    if row.state != CaseState.OPEN.value:
        raise Conflict("The case is already settled.", remedy="Nothing is left to be done on it.")
    return row
