"""A token in software, SoftHSM, for one run of the tests: a real PKCS#11 module with real keys."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import pytest

from lineproof.ports import KeyService

PIN = "123456"
TOKEN = "lineproof-test"
MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
)


@cache
def soft_token() -> str:
    """Make a token in a folder of its own, once for each process, and give the path of its module."""
    module = next((path for path in MODULES if Path(path).exists()), None)
    if module is None or shutil.which("softhsm2-util") is None:
        pytest.skip("softhsm2 is not there: install it with tools/install-softhsm")
    folder = Path(tempfile.mkdtemp(prefix="softhsm-"))
    (folder / "tokens").mkdir()
    (folder / "conf").write_text(
        f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n"
    )
    # Read by the module when it is loaded, once in a process.
    os.environ["SOFTHSM2_CONF"] = str(folder / "conf")
    command = ["softhsm2-util", "--init-token", "--free", "--label", TOKEN, "--pin", PIN, "--so-pin", PIN]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return module


def prefix_of(folder: Path) -> str:
    """Give the prefix of a vault's labels on the shared token: another for each folder."""
    return hashlib.sha256(str(folder).encode()).hexdigest()[:16]


def open_on_soft_token(folder: Path) -> KeyService:
    """Open a vault on the token; the same folder gives the same keys."""
    from lineproof.vault.pkcs11 import Pkcs11Vault
    from lineproof.vault.token import Token, TokenPlace

    module = soft_token()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / "lock").touch()
    place = TokenPlace(module, TOKEN, prefix_of(folder))
    vault = Pkcs11Vault(Token(place, pin=PIN, lock_file=folder / "lock"))
    vault.make_first_keys()
    return vault
