"""When reviewers have looked, nothing plain is in any process or file that lives on; after the end, no key.

A server as it ships; referrals and decisions by the command line beside it; photographs opened over HTTP with
passkeys. Looked for: pieces of each photograph's file, rows of their pixels, pieces of the pictures that the
reviewers got, content keys, wrapped keys, keys of cases. Looked through: the memory of the program, of the
pages, of the key process and of the keeper, and all that they have open; the record with its write-ahead log,
what was printed, temporary files, and where core files would lie. Each search has a positive control.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lineproof.booth.inspection.processes import command_line, is_keeper, is_key_process, living_children
from lineproof.booth.seal import PartKind
from lineproof.terms import luhn_digit
from tests.booth.test_canaries import core_files, unlike_any_other
from tests.booth.test_forgetting import is_in_memory, memory_of
from tests.fakes.photographs import Photographs
from tests.fakes.reviewers_browser import ReviewersBrowser

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root may look into the keeper and the key process"),
]
HERE = Path(__file__).parent
COMMAND = Path(sys.executable).with_name("lineproof")
HOLDS = """
import sys, tempfile, time
held, unlinked = sys.stdin.buffer.read(), tempfile.TemporaryFile()
unlinked.write(held)
unlinked.flush()
print(flush=True)
time.sleep(600)
"""
SIM = "899991234567890123"
SERVER = {"program", "pages", "key process", "keeper"}
WITH_FACE = {PartKind.PORTRAIT, PartKind.FACE, PartKind.PAGE}


PLAIN = ("file", "pixels", "picture")
KEYS = ("content key", "case key")
# A needle by what it is: ("file", "decided document head").
Name = tuple[str, str]
Found = dict[str, set[Name]]


@dataclass(slots=True)
class Needles:
    """What is looked for."""

    all: dict[Name, bytes] = field(default_factory=dict)

    def add(self, kind: str, what: str, needle: bytes) -> None:
        assert len(needle) >= 32, "shorter ones could be there by chance"
        self.all[kind, what] = needle

    def in_content(self, content: bytes) -> set[Name]:
        return {name for name, needle in self.all.items() if needle in content}

    def in_memory(self, pid: int) -> set[Name]:
        return {name for content in memory_of(pid) for name in self.in_content(content)}


@dataclass(frozen=True, slots=True)
class Stage:
    """What was found: by process, by file; and the names of the keys and of the ciphertexts that are kept."""

    memory: Found
    files: Found
    case_keys: set[str]
    evidence: set[str]

    def places(self, *kinds: str) -> set[str]:
        """Say which processes and files hold something of these kinds."""
        both = {**self.memory, **self.files}
        return {place for place, names in both.items() if any(kind in kinds for kind, _ in names)}


@dataclass(frozen=True, slots=True)
class Story:
    """What was found while cases waited, and when all was over.

    control: the one file that holds every needle. held: what was found in the memory of a process that holds
    every needle, and in what it has open. cases: names of the keys of cases. offers: how an offer to open
    each case was answered when all was over.
    """

    shop: "Shop"
    needles: Needles
    waiting: Stage
    over: Stage
    control: str
    held: tuple[set[Name], Found]
    cases: set[str]
    offers: set[int]


@dataclass(frozen=True, slots=True)
class Shop:
    """A record, and the command line on it. home: of all that is written, by the server as well."""

    home: Path

    @property
    def record(self) -> Path:
        return self.home / "record"

    @property
    def environment(self) -> dict[str, str]:
        return {"TMPDIR": str(self.home / "temporary"), "HOME": str(self.home), "PATH": os.defpath}

    def command(self, *words: str, code: int = 0) -> str:
        """Run a command. What it prints is kept, and looked through with the rest."""
        with (self.home / "commands.log").open("a+") as printed:
            begin = printed.tell()
            ran = subprocess.run(
                [str(COMMAND), *words, "--record", str(self.record)],
                stdout=printed,
                stderr=subprocess.STDOUT,
                env=self.environment,
                timeout=120,
                check=False,
            )
            printed.seek(begin)
            said = printed.read()
        assert ran.returncode == code, said
        return said

    def register(self, number: int, photographs: Photographs, *words: str, code: int) -> Any:
        """Register a line; give what was said."""
        files = ["--document", str(photographs.document)]
        if photographs.capture is not None:
            files += ["--capture", str(photographs.capture)]
        line = ["--mobile", f"+99955500{number:04d}", "--sim", SIM + luhn_digit(SIM)]
        return json.loads(
            self.command("register", *files, *line, "--policy", "specimen", "--json", *words, code=code)
        )

    def beside(self, what: str) -> bytes:
        """Ask or do something on the record, in a process that opens it as the command line does."""
        asked = [sys.executable, str(HERE / "case_keys_process.py"), str(self.record), what]
        return subprocess.run(asked, env=self.environment, capture_output=True, check=True, timeout=60).stdout

    def case_keys(self) -> set[str]:
        return {path.name for path in (self.record / "case-keys" / "opening").glob("*")}

    def evidence(self) -> set[str]:
        return {path.name for path in (self.record / "evidence").glob("*")}


@contextmanager
def served(shop: Shop) -> Iterator[tuple[int, int]]:
    """Serve the record: the program's process number, and the port."""
    words = ["serve", "--record", str(shop.record), "--port", "0", "--with-plain-swap"]
    with (
        (shop.home / "server.log").open("w+") as printed,
        subprocess.Popen(
            [str(COMMAND), *words], stdout=printed, stderr=subprocess.STDOUT, env=shop.environment
        ) as process,
    ):
        try:
            due, port = time.monotonic() + 60, None
            while port is None:
                assert time.monotonic() < due
                time.sleep(0.1)
                port = re.search(r"Serving \S+:(\d+)/", Path(printed.name).read_text())
            yield process.pid, int(port[1])
        finally:
            process.terminate()
            process.wait(timeout=30)


