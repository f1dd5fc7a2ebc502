"""No published figure outlives what it was measured on."""

import re

import pytest

from bench.measured import MEASUREMENTS, ROOT, code_of, digest

PAGE = (ROOT / "docs" / "measurements.md").read_text("utf-8")
# As each measurement is signed: a date, a release, a command, and what it stands on.
SIGNED = re.compile(
    r"\*Measured (?P<day>\d{4}-\d\d-\d\d), lineproof (?P<release>[\d.]+), (?P<machine>[^;]+); "
    r"components `(?P<name>\w+)` (?P<digest>[0-9a-f]{16})\*"
)


@pytest.mark.parametrize("name", MEASUREMENTS)
def test_figures_are_of_the_code_that_ships(name: str):
    """Whoever changes what was measured measures again, or says in docs/measurements.md what now holds."""
    signed = {found["name"]: found["digest"] for found in SIGNED.finditer(PAGE)}
    assert name in signed, f"docs/measurements.md has no row signed with the components `{name}`"
    assert signed[name] == digest(name), (
        f"what `{name}` measured has changed since its figures were made: run its command in "
        f"docs/measurements.md again, then sign the figures with {digest(name)}"
    )


def test_every_signature_is_of_a_known_measurement():
    assert {found["name"] for found in SIGNED.finditer(PAGE)} == set(MEASUREMENTS)


def test_every_component_is_there_and_named_once():
    for paths in MEASUREMENTS.values():
        assert len(set(paths)) == len(paths)
        assert all((ROOT / path).is_file() for path in paths)


BEFORE = b'''"""What it is."""

LIMIT = 0.5  # the middle


def ask(x):
    """Say whether."""
    # Because.
    return x > LIMIT
'''


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"What it is.", b"What it was,\nand is."),
        (b"  # the middle", b"    # chosen"),
        (b"    # Because.\n", b""),
        (b"\n\n\ndef", b"\n\n\n\n\ndef"),
        (b'    """Say whether."""\n', b""),
    ],
)
def test_words_about_the_code_change_nothing(old: bytes, new: bytes):
    assert old in BEFORE
    assert code_of(BEFORE.replace(old, new)) == code_of(BEFORE)


@pytest.mark.parametrize(
    ("old", "new"), [(b"0.5", b"0.6"), (b">", b">="), (b"return x", b"return -x"), (b"ask", b"asks")]
)
def test_any_change_of_the_code_is_seen(old: bytes, new: bytes):
    assert old in BEFORE
    assert code_of(BEFORE.replace(old, new)) != code_of(BEFORE)


def test_text_with_a_hash_in_it_is_code():
    assert code_of(b'colour = "#0b4f8a"\n') != code_of(b'colour = "#b3541e"\n')
