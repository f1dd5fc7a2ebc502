"""Opening a record for a command, under the pack that it was told to decide by."""

from pathlib import Path
from typing import TYPE_CHECKING

from lineproof.cli import options

if TYPE_CHECKING:
    from lineproof.ports import Services


def open_named(record: Path | None, policy: str) -> "Services":
    """Open a record, the usual one where none is named, under a pack by its name or file.

    Import flows and queries after it: their tables are there from then on.
    """
    from lineproof import wiring
    from lineproof.cli.policy_file import named_policy

    return wiring.open_record(record or options.default_record(), policy=named_policy(policy))
