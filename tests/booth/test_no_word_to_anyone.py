"""No process of ours opens a connection outwards or writes outside its folders: each call is watched."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(shutil.which("strace") is None, reason="strace is missing: tools/install-strace"),
]
WATCHED = (
    "trace=connect,sendto,sendmsg,bind,openat,creat,mkdir,mkdirat,rename,renameat,renameat2,link,linkat,"
)
WATCHED += "symlink,symlinkat,unlink,unlinkat,socket"
OUTWARDS = re.compile(r"(?:connect|sendto|sendmsg|bind)\(.*sa_family=AF_INET6?")
WRITES = re.compile(
    r'(?:openat\(AT_FDCWD, "(?P<opened>[^"]+)", [^)]*(?:O_WRONLY|O_RDWR|O_CREAT)'
    r'|(?:mkdir|rename|link|symlink|creat)\w*\((?:AT_FDCWD, )?"(?P<made>[^"]+)")[^=]*= \d'
)
HARMLESS = ("/dev/null", "/dev/tty", "/proc/self/")


def watch(command: list[str], trace: Path, **environment: str) -> list[str]:
    """Run a program and everything it starts under strace, and give the calls that were watched."""
    ran = subprocess.run(
        ["strace", "-f", "-qq", "-s", "200", "-e", WATCHED, "-o", str(trace), *command],
        env={"PATH": os.defpath, **environment},
        stdout=subprocess.DEVNULL,
        timeout=300,
        check=False,
    )
    assert ran.returncode in {0, 3, 4}
    return trace.read_text(errors="replace").splitlines()


def outwards(calls: list[str]) -> list[str]:
    return [call for call in calls if OUTWARDS.search(call)]


def written(calls: list[str]) -> set[str]:
    found = (WRITES.search(call) for call in calls)
    return {each["opened"] or each["made"] for each in found if each is not None}


def test_a_verification_speaks_to_nobody_and_writes_in_its_record_alone(alice, tmp_path):
    """The keeper, its workers and the libraries in them included."""
    home, record = tmp_path / "home", tmp_path / "record"
    (home / "temporary").mkdir(parents=True)
    command = [str(Path(sys.executable).with_name("lineproof")), "verify", "--policy", "specimen"]
    command += ["--document", str(alice.document), "--capture", str(alice.capture), "--record", str(record)]
    calls = watch(command, tmp_path / "trace", HOME=str(home), TMPDIR=str(home / "temporary"))
    assert any("openat(" in call for call in calls), "it was watched"
    assert not outwards(calls)
    outside = {
        path
        for path in written(calls)
        if not path.startswith((str(record), *HARMLESS)) and "__pycache__" not in path
    }
    assert not outside, outside
    assert any(path.startswith(str(record)) for path in written(calls)), "writing is seen"


def test_a_program_that_speaks_outwards_is_seen(tmp_path):
    """The positive control."""
    speak = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('127.0.0.1', 9))"
    write = f"open({str(tmp_path / 'word')!r}, 'w').write('x')"
    calls = watch([sys.executable, "-c", f"{speak}; {write}"], tmp_path / "trace")
    assert outwards(calls)
    assert str(tmp_path / "word") in written(calls)
