"""A session with a PKCS#11 token: one for each process and token, used by one thread at a time.

Being logged in belongs to a process and its token, not to a session: two sessions would log each other out.
"""

import fcntl
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pkcs11
from pkcs11 import PKCS11Error

from lineproof.errors import Unavailable

_NOBODY = 0
# What the package says of a key that was destroyed elsewhere.
GONE = (pkcs11.ObjectHandleInvalid, pkcs11.KeyHandleInvalid)


@dataclass(frozen=True, slots=True)
class TokenPlace:
    """Where keys lie: the module that speaks to the token, the token's label, and what our labels begin with.

    Records that share a token have prefixes of their own.
    """

    module: str
    token: str
    prefix: str


@dataclass(slots=True)
class _Connection:
    """remembered: keys that were found, by label, as long as this session lasts."""

    session: pkcs11.Session
    lock: threading.RLock = field(default_factory=threading.RLock)
    remembered: dict[str, Any] = field(default_factory=dict)


class _Connections:
    """The connections of this process.

    initialised_by: which process initialised a module. refused: tokens and PINs that did not go together: a
    token that is asked again and again locks itself.
    """

    def __init__(self) -> None:
        self.initialised_by: dict[str, int] = {}
        self.refused: set[tuple[str, str, str]] = set()
        self.begin_anew()

    def begin_anew(self) -> None:
        """Forget what a fork brought along: a session is its parent's, and a lock may be held by nobody."""
        self.by_place: dict[tuple[str, str], _Connection] = {}
        self.lock = threading.Lock()

    def forget(self, module: str) -> None:
        """Forget a module's sessions, and have it begin anew at the next."""
        with self.lock:
            self.by_place = {key: held for key, held in self.by_place.items() if key[0] != module}
            self.initialised_by[module] = _NOBODY


_connections = _Connections()
os.register_at_fork(after_in_child=_connections.begin_anew)


class Token:
    """A token we are logged in to."""

    def __init__(self, place: TokenPlace, *, pin: str, lock_file: Path) -> None:
        """Log in. lock_file: held while a key is made, so that no two processes make the same one."""
        self.place = place
        self._pin = pin
        self._lock_file = lock_file
        with self.session():
            pass

    @contextmanager
    def session(self) -> Iterator[pkcs11.Session]:
        """Give the session to one thread; what the token says is wrong becomes Unavailable.

        After that the next use logs in anew: a token that was away is used again once it is back.
        """
        connection = self._connection()
        with connection.lock:
            try:
                yield connection.session
            except PKCS11Error as error:
                _connections.forget(self.place.module)
                raise _out_of_order(self.place.token, error) from error

    def use(self, label: str, find: Callable[[], Any], act: Callable[[Any], bytes]) -> bytes:
        """Do something with a key that `find` finds, and remember it: looking up takes ten times as long.

        A key that was destroyed elsewhere has no valid handle any more: then it is looked up again.
        """
        with self.session():
            remembered = self._connection().remembered
            if label in remembered:
                try:
                    return act(remembered[label])
                except GONE:
                    del remembered[label]
            remembered[label] = find()
            return act(remembered[label])

    @contextmanager
    def making(self) -> Iterator[pkcs11.Session]:
        """Give the session while no other process makes a key of this record.

        Of this machine: of those that share a token, one makes the keys.
        """
        with self.session() as session:
            try:
                lock = os.open(self._lock_file, os.O_RDONLY)
            except OSError as error:
                raise Unavailable(f"{self._lock_file} cannot be read: {error.strerror}.") from error
            try:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield session
            finally:
                os.close(lock)

    def _connection(self) -> _Connection:
        key = (self.place.module, self.place.token)
        with _connections.lock:
            if key not in _connections.by_place:
                _connections.by_place[key] = _Connection(self._log_in())
            return _connections.by_place[key]

    def _log_in(self) -> pkcs11.Session:
        module, token = self.place.module, self.place.token
        if (module, token, self._pin) in _connections.refused:
            raise _out_of_order(token, pkcs11.PinIncorrect())
        try:
            library = pkcs11.lib(module)
            # A forked process inherits a module that thinks itself initialised, and must begin anew.
            if _connections.initialised_by.setdefault(module, os.getpid()) != os.getpid():
                library.reinitialize()
                _connections.initialised_by[module] = os.getpid()
            return library.get_token(token_label=token).open(rw=True, user_pin=self._pin)
        except pkcs11.PinIncorrect as error:
            _connections.refused.add((module, token, self._pin))
            raise _out_of_order(token, error) from error
        except (PKCS11Error, RuntimeError) as error:
            raise _out_of_order(token, error) from error


def _out_of_order(token: str, error: Exception) -> Unavailable:
    """Say what the token said; its errors carry a name and at times no sentence."""
    return Unavailable(
        f"The token {token} cannot be used ({type(error).__name__}).",
        remedy="Is it there, is its module the right one, and is the PIN right? Then try again.",
        retry_after_s=10,
    )
