"""The rules of one jurisdiction as a value, read from TOML in `policies/`.

A policy pack is data: changing a threshold, a cap or a clock is a change of pack, never of code. Its
digest goes into every decision and every log entry.
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from importlib import resources
from types import MappingProxyType
from typing import Any

import rfc8785

from lineproof.decision.applicants import (
    MinorTerms,
    OrganisationTerms,
    VisitorTerms,
    parse_minors,
    parse_organisations,
    parse_visitors,
)
from lineproof.decision.clocks import (
    Calendar,
    Clocks,
    CorrectionLadder,
    NoticeTerms,
    parse_calendar,
    parse_clocks,
    parse_ladder,
    parse_notice_terms,
)
from lineproof.decision.finding import Check
from lineproof.decision.pack_rules import (
    parse_required,
    parse_sources,
    refuse_early_forgetting,
    refuse_early_reuse,
    refuse_unasked_birth,
    source_of,
)
from lineproof.decision.pack_table import Table, WrongValue
from lineproof.errors import Malformed, NotFound
from lineproof.terms import LineKind, Procedure, Way

MOST_RETENTION_DAYS = 36_525
# Photographs: bounded here, so that no pack keeps them for long, whatever it says.
MOST_EVIDENCE_DAYS = 30
# How soon an entry is published: no sooner than a publisher can promise, and within a day.
LEAST_PUBLISH_S, MOST_PUBLISH_S = 5, 86_400
# A pack travels whole to the booth's worker, in a frame of 64 KiB: so much of that is for it, as JSON.
MOST_PACK_BYTES = 48 * 1024
MOST_CAP, MOST_VERSION = 9999, 999_999
_NAME = re.compile(r"[a-z][a-z0-9\-]{0,39}")
_SOME_ISSUERS = 'a list of codes of ICAO Doc 9303-3 section 5, such as "IND"'
_CODE, _ISSUER = re.compile(r"[A-Z]"), re.compile(r"[A-Z]{1,3}")
_TABLES = ("required", "face", "documents", "caps", "calendar", "clocks", "correction", "notices", "agents")
_OPTIONAL = ("visitors", "minors", "organisations")
_KEYS = ("name", "version", "source", *_TABLES, "terms", "retention", "log", *_OPTIONAL, "sources")
_MOST_DAYS = {
    "identity": MOST_RETENTION_DAYS,
    "line": MOST_RETENTION_DAYS,
    "decision": MOST_RETENTION_DAYS,
    "case": MOST_RETENTION_DAYS,
    "evidence": MOST_EVIDENCE_DAYS,
}


@dataclass(frozen=True, slots=True)
class FaceThreshold:
    """A similarity in [0, 1], larger is more alike, and the share of impostors who reach it."""

    similarity: float
    false_match_rate: float


@dataclass(frozen=True, slots=True)
class Period:
    """How many full days something is kept, 0 for not at all, and why: said after "because" to the person."""

    days: int
    because: str


@dataclass(frozen=True, slots=True)
class RetentionPeriods:
    """How long what is known of a person is kept after it has served; and photographs, while they serve.

    identity: from the end of the holder's last line. line: from the end of that line. decision: from the last
    decision of a session. case: from the decision of a case. evidence: the photographs of a referral, from
    when it was referred and at most until people have decided: 0 to 30 days. 0 keeps none for them to see.
    """

    identity: Period
    line: Period
    decision: Period
    case: Period
    evidence: Period


class LogAudience(Enum):
    """Who may read the published log where pages are served: everybody, or who has an inspector's token."""

    PUBLIC = "public"
    INSPECTORS = "inspectors"


@dataclass(frozen=True, slots=True)
class LogTerms:
    """How the log is published: for whom, and within how many seconds from when an entry is written."""

    audience: LogAudience
    publish_within_s: int


