"""Apply for a line in a browser, or show who one is, by photographs of document and face, nobody beside.

Each step is kept here, so that a browser that was killed goes on where it was:
    1. begin: a draft, for the browser's cookie; it leads to no person, and is gone after a day. So many an
       hour at a network address
    2. the line: sealed under a key of the draft's own; who only shows who they are asks for none
    3. the consents: each purpose by itself, with the version of what was shown
    4. the terms: what the photographs of this try are sealed to: a session, a key of the booth, and the nonce
       of a head turn that could be asked for (head_turn.py)
Send what was sealed, once for each try:
    5. one transaction: is it decided already? then nothing more is done. Is it being examined? then later.
       Else it is from now on
    6. register the line, as `register_line` does it, or verify the holder, as `verify_holder` does: it
       decides, and refers
    7. accepted or referred: the draft's key is destroyed, with the line. Not verified: the line stays
    8. it is not being examined any more; after an error it was no try, and the photographs are given again
Again, after a try that was not verified:
    9. while one is left, in a session of its own; what was decided in the last stays on record
Ended, by the applicant or after its time:
    10. its key is destroyed, and the row removed; what was decided stays with the decision
Opened, once who showed who they are was accepted:
    11. one transaction: freshly verified in the draft's session? the row is removed: it opens once. The page
        of the holder is opened, and what they were told there has reached them
"""

import secrets
from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Q

from lineproof.decision.decide import Verdict
from lineproof.errors import Conflict, NotPermitted, TooMany, Unavailable
from lineproof.face.challenge import LEAST_ENTROPY_BYTES, Challenge, draw_challenge
from lineproof.head_turn import AnsweredTurn
from lineproof.line.draft import (
    BEGUN_BY_ADDRESS,
    CONSENTS_VERSION,
    EXAMINED_WITHIN,
    KEPT_FOR,
    MOST_TRIES,
    SHOWN_FOR,
    Goal,
    Purpose,
    purposes_of,
)
from lineproof.line.request import LineRequest
from lineproof.line.sign_in import wait_of
from lineproof.ports import Evidence, Presentation, SealPurpose, SealTerms, Services
from lineproof.registry import models, personal
from lineproof.registry.flows.deliver_notices import open_page
from lineproof.registry.flows.register_line import register_line
from lineproof.registry.flows.verify_holder import verified_holder, verify_holder
from lineproof.registry.models.choices import DecisionOutcome, Retention
from lineproof.registry.queries.drafts import (
    DRAFT_PLACE,
    decision_in,
    find_draft,
    has_consents,
    line_in,
    line_to_json,
)
from lineproof.terms import HolderId, SessionId, Way

FORGOTTEN_AT_ONCE = 100
_OF_TERMS = ("challenge", "epoch_key", "terms_until", "turn_entropy")
_ADDRESS = "address of an application v1"


def takes_photographs(services: Services) -> bool:
    """Tell whether photographs can be examined here, and kept for the people who look at them afterwards.

    A photograph alone is always looked at by people; where none can be kept, nobody could.
    """
    kept_days = services.policy.retention.evidence.days
    return services.examiner.workshop is not None and services.referrals is not None and kept_days > 0


def begin_application(
    services: Services, goal: Goal = Goal.LINE, *, now: datetime, address: str = ""
) -> UUID:
    """Begin an application by face, and give what the browser's cookie names it by.

    address: the network address at which it begins; "" where that says nothing. Unavailable where no
    photographs are taken; TooMany where too many were begun there in the last hour.
    """
    if not takes_photographs(services):
        raise Unavailable(
            "Photographs cannot be examined here now.",
            remedy="Go to any counter with your document: it costs the same, and ends the same.",
        )
    mac = services.keys.mac(address.encode(), purpose=_ADDRESS) if address else None
    with transaction.atomic():
        if mac is not None:
            _refuse_too_many(mac, now)
        row = models.Draft.objects.create(  # 1
            way=Way.FACE.value, goal=goal.value, kept_until=now + KEPT_FOR, begun_at=now, address_mac=mac
        )
    return row.id


def _refuse_too_many(mac: bytes, now: datetime) -> None:
    begun = models.Draft.objects.filter(address_mac=mac, begun_at__isnull=False)
    begun_at = [at for at in begun.values_list("begun_at", flat=True) if at is not None]
    wait = wait_of(begun_at, most=BEGUN_BY_ADDRESS, now=now)
    if wait is not None:
        raise TooMany(
            "Too many applications were begun at this network address in the last hour.",
            remedy="Go on with the one that is open in this browser, come back later, or go to any counter.",
            retry_after_s=wait,
        )


