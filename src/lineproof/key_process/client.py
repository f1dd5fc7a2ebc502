"""The key process as its users see it: what it lends, and what it may be asked."""

import os
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from lineproof.booth.keeper_terms import Terms
from lineproof.booth.keepers import START_SECONDS, RunningKeeper, not_running
from lineproof.key_process import messages
from lineproof.key_process.messages import Fields
from lineproof.referral import (
    CaseKey,
    Opening,
    OpeningOffer,
    OpeningRequest,
    PasskeyEnrolment,
    PasskeyInvitation,
)
from lineproof.terms import CaseId, SessionId, StaffName

# A keeper may have to be started first, and the record may be written by others for a while.
ANSWER_SECONDS = START_SECONDS + 30.0


class KeyProcess:
    """The process that starts keepers and keeps the keys of cases; it ends when nobody holds this end.

    Start it before anything that opens a record or a port. A process that is forked afterwards has it too;
    only one of them may go on asking. Safe for several threads. `case_keys`, `desk` and `keepers` are what
    its users see: none of them opens anything.
    """

    def __init__(self, record: Path, terms: Terms) -> None:
        """Take which record, and on what terms keepers are started; nothing is started yet."""
        self._record, self._terms = record.absolute(), terms
        self._end: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._asking = threading.Lock()
        self.case_keys = LentCaseKeys(self)
        self.desk = LentDesk(self)
        self.keepers = LentKeepers(self)

    def __enter__(self) -> Self:
        """Start it, and wait until its first keeper is ready."""
        end, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        end.settimeout(ANSWER_SECONDS)
        command = [sys.executable, "-I", "-m", "lineproof.key_process"]
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 -- our own module, no shell
                [*command, str(theirs.fileno()), self._terms.argument(), str(self._record)],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
            )
        self._end = end
        with ExitStack() as undo:
            undo.callback(self.close)
            self.keepers.take(*self._answer())
            undo.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of it; it ends, with its keepers."""
        self.close()

    def close(self) -> None:
        """Let go of it, and wait for its end."""
        self.keepers.close()
        if self._end is not None:
            self._end.close()
            self._end = None
        if self._process is not None:
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def ask(self, question: str, /, **fields: Any) -> tuple[Fields, list[int]]:
        """Ask, and give the answer; raises the error that it tells of. Unavailable when it is gone."""
        with self._asking:
            if self._end is None:
                raise messages.gone()
            messages.write(self._end, {"ask": question, **fields})
            return self._answer()

    def _answer(self) -> tuple[Fields, list[int]]:
        if self._end is None:
            raise messages.gone()
        fields, descriptors = messages.read(self._end)
        return messages.given(fields), descriptors


class LentKeepers:
    """Keepers that the key process started: what may be done with one is to send it jobs."""

    def __init__(self, process: KeyProcess) -> None:
        """Take who lends them."""
        self._process = process
        self._taking = threading.Lock()
        self.running: list[RunningKeeper] = []

    def start(self) -> None:
        """Do nothing: the first came with the start of the process."""

    def close(self) -> None:
        """Let go of all."""
        while self.running:
            self.running.pop().close()

    def present(self) -> RunningKeeper:
        """Give the one to seal to now, and ask for it where the last that came is over."""
        with self._taking:
            if not self.running:
                raise not_running()
            if not self.running[-1].seals:
                self.take(*self._process.ask("keeper"))
            return self.running[-1]

    def take(self, fields: Fields, descriptors: list[int]) -> None:
        """Take a keeper that was told of, unless it is here already."""
        known = {keeper.epoch.public_key.hex() for keeper in self.running}
        if fields["public_key"] in known:
            for descriptor in descriptors:
                os.close(descriptor)
            return
        keeper = messages.keeper_of(fields, socket.socket(fileno=descriptors[0]))
        over = [each for each in self.running if not each.opens]
        self.running = [*(each for each in self.running if each not in over), keeper]
        for each in over:
            each.close()


class LentCaseKeys:
    """`referral.CaseKeys`: keys are made, tried and given up, never used here."""

    def __init__(self, process: KeyProcess) -> None:
        """Take who has them."""
        self._process = process

    def make(self, session: SessionId, *, now: datetime) -> CaseKey:  # noqa: ARG002 -- its own clock counts
        """Have a key made; see `referral.CaseKeys`."""
        given, _ = self._process.ask("make", session=str(session))
        return CaseKey(given["name"], bytes.fromhex(given["public_key"]))

    def check(self, name: str, wrapped: bytes, *, session: SessionId) -> None:
        """Have a wrapped key tried; see `referral.CaseKeys`."""
        self._process.ask("check", name=name, wrapped=wrapped.hex(), session=str(session))

    def settle(self, name: str) -> None:
        """Have a key destroyed if the record no longer needs it; see `referral.CaseKeys`."""
        self._process.ask("settle", name=name)


class LentDesk:
    """`referral.ReviewDesk`."""

    def __init__(self, process: KeyProcess) -> None:
        """Take whom it asks."""
        self._process = process

    def offer(self, case: CaseId) -> OpeningOffer:
        """Have an opening offered."""
        given, _ = self._process.ask("offer", case=str(case))
        return messages.offer_of(given)

    def open(self, request: OpeningRequest) -> Opening:
        """Have an opening recorded and the content key sealed to the booth."""
        fields = asdict(request)
        fields |= {
            "case": str(request.case),
            "opening": request.opening.hex(),
            "browser_key": request.browser_key.hex(),
        }
        given, _ = self._process.ask("open", **fields)
        return messages.opening_of(given)

    def invitation(self, token: str) -> PasskeyInvitation:
        """Have told what an enrolment link invites to."""
        given, _ = self._process.ask("invitation", token=token)
        return PasskeyInvitation(StaffName(given["name"]), bytes.fromhex(given["challenge"]))

    def enrol(self, enrolment: PasskeyEnrolment) -> StaffName:
        """Have a passkey enrolled."""
        given, _ = self._process.ask("enrol", **asdict(enrolment))
        return StaffName(given["name"])
