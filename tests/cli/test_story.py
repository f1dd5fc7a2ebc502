"""One line from the counter to its holder's page, every step by its command, as an operator would."""

import http.client
import re
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from lineproof.terms import luhn_digit

# Each step is a process of its own; tests/cli/test_demo.py runs the main job in the shorter tier.
pytestmark = pytest.mark.long

FIRST, SECOND = "+999555001001", "+999555001002"
COMMAND_SECONDS = 60


def sim(number: str) -> str:
    """Make the number of a SIM card for a mobile number."""
    body = "89999" + number.removeprefix("+").rjust(13, "0")
    return body + luhn_digit(body)


@pytest.fixture(scope="module")
def record_of_alice(lineproof, given, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record on which Alice holds her first number, registered with agent Ada."""
    record = tmp_path_factory.mktemp("alice") / "record"
    assert lineproof("agents", "add", "ada", "--record", record).code == 0
    mobile = ["--mobile", FIRST, "--sim", sim(FIRST), "--record", record]
    ran = lineproof("register", *given(), *mobile, "--attended-by", "ada")
    assert ran.code == 0, ran
    assert ran.out.startswith("ACCEPT")
    assert f"lineproof serve --link {FIRST}" in ran.out
    return record


def test_a_referred_registration_is_decided_by_two_people_and_stands_in_the_log(
    lineproof, given, record_of_alice
):
    on_record = ["--record", record_of_alice]
    for reviewer in ("rhea", "sol"):
        assert lineproof("reviewers", "add", reviewer, *on_record).code == 0
    noted = lineproof("log", "verify", *on_record, "--json").json
    assert noted["ok"]

    # Alone at home: referred, as a case.
    second = ["--mobile", SECOND, "--sim", sim(SECOND), *on_record, "--json"]
    referred = lineproof("register", *given(), *second)
    assert referred.code == 4, referred
    assert referred.json["line"] is None
    case = referred.json["case"]
    waiting = lineproof("cases", "list", *on_record, "--json").json
    assert [(row["case"], row["opinions"]) for row in waiting] == [(case, 0)]
    assert set(waiting[0]["reasons"]) == {"document_not_proven_genuine", "not_proven_live"}

    # Two people, neither twice, and nobody who is not enrolled.
    accept = ["cases", "decide", case, "--accept", *on_record, "--as"]
    lineproof(*accept, "mallory").refuses("no reviewer named mallory")
    lineproof(*accept, "ada").refuses("no reviewer named ada")
    first = lineproof(*accept, "rhea")
    assert first.code == 0, first
    assert "second reviewer" in first.out
    lineproof(*accept, "rhea").refuses()
    last = lineproof(*accept, "sol")
    assert last.out.startswith("Decided: accepted by 2 people.\n"), last
    assert "photographs of the case are destroyed" in last.out
    lineproof(*accept, "sol").refuses("already decided")
    assert lineproof("cases", "list", *on_record).out == "No case waits.\n"
    acts = {row["name"]: row["acts"] for row in lineproof("reviewers", "list", *on_record, "--json").json}
    assert acts == {"rhea": 1, "sol": 1}

    # The log holds it all, and what was noted before.
    log = ["log", "verify", *on_record, "--json"]
    assert lineproof(*log, "--earlier", noted["head"]).json["ok"]
    size, _, root = noted["head"].partition(":")
    other = f"{size}:{root[:-1]}{'0' if root[-1] != '0' else '1'}"
    broken = lineproof(*log, "--earlier", other)
    assert broken.code == 3, broken
    assert broken.json["problems"]


def test_a_number_is_registered_once_and_the_second_try_changes_nothing(lineproof, given, record_of_alice):
    before = lineproof("log", "verify", "--record", record_of_alice, "--json").json["head"]
    mobile = ["--mobile", FIRST, "--sim", sim(FIRST), "--record", record_of_alice]
    lineproof("register", *given(), *mobile, "--attended-by", "ada").refuses("registered")
    assert lineproof("log", "verify", "--record", record_of_alice, "--json").json["head"] == before


@pytest.fixture
def served(environment, record_of_alice):
    """The pages being served: the process, and the link to Alice's lines."""
    command = [str(Path(sys.executable).with_name("lineproof")), "serve", "--record", str(record_of_alice)]
    with subprocess.Popen(
        [*command, "--port", "0", "--link", FIRST],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        text=True,
    ) as process:
        overdue = threading.Timer(COMMAND_SECONDS, process.kill)
        overdue.start()
        printed = ""
        while not (link := re.search(r"http://127\.0\.0\.1:(\d+)(/open/\S+)", printed)):
            line = process.stdout.readline()
            assert line, process.stderr.read()
            printed += line
        yield process, int(link[1]), link[2]
        overdue.cancel()
        process.kill()


def get(port: int, path: str, cookie: str = "") -> tuple[int, http.client.HTTPMessage, str]:
    """Fetch one page."""
    asking = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        asking.request("GET", path, headers={"Cookie": cookie} if cookie else {})
        answer = asking.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        asking.close()


def listening_addresses(port: int) -> set[str]:
    """List the addresses, as the kernel writes them, on which anybody listens at a port."""
    found = set()
    for table in ("tcp", "tcp6"):
        for row in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            _, local, _, state, *_ = row.split()
            address, _, at = local.partition(":")
            if state == "0A" and int(at, 16) == port:
                found.add(address)
    return found


def test_a_link_opens_the_holders_lines_once_and_on_this_machine_only(served):
    process, port, link = served
    status, headers, _ = get(port, link)
    assert status == 303
    cookie = headers["Set-Cookie"].partition(";")[0]
    status, _, page = get(port, headers["Location"], cookie)
    assert status == 200
    assert FIRST in page.replace(" ", "").replace("\N{NO-BREAK SPACE}", "")
    assert get(port, link)[0] == 403
    assert get(port, headers["Location"])[0] == 403
    (loopback,) = listening_addresses(port)
    assert socket.inet_ntoa(bytes.fromhex(loopback)[::-1]) == "127.0.0.1"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode in (0, 130)
    assert "Traceback" not in out + err
    # The log of this record has no name, so that its entries wait; whether for too long, the machine decides.
    late = r"lineproof: an entry waits to be published .* Name the log: lineproof log origin NAME\n"
    said = re.sub(late, "", err)
    assert re.fullmatch(r"warning: the keys of this record are files in .*, for a demonstration .*\n", said)
    assert not listening_addresses(port)