@dataclass(frozen=True, slots=True)
class AgentTerms:
    """What is asked of agents. second_looks: the share of what they attest that is looked at once more."""

    second_looks: float


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of one jurisdiction.

    required: what each way must show; required_besides: what a procedure must show on top of it.
    accept_from: a comparison at or above it passes. reject_below: one below it fails; between the two it
    is indeterminate. model_pack, calibration_version: what both thresholds are for; beside a score of another
    pack, or of another calibration of it, they mean nothing.
    terms_version: of the contract's terms, which who registers a line accepts.
    issuers: ICAO codes accepted, or None for every one not in `not_issuers`.
    visitors: None where it makes no difference who issued the document. minors: None where none is made.
    organisations: None where no line is registered for one.
    sources: where a value comes from, by the path of its key or of the table it lies in.
    digest: SHA-256 of the pack's content in canonical JSON, lower-case hexadecimal.
    """

    name: str
    version: int
    source: str
    digest: str
    required: Mapping[Way, frozenset[Check]]
    required_besides: Mapping[Procedure, frozenset[Check]]
    accept_from: FaceThreshold
    reject_below: FaceThreshold
    model_pack: str
    calibration_version: str
    document_codes: frozenset[str]
    issuers: frozenset[str] | None
    not_issuers: frozenset[str]
    unique_personal_number_issuers: frozenset[str]
    caps: Mapping[LineKind, int]
    calendar: Calendar
    clocks: Clocks
    correction: CorrectionLadder
    notices: NoticeTerms
    agents: AgentTerms
    terms_version: str
    retention: RetentionPeriods
    log: LogTerms
    visitors: VisitorTerms | None
    minors: MinorTerms | None
    organisations: OrganisationTerms | None
    sources: Mapping[str, str]
    content: Mapping[str, Any]

    def accepts_issuer(self, issuer: str) -> bool:
        """Tell whether documents of this issuer (ICAO 9303-3 section 5 code) are accepted."""
        return issuer not in self.not_issuers and (self.issuers is None or issuer in self.issuers)

    def source_of(self, path: str) -> str | None:
        """Give where the value of a key such as "clocks.case" comes from; None where it is not said."""
        return source_of(self.sources, path)


def parse_policy(content: Mapping[str, Any], *, called: str = "The policy pack") -> Policy:
    """Make a policy of a pack's content. called: its file, for errors.

    Raises Malformed with the path of the key that is missing, unknown or wrong, and what is expected there.
    Nothing is read but `content`: whether the time zone is known is found out where a record is opened.
    """
    try:
        return _policy_of(_whole(content))
    except WrongValue as error:
        raise Malformed(
            f"{called}: {error}.",
            remedy="docs/policy-packs.md says what each key may be.",
        ) from error


def parse_pack_file(text: str, *, called: str) -> Policy:
    """Make a policy of the text of a pack's file; Malformed also when it is not TOML."""
    try:
        content = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Malformed(
            f"{called} is not TOML: {error}.", remedy="The line is named; see https://toml.io for the form."
        ) from error
    return parse_policy(content, called=called)


def _whole(content: object) -> Table:
    if not isinstance(content, Mapping):
        raise WrongValue("it is no table; expected the keys of a policy pack")
    return Table("", content)


def _policy_of(pack: Table) -> Policy:
    pack.only(*_KEYS)
    accept_from, reject_below, face = _thresholds(pack)
    codes, issuers, not_issuers, unique = _documents(pack)
    required, clocks, retention = parse_required(pack), parse_clocks(pack), _retention(pack)
    minors = parse_minors(pack)
    refuse_unasked_birth(required, asked=minors is not None)
    refuse_early_reuse(clocks, line_kept_days=retention.line.days)
    calendar = parse_calendar(pack)
    refuse_early_forgetting(clocks, calendar, decision_kept_days=retention.decision.days)
    caps = pack.table("caps", *(kind.value for kind in LineKind))
    return Policy(
        name=_name(pack),
        version=pack.count("version", least=1, most=MOST_VERSION),
        source=pack.text("source"),
        required=MappingProxyType({way: required[way] for way in Way}),
        required_besides=MappingProxyType({procedure: required[procedure] for procedure in Procedure}),
        accept_from=accept_from,
        reject_below=reject_below,
        model_pack=face.text("model_pack"),
        calibration_version=face.text("calibration"),
        document_codes=codes,
        issuers=issuers,
        not_issuers=not_issuers,
        unique_personal_number_issuers=unique,
        caps=MappingProxyType({kind: caps.count(kind.value, least=1, most=MOST_CAP) for kind in LineKind}),
        calendar=calendar,
        clocks=clocks,
        correction=parse_ladder(pack),
        notices=parse_notice_terms(pack),
        agents=AgentTerms(pack.table("agents", "second_looks").fraction("second_looks")),
        terms_version=pack.table("terms", "version").text("version"),
        retention=retention,
        log=_log(pack),
        visitors=parse_visitors(pack, _issuers),
        minors=minors,
        organisations=parse_organisations(pack),
        sources=MappingProxyType(parse_sources(pack)),
        content=MappingProxyType(dict(pack.values)),
        digest=_digest(pack.values),
    )


def _name(pack: Table) -> str:
    name = pack.text("name")
    if not _NAME.fullmatch(name):
        raise pack.wrong("name", 'small letters, digits and hyphens, such as "in" or "in-6"')
    return name


