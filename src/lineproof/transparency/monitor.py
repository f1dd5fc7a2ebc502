"""Compute from a log's entries alone whether the rules were kept, and what is asked of it first.

Nothing but the entries is read; that they are the log's, `audit_log` verifies. They name staff by pseudonyms
of one procedure, so that nothing across procedures, and nothing about a person, can be computed here.

Memory grows with the procedures that have not ended, and with those that ended and in which people decided,
since an appeal has to be heard by somebody else: by one to two kilobytes each. What else ended is forgotten.
An entry that goes on with what is forgotten is judged as the first of its procedure, and breaks the rules
that want something before it: a second registration has no acceptance, and evidence no case. Not seen then:
an appeal that is decided by the agent who attested, where a machine decided and the procedure had ended.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from lineproof.transparency.monitor_entry import (
    BESIDE,
    ENDED,
    STAGES,
    UNDER_WAY,
    IllFormed,
    LoggedEntry,
    OtherVersion,
    moment_text,
    read_entry,
    shown,
)
from lineproof.transparency.monitor_finding import TOLERANCE, Finding, Rule
from lineproof.transparency.monitor_noting import note
from lineproof.transparency.monitor_procedure import Procedure
from lineproof.transparency.monitor_rules import CHECKS, ended_is_ended, never_told, overdue

MOST_FINDINGS_OF_A_RULE = 20
MOST_NAMES = 50
OTHERS = "others"

_DECISIONS = {"decided", "case_decided", "dispute_decided", "appeal_decided"}


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many procedures are at a stage that is not their end, and since when the oldest of them is."""

    stage: str
    procedures: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Summary:
    """What the entries of version 3 say together. Of more than 50 different names the rest are one, `others`.

    first_at, last_at: the earliest and the latest time; None without such an entry. kinds, decisions,
    policies, releases: entries by kind, by what was decided, by policy pack and by release.
    """

    first_at: datetime | None
    last_at: datetime | None
    kinds: Mapping[str, int]
    waiting: tuple[Waiting, ...]
    decisions: Mapping[str, int]
    policies: Mapping[str, int]
    releases: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Report:
    """What a monitor found in the entries it was given.

    findings: of each rule the first 20, by number of entry. broken: how many there are of each broken rule.
    not_judged: entries of a version or a kind that is not known here, by which it is.
    """

    entries: int
    findings: tuple[Finding, ...]
    broken: Mapping[Rule, int]
    not_judged: Mapping[str, int]
    summary: Summary


class Monitor:
    """Takes the entries of a log in their order, and then reports."""

    def __init__(self, *, at: datetime) -> None:
        """Begin. at: what time it is for the monitor, aware; no entry may be written later."""
        self._at = at
        self._entries = 0
        self._newest: datetime | None = None
        self._procedures: dict[str, Procedure] = {}
        self._findings: dict[Rule, list[Finding]] = {}
        self._broken: Counter[Rule] = Counter()
        self._not_judged: Counter[str] = Counter()
        self._kinds: Counter[str] = Counter()
        self._decisions: Counter[str] = Counter()
        self._policies: Counter[str] = Counter()
        self._releases: Counter[str] = Counter()
        self._first_at: datetime | None = None
        self._last_at: datetime | None = None

    def add(self, index: int, content: bytes) -> None:
        """Judge the next entry, whatever its bytes are."""
        self._entries += 1
        match read_entry(index, content):
            case IllFormed(subject, what):
                self._keep([Finding(Rule.FORM, index, subject, what)])
            case OtherVersion(version):
                _count(self._not_judged, f"version {version}")
            case LoggedEntry() as entry:
                self._sum_up(entry)
                self._judge(entry)

    def finish(self) -> Report:
        """Find what is overdue, and report."""
        for procedure in self._procedures.values():
            self._keep(overdue(procedure, self._at))
        kept = [finding for findings in self._findings.values() for finding in findings]
        summary = Summary(
            first_at=self._first_at,
            last_at=self._last_at,
            kinds=dict(self._kinds),
            waiting=tuple(self._waiting()),
            decisions=dict(self._decisions),
            policies=dict(self._policies),
            releases=dict(self._releases),
        )
        return Report(
            self._entries,
            tuple(sorted(kept, key=lambda finding: finding.index)),
            {rule: self._broken[rule] for rule in Rule if self._broken[rule]},
            dict(self._not_judged),
            summary,
        )

    def _judge(self, entry: LoggedEntry) -> None:
        """Judge an entry by its procedure so far, then note it; of an unknown kind, note its stage alone.

        What stands beside a procedure neither ends nor begins one: of one that is forgotten nothing is kept.
        """
        beside = entry.kind in BESIDE
        forgotten = beside and entry.subject not in self._procedures
        procedure = self._procedures.setdefault(
            entry.subject, Procedure(entry.subject, UNDER_WAY, since=entry.at)
        )
        if entry.kind in CHECKS:
            self._keep(self._time_order(entry))
            self._keep(ended_is_ended(procedure, entry))
            for check in CHECKS[entry.kind]:
                self._keep(check(procedure, entry))
        else:
            _count(self._not_judged, f"kind {shown(entry.kind)}")
        note(procedure, entry)
        if entry.stage == ENDED and not beside:
            self._keep(never_told(procedure))
            procedure.untold.clear()
        if forgotten or procedure.is_over():
            del self._procedures[entry.subject]

    def _time_order(self, entry: LoggedEntry) -> Iterator[Finding]:
        """Let no act be dated back, nor forward."""
        if entry.at - self._at > TOLERANCE:
            # It does not count as the newest: else every entry after it would be dated back.
            said = f"It is dated {moment_text(entry.at)}, which is yet to come."
            yield Finding(Rule.TIME_ORDER, entry.index, entry.subject, said)
            return
        if self._newest is not None and self._newest - entry.at > TOLERANCE:
            said = f"It is dated {moment_text(entry.at)}, after an entry of {moment_text(self._newest)}."
            yield Finding(Rule.TIME_ORDER, entry.index, entry.subject, said)
        self._newest = entry.at if self._newest is None else max(self._newest, entry.at)

    def _keep(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            self._broken[finding.rule] += 1
            kept = self._findings.setdefault(finding.rule, [])
            if len(kept) < MOST_FINDINGS_OF_A_RULE:
                kept.append(finding)

    def _sum_up(self, entry: LoggedEntry) -> None:
        self._first_at = entry.at if self._first_at is None else min(self._first_at, entry.at)
        self._last_at = entry.at if self._last_at is None else max(self._last_at, entry.at)
        _count(self._kinds, shown(entry.kind))
        _count(self._policies, entry.policy)
        _count(self._releases, shown(entry.release))
        if entry.kind in _DECISIONS:
            _count(self._decisions, shown(entry.outcome))

    def _waiting(self) -> Iterator[Waiting]:
        for stage in STAGES:
            since = [one.since for one in self._procedures.values() if one.stage == stage]
            if since and stage != ENDED:
                yield Waiting(stage, len(since), min(since))


def _count(counts: Counter[str], name: str) -> None:
    counts[name if name in counts or len(counts) < MOST_NAMES else OTHERS] += 1
