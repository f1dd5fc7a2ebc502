"""An application in a browser, brought as far as its photographs; imported once a record is open."""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from lineproof.line.request import LineRequest
from lineproof.registry.flows.apply_online import ask_for_line, begin_application, consent, seal_terms

if TYPE_CHECKING:
    from tests.flows.desk import Desk


def applying(desk: "Desk", request: LineRequest, *, now: datetime, draft: UUID | None = None) -> UUID:
    """Apply for a line, consent, and have the terms that its photographs are sealed to.

    draft: of an application that a browser began; None: begin one.
    """
    draft = draft or begin_application(desk.services, now=now)
    ask_for_line(desk.services, draft, request, now=now)
    consent(desk.services, draft, now=now)
    seal_terms(desk.services, draft, now=now)
    return draft
