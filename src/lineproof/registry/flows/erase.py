"""Erase what is known of a holder: at their request what need not be kept, and unasked what is due.

1. one transaction: read the holder, their custodies, and the lines that nobody held after them
2. decide what is kept, until when and why: the policy's periods, counted from the end of a line
3. erase the rest: what would recognise the holder is emptied; documents, notices and links are removed; keys
   are destroyed, and the salts under them with them; an ended line is emptied, and its number is free again
4. the holder's page can still be opened? a notice. Entry; where the identity is gone it commits to nothing,
   so that nobody can ever show whom it is about
5. after the commit: rid the files of the residue
What is due is found and erased in batches, each a transaction of its own: stopped anywhere, the next run goes
on. What is left of a holder is a row with a random id, and the times of their custodies: nothing to find it
by. Who comes again is somebody new.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from lineproof.decision.policy import Period
from lineproof.errors import NotFound, Unavailable
from lineproof.line.appeal import AppealState
from lineproof.line.custody import Custody
from lineproof.line.notice import NoticeKind
from lineproof.line.retention import (
    HELD,
    LINE_HELD,
    RECEIVING,
    STILL_ON,
    Kept,
    Matter,
    identity_kept_until,
    line_kept_until,
)
from lineproof.line.state import LineState
from lineproof.line.transfer import TransferState
from lineproof.ports import Services
from lineproof.registry import models, personal
from lineproof.registry.flows.after_commit import finish
from lineproof.registry.flows.holding import give_notice
from lineproof.registry.flows.log import LogWriter, SaltOwner
from lineproof.registry.flows.organisations import forget_unnamed
from lineproof.registry.flows.replace_sim import forget_sims
from lineproof.registry.flows.second_look import forget_looks
from lineproof.registry.models.choices import CaseState, Retention
from lineproof.terms import HolderId
from lineproof.transparency.entry import EntryKind, Stage

MOST_AT_ONCE = 500
# A line that has ended, and that the network still has.
_STILL_ON = frozenset({LineState.SURRENDERED.value, LineState.TERMINATED.value})


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was erased now, and what is kept.

    Neither, when everything was erased before. gone_from_files: False while the write-ahead log may still
    hold it, because somebody was reading or the disk is full; the next erasure empties it.
    """

    erased: tuple[Matter, ...]
    kept: tuple[Kept, ...]
    gone_from_files: bool = False


@dataclass(frozen=True, slots=True)
class ErasedAsDue:
    """How much had reached its end. gone_from_files: as of an `Erasure`."""

    holders: int
    sessions: int
    applications: int
    gone_from_files: bool


def erase_holder(services: Services, holder: HolderId, *, now: datetime) -> Erasure:
    """Erase what need not be kept of a holder, at their request, and give what is kept, to be told to them.

    The caller has made sure that it is their request. Asked again, it changes nothing and gives what is kept.
    Raises NotFound when there is no such holder.
    """
    with transaction.atomic(), LogWriter(services, None, now=now) as log:
        row = models.Holder.objects.filter(id=holder).first()  # 1
        if row is None:
            raise NotFound("There is no such holder.")
        erasure = _erase(row, log, at_request=True)
    try:
        gone = finish(services, now=now, erased=True)  # 5
    except Unavailable:
        # It is done, and must be told. What waits goes on with the next procedure, whoever's it is.
        return erasure
    return replace(erasure, gone_from_files=gone)


def erase_due(
    services: Services, *, now: datetime, most_at_once: int = MOST_AT_ONCE, most_batches: int | None = None
) -> ErasedAsDue:
    """Erase all that has reached its end: of sessions, of decided cases, of holders and their lines.

    most_at_once: how many of a kind go in one transaction. most_batches: how many transactions of a kind; the
    next run goes on. None: until nothing is due. No value is unsealed for it. It may be stopped and run again
    at any time, and does nothing where nothing is due.
    """
    sessions = sum(_batches(_erase_sessions, services, now, most_at_once, most_batches))
    applications = sum(_batches(_erase_applications, services, now, most_at_once, most_batches))
    holders = batches = 0
    due = sorted(_due_holders(services, now))
    for start in range(0, len(due), most_at_once):
        batch = _erase_holders(services, due[start : start + most_at_once], now)
        # Of whom nothing is due after all is found again the next time, and must not keep back the others.
        holders, batches = holders + batch, batches + bool(batch)
        if batches == most_batches:
            break
    gone = finish(services, now=now, erased=True)
    return ErasedAsDue(holders, sessions, applications, gone)


