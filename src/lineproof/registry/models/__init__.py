"""Every table of the record: constraints, and nothing else."""

from lineproof.registry.models.appeal import Appeal
from lineproof.registry.models.binding import DocumentBinding
from lineproof.registry.models.case import Case, CaseOpinion, CaseParty
from lineproof.registry.models.contact_point import ContactPoint
from lineproof.registry.models.correction import Correction, CorrectionExtension, CorrectionStep
from lineproof.registry.models.court_order import CourtOrder
from lineproof.registry.models.custody import Custody
from lineproof.registry.models.decision import AttestationRecord, Decision, DecisionFinding, DecisionReason
from lineproof.registry.models.dispute import AgentLimit, Dispute, DisputeStatement, Vouching
from lineproof.registry.models.draft import Draft, DraftConsent
from lineproof.registry.models.entry import Entry, EntryPlace, LogKey, LogOrigin, TreeHead
from lineproof.registry.models.evidence import CaseEvidence, EvidenceOpening
from lineproof.registry.models.hold import Hold
from lineproof.registry.models.holder import Holder
from lineproof.registry.models.holder_passkey import HolderPasskey
from lineproof.registry.models.imported import ImportedLine, ImportProblem, ImportRun
from lineproof.registry.models.inspection import InspectedEntry, Inspection
from lineproof.registry.models.inspector import InspectorToken
from lineproof.registry.models.key import DataKey, KeyRotation, SealedSalt
from lineproof.registry.models.line import Line
from lineproof.registry.models.notice import Notice, NoticeDelivery
from lineproof.registry.models.order import Order, OrderDone
from lineproof.registry.models.organisation import Organisation
from lineproof.registry.models.page_link import PageLink
from lineproof.registry.models.passkey import Passkey, PasskeyLink
from lineproof.registry.models.porting import Porting
from lineproof.registry.models.second_look import SecondLook
from lineproof.registry.models.sign_in import SignIn
from lineproof.registry.models.sim import SimReplacement
from lineproof.registry.models.staff import Staff
from lineproof.registry.models.terms_accepted import TermsAccepted
from lineproof.registry.models.transfer import Transfer
from lineproof.registry.models.verification import HolderVerification
from lineproof.registry.models.vote import Vote

__all__ = [
    "AgentLimit",
    "Appeal",
    "AttestationRecord",
    "Case",
    "CaseEvidence",
    "CaseOpinion",
    "CaseParty",
    "ContactPoint",
    "Correction",
    "CorrectionExtension",
    "CorrectionStep",
    "CourtOrder",
    "Custody",
    "DataKey",
    "Decision",
    "DecisionFinding",
    "DecisionReason",
    "Dispute",
    "DisputeStatement",
    "DocumentBinding",
    "Draft",
    "DraftConsent",
    "Entry",
    "EntryPlace",
    "EvidenceOpening",
    "Hold",
    "Holder",
    "HolderPasskey",
    "HolderVerification",
    "ImportProblem",
    "ImportRun",
    "ImportedLine",
    "InspectedEntry",
    "Inspection",
    "InspectorToken",
    "KeyRotation",
    "Line",
    "LogKey",
    "LogOrigin",
    "Notice",
    "NoticeDelivery",
    "Order",
    "OrderDone",
    "Organisation",
    "PageLink",
    "Passkey",
    "PasskeyLink",
    "Porting",
    "SealedSalt",
    "SecondLook",
    "SignIn",
    "SimReplacement",
    "Staff",
    "TermsAccepted",
    "Transfer",
    "TreeHead",
    "Vote",
    "Vouching",
]
