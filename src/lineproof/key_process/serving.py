"""The key process: starts the keepers, keeps the keys of cases, and opens one only into the booth.

Started by exec before anything else of a server, and asked over one socket. It knows the keepers' keys, since
it started them, so a content key that it gives out opens in a worker of the booth and nowhere else. Whoever
asks can have keys made, tried, and given up; and, by a reviewer's passkey, photographs opened for one
browser: the passkey is verified here, the entry written here, before the key is used. No question takes a
key out. A key is used in a process of its own, which ends (apart.py): nothing of it is left here.

It ends when nobody holds the other end of its socket.
"""

import contextlib
import secrets
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey

from lineproof.booth import confine
from lineproof.booth.keeper_terms import Terms
from lineproof.booth.keepers import OwnKeepers
from lineproof.errors import LineproofError, Malformed, NotPermitted, TooMany, Unavailable
from lineproof.key_process import messages
from lineproof.key_process.messages import Fields
from lineproof.ports import Services
from lineproof.referral import (
    OPENING_BYTES,
    CaseKeyVault,
    OpeningOffer,
    OpeningRequest,
    PasskeyEnrolment,
)
from lineproof.terms import CaseId

OFFER_LASTS = timedelta(minutes=2)
MOST_OFFERS = 1000
SETTLE_SECONDS = 10.0
RENEW_SECONDS = 5.0
_POINT_BYTES = 65


def main() -> None:
    """Start the first keeper, then open the record, say that both are there, and answer until the end."""
    from lineproof import wiring
    from lineproof.decision.policy import shipped_policy

    end = socket.socket(fileno=int(sys.argv[1]))
    confine.shut_to_debuggers()
    for number in (signal.SIGINT, signal.SIGHUP):  # meant for the program; its end ends us
        signal.signal(number, signal.SIG_IGN)
    keepers = OwnKeepers(Terms.of(sys.argv[2]))
    try:
        keepers.start()  # before anything is opened: it inherits nothing
        services, vault = wiring.open_record_with_case_keys(
            Path(sys.argv[3]), policy=shipped_policy("generic")
        )
    except LineproofError as error:
        keepers.close()
        messages.write(end, messages.fields_of(error))
        return
    process = KeyServing(end, keepers, services, vault)
    try:
        process.serve()
    finally:
        keepers.close()


