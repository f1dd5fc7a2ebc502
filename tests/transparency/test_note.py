"""Signed notes: C2SP signed-note."""

import base64
import hashlib
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from lineproof.errors import Malformed, NotPermitted
from lineproof.transparency.note import ML_DSA_44, NoteKey, OpenedNote, exact_base64, open_note, sign_note

# C2SP signed-note, "Verifier keys", the example.
EXAMPLE_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
EXAMPLE_NOTE = (
    "This is an example message.\n\n\N{EM DASH} example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
).encode()
# The same, of golang.org/x/mod/sumdb/note.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "\N{EM DASH} PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
).encode()
# C2SP signed-note, the example at its beginning; its key is not published.
POEM = (
    "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n"
    "\N{EM DASH} quasimodo.example/salvatore "
    "NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n"
).encode()
TEXT = "One line.\n\nAnother, after an empty one: è.\n"
DASH = "\N{EM DASH}"


def a_signer(name: str, seed: int = 1) -> tuple[NoteKey, Callable[[bytes], bytes]]:
    """Make a key that signs, always the same for a name and a seed."""
    private = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
    return NoteKey(name, public_key=private.public_key().public_bytes_raw()), private.sign


def an_ml_dsa_signer(name: str, seed: int = 1) -> tuple[NoteKey, Callable[[bytes], bytes]]:
    """Make a key for ML-DSA-44 that signs, always the same for a name and a seed."""
    private = MLDSA44PrivateKey.from_seed_bytes(bytes([seed]) * 32)
    public_key = private.public_key().public_bytes_raw()
    return NoteKey(name, algorithm=ML_DSA_44, public_key=public_key), private.sign


ALICE, BO = a_signer("alice.example/log"), a_signer("bo.example/log", seed=2)


@pytest.mark.parametrize(("key", "note"), [(EXAMPLE_KEY, EXAMPLE_NOTE), (GO_KEY, GO_NOTE)])
def test_note_of_the_specification_opens_with_its_key(key: str, note: bytes):
    opened = open_note(note, [NoteKey.parse(key)])
    assert opened.text.encode() == note[: note.rindex(b"\n\n") + 1]
    assert [one.text for one in opened.signed_by] == [key]


def test_key_has_the_id_of_the_specification():
    key = NoteKey.parse(EXAMPLE_KEY)
    assert (key.name, key.algorithm, key.key_id.hex()) == ("example.com/foo", 1, "530d903a")
    assert NoteKey(key.name, public_key=key.public_key) == key


def test_note_by_an_unknown_key_is_a_note_and_is_not_believed():
    with pytest.raises(NotPermitted):
        open_note(POEM, [NoteKey.parse(EXAMPLE_KEY)])
    with pytest.raises(NotPermitted):
        open_note(EXAMPLE_NOTE, [])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.com/foo",
        EXAMPLE_KEY.replace("530d", "530e"),
        EXAMPLE_KEY.replace("530d903a", "530D903A"),
        EXAMPLE_KEY.replace("foo", "bar"),
        EXAMPLE_KEY.replace("foo", "f o"),
        EXAMPLE_KEY.replace("foo", "\udcff"),  # as an argument that is no text comes
        EXAMPLE_KEY.replace("example.com/foo", ""),
        EXAMPLE_KEY + "=",
        EXAMPLE_KEY[:-4],
        EXAMPLE_KEY + "\n",
        EXAMPLE_KEY.replace("Aeky", "BOky"),  # signature type 4
        "example.com/foo+530d903a",
        "example.com/foo+530d903a+",
    ],
)
def test_what_is_no_verifier_key_is_refused(text: str):
    with pytest.raises(Malformed):
        NoteKey.parse(text)


def test_key_with_a_plus_in_its_base64_is_read_back():
    keys = [a_signer("a.example", seed)[0] for seed in range(40)]
    assert any(key.text.count("+") > 2 for key in keys)
    assert [NoteKey.parse(key.text) for key in keys] == keys


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u00a0b", "a\u2003b", "a\nb", "a\x01b", "a\udcff"])
def test_key_without_a_usable_name_is_not_made(name: str):
    with pytest.raises(ValueError):
        NoteKey(name, public_key=bytes(32))


def test_key_of_another_kind_is_not_made():
    for algorithm, size in ((4, 32), (1, 31), (1, 0), (1, 1312), (6, 32), (6, 1311), (0xFF, 1312)):
        with pytest.raises(ValueError):
            NoteKey("a.example", algorithm=algorithm, public_key=bytes(size))


def test_key_for_ml_dsa_44_is_written_and_read_back():
    key, _ = an_ml_dsa_signer("alice.example/log")
    named = b"alice.example/log\n\x06" + key.public_key
    assert key.key_id == hashlib.sha256(named).digest()[:4]
    assert base64.b64decode(key.text.rpartition("+" + key.key_id.hex() + "+")[2]) == b"\x06" + key.public_key
    assert NoteKey.parse(key.text) == key
    with pytest.raises(Malformed):
        NoteKey.parse(key.text[:-4])


def test_name_of_a_key_for_ml_dsa_44_has_255_bytes_at_most():
    assert an_ml_dsa_signer("é" * 127 + "a")
    assert a_signer("é" * 128)
    with pytest.raises(ValueError):
        an_ml_dsa_signer("é" * 128)


def test_text_as_such_is_not_signed_with_ml_dsa_44():
    key, sign = an_ml_dsa_signer(ALICE[0].name)
    with pytest.raises(ValueError):
        sign_note(TEXT, [(key, sign)])
    line = base64.b64encode(key.key_id + bytes(8) + sign(TEXT.encode())).decode()
    note = sign_note(TEXT, [ALICE]) + f"{DASH} {key.name} {line}\n".encode()
    assert open_note(note, [ALICE[0]]).signed_by == (ALICE[0],)
    with pytest.raises(NotPermitted):
        open_note(note, [ALICE[0], key])


