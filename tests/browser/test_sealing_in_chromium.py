"""The browser's seal (portal/static/seal.js) in real Chromium: RFC 9180's values, and both ways with ours."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lineproof.booth.seal import PartKind, open_evidence, open_key, seal_key
from lineproof.ports import Epoch, SealTerms
from lineproof.terms import SessionId

pytestmark = pytest.mark.browser
playwright = pytest.importorskip("playwright.sync_api")

VECTORS = Path(__file__).resolve().parents[3] / "shared" / "vectors" / "hpke" / "rfc9180-base.json"
SUITE = "DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-128-GCM"
MODULE = files("lineproof.portal") / "static"
KEY = generate_private_key(SECP256R1())
PUBLIC = KEY.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
TERMS = SealTerms.fresh(SessionId(UUID(int=7)), Epoch(PUBLIC, datetime.now(UTC) + timedelta(minutes=12)))

BYTES = """
const bytes = text => Uint8Array.from(atob(text), c => c.charCodeAt(0));
const text = bytes => btoa(Array.from(bytes, b => String.fromCharCode(b)).join(''));
const module = await import('/seal.js');
"""
VECTOR = (
    "async v => {"
    + BYTES
    + """
const C = {name: 'ECDH', namedCurve: 'P-256'};
const url = t => t.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
const pairOf = async (secret, point) => {
  const p = bytes(point);
  const [x, y] = [p.slice(1, 33), p.slice(33)].map(half => url(text(half)));
  const jwk = {kty: 'EC', crv: 'P-256', d: url(secret), x, y};
  return {
    privateKey: await crypto.subtle.importKey('jwk', jwk, C, true, ['deriveBits']),
    publicKey: await crypto.subtle.importKey('raw', p, C, true, []),
  };
};
const how = {additional: bytes(v.aad), keyBits: 128};
const pair = await pairOf(v.skEm, v.pkEm);
const sealed = await module.seal(bytes(v.pkRm), bytes(v.info), bytes(v.pt), {...how, pair});
const opened = await module.open(await pairOf(v.skRm, v.pkRm), bytes(v.info), sealed, how);
return [text(sealed), text(opened)];
}"""
)
SEAL = (
    "async v => {"
    + BYTES
    + """
const page = new Uint8Array(v.size).map((_, at) => at % 251);
const face = new Uint8Array(v.size).map((_, at) => at % 241);
const sealer = await module.Sealer.begin(bytes(v.key), bytes(v.info));
const first = await sealer.part(module.DOCUMENT, page, false);
const goingOn = module.Sealer.goingOn(sealer.key, 1);
return text(module.joined(sealer.head, first, await goingOn.part(module.CAPTURE, face, true)));
}"""
)
OPEN = (
    "async v => {"
    + BYTES
    + """
const pair = await crypto.subtle.generateKey({name: 'ECDH', namedCurve: 'P-256'}, false, ['deriveBits']);
const sealed = await sealFor(text(new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey))));
const opened = text(await module.open(pair, bytes(v.info), bytes(sealed)));
let otherwise = 'opened';
try { await module.open(pair, bytes(v.other), bytes(sealed)); } catch (error) { otherwise = error.name; }
return [opened, otherwise];
}"""
)


class Quiet(SimpleHTTPRequestHandler):
    """Serves files, and says nothing of it."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def as_text(content: bytes) -> str:
    return base64.b64encode(content).decode()


@pytest.fixture(scope="module")
def page() -> Iterator["playwright.Page"]:
    """A page of the machine's own, where WebCrypto is, with the module beside it."""
    serving = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(MODULE)))
    Thread(target=serving.serve_forever, daemon=True).start()
    with playwright.sync_playwright() as p:
        browser = p.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu", "--disable-quic"]
        )
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{serving.server_port}/lineproof.svg")
        yield page
        browser.close()
    serving.shutdown()
    serving.server_close()


def in_browser(page: "playwright.Page", script: str, **values: Any) -> Any:
    return page.evaluate(
        script, {name: as_text(v) if isinstance(v, bytes) else v for name, v in values.items()}
    )


@pytest.mark.shared
def test_values_of_rfc_9180_appendix_a_3_come_out(page):
    vector = next(each for each in json.loads(VECTORS.read_text()) if each["suite"] == SUITE)
    setup, first = vector["setup"], vector["encryptions"][0]
    values = {name: bytes.fromhex(setup[name]) for name in ("skEm", "pkEm", "skRm", "pkRm", "info")}
    sealed, opened = in_browser(
        page, VECTOR, **values, pt=bytes.fromhex(first["pt"]), aad=bytes.fromhex(first["aad"])
    )
    assert base64.b64decode(sealed).hex() == setup["enc"] + first["ct"]
    assert base64.b64decode(opened).hex() == first["pt"]


@pytest.mark.parametrize("size", [1, 3_000_000])
def test_what_the_browser_seals_the_booth_opens(page, size):
    sealed = base64.b64decode(in_browser(page, SEAL, key=PUBLIC, info=TERMS.info, size=size))
    _, parts = open_evidence(sealed, KEY, TERMS.info)
    assert parts[PartKind.DOCUMENT] == bytes(at % 251 for at in range(size))
    assert parts[PartKind.CAPTURE] == bytes(at % 241 for at in range(size))


def test_what_the_booth_seals_the_browser_opens_and_only_under_its_terms(page):
    secret = bytes(range(32))

    def seal_for(public_key: str) -> str:
        return as_text(seal_key(secret, base64.b64decode(public_key), TERMS.info))

    page.expose_function("sealFor", seal_for)
    opened, otherwise = in_browser(page, OPEN, info=TERMS.info, other=TERMS.info[:-1] + b"x")
    assert base64.b64decode(opened) == secret
    assert otherwise == "OperationError"


def test_a_key_that_is_no_point_of_the_curve_is_refused_by_the_browser(page):
    with pytest.raises(playwright.Error, match="DataError"):
        in_browser(page, SEAL, key=b"\4" + b"x" * 64, info=TERMS.info, size=1)


def test_the_module_is_small():
    assert len((MODULE / "seal.js").read_text().splitlines()) <= 150


def test_a_sealed_key_of_the_browser_opens_with_the_library_alone(page):
    sealed = base64.b64decode(in_browser(page, SEAL, key=PUBLIC, info=TERMS.info, size=1))
    assert len(open_key(sealed[1:114], KEY, TERMS.info)) == 32
