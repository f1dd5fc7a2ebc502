"""What the key process is asked, and what it answers: one datagram of JSON each way, over one socket.

A question: {"ask": name, ...}. An answer: {"gives": ...}, or {"error": kind, "what": ..., "remedy": ...,
"retry_after_s": ...} of the kinds in errors.py. Bytes are hexadecimal, moments whole seconds since 1970. With
the answer about a keeper comes the socket for its jobs.
"""

import json
import socket
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from lineproof import errors
from lineproof.booth.keepers import RunningKeeper
from lineproof.errors import LineproofError, Malformed, Unavailable
from lineproof.ports import Confinement, Epoch, Workshop
from lineproof.referral import Opening, OpeningOffer, ReviewTerms
from lineproof.terms import CaseId, SessionId

MOST_BYTES = 128 * 1024
_KINDS = {
    kind.__name__: kind
    for kind in (
        *(errors.Malformed, errors.NotPermitted, errors.NotFound, errors.Erased),
        *(errors.Conflict, errors.TooMany, errors.Unavailable),
    )
}

Fields = Mapping[str, Any]


def write(end: socket.socket, fields: Fields, *descriptors: int) -> None:
    """Send one message, with descriptors. Unavailable when the other side is gone."""
    try:
        socket.send_fds(end, [json.dumps(fields).encode()], descriptors)
    except OSError as error:
        raise gone() from error


def read(end: socket.socket) -> tuple[Fields, list[int]]:
    """Receive one message, with at most one descriptor. Unavailable when the other side is gone."""
    try:
        content, descriptors, _, _ = socket.recv_fds(end, MOST_BYTES, 1)
    except OSError as error:
        raise gone() from error
    if not content:
        raise gone()
    return parse(content), descriptors


def parse(content: bytes) -> Fields:
    """Read the JSON of a message; Malformed for anything else, a longer message's beginning among it."""
    try:
        fields = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Malformed("Not a message.") from error
    if not isinstance(fields, dict):
        raise Malformed("Not a message.")
    return fields


def error_of(fields: Fields) -> LineproofError | None:
    """Give the error that an answer tells of, or None for one that tells of none."""
    if "error" not in fields:
        return None
    kind = _KINDS.get(fields["error"], Unavailable)
    return kind(fields["what"], remedy=fields["remedy"], retry_after_s=fields["retry_after_s"])


def given(answer: Fields) -> Fields:
    """Give what an answer gives; raises the error that it tells of."""
    error = error_of(answer)
    if error is not None:
        raise error
    gives: Fields = answer["gives"]
    return gives


def fields_of(error: LineproofError) -> Fields:
    """Write an error; a kind that callers do not know goes as the nearest that they do."""
    kind = next(each.__name__ for each in type(error).__mro__ if each.__name__ in _KINDS)
    return {"error": kind, "what": error.what, "remedy": error.remedy, "retry_after_s": error.retry_after_s}


def keeper_fields(keeper: RunningKeeper) -> Fields:
    """Write what is said of a keeper; its socket goes beside."""
    return {
        "public_key": keeper.epoch.public_key.hex(),
        "ends_at": _seconds(keeper.epoch.ends_at),
        "models_digest": keeper.workshop.models_digest,
        "confinement": keeper.workshop.confinement.value,
        "seals_until": keeper.seals_until,
    }


def keeper_of(fields: Fields, control: socket.socket) -> RunningKeeper:
    """Read what `keeper_fields` wrote."""
    return RunningKeeper(
        control,
        Epoch(bytes.fromhex(fields["public_key"]), moment(fields["ends_at"])),
        Workshop(fields["models_digest"], Confinement(fields["confinement"])),
        seals_until=fields["seals_until"],
    )


def offer_fields(offer: OpeningOffer) -> Fields:
    """Write an offer."""
    return {
        "case": str(offer.case),
        "opening": offer.opening.hex(),
        "expires_at": _seconds(offer.expires_at),
    }


def offer_of(fields: Fields) -> OpeningOffer:
    """Read what `offer_fields` wrote."""
    return OpeningOffer(
        CaseId(UUID(fields["case"])), bytes.fromhex(fields["opening"]), moment(fields["expires_at"])
    )


def opening_fields(opening: Opening) -> Fields:
    """Write an opening."""
    terms = opening.terms
    return {
        "session": str(terms.session),
        "opening": terms.opening.hex(),
        "browser_key": terms.browser_key.hex(),
        "expires_at": _seconds(terms.expires_at),
        "epoch_key": terms.epoch_key.hex(),
        "sealed_key": opening.sealed_key.hex(),
    }


def opening_of(fields: Fields) -> Opening:
    """Read what `opening_fields` wrote."""
    terms = ReviewTerms(
        SessionId(UUID(fields["session"])),
        bytes.fromhex(fields["opening"]),
        bytes.fromhex(fields["browser_key"]),
        moment(fields["expires_at"]),
        bytes.fromhex(fields["epoch_key"]),
    )
    return Opening(terms, bytes.fromhex(fields["sealed_key"]))


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


def session_of(fields: Fields) -> SessionId:
    """Read the session of a question; ValueError for what is none."""
    return SessionId(UUID(fields["session"]))


def moment(seconds: int) -> datetime:
    """Read a moment, UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def gone() -> Unavailable:
    """Say that the key process does not answer."""
    return Unavailable(
        "The process that keeps the keys of cases is gone.",
        remedy="Start the server again; nothing was changed.",
    )
