"""A record of its own with a simulated booth and network, real keys and real procedures, and a clock to turn.

What simulations and narrated incidents have in common: people are drawn from a seed, agents sign with keys of
theirs, and every act goes through the procedure that a door would call.
"""

import hashlib
import random
import uuid
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lineproof import wiring
from lineproof.booth.seal import PartKind, seal_evidence
from lineproof.decision.attestation import NO_PAPERS, Attestation, SeenPapers, attested_bytes
from lineproof.decision.finding import Finding
from lineproof.decision.policy import Policy
from lineproof.line.request import LineRequest
from lineproof.ports import Evidence, Presentation, SealTerms, Services
from lineproof.simulate.examiner import SimulatedExaminer
from lineproof.simulate.network import SimulatedNetwork
from lineproof.simulate.passport import Passport
from lineproof.terms import AccessId, Iccid, Msisdn, SessionId, StaffName, StaffRole, Way, luhn_digit

_SURNAMES = ("ABELARD", "BRANNOCH", "CALLOWAY", "DRUMGOLD", "EVERHART", "FENWICK", "GALBRAITH", "HOLLOWAY")
_GIVEN = ("ALICE", "BO", "CAROL", "DARA", "EDDA", "FINN", "GRETA", "HUGO", "IVO", "JUNA", "KAI", "LENA")
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"


@dataclass(slots=True)
class World:
    """See the module. now: what time it is in it, aware, UTC; nothing else has a clock."""

    services: Services
    booth: SimulatedExaminer
    network: SimulatedNetwork
    now: datetime
    chance: random.Random
    keys: dict[StaffName, Ed25519PrivateKey] = field(default_factory=dict)
    _people: int = 0
    _numbers: int = 0

    @classmethod
    def opened(cls, folder: Path, policy: Policy, *, start: datetime, seed: int) -> Self:
        """Open a record in an empty folder. A process opens one."""
        booth, network = SimulatedExaminer(), SimulatedNetwork()
        services = wiring.open_record(folder, policy=policy, examiner=booth)
        return cls(replace(services, network=network), booth, network, start, random.Random(seed))  # noqa: S311 -- repeatable, guards nothing

    def wait(self, passing: timedelta) -> datetime:
        """Let time pass."""
        self.now += passing
        return self.now

    def enrol_agent(self, name: str) -> StaffName:
        """Enrol an agent with a key of their own."""
        from lineproof.registry.flows.enrol_staff import enrol_staff

        agent, key = StaffName.parse(name), Ed25519PrivateKey.generate()
        public_key = key.public_key().public_bytes_raw()
        enrol_staff(self.services, agent, StaffRole.AGENT, public_key=public_key, now=self.now)
        self.keys[agent] = key
        return agent

    def enrol_reviewer(self, name: str) -> StaffName:
        """Enrol a reviewer."""
        from lineproof.registry.flows.enrol_staff import enrol_staff

        reviewer = StaffName.parse(name)
        enrol_staff(self.services, reviewer, StaffRole.REVIEWER, public_key=None, now=self.now)
        return reviewer

    def somebody(self, *, issuer: str = "UTO") -> Passport:
        """Draw a person with a passport that is in date for years, and whose number nobody else has."""
        self._people += 1
        born = date(1940, 1, 1) + timedelta(days=self.chance.randrange(365 * 65))
        return Passport(
            self.chance.choice(_SURNAMES),
            f"{self.chance.choice(_GIVEN)} {self.chance.choice(_GIVEN)}",
            f"{self.chance.choice(_LETTERS)}{self._people:08d}",
            born_on=born,
            expires_on=(self.now + timedelta(days=2000 + self.chance.randrange(1500))).date(),
            issuer=issuer,
        )

    def a_number(self) -> LineRequest:
        """Take the next mobile number, on a SIM of its own."""
        self._numbers += 1
        return LineRequest(Msisdn.parse(f"+999{self._numbers:09d}"), self.a_sim())

    def an_access(self) -> LineRequest:
        """Take the next internet access, at an address of its own."""
        self._numbers += 1
        account, address = (
            f"access-{self._numbers:06d}@example.net",
            f"{self._numbers} Example Street, Utopia",
        )
        return LineRequest(AccessId.parse(account, address))

    def a_sim(self) -> Iccid:
        """Take a SIM card that was not used yet."""
        self._numbers += 1
        body = f"89999{self._numbers:013d}"
        return Iccid.parse(body + luhn_digit(body))

    def present(
        self,
        passport: Passport,
        *,
        way: Way = Way.COUNTER,
        attended_by: StaffName | None = None,
        instead: Collection[Finding] = (),
        papers: SeenPapers = NO_PAPERS,
    ) -> Presentation:
        """Present a passport and, by face, its holder. instead: what the booth is to find otherwise.

        papers: what the agent sees besides, if one attends.
        """
        session = SessionId(uuid.UUID(int=self.chance.getrandbits(128), version=4))
        document = self.booth.photograph(passport.zone, instead=instead)
        parts = [(PartKind.DOCUMENT, document)]
        if way is Way.FACE:
            parts.append((PartKind.CAPTURE, self.booth.photograph_face()))
        terms = SealTerms.fresh(session, self.booth.epoch())
        evidence = Evidence(terms, seal_evidence(parts, terms), with_capture=way is Way.FACE)
        presentation = Presentation(session, way, evidence, None)
        if attended_by is None:
            return presentation
        digest = hashlib.sha256(document).digest()
        message = attested_bytes(agent=attended_by, session=session, document_digest=digest, papers=papers)
        attestation = Attestation(attended_by, session, digest, self.keys[attended_by].sign(message), papers)
        return replace(presentation, attestation=attestation)

    def verified(self, passport: Passport, agent: StaffName, *, papers: SeenPapers = NO_PAPERS) -> SessionId:
        """Verify somebody at a counter, for a procedure that rests on it, and give the session."""
        from lineproof.registry.flows.verify_holder import verify_holder

        presentation = self.present(passport, attended_by=agent, papers=papers)
        verify_holder(self.services, presentation, now=self.now)
        return presentation.session
