"""Keys of cases, each for the photographs of one referral: the adapter of `referral.CaseKeys` over a vault.

A key's name says when it was made and for which session, so that one whose session came to nothing is found
and destroyed without a list of them: case-SECONDS-SESSION, the seconds since 1970 in ten digits, the session
in 32 hexadecimal digits. In order of name is in order of making.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from lineproof.errors import Erased, Malformed, NotFound, NotPermitted
from lineproof.ports import KeyService
from lineproof.referral import CaseKey, wrap_info
from lineproof.terms import SessionId

CONTENT_KEY_BYTES = 32
_NAME = re.compile(r"case-([0-9]{10})-([0-9a-f]{32})")


class VaultCaseKeys:
    """The `CaseKeys` of a process that may open as well: only what is beyond the Protocol gives a plain key.

    Every method raises Unavailable when the vault cannot be reached, and Malformed for a name that is not of
    our form: no other key of the vault is opened or destroyed here.
    """

    def __init__(self, keys: KeyService, is_kept: Callable[[str], bool]) -> None:
        """Take the vault, and what tells whether the record keeps photographs under a key of this name."""
        self._keys = keys
        self._is_kept = is_kept

    def make(self, session: SessionId, *, now: datetime) -> CaseKey:
        """Make the key that a session's referral would need. now: aware."""
        name = f"case-{int(now.timestamp()):010d}-{session.hex}"
        return CaseKey(name, self._keys.make_opening_key(name))

    def check(self, name: str, wrapped: bytes, *, session: SessionId) -> None:
        """Open a wrapped content key and let it go; NotPermitted if that cannot be done."""
        try:
            self.unwrap(name, wrapped, session=session)
        except Erased as error:
            raise _does_not_open() from error

    def settle(self, name: str) -> None:
        """Destroy a key, unless the record keeps photographs under it."""
        _parse(name)
        if not self._is_kept(name):
            self._keys.destroy(name)

    def unwrap(self, name: str, wrapped: bytes, *, session: SessionId) -> bytes:
        """Open a wrapped content key: 32 bytes, for the process that seals it anew to a worker of the booth.

        Raises Erased when the key of the case is gone, NotPermitted when it is another session's or does not
        open this.
        """
        if self.session_of(name) != session:
            raise _does_not_open()
        try:
            content_key = self._keys.open(wrapped, name=name, info=wrap_info(session))
        except NotFound as error:
            raise Erased(
                "The key of these photographs was destroyed.", remedy="Nobody can see them again."
            ) from error
        if len(content_key) != CONTENT_KEY_BYTES:
            raise _does_not_open()
        return content_key

    def names(self) -> tuple[str, ...]:
        """Name the keys that there are, those of the earliest first; Malformed if the vault has others."""
        found = self._keys.opening_keys()
        for name in found:
            _parse(name)
        return found

    def made_at(self, name: str) -> datetime:
        """Tell when a key was made, to the second."""
        return _parse(name)[0]

    def session_of(self, name: str) -> SessionId:
        """Tell which session a key was made for."""
        return _parse(name)[1]


def _parse(name: str) -> tuple[datetime, SessionId]:
    parts = _NAME.fullmatch(name)
    if parts is None:
        raise Malformed(
            "That is not the name of a case's key.",
            remedy="Give one as case keys are named: case-TIME-SESSION.",
        )
    return datetime.fromtimestamp(int(parts[1]), UTC), SessionId(UUID(parts[2]))


def _does_not_open() -> NotPermitted:
    return NotPermitted("The photographs' key does not open with the key of this case.")
