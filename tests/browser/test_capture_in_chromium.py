"""A face before a camera of real Chromium is sealed there and examined; the relay sees ciphertext alone."""

import base64
import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from threading import Thread
from uuid import UUID

import cv2
import numpy as np
import pytest

from lineproof.booth.relay import Booth
from lineproof.decision.finding import Check, Outcome
from lineproof.decision.policy import shipped_policy
from lineproof.ports import Assignment, Evidence, Examination, SealTerms
from lineproof.specimen.people import ALICE, draw_capture, draw_document
from lineproof.terms import SessionId, Way
from tests.booth.test_forgetting import is_in_memory, marked

pytestmark = pytest.mark.browser
playwright = pytest.importorskip("playwright.sync_api")

SESSION = SessionId(UUID(int=11))
WIDTH, HEIGHT = 640, 800
PAGE = b"""<!doctype html><meta charset="utf-8"><title>capture</title>
<video autoplay muted playsinline></video><input type="file">
<script type="module">
import { CAPTURE, DOCUMENT, joined, Sealer } from "/seal.js";
const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const video = document.querySelector("video");
video.srcObject = await navigator.mediaDevices.getUserMedia({ video: true });
window.capture = async () => {
  const terms = await (await fetch("/terms")).json();
  const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
  canvas.getContext("2d").drawImage(video, 0, 0);
  const picture = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.9 });
  const face = new Uint8Array(await picture.arrayBuffer());
  const page = new Uint8Array(await document.querySelector("input").files[0].arrayBuffer());
  const sealer = await Sealer.begin(bytes(terms.key), bytes(terms.info));
  const first = await sealer.part(DOCUMENT, page, false);
  const sealed = joined(sealer.head, first, await sealer.part(CAPTURE, face, true));
  const headers = { "Content-Type": "application/octet-stream" };
  const said = await (await fetch("/evidence", { method: "POST", headers, body: sealed })).json();
  const needle = Array.from(face.slice(face.length / 2, face.length / 2 + 48), (b) => String.fromCharCode(b));
  return [said, btoa(needle.join(""))];
};
document.title = "ready";
</script>"""


@dataclass(slots=True)
class Relay:
    """A server between browser and booth that notes every byte it is sent and every answer it gives on."""

    booth: Booth
    terms: SealTerms
    passed: list[bytes] = field(default_factory=list)
    examinations: list[Examination] = field(default_factory=list)

    def examine(self, sealed: bytes) -> bytes:
        self.passed.append(sealed)
        assignment = Assignment(SESSION, shipped_policy("specimen"), Way.FACE, date(2026, 11, 26))
        examination = self.booth.examine(Evidence(self.terms, sealed, with_capture=True), assignment)
        self.examinations.append(examination)
        return json.dumps({each.check.value: each.outcome.value for each in examination.findings}).encode()

    def answer(self, path: str) -> tuple[bytes, str]:
        match path:
            case "/seal.js":
                return (files("lineproof.portal") / "static" / "seal.js").read_bytes(), "text/javascript"
            case "/terms":
                said = {"key": self.terms.epoch_key, "info": self.terms.info}
                encoded = {name: base64.b64encode(value).decode() for name, value in said.items()}
                return json.dumps(encoded).encode(), "application/json"
            case _:
                return PAGE, "text/html"


def camera_of(face: bytes, path: Path) -> None:
    """Write a still face as the raw video that Chromium takes for a camera."""
    pixels = cv2.resize(cv2.imdecode(np.frombuffer(face, np.uint8), cv2.IMREAD_COLOR), (WIDTH, HEIGHT))
    frame = cv2.cvtColor(pixels, cv2.COLOR_BGR2YUV_I420).tobytes()
    with path.open("wb") as video:
        video.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\n".encode())
        for _ in range(10):
            video.write(b"FRAME\n" + frame)


@pytest.fixture
def relay() -> Iterator[tuple[Relay, str]]:
    with Booth() as booth:
        relay = Relay(booth, SealTerms.fresh(SESSION, booth.epoch()))

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send(*relay.answer(self.path))

            def do_POST(self) -> None:
                sealed = self.rfile.read(int(self.headers["Content-Length"]))
                self.send(relay.examine(sealed), "application/json")

            def send(self, content: bytes, kind: str) -> None:
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        serving = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=serving.serve_forever, daemon=True).start()
        yield relay, f"http://127.0.0.1:{serving.server_port}/"
        serving.shutdown()
        serving.server_close()


def test_capture_sealed_in_the_browser_is_examined_and_the_relay_sees_ciphertext_alone(
    relay: tuple[Relay, str], tmp_path: Path
):
    between, address = relay
    canary = secrets.token_bytes(32)
    document = tmp_path / "document.jpg"
    document.write_bytes(marked(draw_document(ALICE), canary))
    camera_of(draw_capture(ALICE), tmp_path / "camera.y4m")
    with playwright.sync_playwright() as p:
        browser = p.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=[
                *("--no-sandbox", "--disable-gpu", "--disable-quic", "--use-fake-ui-for-media-stream"),
                *("--use-fake-device-for-media-stream",),
                f"--use-file-for-fake-video-capture={tmp_path / 'camera.y4m'}",
            ],
        )
        page = browser.new_page()
        page.goto(address)
        page.set_input_files("input", str(document))
        page.wait_for_function("document.title === 'ready' && document.querySelector('video').videoWidth > 0")
        said, face_bytes = page.evaluate("() => window.capture()")
        browser.close()
    assert said["same_person"] == "pass"
    assert said["document_read"] == "pass"
    assert said["live"] == "indeterminate"
    found = {each.check: each.outcome for each in between.examinations[0].findings}
    assert found[Check.SAME_PERSON] is Outcome.PASS
    (sealed,) = between.passed
    for plain in (canary, base64.b64decode(face_bytes), document.read_bytes()[-64:-16]):
        assert plain not in sealed
    keeper = between.booth.keepers.running[-1].process.pid
    assert not is_in_memory(keeper, canary)
    assert canary in document.read_bytes(), "the positive control: it was in what the browser was given"
