"""Pages are small on the wire, for old phones on slow networks."""

import gzip
import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from django.test import Client

MOST_BYTES = 60_000
TAKES_GZIP = {"accept-encoding": "gzip"}


def body_of(browser: "Client", address: str, tag: str = "en") -> tuple[bytes, bytes]:
    """Give what an address sends, and what that is when it is taken apart."""
    answer = browser.get(address, headers=TAKES_GZIP | {"accept-language": tag})
    sent = b"".join(answer) if answer.streaming else answer.content
    assert answer["Content-Encoding"] == "gzip", address
    return sent, gzip.decompress(sent)


@pytest.mark.parametrize("tag", ["en", "ar", "zh-hans"])
def test_the_first_page_with_all_that_it_loads_is_small(browser: "Client", tag: str):
    sent, page = body_of(browser, "/", tag)
    total = len(sent)
    loaded = set(re.findall(rb'(?:href|src)="(/static/[^"]+)"', page))
    assert loaded
    for address in loaded:
        total += len(body_of(browser, address.decode())[0])
    assert total < MOST_BYTES


def test_who_cannot_take_it_apart_gets_it_as_it_is(browser: "Client"):
    answer = browser.get("/", headers={"accept-encoding": "identity"})
    assert "Content-Encoding" not in answer
    assert answer.content.startswith(b"<!doctype html>")


def test_length_of_a_page_does_not_tell_what_is_on_it(browser: "Client"):
    """The same page is of another length each time (BREACH)."""
    assert len({len(body_of(browser, "/")[0]) for _ in range(20)}) > 1
