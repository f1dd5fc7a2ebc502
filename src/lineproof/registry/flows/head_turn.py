"""Answer a head turn before the camera, in place of one photograph of the face.

    1. begin: the document is there, sealed to the terms of a try, whose nonce is the challenge's. One
       transaction: the challenge is spent, so many an application
    2. it is issued now, and is on its way in this process's memory, for half a minute
    3. frames: as they come, with the time at which they came; each time what its page may know by now is said
    4. the last of them: document and frames are examined and decided, as photographs are
Whatever goes wrong between, the turn is gone and no try was counted; another one begins with other terms.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from lineproof.errors import NotPermitted
from lineproof.head_turn import Prompted, TurnUnderWay
from lineproof.line.draft import MOST_TURNS
from lineproof.ports import Services
from lineproof.registry.flows.apply_online import challenge_of, not_so_far, open_draft, send_evidence
from lineproof.registry.queries.drafts import has_consents


def begin_head_turn(services: Services, draft: UUID, *, now: datetime) -> None:
    """Issue the challenge of a try, once. now: it counts from here.

    Raises Conflict where the document is not there, or the challenge is spent; NotPermitted where too many
    were begun in this application, TooMany where too many are on their way.
    """
    with transaction.atomic():
        row = open_draft(draft, now)
        if row.challenge is None or not has_consents(row, services.policy.terms_version):
            raise not_so_far()
        if row.turns >= MOST_TURNS:
            raise NotPermitted(
                "No other head turn is left in this application.",
                remedy="Take one photograph, which costs no more and ends the same, or go to any counter.",
            )
        challenge = challenge_of(row, now=now)  # 1
        document = services.arriving.documents.of(draft, challenge.nonce, now=now)
        services.arriving.turns.begin(draft, TurnUnderWay(challenge, document), now=now)  # 2
        row.turns += 1
        row.turn_entropy = None
        row.save(update_fields=["turns", "turn_entropy"])


def take_frames(services: Services, draft: UUID, sealed: bytes, *, now: datetime) -> Prompted | None:
    """Take frames that came now; say what their page may know, or None once the turn was examined.

    Raises NotFound where no turn is on its way, Malformed for what is no frame, Unavailable where its time is
    over, and what `send_evidence` raises.
    """
    turn, goes_on = services.arriving.turns.of(draft), False
    try:
        answered = turn.receive(sealed, now=now)  # 3
        goes_on = answered is None
        if answered is not None:
            send_evidence(services, draft, turn.document, now=now, turn=answered)  # 4
    finally:
        if not goes_on:
            services.arriving.forget(draft)
    return turn.prompted(now=now) if goes_on else None
