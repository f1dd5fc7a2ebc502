"""The story of the demonstration: who does what, what is expected, and what came of it."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import click

from lineproof.booth.sealed_file import seal_files
from lineproof.cli.agent_key import attest_document, keep_key, write_key
from lineproof.cli.report import wrapped
from lineproof.decision.decide import Decision, Verdict
from lineproof.decision.finding import Finding, Measured
from lineproof.line.case import Opinion, ReviewerOpinion
from lineproof.line.request import LineRequest
from lineproof.line.state import LineState
from lineproof.ports import Presentation, Services
from lineproof.registry.flows.enrol_staff import enrol_staff
from lineproof.registry.flows.link_document import link_document
from lineproof.registry.flows.publish_log import publish_log
from lineproof.registry.flows.register_line import Registration, register_line
from lineproof.registry.flows.review_case import review_case
from lineproof.registry.queries.holder import read_lines
from lineproof.registry.queries.log import LogHead, read_given_origin, read_log_head, verify_log
from lineproof.registry.queries.log_keys import read_log_keys
from lineproof.registry.queries.receipts import read_receipt
from lineproof.terms import (
    AccessId,
    CaseId,
    HolderId,
    Iccid,
    LineId,
    Msisdn,
    SessionId,
    StaffName,
    StaffRole,
    Way,
    luhn_digit,
)
from lineproof.tiles.reading import verify_published
from lineproof.transparency.monitor import Monitor
from lineproof.transparency.verify_receipt import NotProven, read_opening, verify

AGENT = StaffName("ada")
REVIEWERS = (StaffName("rhea"), StaffName("sol"))

# Numbers of a country code that the ITU has not assigned, and SIM numbers of no operator.
ALICES_NUMBERS = ("+999555001001", "+999555001002", "+999555001003")
CAROLS_NUMBER, DARAS_NUMBER, MALLORYS_NUMBER = "+999555003001", "+999555004001", "+999555005001"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the story: what should come of it, what did, and how long it took."""

    name: str
    expected: str
    outcome: str
    ms: int

    @property
    def ok(self) -> bool:
        """Tell whether it ended as expected."""
        return self.expected == self.outcome

    def json(self) -> dict[str, str | int]:
        """Give the step as JSON."""
        return {"name": self.name, "expected": self.expected, "outcome": self.outcome, "ms": self.ms}


@dataclass(slots=True)
class Story:
    """The services and files of one telling, and what has happened so far."""

    services: Services
    record: Path
    pictures: Path
    quiet: bool
    steps: list[Step] = field(default_factory=list)
    holders: dict[str, HolderId] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Tell whether every step ended as expected."""
        return all(step.ok for step in self.steps)

    def step(self, name: str, telling: str, expected: str, act: Callable[[], str]) -> None:
        """Do one step, time it, and tell it."""
        began = time.perf_counter()
        outcome = act()
        step = Step(name, expected, outcome, round((time.perf_counter() - began) * 1000))
        self.steps.append(step)
        if not self.quiet:
            mark = click.style("ok ", fg="green") if step.ok else click.style("NOT AS EXPECTED ", fg="red")
            click.echo(f"{len(self.steps):>2}. {telling}\n    {mark} {outcome}   ({step.ms} ms)")
            if not step.ok:
                click.echo(f"    expected: {expected}")
            for remark in self.remarks:
                click.echo(click.style(wrapped(remark, indent="    "), dim=True))
        self.remarks.clear()

    def conclude(self) -> None:
        """Say how it went."""
        good = sum(step.ok for step in self.steps)
        colour = "green" if self.ok else "red"
        click.echo(
            click.style(f"\n{good} of {len(self.steps)} steps ended as expected.", fg=colour, bold=True)
        )

    def present(
        self, document: str, capture: str | None, *, attended: bool, session: SessionId | None = None
    ) -> Presentation:
        """Present drawn evidence; where attended, the agent's own key signs for it."""
        session = session or SessionId(uuid.uuid4())
        page = self._picture(document)
        evidence = seal_files(
            document=page,
            capture=None if capture is None else self._picture(capture),
            session=session,
            epoch=self.services.examiner.epoch(),
        )
        attestation = None
        if attended:
            attestation = attest_document(self.record, AGENT, session=session, document=page)
        return Presentation(session, Way.COUNTER if capture is None else Way.FACE, evidence, attestation)

    def outcome(self, done: Registration, who: str | None = None) -> str:
        """Say what became of a registration, reading the line's state back from the record."""
        if who is not None and done.holder is not None:
            self.holders[who] = done.holder
        if done.decision.verdict is not Verdict.ACCEPT:
            self.remarks += _remarks(done.decision)
            return _verdict(done.decision)
        return f"{_verdict(done.decision)}, line {self.state_of(done.holder, done.line)}"

    def state_of(self, holder: HolderId | None, line: LineId | None) -> str:
        """Read a line's state as its holder's page would show it."""
        if holder is None or line is None:
            return "missing"
        states = [held.state for held in read_lines(self.services.keys, holder) if held.id == line]
        return states[0].value if states == [LineState.ACTIVE] else f"not active: {states}"

    def _picture(self, name: str) -> Path:
        return self.pictures / f"{name}.jpg"


