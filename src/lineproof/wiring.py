"""Opens a record and bundles what its flows may use; the only place that names a concrete adapter."""

import hashlib
import os
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path

import django
from django.apps import apps
from django.db import DatabaseError

from lineproof.decision.policy import Policy
from lineproof.errors import Malformed, Unavailable
from lineproof.evidence.directory import EvidenceFolder
from lineproof.key_process.apart import CaseKeysApart
from lineproof.key_process.client import KeyProcess
from lineproof.line.clock import find_zone
from lineproof.line.delivery import Channel
from lineproof.messages.email import PASSWORD_VARIABLE, SMTP_FROM_VARIABLE, SMTP_VARIABLE, Email, MailServer
from lineproof.messages.sms_hook import SMS_HOOK_VARIABLE, SmsHook
from lineproof.messages_port import Messages
from lineproof.network.none import NoNetwork
from lineproof.ports import Assignment, Epoch, Evidence, Examination, Examiner, KeyService, Services
from lineproof.referral import CaseKeyVault, Opening, Referrals
from lineproof.registry.tables import bring_up_to_date
from lineproof.terms import EmailAddress
from lineproof.tile_store import TileStore
from lineproof.tiles.directory import TileFolder
from lineproof.tiles.s3 import TileBucket
from lineproof.vault.evidence import VaultCaseKeys
from lineproof.vault.place import NamedToken, name_token, open_case_keys, open_keys, read_named_token

RECORD_VARIABLE = "LINEPROOF_RECORD"
# s3://BUCKET/PREFIX, and the address of a store that is not AWS's: where the log is published, if not in LOG.
LOG_STORE_VARIABLE, LOG_STORE_ENDPOINT_VARIABLE = "LINEPROOF_LOG_STORE", "LINEPROOF_LOG_STORE_ENDPOINT"
VAULT, CASE_KEYS, EVIDENCE, LOG = "vault", "case-keys", "evidence", "log"
_SETTINGS = "lineproof.web.settings"
_PACKAGE = Path(__file__).parent


class NoBooth:
    """An `Examiner` for processes that examine nothing, such as the one that serves pages."""

    workshop = None

    def epoch(self) -> Epoch:
        """Refuse."""
        raise _no_booth()

    def examine(self, evidence: Evidence, assignment: Assignment) -> Examination:  # noqa: ARG002
        """Refuse."""
        raise _no_booth()

    def review(self, parts: bytes, opening: Opening) -> bytes:  # noqa: ARG002
        """Refuse."""
        raise _no_booth()


def _no_booth() -> Unavailable:
    return Unavailable("This process has no booth.", remedy="Examine evidence with the command line.")


def open_record(
    folder: Path,
    *,
    policy: Policy,
    examiner: Examiner | None = None,
    lent: KeyProcess | None = None,
    keeps_referrals: bool = True,
) -> Services:
    """Open the record in a folder, making it the first time, and give its services.

    lent: the started key process, for a server, whose pages have keys of cases from there alone; None for the
    command line, which has them itself. keeps_referrals: False for pages without one: nothing is kept there.
    One process opens one record. Raises Unavailable when the folder, its disk or its database cannot be used,
    Malformed when the environment names no place for the published log, or the policy's time zone is unknown.
    Malformed when the environment names no place for the published log, or no mail server or gateway.
    """
    services = _open(folder, policy=policy, examiner=examiner)
    if lent is not None:
        referrals = Referrals(lent.case_keys, _evidence_in(folder))
        return replace(services, referrals=referrals, desk=lent.desk)
    if not keeps_referrals:
        return services
    return replace(services, referrals=Referrals(_case_keys_in(folder), _evidence_in(folder)))


def open_record_with_case_keys(folder: Path, *, policy: Policy) -> tuple[Services, CaseKeyVault]:
    """Open a record as `open_record` does, and the vault of its case keys, to destroy them or to open."""
    place = folder.absolute()
    case_keys = CaseKeysApart(_case_keys_in(folder), folder=place / CASE_KEYS, beside=place / VAULT)
    services = _open(folder, policy=policy, examiner=None)
    return replace(services, referrals=Referrals(case_keys, _evidence_in(folder))), case_keys


def _case_keys_in(folder: Path) -> VaultCaseKeys:
    """Open the keys of cases: a vault of their own, which the process of the pages does not open."""
    folder = folder.absolute()
    _make_folder(folder)
    return VaultCaseKeys(open_case_keys(folder / CASE_KEYS, beside=folder / VAULT), _keeps_under)


def _keeps_under(name: str) -> bool:
    from lineproof.registry.queries.evidence import keeps_under

    return keeps_under(name, now=datetime.now(UTC))


