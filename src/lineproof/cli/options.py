"""Options that several commands share."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

if TYPE_CHECKING:
    from lineproof.decision.attestation import SeenPapers

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

FILE = click.Path(path_type=Path)


def default_record() -> Path:
    """Give the record's folder where none is named: in the user's data folder."""
    data = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(data) / "lineproof"


def papers_seen(
    permit_until: datetime | None,
    *,
    guardianship: bool = False,
    organisation: str | None = None,
    register: str | None = None,
    number: str | None = None,
) -> "SeenPapers":
    """Give the papers that are named by options, as an agent signs that they have seen them.

    organisation, register, number: its name, and where it is entered; a usage error unless all or none is
    given.
    """
    from lineproof.decision.attestation import SeenPapers
    from lineproof.decision.organisation import Organisation

    named = [part for part in (organisation, register, number) if part is not None]
    if len(named) not in {0, 3}:
        raise click.UsageError("--for-organisation, --register and --register-number go together.")
    seen = Organisation.parse(name=named[0], register=named[1], number=named[2]) if named else None
    return SeenPapers(None if permit_until is None else permit_until.date(), guardianship, seen)


@contextmanager
def writing(file: Path) -> Iterator[TextIO]:
    """Open a file to write text to, line ends as they are given; Unavailable where there is no such place."""
    from lineproof.errors import Unavailable

    try:
        stream = file.open("w", encoding="utf-8", newline="")
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        raise Unavailable(
            f"{file} cannot be written: {error.strerror}.", remedy="Choose another place."
        ) from error
    with stream:
        yield stream


def models_folder(record: Path | None) -> Path:
    """Give the folder of a record in which its operator's model packs lie."""
    return (record or default_record()) / "models"


record: Decorator = click.option(
    "--record",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="LINEPROOF_RECORD",
    metavar="DIR",
    help="The folder of the record; made the first time. [default: in your data folder]",
)
policy: Decorator = click.option(
    "--policy",
    default="generic",
    show_default=True,
    metavar="NAME|FILE",
    help="The policy pack to decide by; a file of your own has a / in its name, or ends with .toml.",
)
as_json: Decorator = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
attended_by: Decorator = click.option(
    "--attended-by",
    metavar="AGENT",
    help="The agent who has the holder and the document before them, and signs so.",
)
permit_until: Decorator = click.option(
    "--permit-until",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="A visitor's permit to stay, which the agent has seen, is good until then.",
)
for_minor: Decorator = click.option(
    "--for-minor",
    is_flag=True,
    help="A minor is to use it; the agent has seen their document, and that the applicant is their guardian.",
)


def for_organisation(command: Callable[..., Any]) -> Callable[..., Any]:
    """Take the organisation that somebody signs for: its name, its register, and its number there.

    Gives for_organisation, register_name and register_number; all or none of them.
    """
    for option in (
        click.option("--register-number", metavar="NUMBER", help="Its number in that register."),
        click.option(
            "--register", "register_name", metavar="REGISTER", help="The register that it is entered in."
        ),
        click.option(
            "--for-organisation",
            metavar="NAME",
            help="The applicant signs for it; the agent has seen its register's extract, and that they may.",
        ),
    ):
        command = option(command)
    return command


way: Decorator = click.option(
    "--way",
    type=click.Choice(["face", "counter"]),
    default="face",
    show_default=True,
    help="By face, or at a counter without one.",
)
_document: Decorator = click.option(
    "--document", type=FILE, required=True, help="A photograph of the passport's page."
)
_capture: Decorator = click.option("--capture", type=FILE, help="A photograph of the person's face.")


def presented(command: Callable[..., Any]) -> Callable[..., Any]:
    """Take what somebody presents, by which way and before whom, under which rules and on which record.

    Gives document, capture, way, attended_by, policy, record and as_json.
    """
    for option in (as_json, record, policy, attended_by, way, _capture, _document):
        command = option(command)
    return command


def on_a_record(command: Callable[..., Any]) -> Callable[..., Any]:
    """Take under which rules something is done, on which record, and how it is printed.

    Gives policy, record and as_json.
    """
    for option in (as_json, record, policy):
        command = option(command)
    return command


session: Decorator = click.option(
    "--session",
    type=click.UUID,
    required=True,
    metavar="SESSION",
    help="The session in which they were verified: lineproof holders verify.",
)
