"""What the record has sealed of an organisation, under its own key."""

from uuid import UUID

from lineproof.decision.organisation import Organisation
from lineproof.ports import KeyService
from lineproof.registry import models
from lineproof.registry.models.choices import Retention
from lineproof.registry.personal import seal, unseal

_PLACE = "organisation.sealed_organisation"


def seal_organisation(keys: KeyService, organisation: Organisation, *, subject: UUID) -> bytes:
    """Seal what `read_organisation` reads, for the row of this id."""
    value = {"name": organisation.name, "register": organisation.register, "number": organisation.number}
    return seal(keys, {**value}, subject=subject, retention=Retention.LINE, place=_PLACE)


def read_organisation(keys: KeyService, row: models.Organisation) -> Organisation:
    """Open what a row has sealed; NotPermitted when it does not open where it lies."""
    sealed = bytes(row.sealed_organisation)
    value = unseal(keys, sealed, subject=row.id, retention=Retention.LINE, place=_PLACE)
    return Organisation(value["name"] or "", value["register"] or "", value["number"] or "")
