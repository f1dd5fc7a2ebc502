"""The rules of one jurisdiction as a value, read from TOML in `policies/`.

A policy pack is data: changing a threshold, a cap or a clock is a change of pack, never of code. Its
digest goes into every decision and every log entry.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from importlib import resources
from types import MappingProxyType
from typing import Any

import rfc8785

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
from lineproof.errors import Malformed, NotFound
from lineproof.terms import LineKind, Procedure, Way

MOST_RETENTION_DAYS = 36_525
# Photographs: bounded here, so that no pack keeps them for long, whatever it says.
MOST_EVIDENCE_DAYS = 30
# How soon an entry is published: no sooner than a publisher can promise, and within a day.
LEAST_PUBLISH_S, MOST_PUBLISH_S = 5, 86_400
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
class Policy:
    """The rules of one jurisdiction.

    required: what each way must show; required_besides: what a procedure must show on top of it.
    accept_from: a comparison at or above it passes. reject_below: one below it fails; between the two it
    is indeterminate. model_pack, calibration_version: what both thresholds are for; beside a score of another
    pack, or of another calibration of it, they mean nothing.
    terms_version: of the contract's terms, which who registers a line accepts.
    issuers: ICAO codes accepted, or None for every one not in `not_issuers`.
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
    terms_version: str
    retention: RetentionPeriods
    log: LogTerms
    content: Mapping[str, Any]

    def accepts_issuer(self, issuer: str) -> bool:
        """Tell whether documents of this issuer (ICAO 9303-3 section 5 code) are accepted."""
        return issuer not in self.not_issuers and (self.issuers is None or issuer in self.issuers)


def parse_policy(content: Mapping[str, Any]) -> Policy:
    """Make a policy of a pack's content; Malformed names the key that is missing or wrong."""
    try:
        face, documents = content["face"], content["documents"]
        policy = Policy(
            name=str(content["name"]),
            version=_count(content["version"]),
            source=str(content["source"]),
            digest=hashlib.sha256(rfc8785.dumps(dict(content))).hexdigest(),
            required=MappingProxyType({way: _checks(content, way.value) for way in Way}),
            required_besides=MappingProxyType({p: _checks(content, p.value) for p in Procedure}),
            accept_from=_threshold(face["accept_from"]),
            reject_below=_threshold(face["reject_below"]),
            model_pack=_name(face["model_pack"]),
            calibration_version=_name(face["calibration"]),
            document_codes=_words(documents["codes"]),
            issuers=None if documents["issuers"] == "any" else _words(documents["issuers"]),
            not_issuers=_words(documents["not_issuers"]),
            unique_personal_number_issuers=_words(documents["unique_personal_number"]),
            caps=MappingProxyType({kind: _count(content["caps"][kind.value]) for kind in LineKind}),
            calendar=parse_calendar(content["calendar"]),
            clocks=parse_clocks(content["clocks"]),
            correction=parse_ladder(content["correction"]),
            notices=parse_notice_terms(content["notices"]),
            terms_version=_name(content["terms"]["version"]),
            retention=_retention(content["retention"]),
            log=_log(content["log"]),
            content=MappingProxyType(dict(content)),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Malformed(
            f"The policy pack is not complete or not right: {error}.",
            remedy="Compare it with policies/generic.toml.",
        ) from error
    _refuse_contradictions(policy)
    return policy


def _words(value: object) -> frozenset[str]:
    """Take a list of texts; a text by itself would be taken for a list of its letters."""
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise TypeError(f"{value!r} is not a list of texts")
    return frozenset(value)


def _count(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(f"{value!r} is not a whole number from 0 up")
    return value


def _name(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise TypeError(f"{value!r} is not a text")
    return value


def _threshold(value: Mapping[str, float]) -> FaceThreshold:
    threshold = FaceThreshold(**value)
    for share in (threshold.similarity, threshold.false_match_rate):
        if not isinstance(share, float) or not 0.0 < share < 1.0:
            raise ValueError(f"{share!r} is not a number between 0 and 1")
    return threshold


def _retention(table: Mapping[str, Any]) -> RetentionPeriods:
    return RetentionPeriods(**{what: _period(table[what], what, most) for what, most in _MOST_DAYS.items()})


def _period(value: Mapping[str, Any], what: str, most_days: int) -> Period:
    """Take a period; one of more than a century is a mistake, or a way of never erasing."""
    period = Period(**value)
    if _count(period.days) > most_days:
        raise ValueError(f"retention.{what}.days is {period.days}, and may be {most_days} at most")
    return Period(period.days, _name(period.because))


def _log(table: Mapping[str, Any]) -> LogTerms:
    audience, names = table["audience"], [audience.value for audience in LogAudience]
    if audience not in names:
        raise ValueError(f"log.audience is {audience!r}, and may be {' or '.join(names)}")
    terms = LogTerms(**{**table, "audience": LogAudience(audience)})
    if not LEAST_PUBLISH_S <= _count(terms.publish_within_s) <= MOST_PUBLISH_S:
        bounds = f"{LEAST_PUBLISH_S} to {MOST_PUBLISH_S}"
        raise ValueError(f"log.publish_within_s is {terms.publish_within_s}, and may be {bounds}")
    return terms


def _checks(content: Mapping[str, Any], whose: str) -> frozenset[Check]:
    return frozenset(Check(name) for name in content["required"][whose])


def _refuse_contradictions(policy: Policy) -> None:
    if policy.reject_below.similarity >= policy.accept_from.similarity:
        raise Malformed("In the policy pack, face.reject_below must lie below face.accept_from.")
    if policy.accept_from.false_match_rate > policy.reject_below.false_match_rate:
        raise Malformed("In the policy pack, the higher face threshold has the higher false match rate.")
    for way in Way:
        if not policy.required[way]:
            raise Malformed(f"In the policy pack, required.{way.value} is empty: nothing would be checked.")


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
    return parse_policy(tomllib.loads(text))
