"""Write what fuzzing starts from, good- and bad- in corpus/NAME: `python -m tests.fuzz.seeds [NAME ...]`.

Everything is composed or drawn here; no document, photograph or barcode of a person who lives is among it.
"""

import json
import sys
import tomllib
from importlib.resources import files
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import zxingcpp
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from numpy.typing import NDArray
from onnx import TensorProto, helper
from PIL import Image, ImageDraw, ImageFont

from lineproof.booth import wire
from lineproof.booth.answer import Broken, OtherModels, Part, Unopened, Unusable, answer_bytes
from lineproof.booth.seal import PartKind, frame_content, seal_evidence
from lineproof.decision.attestation import attested_bytes
from lineproof.decision.finding import Check, Measure, Measured, indeterminate, passed
from lineproof.decision.policy import policy_names, shipped_policy
from lineproof.decision.reasons import ReasonCode
from lineproof.errors import ImageProblem
from lineproof.ports import Assignment, Examination, Stage
from lineproof.referral import Opening, ReviewTerms
from lineproof.terms import Way, luhn_digit
from tests.fakes.aamva_card import ELEMENTS, OLD_ELEMENTS, a_barcode
from tests.fakes.model_pack import small_fields, toml_of
from tests.fuzz.log_seeds import LOG_SEEDS, Seeds
from tests.fuzz.parsers import (
    AGENT,
    AUTHENTICATOR,
    CONTENT_KEY,
    DIGEST,
    IMAGE_STEP_PX,
    PAGE,
    SESSION,
    TERMS,
    TODAY,
)
from tests.line.imported_rows import BOS, ROW, a_product, an_individual, as_csv, as_json_lines
from tests.redlines.test_no_pack_undoes_a_promise import with_every_table