def _evidence_in(folder: Path) -> EvidenceFolder:
    return EvidenceFolder(folder.absolute() / EVIDENCE)


def _open(folder: Path, *, policy: Policy, examiner: Examiner | None) -> Services:
    find_zone(policy.calendar.zone)  # not where packs are parsed: the booth's worker reads no file
    folder = folder.absolute()
    _make_folder(folder)
    keys = open_keys(folder / VAULT)
    os.environ[RECORD_VARIABLE] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = _SETTINGS
    if not apps.ready:
        django.setup()
    try:
        bring_up_to_date()
    except DatabaseError as error:
        raise unusable_record(folder, error) from error
    return Services(
        examiner=NoBooth() if examiner is None else examiner,
        network=NoNetwork(),
        keys=keys,
        policy=policy,
        release=release(),
        tiles=_published_log_of(folder),
        messages=_channels(keys),
    )


def _published_log_of(folder: Path) -> TileStore:
    """Give where a record's log is published: the object store that the environment names, or a folder."""
    place = os.environ.get(LOG_STORE_VARIABLE)
    if not place:
        return TileFolder(folder / LOG)
    return TileBucket(place, endpoint=os.environ.get(LOG_STORE_ENDPOINT_VARIABLE) or None)


def _channels(keys: KeyService) -> dict[Channel, Messages]:
    """Give the channels that the environment names; without one, notices stand on their holders' pages."""
    channels: dict[Channel, Messages] = {}
    server, hook = os.environ.get(SMTP_VARIABLE), os.environ.get(SMS_HOOK_VARIABLE)
    if server:
        channels[Channel.EMAIL] = Email(MailServer.parse(server, password=_mail_password()), _mail_sender())
    if hook:
        channels[Channel.SMS] = SmsHook(hook, keys)
    return channels


def _mail_sender() -> EmailAddress:
    try:
        return EmailAddress.parse(os.environ.get(SMTP_FROM_VARIABLE, ""))
    except Malformed as error:
        raise Malformed(f"{SMTP_FROM_VARIABLE} is no e-mail address.", remedy=error.remedy) from None


def _mail_password() -> str:
    """Read the password of the mail server from its file; "" where none is named."""
    named = os.environ.get(PASSWORD_VARIABLE)
    if not named:
        return ""
    file = Path(named)
    try:
        if file.stat().st_mode & 0o077:
            raise Malformed(
                f"The file that {PASSWORD_VARIABLE} names can be read by others.", remedy=f"chmod 600 {named}"
            )
        return file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Malformed(
            f"The file that {PASSWORD_VARIABLE} names cannot be read.", remedy="Name a file of one line."
        ) from error


def release() -> str:
    """Name this program: its version, and the beginning of its digest."""
    return f"{version('lineproof')}+{release_digest()[:32]}"


@cache
def release_digest() -> str:
    """Give SHA-256, hexadecimal, over every file of this package as installed: which program decided."""
    total = hashlib.sha256()
    for path in sorted(_PACKAGE.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            name = path.relative_to(_PACKAGE).as_posix().encode()
            total.update(len(name).to_bytes(4, "big") + name + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def page_secret(folder: Path) -> str:
    """Give the secret that signs the cookies of a record's pages, derived from its vault."""
    return open_keys(folder / VAULT).mac(b"", purpose="page secret v1").hex()


def make_keys(folder: Path) -> str:
    """Make the first keys of a record, and say where they are; again does nothing."""
    vault = folder.absolute() / VAULT
    _make_folder(folder)
    open_keys(vault)
    named = read_named_token(vault)
    if named is not None:
        return f"on the token {named.token}, which {vault} names"
    return f"files in {vault}: keep a backup of it, and keep it from everybody else"


def make_keys_on_token(folder: Path, *, module: str, token: str, prefix: str, pin_file: Path) -> str:
    """Make the first keys of a record on a PKCS#11 token, and say where they are; again does nothing.

    Raises Conflict where the record has its keys elsewhere, Unavailable when the token cannot be used.
    """
    _make_folder(folder)
    name_token(folder.absolute() / VAULT, NamedToken(module, token, prefix, str(pin_file)))
    return make_keys(folder)


def keys_are_in_files(folder: Path) -> bool:
    """Tell whether a record's keys lie in files: for a demonstration and development."""
    return read_named_token(folder / VAULT) is None


def unusable_record(folder: Path, error: Exception) -> Unavailable:
    """Say in one sentence why a record cannot be used."""
    return Unavailable(
        f"The record in {folder} cannot be used: {error}.",
        remedy="Choose a folder that can be written, on a disk with room; nothing was changed.",
    )


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise unusable_record(folder, OSError(error.strerror)) from error