def _digest(content: Mapping[str, Any]) -> str:
    """Give the digest of a pack, every value of which is right; WrongValue when it is too long."""
    size = len(json.dumps(dict(content)))
    if size > MOST_PACK_BYTES:
        raise WrongValue(f"it is {size} bytes as JSON; expected {MOST_PACK_BYTES} at most")
    return hashlib.sha256(rfc8785.dumps(dict(content))).hexdigest()


def _thresholds(pack: Table) -> tuple[FaceThreshold, FaceThreshold, Table]:
    face = pack.table("face", "model_pack", "calibration", "accept_from", "reject_below")
    accept, reject = _threshold(face, "accept_from"), _threshold(face, "reject_below")
    if reject.similarity >= accept.similarity:
        raise WrongValue(
            f"face.reject_below.similarity is {reject.similarity}; expected one below "
            f"face.accept_from.similarity, which is {accept.similarity}"
        )
    if accept.false_match_rate > reject.false_match_rate:
        raise WrongValue(
            f"face.accept_from.false_match_rate is {accept.false_match_rate}; expected no higher a false "
            f"match rate than at the lower threshold, {reject.false_match_rate}"
        )
    return accept, reject, face


def _threshold(face: Table, name: str) -> FaceThreshold:
    table = face.table(name, "similarity", "false_match_rate")
    return FaceThreshold(table.share("similarity"), table.share("false_match_rate"))


def _documents(
    pack: Table,
) -> tuple[frozenset[str], frozenset[str] | None, frozenset[str], frozenset[str]]:
    """Read `[documents]`: codes; issuers, None for any; those left out; those whose numbers are unique."""
    table = pack.table("documents", "codes", "issuers", "not_issuers", "unique_personal_number")
    codes = _codes(table, "codes", _CODE, 'a list of first letters of document codes, such as "P"')
    if not codes:
        raise table.wrong("codes", 'a list of at least one first letter of a document code, such as "P"')
    not_issuers = _issuers(table, "not_issuers")
    unique = _issuers(table, "unique_personal_number")
    if table.value("issuers", f'"any", or {_SOME_ISSUERS}') == "any":
        return codes, None, not_issuers, unique
    issuers = _codes(table, "issuers", _ISSUER, f'"any", or {_SOME_ISSUERS}')
    if not issuers:
        raise table.wrong("issuers", f'"any", or {_SOME_ISSUERS}')
    return codes, issuers, not_issuers, unique


def _issuers(table: Table, name: str) -> frozenset[str]:
    return _codes(table, name, _ISSUER, _SOME_ISSUERS)


def _codes(table: Table, name: str, form: re.Pattern[str], expected: str) -> frozenset[str]:
    codes = table.texts(name, expected)
    for code in codes:
        if not form.fullmatch(code):
            raise table.wrong_item(name, code, expected)
    return frozenset(codes)


def _retention(pack: Table) -> RetentionPeriods:
    """Read `[retention]`; one of more than a century is a mistake, or a way of never erasing."""
    table = pack.table("retention", *_MOST_DAYS)
    return RetentionPeriods(**{what: _period(table, what, most) for what, most in _MOST_DAYS.items()})


def _period(retention: Table, what: str, most_days: int) -> Period:
    table = retention.table(what, "days", "because")
    return Period(table.count("days", least=0, most=most_days), table.text("because"))


def _log(pack: Table) -> LogTerms:
    table = pack.table("log", "audience", "publish_within_s")
    names = [audience.value for audience in LogAudience]
    expected = " or ".join(f'"{name}"' for name in names)
    if table.value("audience", expected) not in names:
        raise table.wrong("audience", expected)
    within = table.count("publish_within_s", least=LEAST_PUBLISH_S, most=MOST_PUBLISH_S)
    return LogTerms(LogAudience(table.values["audience"]), within)


def policy_names() -> tuple[str, ...]:
    """List the packs that come with Lineproof."""
    folder = resources.files("lineproof.decision") / "policies"
    return tuple(sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml")))


def shipped_policy(name: str) -> Policy:
    """Read a pack that comes with Lineproof; NotFound lists the names there are."""
    if name not in policy_names():
        raise NotFound(
            f"There is no policy pack named {name!r}.", remedy=f"Choose one of: {', '.join(policy_names())}."
        )
    text = (resources.files("lineproof.decision") / "policies" / f"{name}.toml").read_text("utf-8")
    return parse_pack_file(text, called=f"policies/{name}.toml")
