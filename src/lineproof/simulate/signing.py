"""Who signs for an organisation in a simulation, and who follows them; only where the pack knows any."""

from datetime import timedelta

from lineproof.decision.attestation import NO_PAPERS, SeenPapers
from lineproof.decision.organisation import Organisation
from lineproof.registry.flows.change_signatory import NewSignatory, change_signatory
from lineproof.simulate.operator import Operator
from lineproof.terms import LineId

DAY = timedelta(days=1)
# Of all who register before an agent: who signs for an organisation; of them: for one that has lines already.
_SIGNS, _KNOWN = 0.3, 0.7
_LEAVES = 0.4


def papers_of(op: Operator, *, attended: bool) -> SeenPapers:
    """Draw whether somebody who registers signs for an organisation, and give what an agent sees of it."""
    if op.services.policy.organisations is None or not attended or not op.happens(_SIGNS):
        return NO_PAPERS
    if not op.organisations or not op.happens(_KNOWN):
        number = f"{len(op.organisations) + 1:08d}"
        op.organisations.append(Organisation(f"Example {number} Ltd", "Register of Utopia", number))
    return SeenPapers(organisation=op.one_of(op.organisations))


def signed(op: Operator, line: LineId, papers: SeenPapers) -> None:
    """Have the signatory of a line that was registered leave their organisation some day, or stay."""
    organisation = papers.organisation
    if organisation is not None and op.happens(_LEAVES):
        after = op.between(DAY, 20 * DAY)
        op.plan("a signatory changes", lambda: _change(op, line, organisation), after=after)


def _change(op: Operator, line: LineId, organisation: Organisation) -> None:
    session = op.verified(op.somebody(), papers=SeenPapers(organisation=organisation))
    terms = op.services.policy.terms_version
    signatory = NewSignatory(organisation, session)
    change_signatory(op.services, line, signatory, terms_version=terms, now=op.now)
