"""Entering lines, and moving them through their life; used by the procedures, in their transaction."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from lineproof.errors import Conflict, Erased, NotFound
from lineproof.line.custody import Custody, begin_custody, free_slot
from lineproof.line.notice import NoticeKind
from lineproof.line.request import LineRequest
from lineproof.line.state import LineEvent, LineState, next_state
from lineproof.ports import Services, SwitchState
from lineproof.registry import blind_index, models, personal
from lineproof.registry.blind_index import BlindIndex
from lineproof.registry.flows import corrections, holding, orders
from lineproof.registry.flows.log import LogWriter
from lineproof.registry.models.choices import Retention
from lineproof.registry.queries.caps import CapOf
from lineproof.terms import AccessId, HolderId, Iccid, LineId, LineKind, Msisdn, Origin, StaffName
from lineproof.transparency.entry import EntryKind

# How a line begins: what is ordered at once is switched on, the others are waited for.
_BEGINS = {Origin.REGISTERED: LineEvent.ACCEPTED, Origin.PORTED_IN: LineEvent.PORT_IN_ASKED}


def enter_line(
    request: LineRequest,
    holder: HolderId,
    log: LogWriter,
    *,
    origin: Origin = Origin.REGISTERED,
    registered_until: datetime | None = None,
    for_minor: bool = False,
    organisation: models.Organisation | None = None,
) -> LineId:
    """Enter a line in a holder's name, order it switched on, and tell the holder.

    A line whose number is to come from another operator is ordered on when it has come, not here.
    registered_until: of a visitor's line; the notice says so. None: it is registered without an end.
    for_minor: a minor uses it, whose guardian the holder is. organisation: whose it is, where the holder
    signs for one.
    Raises Conflict when the number or account is registered already.
    """
    services = log.services
    index = line_index_of(services, request)
    refuse_registered(index)
    line = models.Line.objects.create(
        kind=request.kind.value,
        state=next_state(LineState.APPLIED, _BEGINS[origin]).value,
        origin=origin.value,
        **index.columns("identifier_index"),
        sealed_identifier=seal_line(services, request, holder),
        created_at=log.now,
    )
    take_custody(
        line,
        holder,
        log,
        registered_until=registered_until,
        for_minor=for_minor,
        organisation=organisation,
    )
    if origin is Origin.REGISTERED:
        orders.order(line, SwitchState.ON, log)
    holding.give_notice(
        NoticeKind.LINE_REGISTERED,
        holder,
        log,
        line=LineId(line.id),
        deadline=registered_until,
        undated=True,
    )
    log.enter(
        EntryKind.LINE_REGISTERED,
        {
            "line": str(line.id),
            "holder": str(holder),
            "kind": request.kind.value,
            "identifier": request.name,
            **({"for_minor": True} if for_minor else {}),
            **({} if organisation is None else {"for_organisation": True}),
        },
        about=line.id,
    )
    return LineId(line.id)


def take_custody(
    line: models.Line,
    holder: HolderId,
    log: LogWriter,
    *,
    registered_until: datetime | None = None,
    for_minor: bool = False,
    organisation: models.Organisation | None = None,
    verified_at: datetime | None = None,
) -> None:
    """Begin a holder's custody of a line, in the lowest slot that is free among the lines it counts with.

    registered_until: when its registration in their name is over; None: it has no end. for_minor,
    organisation, verified_at: as of `models.Custody`.
    Raises Conflict if anybody holds it. In a database with several writers, two that take the same slot at
    once do not both get it.
    """
    earlier = [Custody(HolderId(c.holder_id), c.since, c.until) for c in line.custodies.all()]
    custody = begin_custody(earlier, holder=holder, since=log.now)
    row = models.Custody(
        line=line,
        holder_id=custody.holder,
        kind=line.kind,
        since=custody.since,
        until=None,
        registered_until=registered_until,
        for_minor=for_minor,
        organisation=organisation,
        verified_at=verified_at,
    )
    row.slot = _slot_for(row)
    row.save(force_insert=True)


def take_custody_again(last: models.Custody, log: LogWriter) -> None:
    """Begin anew the custody of who held a line last, as it was; Conflict if anybody holds it."""
    take_custody(
        last.line,
        HolderId(last.holder_id),
        log,
        registered_until=last.registered_until,
        for_minor=last.for_minor,
        organisation=last.organisation,
        verified_at=last.verified_at,
    )


def refuse_other_terms(services: Services, version: str) -> None:
    """Raise Conflict for terms of the contract that are not those in force."""
    in_force = services.policy.terms_version
    if version != in_force:
        raise Conflict(
            f"The contract's terms in force are version {in_force}.",
            remedy="Show them those, and have them accepted.",
        )


def note_terms(line: LineId, holder: HolderId, version: str, *, accepted_at: datetime) -> None:
    """Note which version of the contract's terms a holder accepted for a line."""
    models.TermsAccepted.objects.create(
        line_id=line, holder_id=holder, version=version, accepted_at=accepted_at
    )