def _batches(
    erase: Callable[[Services, datetime, int], int],
    services: Services,
    now: datetime,
    most_at_once: int,
    most_batches: int | None,
) -> Iterator[int]:
    """Erase a batch after the other, until there is none or enough are done; give the size of each."""
    done = 0
    while (most_batches is None or done < most_batches) and (batch := erase(services, now, most_at_once)):
        done += 1
        yield batch


def _erase(row: models.Holder, log: LogWriter, *, at_request: bool) -> Erasure:
    periods = log.services.policy.retention
    held = [Custody(HolderId(row.id), c.since, c.until) for c in row.custodies.all()]
    until = identity_kept_until(held, periods.identity, known_since=row.created_at)  # 2
    held_for = HELD
    if _is_receiving(row):
        until, held_for = None, HELD if any(each.until is None for each in held) else RECEIVING
    appealed = _is_appealed(row)
    due = until is not None and until <= log.now and not appealed
    erased: list[Matter] = []
    kept: list[Kept] = []
    if due or (at_request and until is not None):  # 3
        # Sealed, the identity serves only whoever asks about the ended line. To be recognised serves nobody.
        erased += [Matter.RECOGNITION] * _forget_recognition(row, log.now)
    elif _is_recognised(row):
        kept.append(Kept(Matter.RECOGNITION, until, _why(periods.identity, held_for, until)))
    if due:
        erased += [Matter.IDENTITY] * _erase_identity(row, log)
    elif row.sealed_identity is not None:
        kept.append(Kept(Matter.IDENTITY, until, _why(periods.identity, held_for, until)))
    lines = _erase_lines(row, log, named=at_request, appealed=appealed)
    erased += [Matter.LINE] * (lines.erased > 0)
    kept += lines.kept
    if erased:
        _record(row, erased, log, at_request=at_request)
    return Erasure(tuple(erased), tuple(kept))


def _record(row: models.Holder, erased: Iterable[Matter], log: LogWriter, *, at_request: bool) -> None:
    """Stage the entry and, where the holder's page can still be opened, leave a notice on it."""
    if row.sealed_identity is not None:  # 4
        log.owner = SaltOwner(row.id, Retention.IDENTITY)
        if at_request:
            give_notice(NoticeKind.DATA_ERASED, HolderId(row.id), log, line=None)
    log.enter(
        EntryKind.HOLDER_ERASED,
        {"holder": str(row.id), "erased": [matter.value for matter in erased]},
        stage=Stage.ENDED,
        outcome="at_request" if at_request else "at_end",
    )


def _is_receiving(row: models.Holder) -> bool:
    """Tell whether a line is on its way to a holder, who must be there when it comes."""
    return row.transfers_received.filter(state=TransferState.ACCEPTED.value).exists()


def _is_recognised(row: models.Holder) -> bool:
    return row.likeness_index is not None or row.bindings.filter(blind_index__isnull=False).exists()


def _forget_recognition(row: models.Holder, now: datetime) -> bool:
    """Empty every index that the holder would be found by; False when that was done before.

    And every address: where notices go serves nobody either, who holds no line; the page is there as long as
    the identity. That a notice arrived there stays, as long as what it announced can be appealed.
    """
    if not _is_recognised(row):
        return False
    row.likeness_index = row.likeness_index_next = None
    row.save(update_fields=["likeness_index", "likeness_index_next"])
    row.bindings.update(
        blind_index=None,
        blind_index_next=None,
        personal_number_index=None,
        personal_number_index_next=None,
    )
    _forget_terms(row.custodies.all())
    row.contact_points.filter(removed_at=None).update(removed_at=now, sealed_address=None)
    return True


