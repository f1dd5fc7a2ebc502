"""What concerns minors: a guardian's line, and who is too young for one; used by the procedures."""

from datetime import date, datetime

from lineproof.decision.finding import Finding, Outcome
from lineproof.document.birth import check_adult
from lineproof.errors import Conflict, Malformed
from lineproof.line.clock import find_zone
from lineproof.ports import Presentation, Services
from lineproof.registry import models, personal
from lineproof.registry.models.choices import Retention
from lineproof.terms import HolderId


def guardianship_shown(services: Services, presentation: Presentation) -> bool:
    """Tell whether an agent attests to have seen a minor's document, and proof of who is their guardian.

    Malformed when the policy makes no difference for minors.
    """
    attestation = presentation.attestation
    shown = attestation is not None and attestation.papers.guardianship
    if shown and services.policy.minors is None:
        raise Malformed(
            f"Under the policy {services.policy.name} nobody registers a line for a minor.",
            remedy="Register it in the name of who uses it.",
        )
    return shown


def adult_findings(services: Services, born_on: date | None, *, now: datetime) -> tuple[Finding, ...]:
    """Find out whether somebody is old enough for a line of their own; nothing where the policy asks not."""
    policy = services.policy
    if policy.minors is None:
        return ()
    today = now.astimezone(find_zone(policy.calendar.zone)).date()
    return (check_adult(born_on, policy.minors, on=today),)


def refuse_minor(services: Services, holder: HolderId, *, now: datetime) -> None:
    """Raise Conflict if a line would go to who is too young for one; not where their birth is not known."""
    if services.policy.minors is None:
        return
    row = models.Holder.objects.only("sealed_identity").get(id=holder)
    identity = personal.unseal(
        services.keys,
        bytes(row.sealed_identity or b""),
        subject=holder,
        retention=Retention.IDENTITY,
        place="holder.sealed_identity",
    )
    if not identity["born_on"]:
        return
    found = adult_findings(services, date.fromisoformat(identity["born_on"]), now=now)
    if any(finding.outcome is not Outcome.PASS for finding in found):
        raise Conflict(
            "By their document they are too young for a line in their own name.",
            remedy="Have a parent or guardian accept it, in whose name it is registered then.",
        )
