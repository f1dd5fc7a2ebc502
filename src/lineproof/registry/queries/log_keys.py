"""The keys that sign this record's log: which there are, and which of them sign now."""

from dataclasses import dataclass
from datetime import datetime

from lineproof.ports import KeyService, SigningAlgorithm
from lineproof.registry.models import LogKey
from lineproof.transparency import note
from lineproof.transparency.note import NoteKey, Sign

FIRST_VERSION = 1
_NOTE_TYPES = {SigningAlgorithm.ED25519: note.ED25519, SigningAlgorithm.ML_DSA_44: note.ML_DSA_44}


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One version of the log's key. added_at: None for the first. retired_at: None while it signs."""

    version: int
    algorithm: SigningAlgorithm
    added_at: datetime | None
    retired_at: datetime | None
    key: NoteKey

    @property
    def signs(self) -> bool:
        """Tell whether checkpoints get its signature."""
        return self.retired_at is None


def read_log_keys(keys: KeyService, origin: str) -> tuple[SigningKey, ...]:
    """Read every version of the key that signs the log of this name, the oldest first, retired ones too.

    The vault gives the public keys, and makes a pair that it does not have; Unavailable when it cannot.
    """
    rows = list(LogKey.objects.order_by("version")) or [
        LogKey(version=FIRST_VERSION, algorithm=SigningAlgorithm.ED25519.value)
    ]
    return tuple(
        SigningKey(
            row.version,
            SigningAlgorithm(row.algorithm),
            row.added_at,
            row.retired_at,
            note_key(keys, origin, row.version, SigningAlgorithm(row.algorithm)),
        )
        for row in rows
    )


def note_key(keys: KeyService, origin: str, version: int, algorithm: SigningAlgorithm) -> NoteKey:
    """Give the key of one version, as whoever verifies the log knows it."""
    public_key = keys.public_key(purpose=_purpose(version), algorithm=algorithm)
    return NoteKey(origin, algorithm=_NOTE_TYPES[algorithm], public_key=public_key)


def signers_of(keys: KeyService, origin: str) -> list[tuple[NoteKey, Sign]]:
    """Give what signs a checkpoint now: every key that is not retired, the oldest first."""
    return [(one.key, _signing(keys, one)) for one in read_log_keys(keys, origin) if one.signs]


def _signing(keys: KeyService, one: SigningKey) -> Sign:
    return lambda message: keys.sign(message, purpose=_purpose(one.version), algorithm=one.algorithm)


def _purpose(version: int) -> str:
    """Name the vault's key of this version, which signs checkpoints and nothing else."""
    return f"log v{version}"
