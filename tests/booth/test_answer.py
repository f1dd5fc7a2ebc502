"""What may leave the booth: nothing outside the schema is read, whatever a worker says."""

import itertools
import json
import math
import string
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineproof.booth.answer import (
    Broken,
    OtherModels,
    OutsideSchema,
    Part,
    Unopened,
    Unusable,
    answer_bytes,
)
from lineproof.booth.answer import parse_answer as parse
from lineproof.booth.answer_schema import MOST_REPAIRED, OF_FACES, SAYABLE, Sayable, bound
from lineproof.booth.wire import ANSWER_BYTES
from lineproof.decision.finding import Check, Finding, Measure, Measured, Outcome
from lineproof.decision.reasons import ReasonCode
from lineproof.errors import ImageProblem
from lineproof.face.quality import (
    QUALITY_CHECKS,
    FaceMeasures,
    QualityLimits,
    check_capture_quality,
    limit_of,
)
from lineproof.ports import Examination, SeenZone, Stage
from lineproof.terms import SessionId

SESSION = SessionId(UUID("4b3c1d4e-9f6a-4f0e-8a51-0c9d2f7b6e11"))
ZONE = ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10")


def a_measure(what: Measured) -> st.SearchStrategy[Measure]:
    return st.floats(what.unit.low, what.unit.high).map(lambda value: Measure(what, value))


@st.composite
def findings(draw: st.DrawFn) -> tuple[Finding, ...]:
    found = []
    for check in draw(st.sets(st.sampled_from(sorted(SAYABLE, key=list(Check).index)), min_size=1)):
        sayable = SAYABLE[check]
        outcome, reason = draw(st.sampled_from([(Outcome.PASS, None), *sayable.against]))
        most = len(sayable.measures) if sayable.most < 0 else sayable.most
        given_ = (
            draw(st.sets(st.sampled_from(sayable.measures), max_size=most)) if sayable.measures else set()
        )
        measures = [draw(a_measure(what)) for what in sorted(given_, key=list(Measured).index)]
        found.append(Finding(check, outcome, reason, tuple(measures)))
    return tuple(sorted(found, key=lambda finding: list(Check).index(finding.check)))


def parse_answer(content: bytes) -> object:
    """Read an answer to an assignment that asks where the zone was seen."""
    return parse(content, explain=True, may_wrap=True)


SHAPES = [(3, 30), (2, 36), (2, 44)]
ZONES = {
    (2, 44): ZONE,
    (2, 36): ("I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6"),
    (3, 30): (
        "I<UTOD231458907<<<<<<<<<<<<<<<",
        "7408122F1204159UTO<<<<<<<<<<<6",
        "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
    ),
}


