"""Keys of cases, used in a process of their own each time, which ends: nothing of a key is left in this one.

Memory that a process frees can be read in it until it is used again; that of a process that ended cannot. So
where a case's key or a content key is plain, a process is started by exec for that alone:
`python -m lineproof.key_process.apart`. It takes one question and gives one answer, as messages.py has them.
"""

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from lineproof.booth import confine
from lineproof.booth.seal import seal_key
from lineproof.errors import LineproofError
from lineproof.key_process import messages
from lineproof.key_process.messages import Fields
from lineproof.referral import CaseKey, ReviewTerms
from lineproof.terms import SessionId
from lineproof.vault.evidence import VaultCaseKeys
from lineproof.vault.place import open_case_keys

SECONDS = 30


class CaseKeysApart:
    """A `referral.CaseKeyVault` that has names here, and keys only in processes that end."""

    def __init__(self, keys: VaultCaseKeys, *, folder: Path, beside: Path) -> None:
        """Take the keys, and for the other process where they are: see `vault.place.open_case_keys`."""
        self._keys = keys
        self._place = {"folder": str(folder.absolute()), "beside": str(beside.absolute())}

    def make(self, session: SessionId, *, now: datetime) -> CaseKey:
        """Have a key made; see `referral.CaseKeys`."""
        given = self._ask("make", session=str(session), now=int(now.timestamp()))
        return CaseKey(given["name"], bytes.fromhex(given["public_key"]))

    def settle(self, name: str) -> None:
        """Destroy a key that is not needed; see `referral.CaseKeys`."""
        self._keys.settle(name)

    def names(self) -> tuple[str, ...]:
        """Name the keys; see `referral.CaseKeyVault`."""
        return self._keys.names()

    def made_at(self, name: str) -> datetime:
        """Say when one was made; see `referral.CaseKeyVault`."""
        return self._keys.made_at(name)

    def check(self, name: str, wrapped: bytes, *, session: SessionId) -> None:
        """Have a wrapped key tried; see `referral.CaseKeys`."""
        self._ask("check", name=name, wrapped=wrapped.hex(), session=str(session))

    def hand_over(self, name: str, wrapped: bytes, terms: ReviewTerms) -> bytes:
        """Have a content key sealed to a worker; see `referral.CaseKeyVault`."""
        given = self._ask(
            "hand_over",
            name=name,
            wrapped=wrapped.hex(),
            session=str(terms.session),
            epoch_key=terms.epoch_key.hex(),
            info=terms.info.hex(),
        )
        return bytes.fromhex(given["sealed_key"])

    def _ask(self, act: str, /, **fields: Any) -> Fields:
        question = {"ask": act, **fields, **self._place}
        try:
            done = subprocess.run(  # noqa: S603 -- our own module, no shell
                [sys.executable, "-I", "-m", __name__],
                input=json.dumps(question).encode(),
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=SECONDS,
                check=False,
                cwd="/",
            )
        except subprocess.TimeoutExpired as error:
            raise messages.gone() from error
        if done.returncode != 0:
            raise messages.gone()
        return messages.given(messages.parse(done.stdout))


def answer(question: Fields) -> Fields:
    """Make a case's key, try what is wrapped to it, or hand that over; raises what the vault does."""
    place = open_case_keys(Path(question["folder"]), Path(question["beside"]))
    keys = VaultCaseKeys(place, lambda _name: True)
    session = messages.session_of(question)
    if question["ask"] == "make":
        made = keys.make(session, now=messages.moment(question["now"]))
        return {"name": made.name, "public_key": made.public_key.hex()}
    name, wrapped = question["name"], bytes.fromhex(question["wrapped"])
    if question["ask"] == "check":
        keys.check(name, wrapped, session=session)
        return {}
    content_key = keys.unwrap(name, wrapped, session=session)
    to, info = bytes.fromhex(question["epoch_key"]), bytes.fromhex(question["info"])
    return {"sealed_key": seal_key(content_key, to, info).hex()}


def main() -> None:
    """Answer the question on standard input, and end."""
    confine.shut_to_debuggers()
    try:
        given: Fields = {"gives": answer(messages.parse(sys.stdin.buffer.read(messages.MOST_BYTES)))}
    except LineproofError as error:
        given = messages.fields_of(error)
    sys.stdout.write(json.dumps(given))


if __name__ == "__main__":
    main()
