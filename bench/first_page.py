"""How much does a browser load for the first page, with every file that it names, in each language?

    python -m bench.first_page

The limit is 60 kB compressed (gzip, level 6). Pages are sent as they are, not compressed; a server before
them may compress them. tests/doors/test_first_page.py holds the limit.
"""

import gzip
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from lineproof import wiring
from lineproof.decision.policy import shipped_policy

if TYPE_CHECKING:
    from django.test import Client

LIMIT_BYTES = 60_000
_NAMED = re.compile(r'<(?:link|script|img|source)\b[^>]*\b(?:href|src)="([^"]+)"')


def loaded(browser: "Client", tag: str) -> dict[str, bytes]:
    """Give what is loaded for the first page in a language, by address."""
    page = browser.get("/", headers={"accept-language": tag})
    content = {"/": bytes(page.content)}
    for address in _NAMED.findall(page.content.decode()):
        content[address] = b"".join(browser.get(address))
    return content


def compressed_bytes(content: dict[str, bytes]) -> int:
    """Give the size of it all, each file compressed by itself."""
    return sum(len(gzip.compress(each, compresslevel=6)) for each in content.values())


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as record:
        services = wiring.open_record(Path(record), policy=shipped_policy("specimen"))
        from django.conf import settings
        from django.test import Client

        from lineproof.web.services import install

        install(services)
        print("| language | files | bytes | compressed | of the limit |\n| --- | --- | --- | --- | --- |")
        for tag, _ in settings.LANGUAGES:
            content = loaded(Client(SERVER_NAME="127.0.0.1"), tag)
            plain, packed = sum(map(len, content.values())), compressed_bytes(content)
            print(f"| `{tag}` | {len(content)} | {plain} | {packed} | {packed / LIMIT_BYTES:.0%} |")


if __name__ == "__main__":
    main()
