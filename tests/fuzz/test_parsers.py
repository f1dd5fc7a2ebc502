"""Whatever bytes come from outside, a parser takes them or refuses them, soon and in little memory."""

import importlib.util
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.fuzz.bounds import TooCostly, bounded_outcome_of
from tests.fuzz.parser import MOST_INPUT_BYTES, Parser
from tests.fuzz.parsers import PARSERS

ROOT = Path(__file__).resolve().parents[2]
CORPUS = Path(__file__).parent / "corpus"
SECONDS_EACH = 10
NAMES = list(PARSERS)


def corpus_of(name: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((CORPUS / name).iterdir())}


KEPT = [(name, kept) for name in NAMES for kept in corpus_of(name)]


@pytest.mark.parametrize(("name", "kept"), KEPT, ids=str)
def test_kept_input_is_taken_or_refused_as_its_name_says(name: str, kept: str):
    """good- is taken, bad- is refused; found- was a defect, or went far, and is either."""
    taken = bounded_outcome_of(PARSERS[name], corpus_of(name)[kept])
    kind = kept.split("-", maxsplit=1)[0]
    assert kind in {"good", "bad", "found"}
    assert kind == "found" or taken is (kind == "good")


@pytest.mark.parametrize("name", NAMES)
def test_every_parser_has_a_corpus_that_it_takes_and_that_is_small(name: str):
    kept = corpus_of(name)
    assert any(each.startswith("good-") for each in kept)
    assert sum(map(len, kept.values())) <= 64 * 1024
    assert max(map(len, kept.values())) <= MOST_INPUT_BYTES


@st.composite
def near(draw: st.DrawFn, seeds: tuple[bytes, ...]) -> bytes:
    """Take one of the seeds, and put, cut or exchange a few of its bytes, or join it to another."""
    data = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(data)))
        cut = draw(st.sampled_from((0, 1, 1, 2, 4, 16, len(data))))
        put = draw(st.binary(max_size=4) | st.text(max_size=3).map(str.encode) | st.just(data[at : at + 40]))
        data = data[:at] + put + data[at + cut :]
    if draw(st.booleans()):
        return data[:MOST_INPUT_BYTES]
    other = draw(st.sampled_from(seeds))
    return (data[: draw(st.integers(0, len(data)))] + other[draw(st.integers(0, len(other))) :])[
        :MOST_INPUT_BYTES
    ]


@pytest.mark.parametrize("parser", PARSERS.values(), ids=NAMES)
def test_generated_input_is_taken_or_refused_and_nothing_else(parser: Parser):
    seeds = tuple(corpus_of(parser.name).values())

    @settings(
        max_examples=parser.examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(near(seeds) | st.binary(max_size=200))
    @example(b"")
    @example(b"\xff" * 100)
    @example(b"[" * MOST_INPUT_BYTES)
    def taken_or_refused(data: bytes) -> None:
        bounded_outcome_of(parser, data)

    taken_or_refused()


def refuse_with(error: Exception) -> Parser:
    def run(_: bytes) -> object:
        raise error

    return Parser("of-the-test", run, (KeyError,))


def test_bounds_see_what_a_parser_must_not_do():
    """The control: another error, too long, too much."""
    assert bounded_outcome_of(refuse_with(KeyError()), b"") is False
    with pytest.raises(ValueError, match="another"):
        bounded_outcome_of(refuse_with(ValueError("another")), b"")
    with pytest.raises(TooCostly, match="CPU time"):
        bounded_outcome_of(Parser("slow", lambda _: sum(range(10**6)), (), seconds=1e-4), b"")
    with pytest.raises(TooCostly, match="MiB"):
        bounded_outcome_of(Parser("large", lambda _: bytes(1 << 22), (), memory_bytes=1 << 20), b"")


@pytest.mark.fuzz
@pytest.mark.parametrize("name", NAMES)
def test_coverage_guided_input_is_taken_or_refused_and_nothing_else(name: str):
    if importlib.util.find_spec("atheris") is None:
        pytest.skip("fuzz: atheris is not installed; make setup installs it")
    done = subprocess.run(
        [ROOT / "tools" / "fuzz", str(SECONDS_EACH), name],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no defect" in done.stdout
