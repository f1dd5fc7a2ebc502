"""Entering holders, documents and lines into the record; used by the procedures, in their transaction."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from lineproof.document.fields import IdentityDocument
from lineproof.errors import Conflict
from lineproof.holder.identity import KnownBindings
from lineproof.line.clock import deadline
from lineproof.line.notice import NoticeKind
from lineproof.ports import Services
from lineproof.registry import blind_index, models, personal
from lineproof.registry.blind_index import BlindIndex
from lineproof.registry.flows.application import Application, to_json
from lineproof.registry.flows.keeping import PendingReferral
from lineproof.registry.flows.log import LogWriter, SaltOwner, new_subject
from lineproof.registry.models.choices import CaseKind, CaseState, Retention
from lineproof.registry.personal import Json
from lineproof.terms import CaseId, HolderId, LineId
from lineproof.transparency.entry import EntryKind, Stage


def read_bindings(services: Services, document: IdentityDocument) -> KnownBindings:
    """Read which holders a presented document is bound to, by blind index."""
    bindings = models.DocumentBinding.objects.filter(ended_at=None)
    by_document = bindings.filter(_document_index(services, document).matches("blind_index"))
    number_index = _personal_number_index(services, document)
    by_number = (
        bindings.none()
        if number_index is None
        else bindings.filter(number_index.matches("personal_number_index"))
    )
    return KnownBindings(
        frozenset(HolderId(holder) for holder in by_document.values_list("holder_id", flat=True)),
        frozenset(HolderId(holder) for holder in by_number.values_list("holder_id", flat=True)),
    )


def create_holder(document: IdentityDocument, log: LogWriter) -> HolderId:
    """Make a holder of the person the document names.

    Equal name and date of birth open a case for a person to look at; nothing is merged or stopped.
    """
    services = log.services
    born_on = "" if document.born_on is None else document.born_on.isoformat()
    likeness = blind_index.likeness_index(services.keys, full_name=document.full_name, born_on=born_on)
    same = models.Holder.objects.filter(likeness.matches("likeness_index")) if born_on else None
    alike = [] if same is None else [HolderId(each) for each in same.values_list("id", flat=True)]
    holder = models.Holder(created_at=log.now, **likeness.columns("likeness_index"))
    holder.sealed_identity = personal.seal(
        services.keys,
        {
            "full_name": document.full_name,
            "born_on": born_on,
            "sex": document.sex,
            "nationality": document.nationality,
        },
        subject=holder.id,
        retention=Retention.IDENTITY,
        place="holder.sealed_identity",
    )
    holder.save(force_insert=True)
    if alike:
        open_case(CaseKind.POSSIBLE_SAME_HOLDER, log, holders=[HolderId(holder.id), *sorted(alike)])
    return HolderId(holder.id)


def bind_document(document: IdentityDocument, holder: HolderId, log: LogWriter) -> None:
    """Bind a document to a holder, once.

    Bound to another holder already, it becomes contested: both bindings stay, both are told, a case opens.
    """
    services = log.services
    index = _document_index(services, document)
    same_document = models.DocumentBinding.objects.filter(index.matches("blind_index"))
    bound = same_document.filter(holder_id=holder).first()
    if bound is not None and bound.ended_at is not None:
        raise Conflict(
            "Two people settled that this document is another holder's.",
            remedy="Appeal against that at any counter, or present another document.",
        )
    if bound is not None:
        return
    same_document = same_document.filter(ended_at=None)
    others = list(same_document.values_list("holder_id", flat=True))
    sealed: Json = {"number": document.number, "expires_on": document.expires_on.isoformat()}
    number_index = _personal_number_index(services, document)
    if number_index is not None:  # kept where it is indexed, so that the index can be computed anew
        sealed["personal_number"] = document.personal_number
    models.DocumentBinding.objects.create(
        holder_id=holder,
        issuer=document.issuer,
        kind=document.kind,
        key_version=index.versions.written[0],
        **index.columns("blind_index"),
        **({} if number_index is None else number_index.columns("personal_number_index")),
        sealed_document=personal.seal(
            services.keys,
            sealed,
            subject=holder,
            retention=Retention.IDENTITY,
            place="documentbinding.sealed_document",
        ),
        contested=bool(others),
        bound_at=log.now,
    )
    if others:
        same_document.update(contested=True)
        holders = [HolderId(each) for each in sorted({holder, *others})]
        case = open_case(CaseKind.CONTESTED_DOCUMENT, log, holders=holders)
        for each in holders:
            give_notice(NoticeKind.DOCUMENT_CONTESTED, each, log, line=None, subject=bytes(case.subject))


def give_notice(
    kind: NoticeKind,
    holder: HolderId,
    log: LogWriter,
    *,
    line: LineId | None,
    subject: bytes | None = None,
    deadline: datetime | None = None,
    stage: Stage | None = None,
    to_line_only: bool = False,
    undated: bool = False,
    by: Sequence[str] = (),
) -> models.Notice:
    """Give a notice to a holder: it is on record and on the holder's page from now on, and on its way.

    subject: of the case that it tells of, where that is not this procedure. deadline: until when the holder
    may act. stage: where the procedure is after it, where it neither goes on by itself nor waits for people.
    to_line_only: it is for whoever uses the line; the holder has said that the line is not theirs. undated:
    the log does not say the deadline, which may be the same in two procedures of one holder. by: the
    member of staff who has it given, where it is not told of something done; the writer is of its procedure.
    """
    row = models.Notice.objects.create(
        holder_id=holder,
        line_id=line,
        kind=kind.value,
        given_at=log.now,
        deadline=deadline,
        subject=log.subject if subject is None else subject,
        to_line_only=to_line_only,
    )
    log.enter(
        EntryKind.NOTICE_GIVEN,
        {"holder": str(holder), "kind": kind.value},
        stage=stage or (Stage.UNDER_WAY if subject is None else Stage.WAITS_FOR_PEOPLE),
        outcome=kind.value,
        by=by,
        due_at=None if undated else deadline,
        parties=[SaltOwner(holder, Retention.IDENTITY)],
        subject=subject,
    )
    return row


def open_case(
    kind: CaseKind,
    log: LogWriter,
    *,
    case: UUID | None = None,
    decision: models.Decision | None = None,
    sealed_application: bytes | None = None,
    holders: Sequence[HolderId] = (),
) -> models.Case:
    """Open a case for people to decide within the policy's days.

    holders: whom a case is about that begins a procedure of its own; a referral goes on with the applicant's.
    """
    policy = log.services.policy
    due_at = deadline(log.now, policy.clocks.case, policy.calendar)
    row = models.Case(
        kind=kind.value,
        state=CaseState.OPEN.value,
        decision=decision,
        subject=new_subject() if holders else log.subject,
        sealed_application=sealed_application,
        opened_at=log.now,
        due_at=due_at,
    )
    if case is not None:
        row.id = case
    row.save(force_insert=True)
    models.CaseParty.objects.bulk_create(models.CaseParty(case=row, holder_id=each) for each in holders)
    log.enter(
        EntryKind.CASE_OPENED,
        {"case": str(row.id)},
        stage=Stage.WAITS_FOR_PEOPLE,
        outcome=kind.value,
        due_at=due_at,
        parties=[SaltOwner(holder, Retention.IDENTITY) for holder in holders] or None,
        subject=bytes(row.subject),
    )
    return row


def refer(
    application: Application,
    decision: models.Decision,
    pending: PendingReferral,
    log: LogWriter,
) -> CaseId:
    """Open the case of a referred application, sealed under the case's own key until it is decided.

    Its photographs are kept as long, if the booth referred them.
    """
    case = uuid4()
    sealed = personal.seal(
        log.services.keys,
        to_json(application),
        subject=case,
        retention=Retention.CASE,
        place="case.sealed_application",
    )
    open_case(CaseKind.REFERRAL, log, case=case, decision=decision, sealed_application=sealed)
    pending.keep(case, log)
    return CaseId(case)


def refuse_erased(holder: HolderId) -> None:
    """Raise Conflict if the holder is not to be recognised any more: nothing is bound to them again."""
    if not models.Holder.objects.filter(id=holder, likeness_index__isnull=False).exists():
        raise Conflict(
            "The holder was erased at their request, or since their lines ended long ago.",
            remedy="Have them verified again, as somebody new; a case is returned for that.",
        )


def _document_index(services: Services, document: IdentityDocument) -> BlindIndex:
    return blind_index.document_index(
        services.keys, issuer=document.issuer, kind=document.kind, number=document.number
    )


def _personal_number_index(services: Services, document: IdentityDocument) -> BlindIndex | None:
    unique = document.issuer in services.policy.unique_personal_number_issuers
    if not unique or not document.personal_number:
        return None
    return blind_index.personal_number_index(
        services.keys, issuer=document.issuer, personal_number=document.personal_number
    )