def disown(custody: models.Custody, log: LogWriter) -> None:
    """Let a line not count as its holder's from now on; it stays with nobody else until it is closed."""
    custody.disowned_at, custody.slot = log.now, None
    custody.save(update_fields=["disowned_at", "slot"])


def own_again(custody: models.Custody) -> None:
    """Let a line that was disowned count as its holder's again, over the cap if need be."""
    custody.disowned_at, custody.slot = None, _slot_for(custody)
    custody.save(update_fields=["disowned_at", "slot"])


def note_vouchers(line: LineId, session: UUID, *, accepted_by: Sequence[StaffName] = ()) -> models.Custody:
    """Note who vouched for the custody that has just begun: who attested in a session, and who accepted it.

    The session itself is not noted: once its data are erased, nothing leads from a line to it. Gives the
    custody.
    """
    custody = models.Custody.objects.get(line=line, until=None)
    attested = models.AttestationRecord.objects.filter(session=session).values_list("agent_id", flat=True)
    accepted = models.Staff.objects.filter(name__in=[name.text for name in accepted_by])
    models.Vouching.objects.bulk_create(
        models.Vouching(custody=custody, staff_id=staff)
        for staff in sorted({*attested, *accepted.values_list("id", flat=True)})
    )
    return custody


def vouchers_of(custody: models.Custody) -> frozenset[StaffName]:
    """Give who vouched for a custody."""
    names = models.Vouching.objects.filter(custody=custody).values_list("staff__name", flat=True)
    return frozenset(map(StaffName, names))


def end_custody(line: models.Line, log: LogWriter, *, passes_within: bool = False) -> HolderId:
    """End the custody of a line, and give whose it was; NotFound if nobody holds it.

    What was to be corrected about the line for that holder ends with it. passes_within: it begins anew at
    once for the same organisation, which has as many lines as before.
    """
    custody = line.custodies.filter(until=None).first()
    if custody is None:
        raise NotFound("Nobody holds that line.")
    custody.until = log.now
    custody.save(update_fields=["until"])
    holder = HolderId(custody.holder_id)
    corrections.custody_ended(custody, log, as_many_as_before=passes_within)
    return holder


def move(line: models.Line, event: LineEvent) -> None:
    """Take a line to its next state; Conflict when the table of its life has no such step."""
    line.state = next_state(LineState(line.state), event).value
    line.save(update_fields=["state"])


def unseal_line(services: Services, line: models.Line, holder: HolderId) -> LineRequest:
    """Read the number and SIM, or the account and address, of a line that is sealed under a holder's key.

    Raises Erased once the line's data reached its end.
    """
    if line.sealed_identifier is None:
        raise Erased("The line's data was erased.", remedy="It cannot be brought back.")
    value = personal.unseal(
        services.keys,
        bytes(line.sealed_identifier),
        subject=holder,
        retention=Retention.LINE,
        place="line.sealed_identifier",
    )
    name, detail = value["identifier"] or "", value["detail"] or ""
    if line.kind == LineKind.MOBILE.value:
        return LineRequest(Msisdn.parse(name), Iccid.parse(detail))
    return LineRequest(AccessId.parse(name, detail))


def seal_line(services: Services, request: LineRequest, holder: HolderId) -> bytes:
    """Seal what `unseal_line` reads, under a holder's key."""
    return personal.seal(
        services.keys,
        {"identifier": request.name, "detail": request.detail},
        subject=holder,
        retention=Retention.LINE,
        place="line.sealed_identifier",
    )


def _slot_for(custody: models.Custody) -> int:
    taken = CapOf.holding(custody).held.values_list("slot", flat=True)
    return free_slot(slot for slot in taken if slot is not None)


def line_index_of(services: Services, request: LineRequest) -> BlindIndex:
    """Give the blind index of the line asked for."""
    return blind_index.line_index(services.keys, kind=request.kind.value, identifier=request.name)


def refuse_registered(index: BlindIndex) -> None:
    """Raise Conflict if a line with this blind index is registered."""
    if models.Line.objects.filter(index.matches("identifier_index")).exists():
        raise Conflict(
            "That number or account is already registered.",
            remedy="Choose another, or have its holder transfer or give it up.",
        )