def tell(story: Story, *, now: datetime) -> None:
    """Tell the whole story; every step is a real procedure on the real record."""
    _enrol(story, now)
    _alice(story, now)
    noted = read_log_head()
    _bo_and_mallory(story, now)
    _carol(story, now)
    _dara_and_the_expired(story, now)
    story.step(
        "log_verified",
        "The log is recomputed from its entries, and still contains the head noted after Alice.",
        "in order",
        lambda: _check_log(story, noted),
    )
    story.step(
        "log_monitored",
        "The log is published. A monitor, which has nothing else, finds that every rule was kept.",
        "in order, rules kept",
        lambda: _monitor_log(story, now),
    )
    story.step(
        "receipt_checked",
        "Alice keeps a receipt of her line. A file that shares no code with us checks it, offline.",
        "proven",
        lambda: _check_receipt(story),
    )


def _enrol(story: Story, now: datetime) -> None:
    draft, public_key = write_key(story.record, AGENT)
    enrol_staff(story.services, AGENT, StaffRole.AGENT, public_key=public_key, now=now)
    keep_key(story.record, AGENT)
    draft.unlink(missing_ok=True)
    for reviewer in REVIEWERS:
        enrol_staff(story.services, reviewer, StaffRole.REVIEWER, public_key=None, now=now)


def _alice(story: Story, now: datetime) -> None:
    services = story.services

    def register(number: str, document: str) -> Registration:
        presentation = story.present(document, "alice-capture", attended=True)
        return register_line(services, _mobile(number), presentation, now=now)

    story.step(
        "alice_registers_a_mobile_number",
        "Alice shows her passport and her face to agent Ada, who attests. A mobile number is registered.",
        "accept, line active",
        lambda: story.outcome(register(ALICES_NUMBERS[0], "alice-document"), "Alice"),
    )

    def link() -> str:
        session = SessionId(uuid.uuid4())
        done = link_document(
            services,
            bound=story.present("alice-document", "alice-capture", attended=True, session=session),
            further=story.present("alice-second-document", "alice-capture", attended=True, session=session),
            now=now,
        )
        return _verdict(done.decision)

    story.step(
        "alice_links_a_second_document",
        "Alice presents her renewed passport beside the old one: both are hers, and the new one is linked.",
        "accept",
        link,
    )

    def register_with_second() -> str:
        done = register(ALICES_NUMBERS[1], "alice-second-document")
        return f"{story.outcome(done)}, {_measured(done.findings, Measured.LINES_HELD)} held before"

    story.step(
        "alice_counts_once",
        "She registers another number with the new passport. Her lines count together: one was hers already.",
        "accept, line active, 1 held before",
        register_with_second,
    )
    story.step(
        "alice_reaches_her_cap",
        "A third number is over the cap of two. The machine does not refuse: a person will look.",
        "refer",
        lambda: story.outcome(register(ALICES_NUMBERS[2], "alice-document")),
    )


def _bo_and_mallory(story: Story, now: datetime) -> None:
    services = story.services
    story.step(
        "bo_registers_internet",
        "Bo has internet access registered at an address, with agent Ada.",
        "accept, line active",
        lambda: story.outcome(
            register_line(
                services,
                LineRequest(AccessId.parse("bo.brannoch", "12 Quay Street, Port Utopia")),
                story.present("bo-document", "bo-capture", attended=True),
                now=now,
            ),
            "Bo",
        ),
    )
    story.step(
        "mallory_shows_alices_document",
        "Mallory shows Alice's passport. Ada attests all the same, but the face is not the portrait's.",
        "not_verified",
        lambda: story.outcome(
            register_line(
                services,
                _mobile(MALLORYS_NUMBER),
                story.present("alice-document", "mallory-capture", attended=True),
                now=now,
            )
        ),
    )