def ask_for_line(services: Services, draft: UUID, request: LineRequest, *, now: datetime) -> None:
    """Say, or say anew, which line is asked for.

    Conflict once photographs were sent, and for who only shows who they are.
    """
    with transaction.atomic():
        row = open_draft(draft, now)
        if Goal(row.goal) is not Goal.LINE:
            raise Conflict(
                "Here you show who you are, and ask for no line.", remedy="Apply for a line apart."
            )
        row.sealed_line = personal.seal(  # 2
            services.keys,
            line_to_json(request),
            subject=row.id,
            retention=Retention.CASE,
            place=DRAFT_PLACE,
        )
        row.save(update_fields=["sealed_line"])


def consent(services: Services, draft: UUID, *, now: datetime) -> None:
    """Note that the applicant consents to every purpose of theirs, as it is worded now.

    Conflict before a line is asked for, and once photographs were sent.
    """
    with transaction.atomic():
        row = open_draft(draft, now)
        goal = Goal(row.goal)
        if goal is Goal.LINE and row.sealed_line is None:
            raise not_so_far()
        for purpose in purposes_of(goal):  # 3
            version = services.policy.terms_version if purpose is Purpose.CONTRACT else CONSENTS_VERSION
            given = {"version": version, "given_at": now}
            models.DraftConsent.objects.update_or_create(draft=row, purpose=purpose.value, defaults=given)


def seal_terms(services: Services, draft: UUID, *, now: datetime) -> SealTerms:
    """Give what the photographs of this try are sealed to.

    They stay the same as long as the booth has its key, and no head turn was begun under them.

    Conflict before consent, and once photographs were examined; Unavailable when no booth is there.
    """
    epoch = services.examiner.epoch()
    with transaction.atomic():
        row = open_draft(draft, now)
        if not has_consents(row, services.policy.terms_version):
            raise not_so_far()
        if row.turn_entropy is None or bytes(row.epoch_key or b"") != epoch.public_key:  # 4
            row.turn_entropy = secrets.token_bytes(LEAST_ENTROPY_BYTES)
            row.challenge, row.epoch_key = challenge_of(row, now=now).nonce, epoch.public_key
            row.terms_until = epoch.ends_at
            row.save(update_fields=_OF_TERMS)
        return _terms_of(row)


def send_evidence(
    services: Services, draft: UUID, sealed: bytes, *, now: datetime, turn: AnsweredTurn | None = None
) -> None:
    """Have what was sealed in the browser examined, and decided: accepted, referred or not verified.

    turn: whose frames follow what was sealed; None for photographs. Sent twice, it is examined once. Raises
    TooMany while it is being examined, Conflict where nothing could be sealed yet, or a turn is not of the
    terms that hold now, and what `register_line` and `verify_holder` raise: then no try was counted.
    """
    row = _claim(draft, services.policy.terms_version, now)  # 5
    if row is None:
        return
    try:
        terms = _terms_of(row)
        if turn is not None and turn.challenge.nonce != terms.challenge:
            raise Conflict(
                "Photographs were begun anew, in another window perhaps.",
                remedy="Load the page again.",
            )
        session = SessionId(row.session)
        evidence = Evidence(terms, sealed, with_capture=True, turn=turn)
        presentation = Presentation(session, Way(row.way), evidence, None)
        verdict = _decide(services, row, presentation, now)  # 6
    finally:
        models.Draft.objects.filter(id=draft).update(examining_since=None)  # 8
    if verdict is not Verdict.NOT_VERIFIED:
        _close(row)  # 7


def open_verified(services: Services, draft: UUID, *, now: datetime) -> tuple[HolderId, SessionId]:
    """Open the page of who showed who they are, once; give them, and the session in which they were verified.

    NotFound where the application is over; NotPermitted where nobody was verified in it, or too long ago.
    """
    with transaction.atomic():  # 11
        row = find_draft(draft, now=now)
        session = SessionId(row.session)
        holder = verified_holder(services, session, now=now)
        if Goal(row.goal) is not Goal.HOLDER:
            raise Conflict("A line was applied for here.", remedy="Sign in to see it.")
        _remove(row)
        open_page(services, holder, now=now)
    personal.forget_residue()
    return holder, session


def try_again(draft: UUID, *, now: datetime) -> None:
    """Begin another try after one that was not verified.

    Conflict where the last try did not end so, or is not sent yet; NotPermitted where none is left.
    """
    with transaction.atomic():
        row = find_draft(draft, now=now)
        decision = decision_in(SessionId(row.session))
        if decision is None or decision.outcome != DecisionOutcome.NOT_VERIFIED.value:
            raise Conflict("There is nothing to be tried again.", remedy="Go on with the application.")
        if row.tries_before + 1 >= MOST_TRIES:
            raise NotPermitted(
                "No try is left with photographs.",
                remedy="Go to any counter with your document: it costs the same, and ends the same.",
            )
        row.tries_before += 1  # 9
        row.session = uuid4()
        row.challenge = row.epoch_key = row.terms_until = row.turn_entropy = None
        row.save(update_fields=["tries_before", "session", *_OF_TERMS])


