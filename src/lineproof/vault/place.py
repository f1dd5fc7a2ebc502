"""Where a record's keys lie: in files in its folder, unless `pkcs11.toml` there names a token.

module = "/usr/lib/softhsm/libsofthsm2.so"   # the library that speaks to the token
token = "lineproof"                          # the token's label
prefix = "lineproof"                         # what the labels of this record's keys begin with
pin_file = "/etc/lineproof/pin"              # for its owner alone; the PIN in its first line
"""

import json
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from lineproof.errors import Conflict, Malformed, Unavailable
from lineproof.ports import KeyService
from lineproof.vault.file import open_vault
from lineproof.vault.key_file import make_folder, read_key, write_once

if TYPE_CHECKING:
    from lineproof.vault.pkcs11 import Pkcs11Vault

_NAMED = "pkcs11.toml"
_FIELDS = {"module", "token", "prefix", "pin_file"}


@dataclass(frozen=True, slots=True)
class NamedToken:
    """A token as an operator names it."""

    module: str
    token: str
    prefix: str
    pin_file: str


def open_keys(folder: Path) -> KeyService:
    """Open the keys of a vault's folder, making a vault in files where there is none.

    Raises Unavailable when folder or token cannot be used, Malformed when a key or `pkcs11.toml` is damaged.
    """
    named = read_named_token(folder)
    return open_vault(folder) if named is None else _open_on_token(folder, named)


def open_case_keys(folder: Path, beside: Path) -> KeyService:
    """Open the vault of case keys in a folder of its own: in files, or on a token, as the record's vault is.

    folder: of the case keys. beside: that of the record's vault. Where that names a token, case keys are
    made on it with the prefix PREFIX-cases, and a `pkcs11.toml` in `folder` says so from the first time on;
    what it says then holds. Raises Conflict where case keys are in files and the record's are on a token, and
    otherwise as `open_keys`.
    """
    named = read_named_token(beside)
    if named is None or read_named_token(folder) is not None:
        return open_keys(folder)
    return name_token(folder, replace(named, prefix=f"{named.prefix}-cases"))


def read_named_token(folder: Path) -> NamedToken | None:
    """Read which token a vault's folder names; None if its keys are files."""
    path = folder / _NAMED
    try:
        make_folder(folder)
        stated = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Unavailable(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise Malformed(
            f"{path} is not TOML.", remedy="See docs/commands.md for what stands in it."
        ) from error
    if set(stated) != _FIELDS or not all(isinstance(value, str) and value for value in stated.values()):
        raise Malformed(f"{path} names {', '.join(sorted(_FIELDS))}, and nothing else.", remedy="Mend it.")
    return NamedToken(**stated)


def name_token(folder: Path, named: NamedToken) -> KeyService:
    """Make the first keys of a record on a token, and name it in the vault's folder; again does nothing.

    Raises Conflict where the record has keys elsewhere: they would be lost.
    """
    before = read_named_token(folder)
    if (folder / "secret").exists() or before not in (None, named):
        raise Conflict(
            f"The record already has its keys, as {folder} says.",
            remedy="Keys cannot be moved to a token; begin a new record.",
        )
    lines = (f"{name} = {json.dumps(getattr(named, name))}\n" for name in sorted(_FIELDS))
    keys = _open_on_token(folder, named)
    keys.make_first_keys()
    if before is None:
        write_once(folder / _NAMED, "".join(lines).encode())
    return keys


def _open_on_token(folder: Path, named: NamedToken) -> "Pkcs11Vault":
    try:
        # An extra: who keeps keys in files need not have it.
        from lineproof.vault.pkcs11 import Pkcs11Vault  # noqa: PLC0415
        from lineproof.vault.token import Token, TokenPlace  # noqa: PLC0415
    except ImportError as error:
        raise Unavailable(
            "The package that speaks to tokens is not installed.",
            remedy="Install it with: pip install 'lineproof[pkcs11]'",
        ) from error
    place = TokenPlace(named.module, named.token, named.prefix)
    return Pkcs11Vault(Token(place, pin=_read_pin(Path(named.pin_file)), lock_file=folder))


def _read_pin(path: Path) -> str:
    try:
        return read_key(path).decode().splitlines()[0]
    except OSError as error:
        raise Unavailable(f"The PIN in {path} cannot be read: {error.strerror}.") from error
    except (ValueError, IndexError) as error:
        raise Malformed(f"There is no PIN in {path}.", remedy="Write it in the first line.") from error
