"""The closed schema of what may leave the booth: enums, quantised measures, and the lines of one zone.

There is no free text in an answer, and nothing of an image. The parent reads an answer with `parse_answer`,
which refuses whatever is outside the schema, in another order, or spelled otherwise. What may be said of each
check, and how many bits all of it can carry, is in `answer_schema`.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar
from uuid import UUID

from lineproof.booth.answer_schema import (
    MILLISECONDS_STEP,
    MOST_MILLISECONDS,
    MOST_PIXELS_A_SIDE,
    MOST_REPAIRED,
    SAYABLE,
    ZONE_ALPHABET,
    ZONE_SHAPES,
)
from lineproof.decision.finding import Check, Finding, Measure, Measured, Outcome
from lineproof.decision.reasons import ReasonCode
from lineproof.errors import ImageProblem
from lineproof.ports import Examination, SeenZone, Stage
from lineproof.referral import WRAPPED_KEY_BYTES
from lineproof.terms import SessionId

VERSION = 3
SURENESS = re.compile(r"[0-9]+")
CORNERS = 4
ZONE_LINE = re.compile(f"[{ZONE_ALPHABET}]+")
MOST_PLACES = max(count * length for count, length in ZONE_SHAPES)
_EXAMINATION = frozenset(
    ("session", "attested_document", "findings", "zone", "repaired", "milliseconds", "seen", "wrapped_key")
)
CHECKS_IN_ORDER = {check: number for number, check in enumerate(Check)}


class Part(Enum):
    """Which of the two files is meant."""

    DOCUMENT = "document"
    CAPTURE = "capture"


@dataclass(frozen=True, slots=True)
class Unusable:
    """A file that cannot be used. width_px, height_px: as its header states, 0 where unknown."""

    session: SessionId
    part: Part
    problem: ImageProblem
    width_px: int = 0
    height_px: int = 0


@dataclass(frozen=True, slots=True)
class OtherModels:
    """The policy's thresholds are for other models, or another calibration of them, than are loaded here."""

    session: SessionId


@dataclass(frozen=True, slots=True)
class Unopened:
    """The evidence does not open under its terms, or holds other photographs than the way wants."""

    session: SessionId


@dataclass(frozen=True, slots=True)
class Broken:
    """The worker met a fault of ours. It says nothing more: an error's text could carry anything."""


Answer = Examination | Unusable | OtherModels | Unopened | Broken


class OutsideSchema(Exception):
    """An answer that is not one."""


def answer_bytes(answer: Answer) -> bytes:
    """Write an answer."""
    match answer:
        case Examination():
            content: dict[str, Any] = _examination(answer)
        case Unusable():
            content = {
                "session": str(answer.session),
                "unusable": [answer.part.value, answer.problem.value, answer.width_px, answer.height_px],
            }
        case OtherModels():
            content = {"session": str(answer.session), "other_models": True}
        case Unopened():
            content = {"session": str(answer.session), "unopened": True}
        case Broken():
            content = {"broken": True}
    return json.dumps({"v": VERSION, **content}).encode()


def parse_answer(content: bytes, *, explain: bool, may_wrap: bool) -> Answer:
    """Read an answer; OutsideSchema for anything that `answer_bytes` would not have written to the byte.

    Another spelling or order of the same answer would be room for bits that are in no field.

    explain: whether the assignment asked where the zone was seen; nothing else may say it. may_wrap: whether
    it named the key of a case; without one no wrapped key may come.
    """
    answer = _parse(content)
    if isinstance(answer, Examination) and answer.seen is not None and not explain:
        raise OutsideSchema("seen, and nobody asked")
    if isinstance(answer, Examination) and answer.wrapped_key is not None and not may_wrap:
        raise OutsideSchema("a key for no case")
    if answer_bytes(answer) != content:
        raise OutsideSchema("not as it is written")
    return answer


def _parse(content: bytes) -> Answer:
    try:
        fields = json.loads(content)
        version, kinds = fields.pop("v"), frozenset(fields)
        if version != VERSION:
            raise OutsideSchema("another version")
        if kinds == {"broken"}:
            return Broken()
        if kinds == {"session", "other_models"}:
            return OtherModels(SessionId(UUID(fields["session"])))
        if kinds == {"session", "unopened"}:
            return Unopened(SessionId(UUID(fields["session"])))
        if kinds == {"session", "unusable"}:
            part, problem, width, height = fields["unusable"]
            return Unusable(
                SessionId(UUID(fields["session"])),
                Part(part),
                ImageProblem(problem),
                _whole(width, MOST_PIXELS_A_SIDE),
                _whole(height, MOST_PIXELS_A_SIDE),
            )
        if kinds != _EXAMINATION:
            raise OutsideSchema("other fields")
        return _parse_examination(fields)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError) as error:
        raise OutsideSchema(type(error).__name__) from error


