"""Receipts for the party of a decision or a line: its entry is in the published log, and of this record."""

from collections.abc import Iterable
from uuid import UUID

from lineproof.errors import Conflict, Malformed, NotFound, NotPermitted, Unavailable
from lineproof.ports import Services
from lineproof.registry.models import EntryPlace
from lineproof.registry.models.choices import Retention
from lineproof.registry.personal import unseal
from lineproof.registry.queries.log import read_bodies, read_given_origin
from lineproof.registry.queries.log_keys import read_log_keys
from lineproof.registry.queries.published import make_receipt, read_published
from lineproof.transparency.note import ED25519, open_note
from lineproof.transparency.proof import parse_receipt
from lineproof.transparency.receipt_file import PartyReceipt


def read_receipt(services: Services, about: UUID) -> PartyReceipt:
    """Make the receipt of a decision or a line, by its id, for its holder.

    Raises NotFound where there is no such decision or line, where its party's data were erased, or where it
    is not published yet; and what `make_receipt` raises.
    """
    place = EntryPlace.objects.filter(about=about).first()
    if place is None:
        raise NotFound(
            "There is no such decision or line, or the data that its receipt would show were erased."
        )
    receipt = make_receipt(services, place.position)
    signed = open_note(
        parse_receipt(receipt).checkpoint,
        [one.key for one in read_log_keys(services.keys, read_given_origin())],
    )
    opening = unseal(
        services.keys,
        bytes(place.sealed_opening),
        subject=place.subject,
        retention=Retention(place.retention),
        place="entryplace.sealed_opening",
    )
    (entry,) = read_bodies(place.position, place.position + 1)
    return PartyReceipt(
        receipt,
        entry,
        bytes.fromhex(opening["salt"] or ""),
        (opening["record"] or "").encode(),
        next(key for key in signed.signed_by if key.algorithm == ED25519),
    )


def published_among(services: Services, about: Iterable[UUID]) -> frozenset[UUID]:
    """Give those decisions and lines of which a receipt can be made now.

    None where nothing is published, or where that is not in order: it is for the publisher to tell, and keeps
    nobody from their page.
    """
    tiles = services.tiles
    try:
        published = None if tiles is None else read_published(tiles, services.keys)
    except (Conflict, Malformed, NotPermitted, Unavailable):
        return frozenset()
    if published is None:
        return frozenset()
    places = EntryPlace.objects.filter(about__in=list(about), position__lt=published.checkpoint.size)
    return frozenset(places.values_list("about", flat=True))
