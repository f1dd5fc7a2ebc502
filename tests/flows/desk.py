"""The counter where the procedures are tried: an empty record, a booth and a network that can be told
what to do, an agent with a real key, two reviewers, and what lies in the record afterwards.

Imported by the fixture `desk` once a record is open: Django's parts cannot be imported before.
"""

import hashlib
import os
import uuid
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.apps import apps

from lineproof.booth.seal import PartKind, seal_evidence
from lineproof.decision.attestation import NO_PAPERS, Attestation, attested_bytes
from lineproof.decision.finding import Check, Finding
from lineproof.decision.reasons import ReasonCode
from lineproof.line.case import Opinion, ReviewerOpinion
from lineproof.line.request import LineRequest
from lineproof.ports import Evidence, Presentation, SealTerms, Services
from lineproof.registry.flows.enrol_staff import enrol_staff
from lineproof.registry.flows.erase import Erasure, erase_holder
from lineproof.registry.flows.link_document import Link, link_document
from lineproof.registry.flows.register_line import Registration, register_line
from lineproof.registry.flows.review_case import Review, review_case
from lineproof.registry.flows.verify_evidence import Verification, verify_evidence
from lineproof.registry.flows.verify_holder import HolderVerified, verify_holder
from lineproof.terms import (
    AccessId,
    CaseId,
    HolderId,
    Iccid,
    Msisdn,
    SessionId,
    StaffName,
    StaffRole,
    Way,
    luhn_digit,
)
from lineproof.wiring import RECORD_VARIABLE
from tests.fakes.examiner import FakeExaminer
from tests.fakes.network import FakeNetwork
from tests.fakes.specimens import ALICE, Passport

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
ADA, RHEA, SOL, TOVE = (StaffName(name) for name in ("ada", "rhea", "sol", "tove"))


def a_mobile(number: str = "+999555001001") -> LineRequest:
    """Build the request for a mobile number, on a SIM whose number is made from it."""
    body = "89999" + number.removeprefix("+").rjust(13, "0")
    return LineRequest(Msisdn.parse(number), Iccid.parse(body + luhn_digit(body)))


def an_access(account: str = "bo.brannoch") -> LineRequest:
    """Build the request for an internet access."""
    return LineRequest(AccessId.parse(account, "12 Quay Street, Port Utopia"))


