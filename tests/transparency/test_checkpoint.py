"""Checkpoints: C2SP tlog-checkpoint."""

import pytest

from lineproof.errors import Malformed, NotPermitted
from lineproof.transparency.checkpoint import (
    Checkpoint,
    checkpoint_text,
    open_checkpoint,
    parse_checkpoint,
    sign_checkpoint,
)
from lineproof.transparency.note import sign_note
from lineproof.transparency.tree import EMPTY_ROOT
from tests.transparency.test_note import a_signer

# The specification's own example.
EXAMPLE = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
ROOT = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
ORIGIN = "alice.example/log"
ALICE, MALLORY = a_signer(ORIGIN), a_signer(ORIGIN, seed=6)


def test_checkpoint_of_the_specification_is_read_and_written():
    checkpoint = parse_checkpoint(EXAMPLE)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert checkpoint.root_hash.hex().startswith("0ac5186a91863e8e")
    assert checkpoint_text(checkpoint) == EXAMPLE


@pytest.mark.parametrize("size", [0, 1, 9, 10, 2**63 - 1])
def test_every_size_is_written_and_read(size: int):
    checkpoint = Checkpoint(ORIGIN, size, EMPTY_ROOT)
    assert parse_checkpoint(checkpoint_text(checkpoint)) == checkpoint


def test_origin_may_be_any_line():
    checkpoint = Checkpoint("a log + é", 1, EMPTY_ROOT)
    assert parse_checkpoint(checkpoint_text(checkpoint)) == checkpoint


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        f"a\n1\n{ROOT}",
        f"\n1\n{ROOT}\n",
        f"a\n01\n{ROOT}\n",
        f"a\n00\n{ROOT}\n",
        f"a\n-1\n{ROOT}\n",
        f"a\n+1\n{ROOT}\n",
        f"a\n1_0\n{ROOT}\n",
        f"a\n 1\n{ROOT}\n",
        f"a\n1 \n{ROOT}\n",
        f"a\n\u0661\n{ROOT}\n",
        f"a\n0x1\n{ROOT}\n",
        f"a\n\n{ROOT}\n",
        f"a\n{2**63}\n{ROOT}\n",
        f"a\n{'9' * 5000}\n{ROOT}\n",
        f"a\n1\n{ROOT[:-1]}\n",
        f"a\n1\n{ROOT[:-2]}J=\n",
        f"a\n1\n{ROOT} \n",
        f"a\n1\n{ROOT[4:]}\n",
        f"a\n1\nAAAA{ROOT}\n",
        "a\n1\n\n",
        "a\n1\n",
        f"a\n1\n{ROOT}\n\n",
        f"a\n1\n{ROOT}\nextension\n",
        f"a\r\n1\n{ROOT}\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str):
    with pytest.raises(Malformed):
        parse_checkpoint(text)


@pytest.mark.parametrize(
    "fields", [("", 1, EMPTY_ROOT), ("a\nb", 1, EMPTY_ROOT), ("a", -1, EMPTY_ROOT), ("a", 1, b"")]
)
def test_checkpoint_that_says_nothing_possible_is_not_made(fields: tuple[str, int, bytes]):
    with pytest.raises(ValueError):
        Checkpoint(*fields)
    with pytest.raises(ValueError):
        Checkpoint("a", 1 << 63, EMPTY_ROOT)


def test_signed_checkpoint_opens_with_the_logs_key_alone():
    checkpoint = Checkpoint(ORIGIN, 7, EMPTY_ROOT)
    signed = sign_checkpoint(checkpoint, [ALICE])
    assert open_checkpoint(signed, keys=[MALLORY[0], ALICE[0]], origin=ORIGIN) == checkpoint
    with pytest.raises(NotPermitted):
        open_checkpoint(signed, keys=[MALLORY[0]], origin=ORIGIN)


def test_checkpoint_of_another_log_is_refused_though_the_key_is_right():
    signed = sign_checkpoint(Checkpoint("other.example/log", 7, EMPTY_ROOT), [ALICE])
    with pytest.raises(NotPermitted):
        open_checkpoint(signed, keys=[ALICE[0]], origin=ORIGIN)


def test_signed_note_that_is_no_checkpoint_is_refused():
    with pytest.raises(Malformed):
        open_checkpoint(sign_note(f"{ORIGIN}\n7\n", [ALICE]), keys=[ALICE[0]], origin=ORIGIN)