def _examination(answer: Examination) -> dict[str, Any]:
    return {
        "session": str(answer.session),
        "attested_document": answer.attested_document,
        "findings": [
            [
                finding.check.value,
                finding.outcome.value,
                None if finding.reason is None else finding.reason.value,
                [[measure.what.value, measure.value] for measure in finding.measures],
            ]
            for finding in answer.findings
        ],
        "zone": answer.zone,
        "repaired": [list(place) for place in answer.repaired],
        "milliseconds": [answer.milliseconds.get(stage) for stage in Stage],
        "seen": None if answer.seen is None else _seen(answer.seen),
        "wrapped_key": None if answer.wrapped_key is None else answer.wrapped_key.hex(),
    }


def _parse_examination(fields: Mapping[str, Any]) -> Examination:
    findings = tuple(_parse_finding(*row) for row in _few(fields["findings"], len(SAYABLE)))
    places = [CHECKS_IN_ORDER[finding.check] for finding in findings]
    if not findings or places != sorted(set(places)):
        raise OutsideSchema("no check, one twice, or out of order")
    if type(fields["attested_document"]) is not bool:
        raise OutsideSchema("neither attested nor not")
    zone = _parse_zone(fields["zone"])
    return Examination(
        session=SessionId(UUID(fields["session"])),
        attested_document=fields["attested_document"],
        findings=findings,
        zone=zone,
        repaired=_parse_repaired(fields["repaired"], zone),
        milliseconds={
            stage: _milliseconds(ms)
            for stage, ms in zip(Stage, fields["milliseconds"], strict=True)
            if ms is not None
        },
        seen=_parse_seen(fields["seen"], zone),
        wrapped_key=_parse_wrapped(fields["wrapped_key"]),
    )


def _parse_finding(check: str, outcome: str, reason: str | None, measures: list[list[Any]]) -> Finding:
    parsed = []
    for name, value in _few(measures, len(Measured)):
        measure = Measure(Measured(name), value)
        if measure.value != value:
            raise OutsideSchema("a measure off its steps")
        parsed.append(measure)
    code = None if reason is None else ReasonCode(reason)
    finding = Finding(Check(check), Outcome(outcome), code, tuple(parsed))
    if finding.check not in SAYABLE or not SAYABLE[finding.check].allows(finding):
        raise OutsideSchema("not to be said of this check")
    return finding


def _seen(seen: SeenZone) -> list[Any]:
    return [seen.width_px, seen.height_px, [list(each) for each in seen.corners], list(seen.sureness)]


def _parse_seen(seen: list[Any] | None, zone: tuple[str, ...] | None) -> SeenZone | None:
    if seen is None:
        return None
    width, height, corners, sureness = seen
    if zone is None or [len(line) for line in sureness] != [len(line) for line in zone]:
        raise OutsideSchema("sureness of other lines than the zone's")
    if len(corners) != CORNERS or not all(SURENESS.fullmatch(line) for line in sureness):
        raise OutsideSchema("sureness that is no digit, or no four corners")
    return SeenZone(
        width_px=_whole(width, MOST_PIXELS_A_SIDE),
        height_px=_whole(height, MOST_PIXELS_A_SIDE),
        corners=tuple(
            (_whole(x, MOST_PIXELS_A_SIDE), _whole(y, MOST_PIXELS_A_SIDE)) for x, y in _few(corners, CORNERS)
        ),
        sureness=tuple(sureness),
    )


def _parse_zone(zone: list[str] | None) -> tuple[str, ...] | None:
    if zone is None:
        return None
    lines = tuple(zone)
    shapes = {(len(lines), len(line)) for line in lines}
    if len(shapes) != 1 or not shapes <= ZONE_SHAPES or not all(ZONE_LINE.fullmatch(line) for line in lines):
        raise OutsideSchema("not a zone")
    return lines


def _parse_repaired(places: list[list[Any]], zone: tuple[str, ...] | None) -> tuple[tuple[int, int], ...]:
    """Read places within the zone, or, when none was understood, within some one shape of a zone."""
    shapes = ZONE_SHAPES if zone is None else {(len(zone), len(zone[0]))}
    repaired = tuple(
        (_whole(line, MOST_PLACES), _whole(at, MOST_PLACES)) for line, at in _few(places, MOST_REPAIRED)
    )
    if not any(all(line < count and at < length for line, at in repaired) for count, length in shapes):
        raise OutsideSchema("a repair beyond the zone")
    if list(repaired) != sorted(set(repaired)):
        raise OutsideSchema("repairs out of order")
    return repaired


def _parse_wrapped(key: str | None) -> bytes | None:
    if key is None:
        return None
    wrapped = bytes.fromhex(key)
    if len(wrapped) != WRAPPED_KEY_BYTES:
        raise OutsideSchema("not a wrapped key")
    return wrapped


def _milliseconds(value: object) -> int:
    whole = _whole(value, MOST_MILLISECONDS)
    if whole % MILLISECONDS_STEP:
        raise OutsideSchema("a time off its steps")
    return whole


def _whole(value: object, most: int) -> int:
    if type(value) is not int or not 0 <= value <= most:
        raise OutsideSchema("not a whole number in its range")
    return value


T = TypeVar("T")


def _few(values: list[T], most: int) -> list[T]:
    if not isinstance(values, list) or len(values) > most:
        raise OutsideSchema("too many")
    return values