def _erase_identity(row: models.Holder, log: LogWriter) -> bool:
    """Remove all that says who the holder is, and destroy the key of it; False when that was done before."""
    if row.sealed_identity is None:
        return False
    row.sealed_identity = None
    row.save(update_fields=["sealed_identity"])
    row.bindings.all().delete()
    row.verifications.all().delete()
    row.cases.all().delete()
    _erase_corrections(row.corrections.all())
    row.notices.all().delete()
    row.terms_accepted.all().delete()
    models.Dispute.objects.filter(custody__holder=row).update(subject=b"")
    row.contact_points.all().delete()
    models.PageLink.objects.filter(holder=row).delete()
    models.SignIn.objects.filter(holder=row).delete()
    models.HolderPasskey.objects.filter(holder=row).delete()
    models.Transfer.objects.filter(Q(giver=row) | Q(receiver=row)).delete()
    forget_sims(models.SimReplacement.objects.filter(custody__holder=row), log)
    forget_looks(models.SecondLook.objects.filter(custody__holder=row), log)
    personal.destroy(row.id, Retention.IDENTITY)
    return True


def _forget_terms(custodies: QuerySet[models.Custody]) -> None:
    """Forget until when lines were registered, which may be as long as a document is good; and for whom."""
    named = set(custodies.exclude(organisation=None).values_list("organisation", flat=True))
    custodies.update(registered_until=None, reminded_at=None, for_minor=False, organisation=None)
    forget_unnamed(named)


def _erase_corrections(corrections: QuerySet[models.Correction]) -> None:
    """Remove what was to be corrected about lines: it led from them and their holder to the log."""
    models.Vote.objects.filter(about__in=corrections.values("id")).delete()
    corrections.delete()


def _is_appealed(row: models.Holder) -> bool:
    """Tell whether an appeal against a correction or a dispute of the holder's is open: then all is kept."""
    open_ones = models.Appeal.objects.filter(state=AppealState.OPEN.value)
    disputes = models.Dispute.objects.filter(custody__holder=row)
    return open_ones.filter(
        Q(about__in=row.corrections.values("id")) | Q(about__in=disputes.values("id"))
    ).exists()


@dataclass(frozen=True, slots=True)
class _Lines:
    erased: int
    kept: list[Kept]


def _erase_lines(row: models.Holder, log: LogWriter, *, named: bool, appealed: bool) -> _Lines:
    """Empty the ended lines that have reached their end; with the last of all, the key goes.

    named: unseal the numbers of those that are kept, to tell them. appealed: an appeal may give one back.
    """
    policy, erased, kept = log.services.policy, 0, list[Kept]()
    period = policy.retention.line
    for custody in _last_custodies().filter(holder=row).select_related("line").order_by("since", "id"):
        line = custody.line
        until = line_kept_until(
            Custody(HolderId(row.id), custody.since, custody.until),
            period,
            quarantine=policy.clocks.quarantine,
            calendar=policy.calendar,
        )
        due = until is not None and until <= log.now
        if due and not appealed and line.state not in _STILL_ON:
            line.identifier_index = line.identifier_index_next = line.sealed_identifier = None
            line.save(update_fields=["identifier_index", "identifier_index_next", "sealed_identifier"])
            line.transfers.all().delete()
            line.terms_accepted.all().delete()
            _erase_corrections(line.corrections.filter(holder=row))
            models.ImportedLine.objects.filter(line=line).delete()  # with the file it led to the person
            line.orders.update(subject=b"")  # the log's pseudonym: it led from the line to its entries
            models.Dispute.objects.filter(custody__line=line).update(subject=b"")
            models.EntryPlace.objects.filter(about=line.id).delete()  # its receipt has the number
            forget_sims(models.SimReplacement.objects.filter(line=line), log)
            _forget_terms(line.custodies.all())
            forget_looks(models.SecondLook.objects.filter(custody__line=line), log)
            line.portings.all().delete()
            line.holds.all().delete()
            erased += 1
        else:
            # Erased, it could not be switched off any more.
            until = None if due else until
            why = _why(period, STILL_ON if due else LINE_HELD, until)
            name = _identifier(log.services, row, line) if named else ""
            kept.append(Kept(Matter.LINE, until, why, name))
    if not kept:
        personal.destroy(row.id, Retention.LINE)
    return _Lines(erased, kept)


def _last_custodies() -> QuerySet[models.Custody]:
    """Give, of each line that is not erased, its last custody: under that holder's key it is sealed."""
    later = models.Custody.objects.filter(line=OuterRef("line"), since__gt=OuterRef("since"))
    return models.Custody.objects.filter(~Exists(later), line__sealed_identifier__isnull=False)


