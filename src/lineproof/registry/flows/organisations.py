"""Whose lines are an organisation's: it is entered with the first, and forgotten with the last.

An organisation is looked for by its register and number alone, as an agent attests to have seen them, and
never listed. Used by the procedures, in their transaction.
"""

from collections.abc import Collection
from uuid import UUID

from lineproof.decision.attestation import Attestation, SeenPapers, is_signed
from lineproof.decision.organisation import Organisation
from lineproof.errors import Malformed, NotPermitted
from lineproof.ports import Presentation, Services
from lineproof.registry import blind_index, models, personal
from lineproof.registry.blind_index import BlindIndex
from lineproof.registry.flows.log import LogWriter
from lineproof.registry.models.choices import Retention
from lineproof.registry.sealed_organisation import seal_organisation
from lineproof.terms import SessionId, StaffName


def organisation_shown(services: Services, presentation: Presentation) -> Organisation | None:
    """Give the organisation that an agent attests to have seen the papers of; None where they saw none.

    Malformed when the policy knows no organisations, and when a minor's papers were seen as well.
    """
    attestation = presentation.attestation
    organisation = None if attestation is None else attestation.papers.organisation
    if attestation is None or organisation is None:
        return None
    if services.policy.organisations is None:
        raise Malformed(
            f"Under the policy {services.policy.name} nobody registers a line for an organisation.",
            remedy="Register it in the name of the person who answers for it.",
        )
    if attestation.papers.guardianship:
        raise Malformed(
            "A line is registered for a minor or for an organisation, not for both.",
            remedy="Attest to the papers of one of them.",
        )
    return organisation


def agent_who_attested(organisation: Organisation, session: SessionId) -> StaffName:
    """Give the agent who attested in a session to the papers of an organisation; NotPermitted if nobody did.

    The record does not say to which organisation's: the signature does.
    """
    attested = models.AttestationRecord.objects.filter(
        session=session, organisation=True, signature__isnull=False
    )
    for row in attested.select_related("agent"):
        papers = SeenPapers(row.permit_until, row.guardianship, organisation)
        agent, digest = StaffName(row.agent.name), bytes(row.document_digest or b"")
        attestation = Attestation(agent, session, digest, bytes(row.signature or b""), papers)
        if is_signed(attestation, public_key=bytes(row.agent.public_key or b"")):
            return agent
    raise NotPermitted(
        "No agent attested in that session to the papers of this organisation.",
        remedy="Have them verified before an agent: lineproof holders verify --attended-by AGENT "
        "--for-organisation NAME --register REGISTER --register-number NUMBER",
    )


def find_organisation(services: Services, organisation: Organisation) -> models.Organisation | None:
    """Find what is entered under a register and number; None where nothing is."""
    index = _index(services, organisation)
    return models.Organisation.objects.filter(index.matches("register_index")).first()


def enter_organisation(organisation: Organisation, log: LogWriter) -> models.Organisation:
    """Enter an organisation, once; of one that is there the name is the one that was seen last."""
    services = log.services
    row = find_organisation(services, organisation)
    if row is None:
        row = models.Organisation(**_index(services, organisation).columns("register_index"))
    row.sealed_organisation = seal_organisation(services.keys, organisation, subject=row.id)
    row.save()
    return row


def forget_unnamed(organisations: Collection[UUID]) -> None:
    """Remove those of some organisations that no custody names any more, and destroy their keys."""
    for row in models.Organisation.objects.filter(id__in=organisations, custodies=None):
        personal.destroy(row.id, Retention.LINE)
        row.delete()


def _index(services: Services, organisation: Organisation) -> BlindIndex:
    register, number = organisation.place
    return blind_index.organisation_index(services.keys, register=register, number=number)