def processes_of(program: int) -> dict[str, int]:
    """Name the processes of a server; each is one of four, and there once."""
    found, parents = {"program": program}, [program]
    while parents:
        for pid in living_children(parents.pop()):
            name = "keeper" if is_keeper(pid) else "key process" if is_key_process(pid) else "pages"
            assert name not in found, command_line(pid)
            found[name] = pid
            parents.append(pid)
    return found


def in_open_files(pid: int, needles: Needles) -> Found:
    """Search what a process has open, also what has no name any more."""
    opened = [each for each in Path(f"/proc/{pid}/fd").iterdir() if each.is_file()]
    return {f"{pid}: {each.readlink()}": needles.in_content(each.read_bytes()) for each in opened}


def look(shop: Shop, program: int, needles: Needles) -> Stage:
    """Search all that a server is, has open and wrote."""
    memory: Found = {}
    files: Found = {}
    for name, pid in processes_of(program).items():
        words = Path(f"/proc/{pid}/cmdline").read_bytes()[-48:]
        assert is_in_memory(pid, words), f"the positive control: {name} holds its command line"
        memory[name] = needles.in_memory(pid)
        files |= in_open_files(pid, needles)
    for place in (shop.home, Path("/dev/shm"), Path("/var/tmp")):
        found = [path for path in place.rglob("*") if path.is_file()]
        files |= {str(path): needles.in_content(path.read_bytes()) for path in found}
    return Stage(memory, files, shop.case_keys(), shop.evidence())