def _identifier(services: Services, row: models.Holder, line: models.Line) -> str:
    value = personal.unseal(
        services.keys,
        bytes(line.sealed_identifier or b""),
        subject=row.id,
        retention=Retention.LINE,
        place="line.sealed_identifier",
    )
    return value["identifier"] or ""


def _why(period: Period, held: str, until: datetime | None) -> str:
    return held if until is None else period.because


def _due_holders(services: Services, now: datetime) -> set[UUID]:
    """Find the holders of whom anything may be due; `_erase` decides."""
    periods = services.policy.retention
    begun = now - timedelta(days=periods.identity.days)
    later = models.Custody.objects.filter(Q(until=None) | Q(until__gt=begun), holder=OuterRef("id"))
    holders = models.Holder.objects.filter(
        ~Exists(later), sealed_identity__isnull=False, created_at__lte=begun
    )
    ended = _last_custodies().filter(until__lte=now - timedelta(days=periods.line.days))
    return {*holders.values_list("id", flat=True), *ended.values_list("holder_id", flat=True)}


@transaction.atomic
def _erase_holders(services: Services, holders: list[UUID], now: datetime) -> int:
    count = 0
    for row in models.Holder.objects.filter(id__in=holders).order_by("id"):
        with LogWriter(services, None, now=now) as log:
            count += bool(_erase(row, log, at_request=False).erased)
    return count


@transaction.atomic
def _erase_sessions(services: Services, now: datetime, most: int) -> int:
    """Destroy the keys of a batch of sessions, and empty their attestations."""
    begun = now - timedelta(days=services.policy.retention.decision.days)
    keys = models.DataKey.objects.filter(*_decided_by("subject", begun), retention=Retention.DECISION.value)
    attested = models.AttestationRecord.objects.filter(
        *_decided_by("session", begun), document_digest__isnull=False
    )
    sessions = {
        *keys.values_list("subject", flat=True)[:most],
        *attested.values_list("session", flat=True)[:most],
    }
    for session in sessions:
        personal.destroy(session, Retention.DECISION)
    # From then on nothing says in which session somebody was verified.
    models.HolderVerification.objects.filter(session__in=sessions).delete()
    models.AttestationRecord.objects.filter(session__in=sessions).update(
        document_digest=None, signature=None, permit_until=None, guardianship=False, organisation=False
    )
    if sessions:
        with LogWriter(services, None, now=now) as log:
            erased: dict[str, object] = {"sessions": sorted(map(str, sessions))}
            log.enter(EntryKind.SESSIONS_ERASED, erased, stage=Stage.ENDED, outcome=Retention.DECISION.value)
    return len(sessions)


@transaction.atomic
def _erase_applications(services: Services, now: datetime, most: int) -> int:
    """Destroy the keys of a batch of decided cases, where the policy keeps them longer than the decision."""
    begun = now - timedelta(days=services.policy.retention.case.days)
    decided = models.Case.objects.filter(
        *_decided_by("decision__session", begun), sealed_application__isnull=False
    )
    cases = list(decided.values_list("id", flat=True)[:most])
    for case in cases:
        personal.destroy(case, Retention.CASE)
    models.Case.objects.filter(id__in=cases).update(sealed_application=None)
    if cases:
        with LogWriter(services, None, now=now) as log:
            erased: dict[str, object] = {"cases": sorted(map(str, cases))}
            log.enter(EntryKind.SESSIONS_ERASED, erased, stage=Stage.ENDED, outcome=Retention.CASE.value)
    return len(cases)


def _decided_by(session: str, moment: datetime) -> tuple[Q, Q, Q]:
    """Give the conditions that a session was decided by a moment, and nothing in it waits for people."""
    decisions = models.Decision.objects.filter(session=OuterRef(session))
    appealed = models.Appeal.objects.filter(about=OuterRef("id"), state=AppealState.OPEN.value)
    waiting = models.Case.objects.filter(
        Q(state=CaseState.OPEN.value) | Exists(appealed), decision__session=OuterRef(session)
    )
    return Q(Exists(decisions)), ~Q(Exists(decisions.filter(decided_at__gt=moment))), ~Q(Exists(waiting))
