"""Checkpoints: C2SP tlog-checkpoint; with ML-DSA-44: tlog-cosignature."""

import base64
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from lineproof.errors import Malformed, NotPermitted
from lineproof.transparency.checkpoint import (
    Checkpoint,
    checkpoint_text,
    open_checkpoint,
    open_signed,
    parse_checkpoint,
    sign_checkpoint,
)
from lineproof.transparency.note import ML_DSA_44, NoteKey, sign_note
from lineproof.transparency.tree import EMPTY_ROOT
from tests.transparency.test_note import a_signer, an_ml_dsa_signer

# The specification's own example.
EXAMPLE = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
ROOT = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
ORIGIN = "alice.example/log"
ALICE, MALLORY = a_signer(ORIGIN), a_signer(ORIGIN, seed=6)
ALICE_PQ = an_ml_dsa_signer(ORIGIN)
SEVEN = Checkpoint(ORIGIN, 7, EMPTY_ROOT)


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


def a_message(
    *, cosigner: str = ORIGIN, time: int = 0, origin: str = ORIGIN, start: int = 0, end: int = 7
) -> bytes:
    """Write what is signed with ML-DSA-44, field by field, as tlog-cosignature lists them."""
    return b"".join(
        [
            *(b"subtree/v1\n\0", bytes([len(cosigner)]), cosigner.encode(), time.to_bytes(8, "big")),
            *(bytes([len(origin)]), origin.encode(), start.to_bytes(8, "big"), end.to_bytes(8, "big")),
            EMPTY_ROOT,
        ]
    )


def a_line(message: bytes, *, time: int = 0, sign: Callable[[bytes], bytes] = ALICE_PQ[1]) -> bytes:
    """Write Alice's signature line with a signature of this message."""
    content = ALICE_PQ[0].key_id + time.to_bytes(8, "big") + sign(message)
    return f"\N{EM DASH} {ORIGIN} {base64.b64encode(content).decode()}\n".encode()


def test_checkpoint_that_two_keys_signed_opens_with_either():
    signed = sign_checkpoint(SEVEN, [ALICE, ALICE_PQ])
    both = (ALICE[0], ALICE_PQ[0])
    for keys in ([ALICE[0]], [ALICE_PQ[0]], [ALICE_PQ[0], MALLORY[0]]):
        assert open_checkpoint(signed, keys=keys, origin=ORIGIN) == SEVEN
    assert open_signed(signed, keys=both, origin=ORIGIN) == (SEVEN, both)


def test_ml_dsa_44_signs_the_message_of_the_specification_and_states_no_time():
    line = sign_checkpoint(SEVEN, [ALICE_PQ]).decode().splitlines()[-1].split()[-1]
    content = base64.b64decode(line)
    assert (len(content), content[:4], content[4:12]) == (4 + 8 + 2420, ALICE_PQ[0].key_id, bytes(8))
    MLDSA44PrivateKey.from_seed_bytes(b"\1" * 32).public_key().verify(content[12:], a_message())


def test_key_of_another_implementation_has_the_id_that_it_gives():
    """The seed and key id of the log in FiloSottile/torchwood, cmd/litewitness/testdata/mldsa.txt."""
    seed = bytes.fromhex("2886adc2b0eabfce67c0472939127998bf886cf256bfee8ba76a253fce1146e0")
    public_key = MLDSA44PrivateKey.from_seed_bytes(seed).public_key().public_bytes_raw()
    key = NoteKey("example.com/mldsa-log", algorithm=ML_DSA_44, public_key=public_key)
    assert key.key_id.hex() == "b5df45c5"


@pytest.mark.parametrize("time", [0, 1, 1679315147, 2**63 - 1])
def test_ml_dsa_44_signature_is_taken_whatever_time_it_states(time: int):
    signed = f"{checkpoint_text(SEVEN)}\n".encode() + a_line(a_message(time=time), time=time)
    assert open_checkpoint(signed, keys=[ALICE_PQ[0]], origin=ORIGIN) == SEVEN


WRONG = {
    "another time": a_line(a_message(time=1), time=2),
    "a time after all": a_line(a_message(time=2**63), time=2**63),
    "another cosigner": a_line(a_message(cosigner="bo.example/log")),
    "another log": a_line(a_message(origin="bo.example/log")),
    "another beginning": a_line(a_message(start=1)),
    "another size": a_line(a_message(end=8)),
    "the text": a_line(checkpoint_text(SEVEN).encode()),
    "another key": a_line(a_message(), sign=an_ml_dsa_signer(ORIGIN, seed=6)[1]),
    "no signature": a_line(b"", sign=lambda _: b""),
    "too short": a_line(a_message(), sign=lambda message: ALICE_PQ[1](message)[:-1]),
    "too long": a_line(a_message(), sign=lambda message: ALICE_PQ[1](message) + b"\0"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_ml_dsa_44_signature_is_refused_by_who_knows_its_key(name: str):
    signed = sign_checkpoint(SEVEN, [ALICE]) + WRONG[name]
    assert open_checkpoint(signed, keys=[ALICE[0]], origin=ORIGIN) == SEVEN
    for keys in ([ALICE_PQ[0]], [ALICE[0], ALICE_PQ[0]]):
        with pytest.raises(NotPermitted):
            open_checkpoint(signed, keys=keys, origin=ORIGIN)


def test_nothing_but_a_checkpoint_is_signed_with_ml_dsa_44():
    extended = f"{checkpoint_text(SEVEN)}extension\n\n".encode() + a_line(a_message())
    with pytest.raises(NotPermitted):
        open_checkpoint(extended, keys=[ALICE_PQ[0]], origin=ORIGIN)
    long_named = Checkpoint("a" * 256, 7, EMPTY_ROOT)
    with pytest.raises(ValueError):
        sign_checkpoint(long_named, [ALICE_PQ])
    signed = f"{checkpoint_text(long_named)}\n".encode() + a_line(a_message())
    with pytest.raises(NotPermitted):
        open_checkpoint(signed, keys=[ALICE_PQ[0]], origin="a" * 256)
