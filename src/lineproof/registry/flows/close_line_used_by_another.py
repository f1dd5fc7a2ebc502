"""Close a line that somebody other than its holder uses, on the holder's word or a court's.

1. one transaction: the holder was verified, and holds the line; or an agent has seen the order of a court.
   What was said before has come to its end, and this is another order, or the holder's word after a time.
   That a minor uses a line that is registered for one, or its people that of an organisation, is nothing
   to be corrected
2. what was said, entry; of an order its reference, sealed under the holder's key
3. a correction: from here on `correct_lines`, with a notice, a deadline and two people before each step, and
   an appeal that stops it
4. after the commit: orders that wait are sent
Nobody may pass a line on privately; to pass it on with both verified is a transfer, which puts this right.
That a line is used by another is never computed: nothing in this procedure takes anything about use.
"""

from datetime import datetime
from typing import assert_never

from django.db import transaction

from lineproof.errors import Conflict, NotFound, NotPermitted
from lineproof.line.correction import Cause, CorrectionState
from lineproof.line.ladder import Step
from lineproof.line.used_by_another import (
    CourtReference,
    OrderOfCourt,
    SaidBefore,
    Source,
    WhoSaidSo,
    WordOfHolder,
    refuse_said_before,
)
from lineproof.ports import Services
from lineproof.registry import models, personal
from lineproof.registry.flows.after_commit import finish
from lineproof.registry.flows.corrections import earlier_of_cause, open_correction
from lineproof.registry.flows.enrol_staff import staff_of
from lineproof.registry.flows.log import LogWriter, SaltOwner
from lineproof.registry.flows.verify_holder import verified_holder
from lineproof.registry.models.choices import Retention
from lineproof.terms import CorrectionId, HolderId, LineId, StaffName, StaffRole
from lineproof.transparency.entry import EntryKind, Stage

_REFERENCE = "courtorder.sealed_reference"


def report_used_by_another(
    services: Services, line: LineId, *, source: Source, now: datetime
) -> CorrectionId:
    """Have a line corrected because somebody else uses it, as its holder or a court says.

    Raises NotPermitted when nobody was verified, or the line is not theirs, and for an agent who has read an
    earlier order about it; NotFound for an unknown agent, or a line that nobody holds; Conflict where this
    was said of it before, since its holder holds it, and is being corrected, was by the same order, or ended
    so lately that its end can still be appealed; and where it is registered for a minor, unless the holder
    says that somebody else uses it; and on the word of who signs for an organisation.
    """
    with transaction.atomic():
        custody = _custody_on_word_of(services, line, source, now=now)  # 1
        holder, policy = HolderId(custody.holder_id), services.policy
        earlier = _said_before(services, custody)
        term, calendar = policy.clocks.appeal_open, policy.calendar
        refuse_said_before(source, earlier, term=term, calendar=calendar, now=now)
        with LogWriter(services, SaltOwner(holder, Retention.IDENTITY), now=now) as log:
            record: dict[str, object] = {"line": str(line), "holder": str(holder)}
            match source:  # 2
                case WordOfHolder():
                    who, by = WhoSaidSo.HOLDER, []
                case OrderOfCourt():
                    who, by = WhoSaidSo.COURT, [staff_of(source.seen_by, StaffRole.AGENT).name]
                    record["reference"] = source.reference.text
                case _ as never:
                    assert_never(never)
            log.enter(EntryKind.USED_BY_ANOTHER_REPORTED, record, stage=Stage.ENDED, outcome=who.value, by=by)
            correction = open_correction(custody.line, Cause.USED_BY_ANOTHER, log, again=True)  # 3
            assert correction is not None  # somebody holds the line, and nothing of it is open
            if isinstance(source, OrderOfCourt):
                _keep_order(services, correction, source, now=now)
    finish(services, now=now)  # 4
    return CorrectionId(correction.id)


def _custody_on_word_of(services: Services, line: LineId, source: Source, *, now: datetime) -> models.Custody:
    held = models.Custody.objects.filter(line=line, until=None, disowned_at=None).select_related("line")
    if isinstance(source, WordOfHolder):
        custody = held.filter(holder=verified_holder(services, source.session, now=now)).first()
        if custody is None:
            raise NotPermitted(
                "That line is not in the name of who was verified here.",
                remedy="Only its holder, or a court, can say this of it.",
            )
        if custody.for_minor and not source.besides_minor:
            raise Conflict(
                "That line is registered for a minor, who may use it.",
                remedy="If it is somebody else who uses it, have its holder say so.",
            )
        if custody.organisation_id is not None:
            raise Conflict(
                "That line is registered for an organisation, whose people may use it.",
                remedy="Its signatory can give it up, or transfer it to who uses it.",
            )
        return custody
    custody = held.first()
    if custody is None:
        raise NotFound("Nobody holds that line.", remedy="Check the number or account.")
    return custody


def _said_before(services: Services, custody: models.Custody) -> list[SaidBefore]:
    """Read what was said of a line since its holder holds it, and when what came of it ended."""
    rows = earlier_of_cause(custody, Cause.USED_BY_ANOTHER).prefetch_related("steps")
    return [SaidBefore(_ended_at(row), _order_of(services, row)) for row in rows]


def _ended_at(row: models.Correction) -> datetime | None:
    """Give when a correction ended; of one that ended the line, which was taken back since, when it did."""
    if row.state != CorrectionState.TERMINATED.value:
        return row.ended_at
    return row.steps.get(step=Step.TERMINATE.value).done_at


def _order_of(services: Services, row: models.Correction) -> OrderOfCourt | None:
    order = models.CourtOrder.objects.filter(correction=row).select_related("seen_by").first()
    if order is None:
        return None
    value = personal.unseal(
        services.keys,
        bytes(order.sealed_reference),
        subject=row.holder_id,
        retention=Retention.IDENTITY,
        place=_REFERENCE,
    )
    return OrderOfCourt(CourtReference(value["reference"] or ""), StaffName(order.seen_by.name))


def _keep_order(
    services: Services, correction: models.Correction, order: OrderOfCourt, *, now: datetime
) -> None:
    models.CourtOrder.objects.create(
        correction=correction,
        sealed_reference=personal.seal(
            services.keys,
            {"reference": order.reference.text},
            subject=correction.holder_id,
            retention=Retention.IDENTITY,
            place=_REFERENCE,
        ),
        seen_by=staff_of(order.seen_by, StaffRole.AGENT),
        seen_at=now,
    )
