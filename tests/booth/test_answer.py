"""What may leave the booth: nothing outside the schema is read, whatever a worker says."""

import json
import string
from collections.abc import Callable
from functools import partial
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
    Unusable,
    answer_bytes,
    parse_answer,
)
from lineproof.booth.wire import ANSWER_BYTES
from lineproof.decision.finding import Check, Finding, Measure, Measured, Outcome
from lineproof.decision.reasons import ReasonCode
from lineproof.errors import ImageProblem
from lineproof.ports import Examination, SeenZone, Stage
from lineproof.terms import SessionId

SESSION = SessionId(UUID("4b3c1d4e-9f6a-4f0e-8a51-0c9d2f7b6e11"))
ZONE = ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10")

measures = st.sampled_from(Measured).flatmap(
    lambda what: st.floats(what.unit.low, what.unit.high).map(lambda value: Measure(what, value))
)


@st.composite
def findings(draw: st.DrawFn) -> tuple[Finding, ...]:
    found = []
    for check in draw(st.lists(st.sampled_from(Check), min_size=1, unique=True)):
        outcome = draw(st.sampled_from(Outcome))
        reason = None if outcome is Outcome.PASS else draw(st.sampled_from(ReasonCode))
        found.append(
            Finding(
                check,
                outcome,
                reason,
                tuple(draw(st.lists(measures, max_size=4, unique_by=lambda m: m.what))),
            )
        )
    return tuple(found)


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
        "repaired": tuple(sorted(draw(st.sets(place, max_size=count * length)))),
    }


examinations = st.builds(
    lambda seen, **others: Examination(**seen, **others),
    seen=zones_and_repairs(),
    session=st.uuids().map(SessionId),
    document_digest=st.binary(min_size=32, max_size=32),
    findings=findings(),
    milliseconds=st.dictionaries(st.sampled_from(Stage), st.integers(0, 60_000)),
)
unusables = st.builds(
    Unusable,
    session=st.uuids().map(SessionId),
    part=st.sampled_from(Part),
    problem=st.sampled_from(ImageProblem),
    width_px=st.integers(0, 2**31 - 1),
    height_px=st.integers(0, 2**31 - 1),
)


other_models = st.builds(OtherModels, session=st.uuids().map(SessionId))


@given(answer=examinations | unusables | other_models | st.just(Broken()))
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
                document_digest=bytes(range(32)),
                findings=(
                    Finding(Check.SAME_PERSON, Outcome.PASS, None, (Measure(Measured.SIMILARITY, 0.913),)),
                    Finding(Check.ONE_FACE, Outcome.FAIL, ReasonCode.TWO_FACES, (Measure(Measured.CAP, 2),)),
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
KEYS = {"v", "session", "document_sha256", "findings", "zone", "repaired", "milliseconds", "seen", "broken"}


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
        is_digest = len(text) == 64 and set(text) <= set("0123456789abcdef")
        assert is_zone or is_digest or str(UUID(text)) == text


@given(content=st.binary(max_size=200))
def test_bytes_that_are_no_answer_are_refused(content):
    with pytest.raises(OutsideSchema):
        parse_answer(content)


def changed(*path: Any, to: Any) -> bytes:
    """Write an ordinary answer with one place changed."""
    return json.dumps(_replaced(an_examination(), path, lambda _: to)).encode()


SIMILARITY = ("findings", 0, 3, 0, 1)
OUTSIDE = {
    "another version": changed("v", to=2),
    "version missing": json.dumps({"broken": True}).encode(),
    "one key more": json.dumps({**an_examination(), "note": "x"}).encode(),
    "one key less": json.dumps({k: v for k, v in an_examination().items() if k != "zone"}).encode(),
    "broken and more": json.dumps({"v": 1, "broken": True, "why": "her name"}).encode(),
    "an unknown check": changed("findings", 0, 0, to="is_pretty"),
    "an unknown outcome": changed("findings", 0, 1, to="maybe"),
    "an unknown reason": changed("findings", 1, 2, to="Alice Abelard"),
    "an unknown measure": changed("findings", 0, 3, 0, 0, to="age"),
    "an unknown stage": changed("milliseconds", to={"gaze": 1}),
    "a pass with a reason": changed("findings", 0, 2, to="two_faces"),
    "a fail without a reason": changed("findings", 1, 2, to=None),
    "a check twice": changed("findings", to=[*an_examination()["findings"], an_examination()["findings"][0]]),
    "five measures": changed("findings", 0, 3, to=[["cap", 1]] * 5),
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
    "a time as a fraction": changed("milliseconds", "decode", to=40.0),
    "a time below nought": changed("milliseconds", "decode", to=-1),
    "a time above a minute": changed("milliseconds", "decode", to=60_001),
    "a digest too short": changed("document_sha256", to="00" * 31),
    "a digest in words": changed("document_sha256", to="a face"),
    "a session in words": changed("session", to="Alice"),
    "an unusable part that is none": json.dumps(
        {"v": 1, "session": str(SESSION), "unusable": ["passport", "damaged", 0, 0]}
    ).encode(),
    "an unusable size as a fraction": json.dumps(
        {"v": 1, "session": str(SESSION), "unusable": ["document", "damaged", 0.5, 0]}
    ).encode(),
    "lists without end": b"[" * 8000,
    "nothing": b"",
    "two answers": b'{"v": 1, "broken": true}{"v": 1, "broken": true}',
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
        document_digest=bytes(32),
        findings=tuple(
            Finding(
                check,
                Outcome.INDETERMINATE,
                max(ReasonCode, key=lambda code: len(code.value)),
                (Measure(Measured.ATTESTATIONS_BY_AGENT, 10**9),) * 4,
            )
            for check in Check
        ),
        zone=ZONES[shape],
        repaired=tuple((line, at) for line in range(shape[0]) for at in range(shape[1])),
        milliseconds=dict.fromkeys(Stage, 60_000),
        seen=SeenZone(65535, 65535, ((65535, 65535),) * 4, tuple("9" * shape[1] for _ in range(shape[0]))),
    )
    assert len(answer_bytes(answer)) <= ANSWER_BYTES


REWRITTEN = {
    "a session in another spelling": changed("session", to="{4B3C1D4E-9F6A-4F0E-8A51-0C9D2F7B6E11}"),
    "a digest in another spelling": changed("document_sha256", to=" ".join(f"{b:02X}" for b in range(32))),
    "broken with a text": json.dumps({"v": 1, "broken": "Alice Abelard"}).encode(),
    "version true": changed("v", to=True),
    "a zone as a dictionary": changed("zone", to={ZONE[0]: "free text", ZONE[1]: 1}),
    "a key twice": b'{"v": 1, "broken": "free text", "broken": true}',
    "blanks": b" " * 3000 + answer_bytes(Broken()),
    "a number of 400 digits": changed(*SIMILARITY, to=10**400),
    "no finding": changed("findings", to=[]),
    "a measure twice": changed("findings", 0, 3, to=[["similarity", 0.913], ["similarity", 0.913]]),
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