CORPUS = Path(__file__).parent / "corpus"
PASSPORT = ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10")
# The published examples of ICAO Doc 9303 parts 4 to 7.
ZONES = {
    "td3": PASSPORT,
    "td1": (
        "I<UTOD231458907<<<<<<<<<<<<<<<",
        "7408122F1204159UTO<<<<<<<<<<<6",
        "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
    ),
    "td1-long-number": (
        *("I<UTOD23145890<7349<<<<<<<<<<<", "3407127M9507122UTO<<<<<<<<<<<2"),
        "STEVENSON<<PETER<JOHN<<<<<<<<<",
    ),
    "td2": ("I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6"),
    "mrv-a": ("V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L8988901C4XXX4009078F96121096ZE184226B<<<<<<"),
    "mrv-b": ("V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "L8988901C4XXX4009078F9612109<<<<<<<<"),
}


def _mrz() -> Seeds:
    for name, lines in ZONES.items():
        yield f"good-{name}", "\n".join(lines).encode()
    yield "bad-td3-cut-to-36", "\n".join(line[:36] for line in PASSPORT).encode()
    yield "bad-month-thirteen", "\n".join(PASSPORT).replace("740812", "741312").encode()


def _aamva() -> Seeds:
    given = {"DAC": None, "DAD": None, "DCT": "MICHAEL,JOHN"}
    yield "good-2020", a_barcode()
    yield "good-2025-identity-card", a_barcode(version=11, kind="ID")
    yield "good-2005", a_barcode(ELEMENTS, version=3, **given)
    yield "good-2000", a_barcode(OLD_ELEMENTS, version=1)
    yield "good-2000-old-file-type", a_barcode(OLD_ELEMENTS, version=1, file_type="AAMVA")
    yield (
        "good-canadian",
        a_barcode(DCG="CAN", DAJ="ON", DBA="20341210", DBB="19860606", DBD="20190606", offset=0),
    )
    yield "bad-other-offset", a_barcode(offset=52)
    yield "bad-cut-short", a_barcode(others=())[:-1]


def an_examination() -> Examination:
    """Build an answer with something in every field."""
    return Examination(
        session=SESSION,
        attested_document=True,
        findings=(
            passed(Check.CHECK_DIGITS, Measure(Measured.WRONG_CHECK_DIGITS, 0)),
            indeterminate(Check.DOCUMENT_GENUINE, ReasonCode.DOCUMENT_NOT_PROVEN_GENUINE),
        ),
        zone=PASSPORT,
        repaired=((0, 5), (1, 43)),
        milliseconds=dict.fromkeys(Stage, 10),
    )


def _answer() -> Seeds:
    whole = answer_bytes(an_examination())
    yield "good-examination", whole
    yield "good-unusable", answer_bytes(Unusable(SESSION, Part.CAPTURE, ImageProblem.TOO_SMALL, 100, 90))
    yield "good-other-models", answer_bytes(OtherModels(SESSION))
    yield "good-unopened", answer_bytes(Unopened(SESSION))
    yield "good-broken", answer_bytes(Broken())
    yield "bad-spelled-otherwise", whole.replace(b": ", b":")


def _assignment() -> Seeds:
    assignment = wire.job_head(Assignment(SESSION, shipped_policy("generic"), Way.FACE, TODAY), TERMS)
    yield "good-generic", assignment
    yield "bad-other-way", assignment.replace(b'"face"', b'"chip"')
    yield "bad-date-in-no-calendar", assignment.replace(b"-11-26", b"-02-30")


def _wire() -> Seeds:
    for way in Way:
        assignment = wire.job_head(Assignment(SESSION, shipped_policy("specimen"), way, TODAY), TERMS)
        parts = (assignment, b"sealed evidence")
        yield f"good-{way.value}", b"".join(wire.length_of(len(part)) + part for part in parts)
    yield "bad-cut-short", wire.length_of(2000) + b"{"
    yield "bad-too-long", wire.length_of(wire.MAX_ASSIGNMENT_BYTES + 1) + b"{}"


def _sealed() -> Seeds:
    """Seal for the key and terms of the test; another run gives other bytes, and they open as well."""
    both = seal_evidence([(PartKind.DOCUMENT, b"page"), (PartKind.CAPTURE, b"face")], TERMS)
    yield "good-both", both
    yield "good-document", seal_evidence([(PartKind.DOCUMENT, b"page" * 100)], TERMS)
    yield "bad-one-part-left-out", both[: 114 + 6 + 4 + 16]
    yield "bad-key-changed", both[:40] + bytes([both[40] ^ 1]) + both[41:]
    yield "bad-same-part-twice", seal_evidence([(PartKind.CAPTURE, b"face")] * 2, TERMS)


def _sealed_parts(*parts: tuple[PartKind, bytes]) -> bytes:
    """Seal parts under the key of the test, as booth/seal.py says."""
    sealed = b""
    for number, (kind, content) in enumerate(parts):
        marks = bytes([kind, number == len(parts) - 1])
        nonce, bound = number.to_bytes(12, "big"), b"lineproof part v1" + marks
        ciphertext = AESGCM(CONTENT_KEY).encrypt(nonce, content, bound)
        sealed += marks + len(ciphertext).to_bytes(4, "big") + ciphertext
    return sealed


def _parts() -> Seeds:
    both = _sealed_parts((PartKind.DOCUMENT, b"page"), (PartKind.CAPTURE, b"face"))
    yield "good-both", both
    yield (
        "good-frames",
        _sealed_parts((PartKind.DOCUMENT, b"page"), (PartKind.FRAME, b"still"), (PartKind.FRAME, b"frame")),
    )
    yield "good-still", _kept_of_a_turn()
    yield "bad-last-cut", both[:-1]
    yield "bad-other-kind", bytes([PartKind.FRAME]) + both[1:]


def _kept_of_a_turn() -> bytes:
    """Seal a document and a frame of which more came: what is kept of a head turn."""
    whole = _sealed_parts(
        (PartKind.DOCUMENT, b"page"), (PartKind.FRAME, b"still"), (PartKind.FRAME, b"frame")
    )
    last = 6 + len(b"frame") + 16
    return whole[:-last]


def _frames() -> Seeds:
    kept = _kept_of_a_turn()
    yield "good-two", kept
    yield "bad-cut", kept[:-1]
    yield "bad-nothing", b""


def _frame() -> Seeds:
    yield "good-still", frame_content(1200, is_still=True, photograph=b"a photograph")
    yield "bad-no-photograph", frame_content(1200, is_still=True, photograph=b"")


def _review() -> Seeds:
    terms = ReviewTerms(SESSION, b"o" * 16, TERMS.epoch_key, TERMS.expires_at, TERMS.epoch_key)
    whole = wire.review_head(Opening(terms, b"k" * 113))
    yield "good-opening", whole
    yield "bad-key-short", whole.replace(b"6b6b", b"6b", 1)


def _message() -> Seeds:
    yield "good-question", b'{"ask": "keeper"}'
    yield "bad-list", b'["ask", "keeper"]'


def _picture(mode: str = "RGB") -> Image.Image:
    rows, columns = np.mgrid[:200, :200]
    colours = np.stack([columns * 255 // 200, rows * 255 // 200, (rows + columns) * 255 // 400], axis=-1)
    return Image.fromarray(colours.astype(np.uint8)).convert(mode)


def _encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def _decode() -> Seeds:
    turned = Image.Exif()
    turned[0x0112] = 6
    grey = _picture("L").reduce(8).resize((200, 200), Image.Resampling.NEAREST)
    yield "good-jpeg", _encoded(_picture(), "JPEG", quality=30)
    yield (
        "good-jpeg-progressive-turned",
        _encoded(_picture(), "JPEG", quality=20, progressive=True, exif=turned),
    )
    yield "good-jpeg-four-colours", _encoded(_picture("CMYK"), "JPEG", quality=5)
    yield "good-png-grey", _encoded(grey, "PNG")
    yield "good-png-palette-transparent", _encoded(grey.convert("P"), "PNG", transparency=3)
    yield "good-png-sixteen-bits", _encoded(Image.fromarray(np.full((200, 200), 0x80FF, np.uint16)), "PNG")
    yield "good-webp", _encoded(_picture(), "WEBP", quality=20)
    yield "good-webp-lossless", _encoded(grey.convert("RGB"), "WEBP", lossless=True)
    yield "bad-too-small", _encoded(_picture().crop((0, 0, 199, 200)), "PNG")
    yield "bad-gif", _encoded(grey.resize((200, 200)).quantize(4), "GIF")[:2000]
    yield "bad-cut-short", _encoded(grey, "PNG")[:-60]


def _onnx() -> Seeds:
    made = helper.make_tensor_value_info("data", TensorProto.FLOAT, [1, 3, "height", 112])
    given = helper.make_tensor_value_info("out", TensorProto.FLOAT, None)
    weight = helper.make_tensor("weight", TensorProto.FLOAT, [4], [1.0, 2.0, 3.0, 4.0])
    constant = helper.make_node("Constant", [], ["c"], value=weight)
    nodes = [constant, helper.make_node("Add", ["data", "c"], ["out"])]
    model = helper.make_model(helper.make_graph(nodes, "graph", [made], [given], [weight]))
    yield "good-model", model.SerializeToString()
    weight.data_location = TensorProto.EXTERNAL
    weight.external_data.add(key="location", value="weights.bin")
    outside = helper.make_model(helper.make_graph(nodes, "graph", [made], [given], [weight]))
    yield "good-names-another-file", outside.SerializeToString()
    yield "bad-cut-short", model.SerializeToString()[:-3]
    deep = b""
    for _ in range(40):
        deep = _field(1, _field(5, _field(6, deep)))  # a graph in an attribute of a node of another graph
    yield "bad-nested-too-deep", _field(7, deep)


def _field(number: int, content: bytes) -> bytes:
    size, written = len(content), b""
    while size >= 128:
        written, size = written + bytes([size & 127 | 128]), size >> 7
    return bytes([number << 3 | 2]) + written + bytes([size]) + content


def _manifest() -> Seeds:
    shipped = next(each for each in (files("lineproof.imaging") / "packs").iterdir() if each.is_dir())
    yield "good-shipped", (shipped / "pack.toml").read_bytes()
    yield "good-small", toml_of(small_fields())
    yield "bad-unknown-key", toml_of(small_fields() | {"threshold": 0.5})


def _policy() -> Seeds:
    folder = files("lineproof.decision") / "policies"
    for name in policy_names():
        content = tomllib.loads((folder / f"{name}.toml").read_text("utf-8"))
        yield f"good-{name}", json.dumps(content).encode()
        content["face"]["reject_below"] = content["face"]["accept_from"]
        yield f"bad-{name}-thresholds-alike", json.dumps(content).encode()
    content = with_every_table()
    yield "good-every-table", json.dumps(content).encode()
    content["visitors"]["remind_before"] = "31 days"
    yield "bad-reminded-before-it-begins", json.dumps(content).encode()


def _terms() -> Seeds:
    yield "good-mobile-number", b"\0+999 555-001.001"
    sim = "899990000000000001"
    yield "good-sim", b"\x01" + (sim + luhn_digit(sim)).encode()
    yield "good-staff", b"\2agent.one"
    yield "good-access", b"\3Bo.Brannoch\n12 Quay Street, Port Utopia"
    yield "bad-access-without-address", b"\3bo.brannoch"
    yield "bad-arabic-digits", b"\0+" + "٩٩٩٥٥٥٠٠١٠٠١".encode()


def _attestation() -> Seeds:
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    said = attested_bytes(agent=AGENT, session=SESSION, document_digest=DIGEST)
    yield "good-signed", key.public_key().public_bytes_raw() + DIGEST + key.sign(said)
    yield "bad-signature", key.public_key().public_bytes_raw() + DIGEST + key.sign(said + b" ")
    yield "bad-key-of-noughts", bytes(32) + DIGEST + bytes(64)


def _as_bits(picture: NDArray[np.uint8], *, times: int, height: int | None = None) -> bytes:
    """Write a picture in black and white as `image_of` draws it again, each pixel larger."""
    rows, columns = picture.shape
    columns += -columns * times % IMAGE_STEP_PX
    padded = np.full((rows, columns), 255, np.uint8)
    padded[:, : picture.shape[1]] = picture
    tall = (height or rows * times) // IMAGE_STEP_PX
    head = bytes([tall - 1, columns * times // IMAGE_STEP_PX - 1, 128 | times - 1])
    return head + np.packbits(padded > 127).tobytes()


def _passkey() -> Seeds:
    """Answer as the passkey of the test does; another run gives other signatures, and they hold as well."""
    signed = AUTHENTICATOR.get(DIGEST, PAGE).encode()
    yield "good-made", AUTHENTICATOR.create(DIGEST, PAGE).encode()
    yield "good-signed", signed
    yield "bad-other-challenge", AUTHENTICATOR.get(DIGEST[::-1], PAGE).encode()
    yield "bad-other-key", AUTHENTICATOR.get(DIGEST, PAGE, key=derive_private_key(8, SECP256R1())).encode()
    yield "bad-cut-short", signed[:-1]


def _symbol(kind: zxingcpp.BarcodeFormat, content: bytes) -> NDArray[np.uint8]:
    drawn = np.array(zxingcpp.write_barcode_to_image(zxingcpp.create_barcode(content, kind), scale=1))
    return cv2.copyMakeBorder(drawn, 4, 4, 4, 4, cv2.BORDER_CONSTANT, value=255)


def _barcode() -> Seeds:
    short = a_barcode(others=(), **dict.fromkeys(("DAG", "DAI", "DAK", "DCF", "DAU", "DAY", "DCB", "DCD")))
    symbol = _symbol(zxingcpp.BarcodeFormat.PDF417, short)
    yield "good-pdf417", _as_bits(symbol, times=3)
    turned = cv2.warpAffine(
        cv2.resize(symbol, None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST)[:, :200],
        cv2.getRotationMatrix2D((100, 80), 9, 0.9),
        (200, 150),
        borderValue=255,
    )
    yield "good-pdf417-turned-part", _as_bits(turned, times=2)
    yield "good-qr", _as_bits(_symbol(zxingcpp.BarcodeFormat.QRCode, b"https://example.org/"), times=4)
    yield "good-bars", bytes([99, 99, 2]) + bytes([0, 255])


def _mrz_reading() -> Seeds:
    content = (files("lineproof.specimen") / "fonts" / "OCRB.otf").read_bytes()
    for name in ("td3", "td1"):
        lines = ZONES[name]
        page = Image.new("L", (8 * 46, 16 * (len(lines) + 1)), 255)
        font = ImageFont.truetype(BytesIO(content), 13)
        for row, line in enumerate(lines):
            for place, character in enumerate(line):
                ImageDraw.Draw(page).text(
                    (8 + 8 * place, 20 + 16 * row), character, font=font, fill=0, anchor="ls"
                )
        yield f"good-{name}", _as_bits(np.asarray(page), times=2, height=400)
    yield "good-bars", bytes([99, 99, 2]) + bytes([0, 255])


def _printed() -> Seeds:
    lines = ("Surname", "ERIKSSON", "Given names", "ANNA MARIA", "Passport No. L898902C3", "Date of birth")
    lines += ("12 AUG/AOUT 74", "Date of expiry", "15.04.2012")
    lines += (
        "\u0415\u0420\u0406\u041a\u0421\u0421\u041e\u041d",
        "\u0645\u062d\u0645\u062f",
    )  # Ericsson, Muhammad
    yield "good-page", "\n".join(f"a{row % 7}{line}" for row, line in enumerate(lines)).encode()
    yield "good-other-date", b"c0Date of birth\nc012 AUG 1975\nc0L898902X9"


def _import_csv() -> Seeds:
    good = as_csv([ROW, {**BOS, "address": '12 "Quay" Street,\r\nPort Utopia'}])
    yield "good-two", good
    yield "good-only-what-is-needed", b"account,address,surname\nbo.b,12 Quay Street,Bo\n"
    yield "good-byte-order-mark", b"\xef\xbb\xbf" + good
    yield "good-unclosed-quote", good.replace(b"Abelard", b'"Abelard')
    yield "good-nul", good.replace(b"Abelard", b"Abe\0lard")
    yield "bad-no-names", b"+999555001001,89999009995550010010,Abelard\n"
    yield "bad-latin-1", good.replace(b"Alice", b"Zo\xeb")


def _import_tmf() -> Seeds:
    products, parties = as_json_lines([a_product()]), as_json_lines([an_individual()])
    yield "good-lines", products + b"\0" + parties
    yield "good-arrays", json.dumps([a_product()]).encode() + b"\0" + json.dumps([an_individual()]).encode()
    yield "good-by-value", as_json_lines([a_product(party=an_individual())])
    yield "good-no-object", b'{\n7\n"x"\n' + products
    yield "good-type-is-an-object", as_json_lines([a_product(party={"@type": {}, "id": "C1"})])
    yield "bad-array-cut-short", b"[" + products
    yield "bad-not-utf-8", products.replace(b"product-1", b"\xff") + b"\0" + parties


SEEDS = {
    "mrz": _mrz,
    "aamva": _aamva,
    "answer": _answer,
    "assignment": _assignment,
    "wire": _wire,
    "sealed": _sealed,
    "parts": _parts,
    "frame": _frame,
    "frames": _frames,
    "review": _review,
    "message": _message,
    "decode": _decode,
    "onnx": _onnx,
    "manifest": _manifest,
    "policy": _policy,
    "terms": _terms,
    "attestation": _attestation,
    "passkey": _passkey,
    "barcode": _barcode,
    "mrz_reading": _mrz_reading,
    "printed": _printed,
    "import_csv": _import_csv,
    "import_tmf": _import_tmf,
    **LOG_SEEDS,
}


def main() -> None:
    """Write the seeds of the parsers named, or of all, anew; finds are left as they are."""
    for name in sys.argv[1:] or SEEDS:
        folder = CORPUS / name
        folder.mkdir(parents=True, exist_ok=True)
        for called, content in SEEDS[name]():
            (folder / called).write_bytes(content)


if __name__ == "__main__":
    main()
