"""The policy pack that a command is told to use: one that comes with Lineproof, or a file of an operator."""

from pathlib import Path

from lineproof.decision.policy import Policy, parse_pack_file, policy_names, shipped_policy
from lineproof.errors import Conflict, Malformed, NotFound

MOST_FILE_BYTES = 1 << 20


def named_policy(named: str) -> Policy:
    """Give the pack of a name; or of a file, which is what has a slash in it or ends with .toml.

    Raises NotFound, Malformed, and Conflict for a file with the name of another pack: a decision is known by
    the name of the pack that it was made under, and a case is decided under the same.
    """
    if "/" not in named and not named.endswith(".toml"):
        return shipped_policy(named)
    policy = read_policy_file(Path(named))
    if is_anothers_name(policy):
        raise Conflict(
            f"{named} is named {policy.name}, as a pack that comes with Lineproof is, and is another.",
            remedy="Give it a name of its own.",
        )
    return policy


def is_anothers_name(policy: Policy) -> bool:
    """Tell whether a pack has the name of a shipped one, and is not that one."""
    return policy.name in policy_names() and shipped_policy(policy.name).digest != policy.digest


def read_policy_file(file: Path) -> Policy:
    """Read a file that is to be a pack; NotFound when it cannot be read, Malformed when it is none."""
    try:
        with file.open("rb") as opened:
            content = opened.read(MOST_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or "that is no name of a file"
        raise NotFound(f"{file} cannot be read: {why}.", remedy="Name a TOML file.") from error
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = None
    if text is None or len(content) > MOST_FILE_BYTES:
        raise Malformed(f"{file} is no text in UTF-8 of at most 1 MiB.", remedy="Name a TOML file.")
    return parse_pack_file(text, called=str(file))
