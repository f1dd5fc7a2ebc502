"""Sign a holder in by a code: their line gets it, and they know the number of the document that is theirs.

Ask for a code, in one transaction:
    1. read how often it was asked for, for this line with this document, and from this network address
    2. find whose the line is: it takes messages, its holder has not said that it is not theirs, and no hold
       that follows another SIM is on it; and whether this document is theirs, bound to nobody else
    3. enter the asking, with a code where both are so, and rid the record of those of an hour ago
    4. the caller sends the message, if there is one, and answers the same if there is none
Enter the code, in one transaction:
    5. of the asking that this browser began, in time, not used, and not tried too often; the try is counted
    6. right: it is used up; what stands on the pages has reached their holder; entry

Whether a line is registered, and whose, nobody learns by asking. Who has stolen a phone has the line, and
needs the document's number as well.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from lineproof.errors import NotPermitted
from lineproof.line.delivery import TAKES_MESSAGES
from lineproof.line.hold import HoldKind, held_until
from lineproof.line.sign_in import (
    CODE_DIGITS,
    COUNTED_FOR,
    GOOD_FOR,
    MOST_TRIES,
    PER_ADDRESS,
    PER_HOLDER,
    DocumentNumber,
    refuse_too_many,
)
from lineproof.line.state import LineState
from lineproof.ports import Services
from lineproof.registry.blind_index import document_index, line_index
from lineproof.registry.flows.deliver_notices import open_page
from lineproof.registry.flows.log import LogWriter, SaltOwner
from lineproof.registry.models import Custody, DocumentBinding, SignIn
from lineproof.registry.models.choices import Retention
from lineproof.registry.queries.holds import read_holds
from lineproof.terms import HolderId, LineId, LineKind, Msisdn
from lineproof.transparency.entry import EntryKind, Stage

_PAIR, _ADDRESS, _CODE = "sign-in pair v1", "sign-in address v1", "sign-in code v1"


@dataclass(frozen=True, slots=True)
class Asked:
    """An asking for a code. id: for the browser that asked. code: to be sent to the line; None: to nobody."""

    id: UUID
    code: str | None


class WrongCode(NotPermitted):
    """Another code was entered than the one that was sent. tries_left: how often it can be tried again."""

    def __init__(self, tries_left: int) -> None:
        remedy = "Look at the newest message."
        if not tries_left:
            remedy = "Ask for another one."
        super().__init__("That is not the code that was sent.", remedy=remedy)
        self.tries_left = tries_left


def ask_for_code(
    services: Services, line: Msisdn, document: DocumentNumber, *, address: str, now: datetime
) -> Asked:
    """Enter that somebody asked for a code, and give it where line and document belong together.

    address: the network address that asked; "" where it says nothing, as behind a relay of the operator's.
    TooMany where it was asked for too often. Send the code to the line, and nowhere else.
    """
    keys = services.keys
    pair = keys.mac(f"{line.text}|{document.text}".encode(), purpose=_PAIR)
    origin = keys.mac(address.encode(), purpose=_ADDRESS) if address else None
    with transaction.atomic():
        _refuse_too_many(pair, origin, now)  # 1
        holder = _holder_of(services, line, document, now)  # 2
        forget_sign_ins(now=now)  # 3
        row = SignIn(pair_mac=pair, address_mac=origin, asked_at=now)
        code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
        mac = _code_mac(services, row.id, code)
        if holder is not None:
            row.holder_id, row.code_mac = holder, mac
        row.save(force_insert=True)
    return Asked(row.id, None if holder is None else code)


def enter_code(services: Services, asked: UUID, code: str, *, now: datetime) -> HolderId:
    """Use up a code and give whose pages it opens.

    code: its digits, as `parse_code` gives them. Raises WrongCode where it is not the one that was sent, and
    NotPermitted where no code opens anything any more.
    """
    with transaction.atomic():
        row = SignIn.objects.filter(id=asked).first()  # 5
        if (
            row is None
            or row.used_at is not None
            or now >= row.asked_at + GOOD_FOR
            or row.tries >= MOST_TRIES
        ):
            raise NotPermitted(
                "That code opens nothing any more: a code is good for ten minutes, once, and for five tries.",
                remedy="Ask for another one.",
            )
        row.tries += 1
        expected = None if row.code_mac is None else bytes(row.code_mac)
        right = secrets.compare_digest(_code_mac(services, row.id, code), expected or bytes(32))
        row.used_at = now if right else None
        row.save(update_fields=["tries", "used_at"])
        if right and row.holder_id is not None:  # 6
            holder = HolderId(row.holder_id)
            open_page(services, holder, now=now)
            with LogWriter(services, SaltOwner(holder, Retention.IDENTITY), now=now) as log:
                log.enter(EntryKind.SIGNED_IN, {"holder": str(holder)}, stage=Stage.ENDED, outcome="code")
            return holder
    raise WrongCode(MOST_TRIES - row.tries)


def forget_sign_ins(*, now: datetime) -> int:
    """Forget who asked for codes an hour ago, and give how many."""
    return SignIn.objects.filter(asked_at__lte=now - COUNTED_FOR).delete()[0]


def _refuse_too_many(pair: bytes, origin: bytes | None, now: datetime) -> None:
    of_pair = SignIn.objects.filter(pair_mac=pair).values_list("asked_at", flat=True)
    refuse_too_many(list(of_pair), most=PER_HOLDER, now=now)
    if origin is not None:
        of_address = SignIn.objects.filter(address_mac=origin).values_list("asked_at", flat=True)
        refuse_too_many(list(of_address), most=PER_ADDRESS, now=now)


def _holder_of(services: Services, line: Msisdn, document: DocumentNumber, now: datetime) -> HolderId | None:
    """Give who holds the line and has this document; None where it is not so, whatever is not."""
    index = line_index(services.keys, kind=LineKind.MOBILE.value, identifier=line.text)
    custodies = Custody.objects.filter(index.matches("line__identifier_index"), until=None, disowned_at=None)
    custody = custodies.select_related("line").first()
    if custody is None or LineState(custody.line.state) not in TAKES_MESSAGES:
        return None
    holds = read_holds(LineId(custody.line_id))
    if held_until(holds, HoldKind.HIGH_RISK_ANSWERS, now=now) is not None:
        return None
    bindings = DocumentBinding.objects.filter(holder=custody.holder_id, ended_at=None, contested=False)
    # What issuer and kind it has, a holder need not know: theirs are few.
    for binding in bindings:
        found = document_index(services.keys, issuer=binding.issuer, kind=binding.kind, number=document.text)
        if bindings.filter(found.matches("blind_index"), id=binding.id).exists():
            return HolderId(custody.holder_id)
    return None


def _code_mac(services: Services, asked: UUID, code: str) -> bytes:
    return services.keys.mac(asked.bytes + code.encode(), purpose=_CODE)