class KeyServing:
    """Answers questions, one at a time."""

    def __init__(
        self, end: socket.socket, keepers: OwnKeepers, services: Services, vault: CaseKeyVault
    ) -> None:
        """Take the socket of questions, started keepers, and the record with the keys of its cases."""
        self._end, self._keepers = end, keepers
        self._services, self._vault = services, vault
        self._offers: dict[bytes, OpeningOffer] = {}
        self._settled_at = 0.0
        self._answers: dict[str, Callable[[Fields], Fields]] = {
            "make": self._make,
            "check": self._check,
            "settle": self._settle,
            "offer": self._offer,
            "open": self._open,
            "invitation": self._invitation,
            "enrol": self._enrol,
        }

    def serve(self) -> None:
        """Say which keeper is there, then answer; between questions, destroy what is due."""
        threading.Thread(target=self._keep_renewed, daemon=True).start()
        self._tell_keeper()
        self._end.settimeout(SETTLE_SECONDS)
        while True:
            try:
                question = self._end.recv(messages.MOST_BYTES)
            except TimeoutError:
                self._settle_due()
                continue
            except OSError:
                return
            if not question:
                return
            self._end.settimeout(None)
            self._answer(question)
            self._end.settimeout(SETTLE_SECONDS)
            if time.monotonic() - self._settled_at > SETTLE_SECONDS:
                self._settle_due()

    def _answer(self, question: bytes) -> None:
        try:
            fields = messages.parse(question)
            if fields.get("ask") == "keeper":
                self._tell_keeper()
                return
            answer: Fields = {"gives": self._answers[fields["ask"]](fields)}
        except LineproofError as error:
            answer = messages.fields_of(error)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            answer = messages.fields_of(Malformed(f"Not a question: {type(error).__name__}."))
        except Exception:  # noqa: BLE001 -- the top of a question: the booth must outlive a full disk
            answer = messages.fields_of(Unavailable("This could not be done now.", remedy="Try again."))
        with contextlib.suppress(Unavailable):  # who asked is gone; the next to read says so
            messages.write(self._end, answer)

    def _tell_keeper(self) -> None:
        try:
            keeper = self._keepers.present()
        except LineproofError as error:
            messages.write(self._end, messages.fields_of(error))
            return
        messages.write(self._end, {"gives": messages.keeper_fields(keeper)}, keeper.control.fileno())

    def _make(self, fields: Fields) -> Fields:
        key = self._vault.make(messages.session_of(fields), now=_now())
        return {"name": key.name, "public_key": key.public_key.hex()}

    def _check(self, fields: Fields) -> Fields:
        self._vault.check(
            fields["name"], bytes.fromhex(fields["wrapped"]), session=messages.session_of(fields)
        )
        return {}

    def _settle(self, fields: Fields) -> Fields:
        self._vault.settle(fields["name"])
        return {}

    def _offer(self, fields: Fields) -> Fields:
        from lineproof.registry.queries.evidence import kept_until

        now = _now()
        case = CaseId(UUID(fields["case"]))
        kept_until(case, now=now)
        self._offers = {nonce: offer for nonce, offer in self._offers.items() if offer.expires_at > now}
        if len(self._offers) >= MOST_OFFERS:
            raise TooMany(
                "Too many openings are offered at once.",
                remedy="Try again in two minutes.",
                retry_after_s=120,
            )
        offer = OpeningOffer(case, secrets.token_bytes(OPENING_BYTES), now + OFFER_LASTS)
        self._offers[offer.opening] = offer
        return messages.offer_fields(offer)

    def _open(self, fields: Fields) -> Fields:
        from lineproof.registry.flows.open_evidence import open_evidence

        now = _now()
        request = OpeningRequest(
            CaseId(UUID(fields["case"])),
            bytes.fromhex(fields["opening"]),
            bytes.fromhex(fields["browser_key"]),
            _text(fields["assertion"]),
            _text(fields["origin"]),
        )
        _check_point(request.browser_key)
        offer = self._offers.pop(request.opening, None)
        if offer is None or offer.case != request.case or offer.expires_at <= now:
            raise NotPermitted(
                "This offer to open is over, or was used.", remedy="Open the photographs again."
            )
        epoch = self._keepers.present().epoch
        opening = open_evidence(self._services, self._vault, offer, request, epoch, now=now)
        return messages.opening_fields(opening)

    def _invitation(self, fields: Fields) -> Fields:
        from lineproof.registry.flows.enrol_passkey import invitation

        given = invitation(_text(fields["token"]), now=_now())
        return {"name": given.name.text, "challenge": given.challenge.hex()}

    def _enrol(self, fields: Fields) -> Fields:
        from lineproof.registry.flows.enrol_passkey import enrol_passkey

        enrolment = PasskeyEnrolment(
            _text(fields["token"]), _text(fields["attestation"]), _text(fields["origin"])
        )
        return {"name": enrol_passkey(self._services, enrolment, now=_now()).text}

    def _settle_due(self) -> None:
        from lineproof.registry.flows.settle_evidence import settle_evidence

        self._settled_at = time.monotonic()
        # The top of this work: what cannot be done now is due the next time, and `erase --due` says why.
        with contextlib.suppress(Exception):
            settle_evidence(self._services, self._vault, now=_now())

    def _keep_renewed(self) -> None:
        """Start the next keeper when its time comes, so that nobody who asks waits for it."""
        while True:
            time.sleep(RENEW_SECONDS)
            with contextlib.suppress(Unavailable):  # whoever asks next is told
                self._keepers.present()


def _check_point(key: bytes) -> None:
    try:
        EllipticCurvePublicKey.from_encoded_point(SECP256R1(), key)
    except ValueError as error:
        raise Malformed("The browser's key is no point of P-256.", remedy="Load the page again.") from error
    if len(key) != _POINT_BYTES:
        raise Malformed("The browser's key is not uncompressed.", remedy="Load the page again.")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _now() -> datetime:
    return datetime.now(UTC)