def _carol(story: Story, now: datetime) -> None:
    services = story.services
    cases: list[CaseId] = []

    def at_home() -> str:
        done = register_line(
            services,
            _mobile(CAROLS_NUMBER),
            story.present("carol-document", "carol-capture", attended=False),
            now=now,
        )
        if done.case is not None:
            cases.append(done.case)
        return story.outcome(done)

    story.step(
        "carol_alone_at_home",
        "Carol sends two photographs from home. They match, but prove neither document nor presence.",
        "refer",
        at_home,
    )

    def review() -> str:
        if not cases:
            return "no case"
        first, second = (
            review_case(services, cases[0], ReviewerOpinion(reviewer, Opinion.ACCEPT, None), now=now)
            for reviewer in REVIEWERS
        )
        if first.settlement is not None or second.settlement is None or second.holder is None:
            return "not settled by two"
        story.holders["Carol"] = second.holder
        people = len(second.settlement.by)
        gone = "destroyed" if second.evidence_destroyed else "never kept"
        line = story.state_of(second.holder, second.line)
        return f"accepted by {people} people, line {line}, photographs {gone}"

    story.step(
        "two_reviewers_accept_carol",
        "Two reviewers accept, each without knowing the other's opinion. Until then the photographs lay\n"
        "    sealed: with lineproof serve, a reviewer opens them by passkey, and each opening is an entry.",
        "accepted by 2 people, line active, photographs destroyed",
        review,
    )


def _dara_and_the_expired(story: Story, now: datetime) -> None:
    services = story.services
    story.step(
        "dara_takes_the_counter_path",
        "Dara does not show her face to a machine: Ada sees her and her passport, and attests. Same outcome.",
        "accept, line active",
        lambda: story.outcome(
            register_line(
                services, _mobile(DARAS_NUMBER), story.present("dara-document", None, attended=True), now=now
            ),
            "Dara",
        ),
    )
    story.step(
        "expired_document",
        "A passport that expired is shown.",
        "not_verified",
        lambda: story.outcome(
            register_line(
                services,
                LineRequest(AccessId.parse("bo.second", "12 Quay Street, Port Utopia")),
                story.present("expired-document", "bo-capture", attended=True),
                now=now,
            )
        ),
    )


def _check_log(story: Story, noted: LogHead) -> str:
    check = verify_log(earlier=noted)
    story.remarks.append(f"{check.size} entries, root {check.root_hash.hex()[:16]}...")
    return "; ".join(check.problems) or "in order"


def _monitor_log(story: Story, now: datetime) -> str:
    services = story.services
    published = publish_log(services)
    if services.tiles is None:
        return "not published"
    keys = [one.key for one in read_log_keys(services.keys, read_given_origin())]
    watching = Monitor(at=now)
    found = verify_published(services.tiles, keys=keys, visit=watching.add)
    report = watching.finish()
    story.remarks.append(f"{found.entries} of {published.head.size} entries in {found.files} files, signed")
    problems = [*found.problems, *(f"{one.rule.value}: {one.what}" for one in report.findings)]
    problems += [f"{count} entries {name}, not judged" for name, count in report.not_judged.items()]
    return "; ".join(problems) or "in order, rules kept"


def _check_receipt(story: Story) -> str:
    (line, *_) = read_lines(story.services.keys, story.holders["Alice"])
    receipt = read_receipt(story.services, line.id)
    try:
        verify(receipt.receipt, receipt.entry, receipt.key.text, receipt.key.name)
        said = read_opening(receipt.entry, receipt.opening)
    except NotProven as why:
        return str(why)
    return "proven" if line.label in said else f"of something else: {said}"


def _mobile(number: str) -> LineRequest:
    """Ask for a mobile number on a SIM whose number is made from it."""
    body = "89999" + number.removeprefix("+").rjust(13, "0")
    return LineRequest(Msisdn.parse(number), Iccid.parse(body + luhn_digit(body)))


def _verdict(decision: Decision) -> str:
    return decision.verdict.value


def _remarks(decision: Decision) -> list[str]:
    return [f"{reason.says} {reason.remedy}" for reason in decision.reasons]


def _measured(findings: tuple[Finding, ...], what: Measured) -> str:
    values = [f"{m.value:g}" for finding in findings for m in finding.measures if m.what is what]
    return values[0] if values else "unknown"
