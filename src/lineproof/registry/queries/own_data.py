"""Everything that the record holds on a holder, in plain form, for them to take away.

What it says is docs/own-data.md. Not in it: keys, indexes, digests and pseudonyms, which say nothing to a
person and would let others find them; the names of staff; and what is another person's: of a transfer the
other party, of a line who holds it now.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import TypeAlias

from django.db.models import Model, Q, QuerySet

from lineproof.errors import Erased, NotFound, NotPermitted
from lineproof.ports import KeyService
from lineproof.registry import models
from lineproof.registry.models.choices import Retention
from lineproof.registry.personal import Json as Sealed
from lineproof.registry.personal import unseal
from lineproof.registry.queries.notices import unseal_address
from lineproof.registry.sealed_organisation import read_organisation
from lineproof.terms import HolderId, SessionId

Json: TypeAlias = "str | int | bool | list[Json] | dict[str, Json] | None"
FORM = "lineproof own data v1"
# By the names of tables: what a section is about. A table that leads to a holder and is in neither list fails
# tests/flows/test_own_data.py.
TOLD = frozenset(
    {
        *("Holder", "DocumentBinding", "HolderVerification", "Decision", "DecisionReason", "EvidenceOpening"),
        *("Custody", "Line", "Organisation", "TermsAccepted", "Dispute", "Transfer", "SimReplacement"),
        *("Porting", "Hold", "Correction", "CorrectionStep", "Appeal", "Notice", "NoticeDelivery"),
        *("ContactPoint", "HolderPasskey", "PageLink", "SignIn", "SecondLook", "CaseParty", "Case"),
    }
)
NOT_TOLD = {
    "DisputeStatement": "what whoever uses a line said is theirs",
    "Vouching": "which member of staff vouched: names of staff",
    "CorrectionExtension": "on which ground a time was made longer: sealed, for the office",
    "CourtOrder": "a court's reference: of the court",
    "Order": "what the network was told: the state of the line says what came of it",
    "OrderDone": "the same",
    "ImportedLine": "where in an operator's file a line stood",
    "CaseOpinion": "what each of two reviewers said: decided together, as the decision tells it",
    "CaseEvidence": "where photographs lie: sealed, for the people who decide",
    "DecisionFinding": "findings by name: the reasons say the same in words",
}


def read_own_data(keys: KeyService, holder: HolderId, *, now: datetime) -> dict[str, Json]:
    """Read all of it; NotFound where there is no such holder, or their identity was erased."""
    row = models.Holder.objects.filter(id=holder, sealed_identity__isnull=False).first()
    if row is None:
        raise NotFound("There is no such holder, or what is known of them was erased.")
    transfers = models.Transfer.objects.filter(Q(giver=holder) | Q(receiver=holder))
    custodies = list(row.custodies.select_related("line", "organisation").order_by("since", "id"))
    return {
        "form": FORM,
        "made_at": now.isoformat(),
        "identity": _plain(keys, row, row.sealed_identity, Retention.IDENTITY, "holder.sealed_identity"),
        "known_since": row.created_at.isoformat(),
        "documents": [_document(keys, row, each) for each in row.bindings.order_by("bound_at")],
        "verifications": [_verification(each) for each in row.verifications.order_by("verified_at")],
        "lines": [_line(keys, row, each) for each in custodies],
        "terms_accepted": _list(row.terms_accepted.order_by("accepted_at"), "version", "accepted_at"),
        "transfers": [
            {"you": "gave" if each.giver_id == holder else "received", **_fields(each, *_TRANSFER)}
            for each in transfers.order_by("offered_at")
        ],
        "corrections": [_correction(each) for each in row.corrections.order_by("found_at")],
        "appeals": _appeals(row),
        "cases": [
            _fields(each.case, "kind", "state", "opened_at", "due_at", "decided_at")
            for each in row.cases.select_related("case")
        ],
        "notices": [_notice(each) for each in row.notices.order_by("given_at", "id")],
        "addresses": [_address(keys, each) for each in row.contact_points.order_by("added_at")],
        "passkeys": _list(models.HolderPasskey.objects.filter(holder=row), "made_at", "used_at"),
        "links": _list(models.PageLink.objects.filter(holder=row), "expires_at", "used_at"),
        "codes": _list(models.SignIn.objects.filter(holder=row), "asked_at", "used_at"),
    }


_TRANSFER = (
    *("state", "outcome", "terms_version", "offered_at", "accept_by", "accepted_at", "complete_at"),
    *("registered_until", "ended_at"),
)


def read_openings(holder: HolderId) -> tuple[datetime, ...]:
    """Read when people opened photographs by which a holder was verified, the latest first."""
    sessions = models.HolderVerification.objects.filter(holder=holder).values("session")
    openings = models.EvidenceOpening.objects.filter(case__decision__session__in=sessions)
    return tuple(openings.order_by("-opened_at").values_list("opened_at", flat=True))


def _document(keys: KeyService, holder: models.Holder, row: models.DocumentBinding) -> dict[str, Json]:
    return {
        **_plain(keys, holder, row.sealed_document, Retention.IDENTITY, "documentbinding.sealed_document"),
        **_fields(row, "issuer", "kind", "contested", "bound_at", "ended_at"),
    }


def _verification(row: models.HolderVerification) -> dict[str, Json]:
    """Tell one verification, what was decided in its session, and who looked at its photographs when."""
    session = SessionId(row.session)
    decisions = models.Decision.objects.filter(session=session).order_by("decided_at")
    openings = models.EvidenceOpening.objects.filter(case__decision__session=session)
    return {
        **_fields(row, "verified_at", "registered_until"),
        "decisions": [
            {
                **_fields(each, "way", "outcome", "policy", "people", "decided_at"),
                "reasons": list(each.reasons.order_by("id").values_list("code", flat=True)),
            }
            for each in decisions
        ],
        "photographs_opened_at": [_value(each.opened_at) for each in openings.order_by("opened_at")],
    }


def _line(keys: KeyService, holder: models.Holder, custody: models.Custody) -> dict[str, Json]:
    """Tell one line, as long as it was the holder's; its number where it is sealed under their key."""
    line = custody.line
    own = _plain(keys, holder, line.sealed_identifier, Retention.LINE, "line.sealed_identifier")
    portings = line.portings.filter(asked_at__gte=custody.since)
    if custody.until is not None:
        portings = portings.filter(asked_at__lte=custody.until)
    organisation = None if custody.organisation is None else read_organisation(keys, custody.organisation)
    return {
        "kind": line.kind,
        "state": line.state if custody.until is None else None,
        "origin": line.origin,
        "number_or_account": own.get("identifier"),
        "sim_or_address": own.get("detail"),
        **_fields(custody, "since", "until", "disowned_at", "registered_until", "for_minor"),
        "organisation": None if organisation is None else organisation.name,
        "disputes": _list(
            custody.disputes.order_by("opened_at"), "kind", "state", "opened_at", "due_at", "ended_at"
        ),
        "other_sims": _list(
            models.SimReplacement.objects.filter(custody=custody), "state", "asked_at", "due_at", "ended_at"
        ),
        "portings": _list(portings, "state", "other_operator", "asked_at", "ended_at"),
        "holds": _list(line.holds.all(), "kind", "since", "until") if custody.until is None else [],
        "second_looks": _list(custody.second_looks.all(), "procedure", "state", "drawn_at", "ended_at"),
    }


