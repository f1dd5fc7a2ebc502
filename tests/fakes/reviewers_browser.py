"""A reviewer before a browser that is served for real: does over HTTP what the scripts of the pages do."""

import http.client
import json
import re
from base64 import urlsafe_b64decode
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lineproof.booth.seal import HEAD_BYTES, PartKind, open_key, open_parts
from tests.fakes.soft_authenticator import SoftAuthenticator, as_base64url


@dataclass(slots=True)
class ReviewersBrowser:
    """A browser on this machine, with one passkey. It keeps no cookie from one page to the next."""

    port: int
    authenticator: SoftAuthenticator = field(default_factory=SoftAuthenticator)

    @property
    def origin(self) -> str:
        return f"http://localhost:{self.port}"

    def enrol(self, link: str) -> str:
        """Make the passkey that a link is for, and say whose it is."""
        page = link[link.index("/review/") :]
        challenge = self._asked(page, f"{page}/challenge")["challenge"]
        attestation = self.authenticator.create(_bytes_of(challenge), self.origin)
        name: str = self._asked(page, page, attestation=attestation)["name"]
        return name

    def open(self, case: str) -> dict[PartKind, bytes]:
        """Open a case's photographs for a fresh key, and give the pictures."""
        key = generate_private_key(SECP256R1())
        public = as_base64url(key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))
        page = f"/review/{case}"
        offered = self._asked(page, f"{page}/offer", browser_key=public)
        assertion = self.authenticator.get(_bytes_of(offered["challenge"]), self.origin)
        sent = {"opening": offered["opening"], "browser_key": public, "assertion": assertion}
        status, headers, sealed = self.post(page, f"{page}/photographs", sent)
        assert status == http.client.OK, sealed
        content_key = open_key(sealed[1:HEAD_BYTES], key, _bytes_of(headers["Lineproof-Info"]))
        return dict(open_parts(sealed[HEAD_BYTES:], content_key))

    def status_of_offer(self, case: str) -> int:
        """Ask for an offer to open a case, and say how it was answered."""
        key = generate_private_key(SECP256R1()).public_key()
        public = as_base64url(key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))
        return self.post(f"/review/{case}", f"/review/{case}/offer", {"browser_key": public})[0]

    def post(self, page: str, address: str, content: dict[str, str]) -> tuple[int, Any, bytes]:
        """Load a page, and send what its script would: status, headers and body of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=90)
        headers = {"Host": f"localhost:{self.port}"}
        connection.request("GET", page, headers=headers)
        got = connection.getresponse()
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', got.read().decode())
        assert token is not None
        cookies = SimpleCookie(got.headers["Set-Cookie"])
        headers |= {
            "Accept": "application/octet-stream, application/json, application/problem+json",
            "Content-Type": "application/json",
            "Cookie": "; ".join(f"{name}={cookie.value}" for name, cookie in cookies.items()),
            "Origin": self.origin,
            "X-CSRFToken": token[1],
        }
        connection.request("POST", address, json.dumps(content), headers)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, answer.headers, body

    def _asked(self, page: str, address: str, **content: str) -> Any:
        status, _, body = self.post(page, address, content)
        assert status == http.client.OK, body
        return json.loads(body)


def _bytes_of(text: str) -> bytes:
    return urlsafe_b64decode(text + "==")