@dataclass(slots=True)
class Desk:
    """See the module. sessions are fresh unless one is given."""

    services: Services
    booth: FakeExaminer
    network: FakeNetwork = field(default_factory=FakeNetwork)
    keys: dict[StaffName, Ed25519PrivateKey] = field(default_factory=dict)
    documents: dict[SessionId, Path] = field(default_factory=dict)

    @classmethod
    def opened(cls, services: Services, folder: Path) -> "Desk":
        """Open a desk with agent Ada and reviewers Rhea, Sol and Tove."""
        desk = cls(services, FakeExaminer(folder))
        desk.services = replace(services, examiner=desk.booth, network=desk.network)
        desk.enrol_agent(ADA)
        for reviewer in (RHEA, SOL, TOVE):
            enrol_staff(desk.services, reviewer, StaffRole.REVIEWER, public_key=None, now=NOW)
        return desk

    def enrol_agent(self, name: StaffName) -> None:
        """Enrol an agent with a key of their own."""
        self.keys[name] = Ed25519PrivateKey.generate()
        public_key = self.keys[name].public_key().public_bytes_raw()
        enrol_staff(self.services, name, StaffRole.AGENT, public_key=public_key, now=NOW)

    def present(
        self,
        passport: Passport | None = ALICE,
        *,
        way: Way = Way.FACE,
        attended: bool = True,
        session: SessionId | None = None,
        instead: Collection[Finding] = (),
        without: Collection[Check] = (),
        no_image: Path | None = None,
    ) -> Presentation:
        """Present a passport and, by face, its holder; Ada attests where attended. None: unreadable."""
        session = session or SessionId(uuid.uuid4())
        zone = None if passport is None else passport.zone
        document = no_image or self.booth.photograph(zone, instead=instead, without=without)
        parts = [(PartKind.DOCUMENT, document.read_bytes())]
        if way is Way.FACE:
            parts.append((PartKind.CAPTURE, self.booth.photograph_face().read_bytes()))
        terms = SealTerms.fresh(session, self.booth.epoch())
        evidence = Evidence(terms, seal_evidence(parts, terms), with_capture=way is Way.FACE)
        presentation = Presentation(session, way, evidence, None)
        self.documents[session] = document
        return self.attest(presentation) if attended else presentation

    def attest(self, presentation: Presentation, *, agent: StaffName = ADA, **said: Any) -> Presentation:
        """Have an agent attest.

        said: a session or document to sign for in place of the presented ones; papers that they have seen.
        """
        assignment_digest = _digest(said.get("document", self.documents[presentation.session]))
        session = said.get("session", presentation.session)
        papers = said.get("papers", NO_PAPERS)
        message = attested_bytes(
            agent=agent, session=session, document_digest=assignment_digest, papers=papers
        )
        signature = self.keys[agent].sign(message)
        attestation = Attestation(agent, session, assignment_digest, signature, papers)
        return replace(presentation, attestation=attestation)

    def register(
        self, presentation: Presentation | None = None, request: LineRequest | None = None
    ) -> Registration:
        """Register a line: Alice's usual number, by face and attended, unless told otherwise."""
        presentation = presentation or self.present()
        return register_line(self.services, request or a_mobile(), presentation, now=NOW)

    def link(self, bound: Passport, further: Passport, **presenting: Any) -> Link:
        """Link a further passport to the holder of a bound one, presented together."""
        session = SessionId(uuid.uuid4())
        first, second = (self.present(p, session=session, **presenting) for p in (bound, further))
        return link_document(self.services, bound=first, further=second, now=NOW)

    def verify(self, presentation: Presentation) -> Verification:
        """Verify what is presented and register nothing."""
        return verify_evidence(self.services, presentation, now=NOW)

    def verify_holder(
        self, presentation: Presentation | None = None, *, now: datetime = NOW
    ) -> HolderVerified:
        """Verify who presents a document, Alice unless told otherwise, for a procedure that rests on it."""
        return verify_holder(self.services, presentation or self.present(), now=now)

    def verified(self, passport: Passport = ALICE, *, now: datetime = NOW) -> SessionId:
        """Give the session in which the holder of a passport was verified, at a counter."""
        presentation = self.present(passport, way=Way.COUNTER)
        assert self.verify_holder(presentation, now=now).holder is not None
        return presentation.session

    def referred(
        self, presentation: Presentation | None = None, request: LineRequest | None = None
    ) -> CaseId:
        """Have an application referred, for want of an attestation unless told otherwise."""
        case = self.register(presentation or self.present(attended=False), request).case
        assert case is not None
        return case

    def accept(self, case: CaseId, *reviewers: StaffName) -> Review:
        """Have reviewers accept a case, and give what the last one led to."""
        return self._opine(case, reviewers, Opinion.ACCEPT, None)

    def refuse(
        self, case: CaseId, *reviewers: StaffName, reason: ReasonCode = ReasonCode.NOT_PROVEN_LIVE
    ) -> Review:
        """Have reviewers refuse a case, and give what the last one led to."""
        return self._opine(case, reviewers, Opinion.REFUSE, reason)

    def return_(self, case: CaseId, *reviewers: StaffName, reason: ReasonCode) -> Review:
        """Have reviewers return a case, and give what the last one led to."""
        return self._opine(case, reviewers, Opinion.RETURN, reason)

    def _opine(
        self, case: CaseId, reviewers: tuple[StaffName, ...], opinion: Opinion, reason: ReasonCode | None
    ) -> Review:
        reviews = [
            review_case(self.services, case, ReviewerOpinion(reviewer, opinion, reason), now=NOW)
            for reviewer in reviewers
        ]
        return reviews[-1]

    def erase(self, holder: HolderId | None, *, now: datetime = NOW) -> Erasure:
        """Erase what need not be kept of a holder, at their request."""
        assert holder is not None
        return erase_holder(self.services, holder, now=now)

    def end_lines(self, holder: HolderId | None, *, until: datetime) -> None:
        """End all custodies of a holder, as giving up a line will, once it is built."""
        apps.get_model("registry", "Custody").objects.filter(holder=holder).update(until=until)

    def rows(self, table: str) -> list[Any]:
        """Read every row of a table, by the name of its model, in the order they were written."""
        return list(apps.get_model("registry", table).objects.order_by("pk"))

    def row(self, table: str, **where: Any) -> Any:
        """Read the one row of a table that is so."""
        return apps.get_model("registry", table).objects.get(**where)

    def count(self, table: str, **where: Any) -> int:
        """Count the rows of a table that are so."""
        return apps.get_model("registry", table).objects.filter(**where).count()

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """Read the whole record, so that a test can say that nothing changed."""
        return {
            model.__name__: [
                tuple(bytes(value) if isinstance(value, memoryview) else value for value in row)
                for row in model.objects.order_by("pk").values_list()
            ]
            for model in apps.get_app_config("registry").get_models()
        }

    def raw_files(self) -> bytes:
        """Read the bytes of the database as they lie on disk, its write-ahead log included."""
        folder = Path(os.environ[RECORD_VARIABLE])
        return b"".join(path.read_bytes() for path in sorted(folder.glob("record.sqlite3*")))


def _digest(document: Path) -> bytes:
    return hashlib.sha256(document.read_bytes()).digest()