def draw(alice: Photographs, folder: Path, needles: Needles) -> dict[str, Photographs]:
    """Give each session photographs of its own, unlike any other's."""
    generator, drawn = np.random.default_rng(17), {}
    for session in ("accepted", "decided", "late", "counter"):
        paths = {}
        for part, clean in (("document", alice.document), ("capture", alice.capture)):
            if clean is None or (session, part) == ("counter", "capture"):
                continue
            content = unlike_any_other(clean.read_bytes(), generator)
            paths[part] = folder / f"{session}-{part}.jpg"
            paths[part].write_bytes(content)
            needles.add("file", f"{session} {part} head", content[6:38])
            needles.add("file", f"{session} {part} middle", content[len(content) // 2 :][:32])
        drawn[session] = Photographs(paths["document"], paths.get("capture"))
    return drawn


def add_pictures(session: str, photographs: Photographs, needles: Needles) -> None:
    """Add what a worker makes of photographs, as a process says it that makes the same, and holds it."""
    files = (str(photographs.document), str(photographs.capture))
    with subprocess.Popen(
        [sys.executable, str(HERE / "looking_reviewer.py"), *files], stdout=subprocess.PIPE, text=True
    ) as looking:
        assert looking.stdout is not None
        for kind, what in (
            *(("pixels", each) for each in ("document", "capture", "page")),
            *(("picture", each.name) for each in (PartKind.PORTRAIT, PartKind.FACE, PartKind.PAGE)),
        ):
            needles.add(kind, f"{session} {what}", bytes.fromhex(looking.stdout.readline()))
        of_session = {name for name in needles.all if name[1].startswith(session)}
        assert needles.in_memory(looking.pid) == of_session, "the positive control: it holds what it made"
        looking.kill()


def add_keys(shop: Shop, cases: dict[str, str], needles: Needles) -> set[str]:
    """Add what is kept of each case and what opens it, as the command line can know; give the keys' names."""
    kept = json.loads(shop.beside("keys"))
    for session, case in cases.items():
        needles.add("content key", session, bytes.fromhex(kept[case]["content_key"]))
        needles.add("wrapped key", session, bytes.fromhex(kept[case]["wrapped_key"]))
        key = (shop.record / "case-keys" / "opening" / kept[case]["name"]).read_bytes()
        needles.add("case key", session, key)
        needles.add("case key", f"{session} as OpenSSL has it", key[::-1])
        sealed = (shop.record / "evidence" / f"{kept[case]['session']}.sealed").read_bytes()
        needles.add("ciphertext", session, sealed[len(sealed) // 2 :][:32])
    return {kept[case]["name"] for case in cases.values()}


def held_by_a_process(needles: Needles) -> tuple[set[Name], Found]:
    """Say what is found in a process that holds every needle, in memory and in a file without a name."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holding:
        assert holding.stdin is not None
        assert holding.stdout is not None
        holding.stdin.write(b"-".join(needles.all.values()))
        holding.stdin.close()
        holding.stdout.readline()
        found = needles.in_memory(holding.pid), in_open_files(holding.pid, needles)
        holding.kill()
    return found


@pytest.fixture(scope="module")
def story(alice: Photographs, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """One line accepted, three referred; all of these seen; one decided by two people, two left too long."""
    # In order.
    #   1. photographs, and what will be looked for
    #   2. a server; two reviewers with passkeys; four registrations
    #   3. reviewers look: at one case four times
    #   4. the keys, as only the command line can know them; the first search
    #   5. one case is decided, the time of the others is over; the second search
    shop, needles = Shop(tmp_path_factory.mktemp("reviewed")), Needles()
    (shop.home / "temporary").mkdir()
    drawn = draw(alice, tmp_path_factory.mktemp("pictures"), needles)  # 1
    for session in ("decided", "late"):
        add_pictures(session, drawn[session], needles)
    shop.command("agents", "add", "ada")
    for name in ("rhea", "sol"):
        shop.command("reviewers", "add", name)
    with served(shop) as (program, port):  # 2
        rhea, sol = ReviewersBrowser(port), ReviewersBrowser(port)
        for name, browser in (("rhea", rhea), ("sol", sol)):
            link = shop.command("reviewers", "passkey", name, "--port", str(port)).split()[-1]
            assert browser.enrol(link) == name
        shop.register(1, drawn["accepted"], "--attended-by", "ada", code=0)
        assert not shop.evidence() | shop.case_keys(), "of what is accepted nothing is kept"
        cases = {
            "decided": shop.register(2, drawn["decided"], code=4)["case"],
            "late": shop.register(3, drawn["late"], code=4)["case"],
            "counter": shop.register(4, drawn["counter"], "--way", "counter", code=4)["case"],
        }
        for _ in range(3):  # 3
            rhea.open(cases["decided"])
        for session, case in cases.items():
            add_opened(session, sol.open(case), needles)
        names = add_keys(shop, cases, needles)  # 4
        control = shop.home / "temporary" / "control"
        control.write_bytes(b"-".join(needles.all.values()))
        waiting = look(shop, program, needles)
        for name in ("rhea", "sol"):  # 5
            said = shop.command("cases", "decide", cases["decided"], "--as", name, "--accept")
        assert "photographs of the case are destroyed" in said
        assert len(shop.case_keys()) == len(shop.evidence()) == 2
        shop.beside("late")
        wait_until_all_is_over(shop)
        over = look(shop, program, needles)
        offers = {rhea.status_of_offer(case) for case in cases.values()}
    return Story(shop, needles, waiting, over, str(control), held_by_a_process(needles), names, offers)


def add_opened(session: str, pictures: dict[PartKind, bytes], needles: Needles) -> None:
    """Add what a reviewer got, which is what `add_pictures` was told."""
    assert pictures.keys() == (WITH_FACE if session != "counter" else WITH_FACE - {PartKind.FACE})
    for kind, picture in pictures.items():
        name, middle = ("picture", f"{session} {kind.name}"), picture[len(picture) // 2 :][:32]
        assert needles.all.get(name, middle) == middle
        needles.add(*name, middle)
        needles.add("picture", f"{session} {kind.name} end", picture[-40:])


def wait_until_all_is_over(shop: Shop) -> None:
    """Wait until the server has noticed, by itself, that there is something whose time is over."""
    log, due = shop.record / "record.sqlite3-wal", time.monotonic() + 60
    while shop.case_keys() or shop.evidence() or log.stat().st_size:
        assert time.monotonic() < due, "it did not notice"
        time.sleep(0.2)


def test_no_process_and_no_file_holds_anything_of_a_photograph_or_of_what_a_reviewer_saw(story: Story):
    for stage in (story.waiting, story.over):
        assert stage.memory.keys() == SERVER
        assert stage.places(*PLAIN) == {story.control}, "the positive control is found, and nothing else"
    assert not core_files(story.shop.home)


def test_keys_of_cases_that_wait_are_in_their_vault_and_what_they_open_nowhere(story: Story):
    """The key process has them for moments; between openings they are not in its memory either."""
    vault = {str(story.shop.record / "case-keys" / "opening" / name) for name in story.cases}
    assert story.waiting.case_keys == story.cases
    assert story.waiting.places("content key") == {story.control}
    assert story.waiting.places("case key") == {story.control} | vault


def test_after_decision_and_deadline_no_key_is_left_and_nothing_that_it_could_open(story: Story):
    assert story.over.case_keys == story.over.evidence == set()
    assert story.over.places(*KEYS) == {story.control}
    # What the server has in its memory of these opens nothing any more.
    left = story.over.places("wrapped key", "ciphertext") - SERVER
    assert left == {story.control}
    assert story.offers == {404}


def test_what_is_looked_for_is_found_where_it_is(story: Story):
    """The positive controls: a process that holds every needle, a file without a name, one with a name."""
    everything = set(story.needles.all)
    in_memory, opened = story.held
    assert in_memory == everything
    assert everything in opened.values()
    for stage in (story.waiting, story.over):
        assert stage.files[story.control] == everything
    wrapped = {name for name in everything if name[0] == "wrapped key"}
    record = [names for place, names in story.waiting.files.items() if "record.sqlite3" in place]
    assert wrapped <= set().union(*record), "what is kept is found in the record while it is kept"
    sealed = [names for place, names in story.waiting.files.items() if place.endswith(".sealed")]
    assert {kind for names in sealed for kind, _ in names} == {"ciphertext"}
