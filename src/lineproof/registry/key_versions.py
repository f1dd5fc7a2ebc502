"""Which versions of the vault's keys the record writes and reads with, now."""

from dataclasses import dataclass
from typing import assert_never

from lineproof.registry.models.choices import RotationStage
from lineproof.registry.sql.keys import read_rotation

FIRST_VERSION = 1


@dataclass(frozen=True, slots=True)
class KeyVersions:
    """One version, or two while a rotation is on. Read anew in each transaction that uses it."""

    version: int
    next_version: int | None = None
    stage: RotationStage = RotationStage.STEADY

    @property
    def live(self) -> tuple[int, ...]:
        """Give every version that an index may be of: what a lookup computes."""
        return (self.version,) if self.next_version is None else (self.version, self.next_version)

    @property
    def wrapping(self) -> int:
        """Give the version to wrap new data keys with."""
        return self.version

    @property
    def written(self) -> tuple[int, int | None]:
        """Give the versions to write an index in: of its column, and of the column beside it, or None.

        Whichever stages two writers are at, one column of both has the same version, so that its constraint
        stops the second of two equal lines: filling writes (old, new), switching (new, new), clearing (new).
        """
        next_version = self.next_version
        if next_version is None:
            return self.version, None
        match self.stage:
            case RotationStage.FILLING:
                return self.version, next_version
            case RotationStage.SWITCHING:
                return next_version, next_version
            case RotationStage.CLEARING:
                return next_version, None
            case RotationStage.STEADY | RotationStage.REWRAPPING:
                return self.version, None
            case _ as never:
                assert_never(never)


def read_key_versions() -> KeyVersions:
    """Read which versions are in use; a record that was never rotated uses the first."""
    row = read_rotation()
    if row is None:
        return KeyVersions(FIRST_VERSION)
    version, next_version, stage = row
    return KeyVersions(version, next_version, RotationStage(stage))
