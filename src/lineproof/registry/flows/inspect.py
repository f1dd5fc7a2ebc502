"""Inspect a random sample of what was done: never people in bulk, and never whom somebody chose.

1. open:     an inspector commits to a nonce, by its SHA-256, entry
2. draw:     once a checkpoint with that entry is published, the nonce is told; from both, the sample, entry
3. disclose: two people together hand over what one entry of the sample is about, with its proof, entry
4. report:   the inspector says of each entry whether the rules were kept; an answer is due, entry
5. answer:   the operator answers each entry of which they were not, entry
6. close:    the inspector closes it, entry

Each is one transaction. What an entry is about is opened from the record: where its party's data were erased,
nothing of it can be, and the inspector says that they cannot tell.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from lineproof.errors import Conflict, Erased, Malformed, NotFound, NotPermitted, Unavailable
from lineproof.line.clock import deadline
from lineproof.line.eyes import Agreed, Vote, add_vote, agreed
from lineproof.line.inspection import (
    InspectionEvent,
    InspectionState,
    Judgement,
    OperatorAnswer,
    next_inspection_state,
)
from lineproof.ports import Services
from lineproof.registry import models
from lineproof.registry.flows.enrol_staff import staff_of
from lineproof.registry.flows.log import LogWriter, SaltOwner
from lineproof.registry.models.choices import Retention
from lineproof.registry.queries.log import read_bodies, read_given_origin
from lineproof.registry.queries.published import read_published
from lineproof.registry.queries.receipts import read_receipt
from lineproof.terms import StaffName, StaffRole
from lineproof.transparency.checkpoint import Checkpoint
from lineproof.transparency.entry import EntryKind, Stage
from lineproof.transparency.receipt_file import PartyReceipt
from lineproof.transparency.sample import MOST_SAMPLED, draw_sample, nonce_commitment, sample_seed

# What is told of a holder or an applicant, and can be opened: see `LogWriter.enter`, about.
INSPECTED = (EntryKind.DECIDED, EntryKind.CASE_DECIDED, EntryKind.LINE_REGISTERED, EntryKind.APPEAL_OPENED)
DISCLOSE = "disclose"


@dataclass(frozen=True, slots=True)
class Sample:
    """What was drawn, in the order drawn: numbers of entries of the log. checkpoint: that seeded it."""

    positions: tuple[int, ...]
    checkpoint: Checkpoint


def open_inspection(
    services: Services,
    inspector: StaffName,
    *,
    kind: EntryKind,
    asked: int,
    commitment: bytes,
    now: datetime,
) -> UUID:
    """Open an inspection of entries of a kind, and give its id.

    asked: how many entries, 1 to 60; no more than one in ten is drawn. commitment: SHA-256 of the inspector's
    nonce. Raises NotFound for no such inspector, Malformed for a kind that nothing can be told of or a count
    or commitment that cannot be one, Conflict for a commitment that was used before.
    """
    if kind not in INSPECTED:
        raise Malformed(
            f"Nothing can be told of entries {kind.value}.",
            remedy=f"Inspect one of: {', '.join(one.value for one in INSPECTED)}.",
        )
    if not 1 <= asked <= MOST_SAMPLED:
        raise Malformed(f"A sample is of 1 to {MOST_SAMPLED} entries, not of {asked}.")
    if len(commitment) != 32:  # noqa: PLR2004 -- SHA-256
        raise Malformed("The commitment is the SHA-256 of the nonce, 32 bytes.")
    inspection = uuid4()
    with transaction.atomic(), LogWriter(services, _party(inspection), now=now) as log:  # 1
        staff = staff_of(inspector, StaffRole.INSPECTOR)
        if models.Inspection.objects.filter(nonce_commitment=commitment).exists():
            raise Conflict("That commitment was used before.", remedy="Draw a fresh nonce.")
        models.Inspection.objects.create(
            id=inspection,
            inspector=staff,
            kind=kind.value,
            asked=asked,
            state=InspectionState.OPEN.value,
            subject=log.subject,
            nonce_commitment=commitment,
            opened_at=now,
        )
        record: dict[str, object] = {
            "inspection": str(inspection),
            "inspector": inspector.text,
            "kind": kind.value,
            "asked": asked,
            "commitment": commitment.hex(),
        }
        log.enter(
            EntryKind.INSPECTION_OPENED,
            record,
            stage=Stage.WAITS_FOR_PARTY,
            outcome=kind.value,
            about=inspection,
        )
    return inspection


def draw_inspected(services: Services, inspection: UUID, nonce: bytes, *, now: datetime) -> Sample:
    """Draw the sample, from the first published checkpoint that has the opening in its log, and the nonce.

    Raises NotPermitted for another nonce than the one committed to, Conflict while no such checkpoint is
    published or the sample was drawn before, Unavailable where this process publishes no log.
    """
    with transaction.atomic():
        row = _row(inspection)
        if nonce_commitment(nonce) != bytes(row.nonce_commitment):
            raise NotPermitted(
                "That is not the nonce that the inspector committed to.",
                remedy="Give the nonce whose SHA-256 was given when the inspection was opened.",
            )
        checkpoint = _seeding_checkpoint(services, inspection)
        population = [at for at, body in enumerate(read_bodies(0, checkpoint.size)) if _is_of(body, row.kind)]
        drawn = draw_sample(sample_seed(checkpoint, nonce), population, row.asked)
        row.nonce, row.log_size = nonce, checkpoint.size  # 2
        _move(row, InspectionEvent.SAMPLE_DRAWN)
        models.InspectedEntry.objects.bulk_create(
            models.InspectedEntry(inspection=row, position=position) for position in drawn
        )
        with _writer(services, row, now) as log:
            record: dict[str, object] = {
                "inspection": str(inspection),
                "nonce": nonce.hex(),
                "size": checkpoint.size,
                "drawn": list(drawn),
            }
            log.enter(EntryKind.SAMPLE_DRAWN, record, stage=Stage.WAITS_FOR_PEOPLE)
    return Sample(drawn, checkpoint)


def disclose(
    services: Services, inspection: UUID, position: int, reviewer: StaffName, *, now: datetime
) -> PartyReceipt | None:
    """Agree to hand over what one entry of the sample is about; the second who agrees gets it, to hand over.

    None while a second is wanted. Raises NotFound for an entry that was not drawn or an unknown reviewer,
    NotPermitted for the same person twice, Conflict where the inspection is at another stage, Erased where
    the party's data were erased, and what `read_receipt` raises.
    """
    with transaction.atomic():
        row, entry = _drawn(inspection, position)
        staff = staff_of(reviewer, StaffRole.REVIEWER)
        question = f"{DISCLOSE} {position}"
        votes = add_vote(_votes(inspection, question), Vote(reviewer, DISCLOSE))
        models.Vote.objects.create(
            about=inspection, question=question, staff=staff, choice=DISCLOSE, given_at=now
        )
        both = agreed(votes)
        if both is None:
            return None
        receipt = _receipt(services, position)
        _note_disclosed(services, row, entry, both, now=now)  # 3
    return receipt


def report_inspection(
    services: Services, inspection: UUID, judgements: Mapping[int, Judgement], *, now: datetime
) -> datetime:
    """Take the inspector's judgement of every entry drawn, and give until when the operator answers.

    Raises Malformed where an entry was left out or was not drawn, or one is judged that was not disclosed and
    is not said to be one that cannot be told; Conflict where it is at another stage.
    """
    with transaction.atomic():
        row = _row(inspection)
        entries = {entry.position: entry for entry in row.entries.all()}
        if judgements.keys() != entries.keys():
            raise Malformed("Every entry drawn is judged, and no other.", remedy="Judge all of the sample.")
        for position, judgement in judgements.items():
            entry = entries[position]
            if entry.disclosed_at is None and judgement is not Judgement.CANNOT_TELL:
                raise Malformed(
                    f"What entry {position} is about was not disclosed.",
                    remedy="Have it disclosed, or say that you cannot tell.",
                )
            entry.judgement = judgement.value
            entry.save(update_fields=["judgement"])
        _move(row, InspectionEvent.REPORTED)  # 4
        wrong = sum(judgement is Judgement.NOT_KEPT for judgement in judgements.values())
        policy = services.policy
        row.due_at = due_at = deadline(now, policy.clocks.inspection_answer, policy.calendar)
        row.save(update_fields=["due_at"])
        with _writer(services, row, now) as log:
            record: dict[str, object] = {
                "inspection": str(inspection),
                "judgements": {str(at): judgements[at].value for at in sorted(judgements)},
            }
            outcome = "not_kept" if wrong else "kept"
            stage = Stage.WAITS_FOR_PEOPLE
            log.enter(EntryKind.INSPECTION_REPORTED, record, stage=stage, outcome=outcome, due_at=due_at)
    return due_at


def answer_inspection(
    services: Services,
    inspection: UUID,
    answers: Mapping[int, OperatorAnswer],
    reviewer: StaffName,
    *,
    now: datetime,
) -> None:
    """Answer every entry of which the rules are said not to be kept; with none, that the report was read.

    Raises Malformed where one is left out or another is answered, NotFound for an unknown reviewer, Conflict
    where it is at another stage.
    """
    with transaction.atomic():
        row = _row(inspection)
        staff_of(reviewer, StaffRole.REVIEWER)
        wrong = {entry.position: entry for entry in row.entries.filter(judgement=Judgement.NOT_KEPT.value)}
        if answers.keys() != wrong.keys():
            raise Malformed(
                "Every entry that is said not to keep the rules is answered, and no other.",
                remedy=f"Answer: {', '.join(map(str, sorted(wrong))) or 'none, with no answer'}.",
            )
        for position, answer in answers.items():
            wrong[position].answer = answer.value
            wrong[position].save(update_fields=["answer"])
        _move(row, InspectionEvent.ANSWERED)  # 5
        with _writer(services, row, now) as log:
            record: dict[str, object] = {
                "inspection": str(inspection),
                "answers": {str(at): answers[at].value for at in sorted(answers)},
            }
            log.enter(
                EntryKind.INSPECTION_ANSWERED,
                record,
                stage=Stage.WAITS_FOR_PARTY,
                by=[reviewer.text],
                answers=row.due_at,
            )


def close_inspection(services: Services, inspection: UUID, *, now: datetime) -> None:
    """Close an inspection that is answered, or that was not reported. Conflict where an answer is due."""
    with transaction.atomic():
        row = _row(inspection)
        _move(row, InspectionEvent.CLOSED)  # 6
        with _writer(services, row, now) as log:
            log.enter(EntryKind.INSPECTION_CLOSED, {"inspection": str(inspection)}, stage=Stage.ENDED)


def _seeding_checkpoint(services: Services, inspection: UUID) -> Checkpoint:
    """Give the first checkpoint after the opening, as it was noted when it was published."""
    if services.tiles is None:
        raise Unavailable("This process publishes no log.")
    opened = models.EntryPlace.objects.get(about=inspection).position
    published = read_published(services.tiles, services.keys)
    noted = models.TreeHead.objects.filter(size__gt=opened).order_by("size").first()
    if published is None or noted is None or published.checkpoint.size < noted.size:
        raise Conflict(
            "The opening of the inspection is not published yet.",
            remedy="Publish the log first: lineproof log publish",
        )
    return Checkpoint(read_given_origin(), noted.size, bytes(noted.root_hash))


def _receipt(services: Services, position: int) -> PartyReceipt:
    place = models.EntryPlace.objects.filter(position=position).first()
    if place is None:
        raise Erased(
            f"What entry {position} is about was erased.", remedy="Say of it that it cannot be told."
        )
    return read_receipt(services, place.about)


def _note_disclosed(
    services: Services, row: models.Inspection, entry: models.InspectedEntry, both: Agreed, *, now: datetime
) -> None:
    entry.disclosed_at = now
    entry.first, entry.second = (staff_of(name, StaffRole.REVIEWER) for name in both.by)
    entry.save(update_fields=["disclosed_at", "first", "second"])
    with _writer(services, row, now) as log:
        record: dict[str, object] = {"inspection": str(row.id), "entry": entry.position}
        by = [name.text for name in both.by]
        log.enter(EntryKind.RECORD_DISCLOSED, record, stage=Stage.WAITS_FOR_PEOPLE, by=by)


def _drawn(inspection: UUID, position: int) -> tuple[models.Inspection, models.InspectedEntry]:
    row = _row(inspection)
    entry = row.entries.filter(position=position).first()
    if entry is None:
        raise NotFound(f"Entry {position} is not in the sample.", remedy="Nothing else is disclosed.")
    if row.state != InspectionState.DRAWN.value:
        raise Conflict(f"The inspection is {row.state}.", remedy="Entries are disclosed before the report.")
    return row, entry


def _votes(inspection: UUID, question: str) -> list[Vote]:
    rows = models.Vote.objects.filter(about=inspection, question=question).select_related("staff")
    return [Vote(StaffName(row.staff.name), row.choice) for row in rows.order_by("given_at", "id")]


def _is_of(body: bytes, kind: str) -> bool:
    return bool(json.loads(body)["kind"] == kind)


def _move(row: models.Inspection, event: InspectionEvent) -> None:
    row.state = next_inspection_state(InspectionState(row.state), event).value
    row.save(update_fields=["state", "nonce", "log_size"])


def _party(inspection: UUID) -> SaltOwner:
    return SaltOwner(inspection, Retention.DECISION)


def _writer(services: Services, row: models.Inspection, now: datetime) -> LogWriter:
    return LogWriter(services, _party(row.id), now=now, subject=bytes(row.subject))


def _row(inspection: UUID) -> models.Inspection:
    row = models.Inspection.objects.filter(id=inspection).first()
    if row is None:
        raise NotFound("There is no such inspection.", remedy="List them with: lineproof inspections list")
    return row
