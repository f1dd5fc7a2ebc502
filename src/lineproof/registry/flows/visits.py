"""Until when the lines of a visitor are registered; used by the procedures, in their transaction."""

from datetime import date, datetime

from lineproof.document.fields import IdentityDocument
from lineproof.errors import Malformed
from lineproof.line.visit import ShownPapers, is_permit_over, longer, registered_until
from lineproof.ports import Presentation, Services
from lineproof.registry import models
from lineproof.registry.flows.log import LogWriter
from lineproof.terms import HolderId


def permit_shown(services: Services, presentation: Presentation, *, now: datetime) -> date | None:
    """Give the last day of the permit that an agent attests to have seen; None where they saw none.

    Malformed when the policy makes no difference for visitors, and for a permit that is over.
    """
    attestation = presentation.attestation
    permit_until = None if attestation is None else attestation.papers.permit_until
    if permit_until is None:
        return None
    if services.policy.visitors is None:
        raise Malformed(
            f"Under the policy {services.policy.name} no permit makes a difference.",
            remedy="Attest without it.",
        )
    if is_permit_over(permit_until, services.policy.calendar, now=now):
        raise Malformed(
            f"That permit was good until {permit_until}.",
            remedy="Attest without it, or to one that is in date.",
        )
    return permit_until


def end_for(document: IdentityDocument, permit_until: date | None, log: LogWriter) -> datetime | None:
    """Give until when a line is registered for who shows these papers now; None where it has no end."""
    policy = log.services.policy
    papers = ShownPapers(document.issuer, document.expires_on, permit_until)
    return registered_until(papers, policy.visitors, policy.calendar, now=log.now)


def keep_registered(holder: HolderId, until: datetime | None) -> None:
    """Let what a holder has in their name be registered until then, if that is longer; None is no end.

    They are told anew before the new end comes.
    """
    for custody in models.Custody.objects.filter(
        holder_id=holder, until=None, registered_until__isnull=False
    ):
        after = longer(custody.registered_until, until)
        if after != custody.registered_until:
            custody.registered_until, custody.reminded_at = after, None
            custody.save(update_fields=["registered_until", "reminded_at"])