def test_note_is_opened_with_any_of_the_keys_that_signed_it():
    note = sign_note(TEXT, [ALICE, BO])
    assert open_note(note, [BO[0]]) == OpenedNote(TEXT, (BO[0],))
    assert open_note(note, [BO[0], ALICE[0], ALICE[0]]) == OpenedNote(TEXT, (ALICE[0], BO[0]))


@pytest.mark.parametrize("text", ["\n", "a\n", "a\n\n", "\n\n\n", f"{DASH} a b\n"])
def test_every_text_that_can_be_signed_is_given_back(text: str):
    assert open_note(sign_note(text, [ALICE]), [ALICE[0]]).text == text


@pytest.mark.parametrize("text", ["", "a", "a\r\n", "a\tb\n", "a\x00\n", "\udcff\n"])
def test_text_that_no_note_can_have_is_not_signed(text: str):
    with pytest.raises(ValueError):
        sign_note(text, [ALICE])


def test_note_is_not_signed_by_nobody_twice_or_with_another_key():
    for signers in ([], [ALICE, ALICE], [(ALICE[0], BO[1])], [(ALICE[0], lambda _: b"")]):
        with pytest.raises(ValueError):
            sign_note(TEXT, signers)


def test_signatures_by_unknown_keys_are_ignored_even_with_a_known_name_or_id():
    strange = base64.b64encode(ALICE[0].key_id + bytes(2420)).decode()  # id of one, name of another
    named = base64.b64encode(bytes(4) + b"x").decode()  # name of one, id of another
    lines = f"{DASH} witness.example {strange}\n{DASH} {ALICE[0].name} {named}\n"
    note = sign_note(TEXT, [ALICE])
    assert open_note(note + lines.encode(), [ALICE[0]]).signed_by == (ALICE[0],)
    with pytest.raises(NotPermitted):
        open_note(f"{TEXT}\n{lines}".encode(), [ALICE[0]])


def test_wrong_signature_by_a_known_key_spoils_a_note_that_another_signed():
    wrong = base64.b64encode(BO[0].key_id + bytes(64)).decode()
    note = sign_note(TEXT, [ALICE]) + f"{DASH} {BO[0].name} {wrong}\n".encode()
    assert open_note(note, [ALICE[0]]).text == TEXT
    with pytest.raises(NotPermitted):
        open_note(note, [ALICE[0], BO[0]])


def test_two_keys_that_cannot_be_told_apart_are_refused():
    class Same(NoteKey):
        key_id = ALICE[0].key_id

    with pytest.raises(ValueError):
        open_note(sign_note(TEXT, [ALICE]), [ALICE[0], Same(ALICE[0].name, public_key=bytes(32))])


SIGNATURE = EXAMPLE_NOTE.decode().rsplit(" ", 1)[1].strip()


@pytest.mark.parametrize(
    "note",
    [
        b"",
        b"a\n",
        b"a\n\n",
        EXAMPLE_NOTE[:-1],
        EXAMPLE_NOTE + b"\n",
        EXAMPLE_NOTE + b"a\n",
        EXAMPLE_NOTE.replace(b"\n\n", b"\n"),
        EXAMPLE_NOTE.replace(b"This", b"Th\ris"),
        EXAMPLE_NOTE.replace(b"This", b"Th\xffs"),
        EXAMPLE_NOTE.replace(DASH.encode(), b"-"),
        EXAMPLE_NOTE.replace(DASH.encode() + b" ", DASH.encode()),
        EXAMPLE_NOTE.replace(b"foo ", b"foo  "),
        EXAMPLE_NOTE.replace(b"foo ", b"f+o "),
        EXAMPLE_NOTE.replace(b"example.com/foo ", b" "),
        EXAMPLE_NOTE.replace(b"QM=", b"QM"),
        EXAMPLE_NOTE.replace(b"QM=", b"QN="),  # bits that should be zero
        EXAMPLE_NOTE.replace(b"Uw2Q", b"Uw2-"),
        EXAMPLE_NOTE.replace(SIGNATURE.encode(), b"Uw2QOg=="),
        EXAMPLE_NOTE.replace(SIGNATURE.encode(), b""),
        EXAMPLE_NOTE + EXAMPLE_NOTE[EXAMPLE_NOTE.index(DASH.encode()) :] * 100,
    ],
)
def test_what_is_no_note_is_refused_as_such(note: bytes):
    with pytest.raises(Malformed):
        open_note(note, [NoteKey.parse(EXAMPLE_KEY)])


def test_a_hundred_signatures_are_taken():
    line = EXAMPLE_NOTE[EXAMPLE_NOTE.index(DASH.encode()) :]
    assert len(open_note(EXAMPLE_NOTE + line * 99, [NoteKey.parse(EXAMPLE_KEY)]).signed_by) == 1


def test_no_byte_of_a_note_can_be_changed():
    keys = [NoteKey.parse(EXAMPLE_KEY)]
    for at in range(len(EXAMPLE_NOTE)):
        for bit in (1, 0x20, 0x80):
            changed = bytearray(EXAMPLE_NOTE)
            changed[at] ^= bit
            with pytest.raises((Malformed, NotPermitted)):
                open_note(bytes(changed), keys)


@pytest.mark.parametrize(
    "text", ["A", "AA", "AA=", "AB==", "AAA", "AAB=", "AA==\n", "A A=", "-_==", "é===", "AA==AA=="]
)
def test_base64_is_taken_in_one_form_only(text: str):
    with pytest.raises(Malformed):
        exact_base64(text)
