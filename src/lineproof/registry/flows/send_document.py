"""Send the photographs of an application one after the other, sealed to the same terms.

    1. document: as soon as it is photographed. It waits in memory (arriving.py) while its terms hold, so that
       a browser that was killed behind its camera goes on with it
    2. face: the part that follows it is examined with it, as `apply_online.send_evidence` says
A head turn follows it instead: head_turn.py.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from lineproof.arriving import SentDocument
from lineproof.ports import Services
from lineproof.registry.flows.apply_online import not_so_far, open_draft, send_evidence
from lineproof.registry.queries.drafts import decision_in, find_draft, has_consents
from lineproof.terms import SessionId


def send_document(services: Services, draft: UUID, sealed: bytes, *, now: datetime) -> None:
    """Keep a sealed document for the face that follows.

    sealed: head and first part. Raises Conflict where nothing can be sealed yet, or was examined already, and
    what `SentDocuments.keep` raises.
    """
    with transaction.atomic():
        row = open_draft(draft, now)
        consented = has_consents(row, services.policy.terms_version)
        if row.challenge is None or row.terms_until is None or not consented:
            raise not_so_far()
        sent = SentDocument(bytes(row.challenge), sealed, row.terms_until)
        services.arriving.documents.keep(draft, sent, now=now)  # 1


def send_face(services: Services, draft: UUID, sealed: bytes, *, now: datetime) -> None:
    """Have the document and the face that follows it examined, and decided.

    sealed: the last part. Sent twice, it is examined once. Raises Conflict where the document is not there
    any more, and what `send_evidence` raises: then no try was counted.
    """
    row, document = find_draft(draft, now=now), b""
    # Of what is decided already, or was sealed to nothing, it says so itself.
    if row.challenge is not None and decision_in(SessionId(row.session)) is None:
        document = services.arriving.documents.of(draft, bytes(row.challenge), now=now)
    send_evidence(services, draft, document + sealed, now=now)  # 2
    services.arriving.forget(draft)