def _correction(row: models.Correction) -> dict[str, Json]:
    told = _fields(row, "cause", "state", "found_at", "noticed_at", "step", "due_at", "ended_at")
    return {**told, "steps": _list(row.steps.order_by("done_at"), "step", "done_at")}


def _appeals(row: models.Holder) -> list[Json]:
    disputes = models.Dispute.objects.filter(custody__holder=row)
    cases = models.Case.objects.filter(decision__session__in=row.verifications.values("session"))
    about = Q(about__in=disputes.values("id")) | Q(about__in=row.corrections.values("id"))
    appeals = models.Appeal.objects.filter(about | Q(about__in=cases.values("id"))).order_by("opened_at")
    return _list(appeals, "kind", "state", "reason", "opened_at", "due_at", "decided_at")


def _notice(row: models.Notice) -> dict[str, Json]:
    deliveries = row.deliveries.order_by("attempted_at", "id")
    return {
        **_fields(row, "kind", "given_at", "deadline", "state"),
        "attempts": _list(deliveries, "channel", "attempted_at", "accepted"),
    }


def _address(keys: KeyService, row: models.ContactPoint) -> dict[str, Json]:
    try:
        address: str | None = unseal_address(keys, row).text
    except Erased:
        address = None
    return {"address": address, **_fields(row, "channel", "language", "added_at", "removed_at")}


def _plain(
    keys: KeyService,
    holder: models.Holder,
    sealed: bytes | memoryview | None,
    retention: Retention,
    place: str,
) -> dict[str, Json]:
    """Open what is sealed under a holder's key; nothing where it is another's, or was erased."""
    if sealed is None:
        return {}
    try:
        value: Sealed = unseal(keys, bytes(sealed), subject=holder.id, retention=retention, place=place)
    except (Erased, NotPermitted):
        return {}
    return dict(value)


def _list(rows: "QuerySet[Model] | Iterable[Model]", *names: str) -> list[Json]:
    return [_fields(row, *names) for row in rows]


def _fields(row: Model, *names: str) -> dict[str, Json]:
    return {name: _value(getattr(row, name)) for name in names}


def _value(value: object) -> Json:
    match value:
        case datetime():
            return value.isoformat()
        case None | str() | int() | bool():
            return value
        case _:
            return str(value)
