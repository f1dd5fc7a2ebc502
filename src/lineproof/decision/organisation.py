"""An organisation as the party to a contract: by the register that it is entered in, and its number there."""

import hashlib
import unicodedata
from dataclasses import dataclass
from typing import Self

import rfc8785

from lineproof.errors import Malformed

MOST_NAME, MOST_REGISTER, MOST_NUMBER = 120, 60, 30


@dataclass(frozen=True, slots=True)
class Organisation:
    """One that a register says there is. name, register, number: as its extract has them."""

    name: str
    register: str
    number: str

    @classmethod
    def parse(cls, *, name: str, register: str, number: str) -> Self:
        """Read one; spaces are made single.

        Raises Malformed unless the name has 1 to 120 characters, the register 2 to 60, the number 1 to 30,
        all of them printable, and each with a letter or digit.
        """
        parsed = cls(*(" ".join(text.split()) for text in (name, register, number)))
        _refuse(parsed.name, "the name of an organisation", (1, MOST_NAME))
        _refuse(parsed.register, "the name of a register", (2, MOST_REGISTER))
        _refuse(parsed.number, "a number in a register", (1, MOST_NUMBER))
        return parsed

    @property
    def place(self) -> tuple[str, str]:
        """Give what it is known by, however it is written: register and number, without case and signs."""
        return _plain(self.register), _plain(self.number)

    @property
    def digest(self) -> bytes:
        """Give SHA-256 over name, place and nothing else, in canonical JSON (RFC 8785): 32 bytes."""
        return hashlib.sha256(rfc8785.dumps([self.name, *self.place])).digest()


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in unicodedata.normalize("NFKC", folded) if sign.isalnum())


def _refuse(text: str, what: str, lengths: tuple[int, int]) -> None:
    least, most = lengths
    if not least <= len(text) <= most or not text.isprintable() or not _plain(text):
        raise Malformed(
            f"That is not {what}.", remedy=f"Write it as its extract has it, in {least} to {most} characters."
        )