def end_application(services: Services, draft: UUID, *, now: datetime) -> None:
    """Delete an application at its applicant's wish, and what was sent. TooMany while it is examined."""
    with transaction.atomic():
        row = find_draft(draft, now=now)
        _refuse_while_examined(row, now)
        _remove(row)
    services.arriving.forget(draft)
    personal.forget_residue()


def forget_drafts(*, now: datetime) -> int:
    """Delete some of the applications whose time is over, and give how many. One being examined waits."""
    with transaction.atomic():
        over = models.Draft.objects.filter(kept_until__lte=now)
        idle = over.filter(Q(examining_since=None) | Q(examining_since__lte=now - EXAMINED_WITHIN))
        rows = list(idle[:FORGOTTEN_AT_ONCE])
        for row in rows:
            _remove(row)  # 10
    if rows:
        personal.forget_residue()
    return len(rows)


def _decide(services: Services, row: models.Draft, presentation: Presentation, now: datetime) -> Verdict:
    if Goal(row.goal) is Goal.HOLDER:
        return verify_holder(services, presentation, now=now).decision.verdict
    request, contract = line_in(services.keys, row), services.policy.terms_version
    return register_line(services, request, presentation, now=now, terms_version=contract).decision.verdict


def challenge_of(row: models.Draft, *, now: datetime) -> Challenge:
    """Draw the head turn of a draft's terms as of now: its prompts and nonce are the same at any time."""
    if row.turn_entropy is None:
        raise Conflict("A head turn was begun with these already.", remedy="Begin another one.")
    return draw_challenge(SessionId(row.session), entropy=bytes(row.turn_entropy), now=now)


def open_draft(draft: UUID, now: datetime) -> models.Draft:
    """Find an application of which no photographs were examined in this try, nor are."""
    row = find_draft(draft, now=now)
    refuse_examined(row, now)
    return row


def refuse_examined(row: models.Draft, now: datetime) -> None:
    """Raise TooMany while the photographs of this try are examined, Conflict once they were."""
    _refuse_while_examined(row, now)
    if decision_in(SessionId(row.session)) is not None:
        raise Conflict(
            "The photographs of this application were examined already.", remedy="Look at what became of it."
        )


def _claim(draft: UUID, terms_version: str, now: datetime) -> models.Draft | None:
    """Let this request alone examine; None where the try is decided."""
    with transaction.atomic():
        row = find_draft(draft, now=now)
        _refuse_while_examined(row, now)
        decision = decision_in(SessionId(row.session))
        if decision is None:
            if row.epoch_key is None or not has_consents(row, terms_version):
                raise not_so_far()
            row.examining_since = now
            row.save(update_fields=["examining_since"])
            return row
    if decision.outcome != DecisionOutcome.NOT_VERIFIED.value and row.epoch_key is not None:
        _close(row)  # a process that was killed between (6) and (7) left it open
    return None


def _refuse_while_examined(row: models.Draft, now: datetime) -> None:
    if row.examining_since is not None and now < row.examining_since + EXAMINED_WITHIN:
        raise TooMany(
            "These photographs are being examined.",
            remedy="Wait a little, and load the page again. No other try was counted.",
            retry_after_s=10,
        )


def _terms_of(row: models.Draft) -> SealTerms:
    if row.challenge is None or row.epoch_key is None or row.terms_until is None:
        raise not_so_far()
    session = SessionId(row.session)
    return SealTerms(
        session, SealPurpose.EXAMINE, bytes(row.challenge), row.terms_until, bytes(row.epoch_key)
    )


def _close(row: models.Draft) -> None:
    """Destroy the draft's key, and let its row lead to what was decided, until nobody waits any more."""
    with transaction.atomic():
        case = models.Case.objects.filter(decision__session=row.session).first()
        if case is not None:
            row.kept_until = max(row.kept_until, case.due_at + SHOWN_FOR)
        row.sealed_line = row.challenge = row.epoch_key = row.terms_until = row.turn_entropy = None
        row.examining_since = None
        row.save()
        personal.destroy(row.id, Retention.CASE)
    personal.forget_residue()


def _remove(row: models.Draft) -> None:
    personal.destroy(row.id, Retention.CASE)
    row.delete()


def not_so_far() -> Conflict:
    """Say that a step is missing."""
    return Conflict("A step before this one is missing.", remedy="Go on with the application.")