@st.composite
def zones_and_repairs(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a zone of any shape, or none, and places that lie in that shape."""
    count, length = draw(st.sampled_from(SHAPES))
    line = st.text(string.ascii_uppercase + string.digits + "<", min_size=length, max_size=length)
    place = st.tuples(st.integers(0, count - 1), st.integers(0, length - 1))
    return {
        "zone": draw(st.none() | st.tuples(*[line] * count)),
        "repaired": tuple(sorted(draw(st.sets(place, max_size=MOST_REPAIRED)))),
    }


examinations = st.builds(
    lambda seen, **others: Examination(**seen, **others),
    seen=zones_and_repairs(),
    session=st.uuids().map(SessionId),
    attested_document=st.booleans(),
    findings=findings(),
    milliseconds=st.dictionaries(st.sampled_from(Stage), st.integers(0, 2000).map(lambda ms: 10 * ms)),
)
unusables = st.builds(
    Unusable,
    session=st.uuids().map(SessionId),
    part=st.sampled_from(Part),
    problem=st.sampled_from(ImageProblem),
    width_px=st.integers(0, 2**16 - 1),
    height_px=st.integers(0, 2**16 - 1),
)


other_models = st.builds(OtherModels, session=st.uuids().map(SessionId))
unopened = st.builds(Unopened, session=st.uuids().map(SessionId))


@given(answer=examinations | unusables | other_models | unopened | st.just(Broken()))
def test_every_answer_is_read_as_it_was_meant_and_written_the_same_again(answer):
    content = answer_bytes(answer)
    assert parse_answer(content) == answer
    assert answer_bytes(parse_answer(content)) == content


SEEN = SeenZone(
    width_px=4000,
    height_px=3000,
    corners=((10, 20), (3000, 30), (3001, 230), (9, 220)),
    sureness=("9" * 44, "8" * 44),
)


def an_examination() -> dict[str, Any]:
    """What a worker writes in the ordinary case, as JSON."""
    return json.loads(
        answer_bytes(
            Examination(
                session=SESSION,
                attested_document=True,
                findings=(
                    Finding(
                        Check.ONE_FACE,
                        Outcome.FAIL,
                        ReasonCode.TWO_FACES,
                        (Measure(Measured.RIVAL_FACE, 0.9),),
                    ),
                    Finding(Check.SAME_PERSON, Outcome.PASS, None, (Measure(Measured.SIMILARITY, 0.913),)),
                    Finding(Check.LIVE, Outcome.INDETERMINATE, ReasonCode.NOT_PROVEN_LIVE),
                ),
                zone=ZONE,
                repaired=((0, 5), (1, 43)),
                milliseconds={Stage.DECODE: 40, Stage.COMPARE: 0},
                seen=SEEN,
            )
        )
    )


junk = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.floats()
    | st.text(max_size=60)
    | st.sampled_from([c.value for c in (*Check, *Outcome, *ReasonCode, *Measured, *Stage, *Part)]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, part in inner for place in _places(part, (*path, key)))]


def _replaced(value: Any, path: tuple[Any, ...], change: Callable[[Any], Any]) -> Any:
    if not path:
        return change(value)
    copy = value.copy()
    copy[path[0]] = _replaced(copy[path[0]], path[1:], change)
    return copy


def _mutated(old: Any, *, how: str, value: Any, key: str) -> Any:
    """Change one place; where the change does not apply, replace it."""
    match how, old:
        case "add", dict():
            value = {**old, key: value}
        case "add", list():
            value = [*old, value]
        case "add", str():
            value = old + key
        case "repeat", list():
            value = old + old[:1]
        case "remove", list():
            value = old[1:]
        case "remove", dict():
            value = dict(list(old.items())[1:])
    return value


@st.composite
def mutations(draw: st.DrawFn) -> Any:
    """Change one to three places of a valid answer: another value, one more, or one less."""
    answer = an_examination()
    for _ in range(draw(st.integers(1, 3))):
        place, value = draw(st.sampled_from(_places(answer))), draw(junk)
        how = draw(st.sampled_from(["replace", "add", "repeat", "remove"]))

        key = draw(st.text(max_size=8))
        answer = _replaced(answer, place, partial(_mutated, how=how, value=value, key=key))
    return answer


def _texts(value: Any) -> set[str]:
    if isinstance(value, str):
        return {value}
    parts = [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else []
    return {text for part in parts for text in _texts(part)}


ALLOWED_TEXTS = {member.value for kind in (Check, Outcome, ReasonCode, Measured, Stage) for member in kind}
KEYS = {"v", "session", "attested_document", "findings", "zone", "repaired", "milliseconds", "seen", "broken"}
KEYS |= {"wrapped_key"}


@settings(max_examples=400)
@given(mutated=mutations())
def test_a_mutated_answer_is_refused_or_read_as_a_value_of_the_schema_alone(mutated):
    try:
        answer = parse_answer(json.dumps(mutated).encode())
    except OutsideSchema:
        return
    written = answer_bytes(answer)
    assert parse_answer(written) == answer
    for text in _texts(json.loads(written)) - ALLOWED_TEXTS - KEYS:
        is_zone = len(text) in {30, 36, 44} and set(text) <= set(string.ascii_uppercase + string.digits + "<")
        assert is_zone or str(UUID(text)) == text


@given(content=st.binary(max_size=200))
def test_bytes_that_are_no_answer_are_refused(content):
    with pytest.raises(OutsideSchema):
        parse_answer(content)


def changed(*path: Any, to: Any) -> bytes:
    """Write an ordinary answer with one place changed."""
    return json.dumps(_replaced(an_examination(), path, lambda _: to)).encode()


SIMILARITY = ("findings", 1, 3, 0, 1)
OUTSIDE = {
    "another version": changed("v", to=1),
    "version missing": json.dumps({"broken": True}).encode(),
    "one key more": json.dumps({**an_examination(), "note": "x"}).encode(),
    "one key less": json.dumps({k: v for k, v in an_examination().items() if k != "zone"}).encode(),
    "broken and more": json.dumps({"v": 2, "broken": True, "why": "her name"}).encode(),
    "an unknown check": changed("findings", 1, 0, to="is_pretty"),
    "an unknown outcome": changed("findings", 1, 1, to="maybe"),
    "an unknown reason": changed("findings", 0, 2, to="Alice Abelard"),
    "an unknown measure": changed("findings", 1, 3, 0, 0, to="age"),
    "an unknown stage": changed("milliseconds", to=[1] * 8),
    "a pass with a reason": changed("findings", 1, 2, to="two_faces"),
    "a fail without a reason": changed("findings", 0, 2, to=None),
    "a check twice": changed("findings", to=[*an_examination()["findings"], an_examination()["findings"][0]]),
    "findings out of order": changed("findings", to=an_examination()["findings"][::-1]),
    "a reason of another check": changed("findings", 0, 2, to="document_expired"),
    "an outcome that the check never has": changed("findings", 2, 1, to="fail"),
    "a check of the record": changed("findings", 2, to=["within_cap", "pass", None, []]),
    "a measure of another check": changed("findings", 1, 3, to=[["cap", 1]]),
    "a measure too many": changed("findings", 1, 3, to=[["rival_face", 0.5], ["similarity", 0.913]]),
    "too many findings": changed("findings", to=an_examination()["findings"] * 20),
    "a similarity off its step": changed(*SIMILARITY, to=0.9131),
    "a similarity above its range": changed(*SIMILARITY, to=1.001),
    "a similarity below its range": changed(*SIMILARITY, to=-0.001),
    "a similarity that is no number": changed(*SIMILARITY, to=float("nan")),
    "a similarity without end": changed(*SIMILARITY, to=float("inf")),
    "a similarity in words": changed(*SIMILARITY, to="0.913"),
    "a similarity in a list": changed(*SIMILARITY, to=[0.913]),
    "a line of 45 characters": changed("zone", 0, to=ZONE[0] + "<"),
    "a line of 43 characters": changed("zone", 0, to=ZONE[0][:-1]),
    "a line in lower case": changed("zone", 0, to=ZONE[0].lower()),
    "a line that ends in a new line": changed("zone", 0, to=ZONE[0] + "\n"),
    "three lines": changed("zone", to=[*ZONE, ZONE[0]]),
    "one line": changed("zone", to=[ZONE[0]]),
    "no line": changed("zone", to=[]),
    "two lines of 30": changed("zone", to=[*ZONES[3, 30][:2]]),
    "three lines of 36": changed("zone", to=[ZONES[2, 36][0]] * 3),
    "four lines of 30": changed("zone", to=[*ZONES[3, 30], ZONES[3, 30][0]]),
    "lines of 44 and 36": changed("zone", to=[ZONE[0], ZONES[2, 36][1]]),
    "a line that is a number": changed("zone", 1, to=44),
    "a line that is a list": changed("zone", 1, to=["<"] * 44),
    "a line with a small letter at its end": changed("zone", 1, to=ZONE[1][:-1] + "k"),
    "a line with a digit of another script": changed("zone", 1, to=ZONE[1][:-1] + "\u0663"),
    "a zone in one text": changed("zone", to="".join(ZONE)),
    "a repair beyond the line": changed("repaired", to=[[0, 44]]),
    "a repair of a third line": changed("repaired", to=[[2, 0]]),
    "a repair at a fraction": changed("repaired", to=[[0, 1.0]]),
    "a repair at true": changed("repaired", to=[[True, 1]]),
    "a repair below nought": changed("repaired", to=[[0, -1]]),
    "91 repairs": changed("repaired", to=[[0, 0]] * 91),
    "a time as a fraction": changed("milliseconds", 0, to=40.0),
    "a time below nought": changed("milliseconds", 0, to=-10),
    "a time above twenty seconds": changed("milliseconds", 0, to=20_010),
    "a time off its steps": changed("milliseconds", 0, to=41),
    "a stage less": changed("milliseconds", to=[10] * (len(Stage) - 1)),
    "attested in words": changed("attested_document", to="yes"),
    "attested as a number": changed("attested_document", to=1),
    "a session in words": changed("session", to="Alice"),
    "an unusable part that is none": json.dumps(
        {"v": 2, "session": str(SESSION), "unusable": ["passport", "damaged", 0, 0]}
    ).encode(),
    "an unusable size as a fraction": json.dumps(
        {"v": 2, "session": str(SESSION), "unusable": ["document", "damaged", 0.5, 0]}
    ).encode(),
    "lists without end": b"[" * 8000,
    "nothing": b"",
    "two answers": b'{"v": 2, "broken": true}{"v": 2, "broken": true}',
}


@pytest.mark.parametrize("content", OUTSIDE.values(), ids=OUTSIDE.keys())
def test_an_answer_outside_the_schema_is_refused(content):
    with pytest.raises(OutsideSchema):
        parse_answer(content)


@pytest.mark.parametrize(("count", "length"), SHAPES)
def test_a_repair_is_within_the_lines_of_its_own_zone(count: int, length: int):
    def answered(line: int, at: int) -> bytes:
        answer = {**an_examination(), "zone": ZONES[count, length], "seen": None, "repaired": [[line, at]]}
        return json.dumps(answer).encode()

    assert parse_answer(answered(count - 1, length - 1)).repaired == ((count - 1, length - 1),)
    for line, at in [(count, 0), (0, length), (count - 1, length)]:
        with pytest.raises(OutsideSchema):
            parse_answer(answered(line, at))


def test_without_a_zone_all_repairs_are_within_some_one_shape():
    def answered(*places: tuple[int, int]) -> bytes:
        return json.dumps({**an_examination(), "zone": None, "seen": None, "repaired": places}).encode()

    assert parse_answer(answered((2, 29))).repaired == ((2, 29),)
    assert parse_answer(answered((1, 43))).repaired == ((1, 43),)
    for places in [((1, 43), (2, 29)), ((2, 30),), ((1, 44),), ((3, 0),)]:
        with pytest.raises(OutsideSchema):
            parse_answer(answered(*places))


@pytest.mark.parametrize("shape", SHAPES)
def test_the_longest_answer_fits_its_frame(shape: tuple[int, int]):
    answer = Examination(
        session=SESSION,
        attested_document=False,
        findings=tuple(
            Finding(
                check,
                Outcome.INDETERMINATE,
                max(ReasonCode, key=lambda code: len(code.value)),
                tuple(Measure(what, what.unit.high - what.unit.step) for what in sayable.measures),
            )
            for check, sayable in SAYABLE.items()
        ),
        zone=ZONES[shape],
        repaired=tuple((line, at) for line in range(shape[0]) for at in range(shape[1])),
        milliseconds=dict.fromkeys(Stage, 20_000),
        seen=SeenZone(65535, 65535, ((65535, 65535),) * 4, tuple("9" * shape[1] for _ in range(shape[0]))),
    )
    assert len(answer_bytes(answer)) <= ANSWER_BYTES


REWRITTEN = {
    "a session in another spelling": changed("session", to="{4B3C1D4E-9F6A-4F0E-8A51-0C9D2F7B6E11}"),
    "broken with a text": json.dumps({"v": 2, "broken": "Alice Abelard"}).encode(),
    "version true": changed("v", to=True),
    "a zone as a dictionary": changed("zone", to={ZONE[0]: "free text", ZONE[1]: 1}),
    "a key twice": b'{"v": 2, "broken": "free text", "broken": true}',
    "blanks": b" " * 3000 + answer_bytes(Broken()),
    "a number of 400 digits": changed(*SIMILARITY, to=10**400),
    "no finding": changed("findings", to=[]),
    "a measure twice": changed("findings", 1, 3, to=[["similarity", 0.913], ["similarity", 0.913]]),
    "a repair twice": changed("repaired", to=[[0, 1], [0, 1]]),
}


@pytest.mark.parametrize("content", REWRITTEN.values(), ids=REWRITTEN.keys())
def test_an_answer_not_written_as_a_worker_writes_it_is_refused(content):
    with pytest.raises(OutsideSchema):
        parse_answer(content)


@pytest.mark.parametrize(
    "seen",
    [
        [4000, 3000, [[1, 2], [3, 4], [5, 6]], ["9" * 44, "9" * 44]],
        [4000, 3000, [[1, 2], [3, 4], [5, 6], [7, 8], [9, 10]], ["9" * 44, "9" * 44]],
        [4000, 3000, [[1, 2], [3, 4], [5, 6], [7, -8]], ["9" * 44, "9" * 44]],
        [4000, 3000, [[1, 2], [3, 4], [5, 6], [7, 8]], ["9" * 44, "9" * 43]],
        [4000, 3000, [[1, 2], [3, 4], [5, 6], [7, 8]], ["9" * 44]],
        [4000, 3000, [[1, 2], [3, 4], [5, 6], [7, 8]], ["9" * 44, "A" * 44]],
        [4000, 70000, [[1, 2], [3, 4], [5, 6], [7, 8]], ["9" * 44, "9" * 44]],
        [4000, 3000, [[1, 2], [3, 4], [5, 6], [7, 8.5]], ["9" * 44, "9" * 44]],
    ],
)
def test_where_the_zone_was_seen_is_of_the_zones_shape_and_within_bounds(seen: list):
    with pytest.raises(OutsideSchema):
        parse_answer(json.dumps({**an_examination(), "seen": seen}).encode())


def test_nothing_is_seen_of_a_zone_that_was_not_read():
    with pytest.raises(OutsideSchema):
        parse_answer(json.dumps({**an_examination(), "zone": None, "repaired": []}).encode())


def test_where_the_zone_was_seen_is_refused_unless_it_was_asked():
    whole = json.dumps(an_examination()).encode()
    assert parse(whole, explain=True, may_wrap=False).seen == SEEN
    with pytest.raises(OutsideSchema):
        parse(whole, explain=False, may_wrap=False)


def test_what_is_said_of_faces_carries_at_most_256_bits_and_an_embedding_fits_in_no_answer():
    """An embedding of 128 numbers in bytes is 1024 bits."""
    bits = bound()
    assert bits.faces <= 256
    assert bits.faces < bits.whole < 1024


def test_bits_are_those_that_the_documentation_states():
    text = (Path(__file__).resolve().parents[2] / "docs" / "trust.md").read_text()
    bits = bound()
    for stated in (bits.faces, bits.whole, bits.explained):
        assert f"{math.ceil(stated)} bits" in text


def every_way(sayable: Sayable) -> int:
    """Count by trying: nothing, and each outcome with each choice of measures of three steps."""
    return 1 + sum(
        1
        for _ in [None, *sayable.against]
        for size in range(len(sayable.measures) + 1)
        for chosen in itertools.combinations(sayable.measures, size)
        for _ in itertools.product(
            *[range(round((m.unit.high - m.unit.low) / m.unit.step) + 1) for m in chosen]
        )
        if sayable.most < 0 or size <= sayable.most
    )


@pytest.mark.parametrize(
    "sayable",
    [
        Sayable(()),
        Sayable(((Outcome.FAIL, ReasonCode.NO_FACE),)),
        Sayable((), (Measured.WRONG_CHECK_DIGITS, Measured.FIELDS_DIFFERING)),
        Sayable(((Outcome.FAIL, ReasonCode.NO_FACE),), (Measured.WRONG_CHECK_DIGITS,) * 3, most=2),
        OF_FACES[Check.ONE_FACE],
    ],
)
def test_ways_are_counted_as_they_are_when_all_are_tried(sayable):
    assert sayable.ways() == every_way(sayable)


def test_every_check_of_the_quality_of_a_capture_may_be_said_with_its_own_reason_and_measure():
    measures = FaceMeasures(*([0.0] * 11))
    for limits in (QualityLimits(), QualityLimits(**{limit_of(check): 1e9 for check in QUALITY_CHECKS})):
        for finding in check_capture_quality(measures, limits):
            assert SAYABLE[finding.check].allows(finding)
