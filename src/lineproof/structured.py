"""What a server and a worker write about their work: one JSON object a line, on standard error.

There is no free text. A line has an event of a closed list, and fields of a closed list, each of one type:
an identifier that we drew, a count, a code of a closed list, a duration, the kind of an error and the places
in the code that it came through. So no name, number, address or image can get in: no field takes a text.
Nothing is written before `start`, so that a command's errors stay sentences.
"""

import json
import secrets
import sys
import threading
import traceback
from datetime import UTC, datetime
from enum import Enum, IntEnum
from pathlib import Path
from typing import Any
from uuid import UUID

from lineproof.errors import Malformed

_PACKAGE = Path(__file__).parent
_MOST_PLACES = 12


class Level(IntEnum):
    """How much a line matters."""

    DEBUG = 10
    INFO = 20
    WARNING = 30
    ERROR = 40


class Event(Enum):
    """What a line can say has happened."""

    STARTED = "started"
    DRAINED = "drained"
    TASK_DONE = "task_done"
    TASK_FAILED = "task_failed"
    ORDER_CARRIED_OUT = "order_carried_out"
    ORDER_FAILED = "order_failed"
    ENTERED = "entered"
    ANSWERED = "answered"
    LOG_LATE = "log_late"
    LOG_NOT_PUBLISHED = "log_not_published"
    INCIDENT = "incident"


_lock = threading.Lock()
_least: list[Level] = []


def start(level: Level) -> None:
    """Write lines of this level and above from now on."""
    _least[:] = [level]


def stop() -> None:
    """Write nothing any more."""
    _least.clear()


def parse_level(text: str) -> Level:
    """Read a level's name; Malformed for what is none."""
    try:
        return Level[text.strip().upper()]
    except KeyError:
        names = ", ".join(level.name.lower() for level in Level)
        raise Malformed(f"{text!r} is no level of a log.", remedy=f"Choose one of: {names}.") from None


def writes(level: Level) -> bool:
    """Tell whether a line of this level would be written."""
    return bool(_least) and level >= _least[0]


def log(
    level: Level,
    event: Event,
    *,
    task: Enum | None = None,
    order: UUID | None = None,
    code: Enum | None = None,
    count: int | None = None,
    position: int | None = None,
    status: int | None = None,
    duration_ms: int | None = None,
    retry_s: int | None = None,
    error: type[BaseException] | None = None,
    incident: bytes | None = None,
    places: tuple[str, ...] = (),
) -> None:
    """Write a line, if lines of its level are written. What is not of its field's type is an error of ours.

    incident: 4 random bytes that a person can quote. places: made by `places_of` alone.
    """
    if not writes(level):
        return
    said: dict[str, object] = {
        "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "level": level.name.lower(),
        "event": event.value,
    }
    numbers = {
        "count": count,
        "position": position,
        "status": status,
        "duration_ms": duration_ms,
        "retry_s": retry_s,
    }
    for name, word in (("task", task), ("code", code)):
        if word is not None:
            said[name] = _member(word)
    if order is not None:
        said["order"] = str(_checked(order, UUID))
    said |= {name: int(_checked(value, int)) for name, value in numbers.items() if value is not None}
    if error is not None:
        said["error"] = f"{_checked(error, type).__module__}.{error.__qualname__}"
    if incident is not None:
        said["incident"] = _checked(incident, bytes)[:4].hex()
    if places:
        said["places"] = [_place(text) for text in places]
    _write(json.dumps(said))


def write_incident(error: BaseException | None) -> str:
    """Write that our code went wrong: kinds and places, no messages, which may quote a person; give its id.

    Before `start` it is plain text, outermost error first: the only thing a command says of a fault of ours.
    """
    drawn = secrets.token_bytes(4)
    if writes(Level.ERROR):
        kind = None if error is None else type(error)
        log(Level.ERROR, Event.INCIDENT, incident=drawn, error=kind, places=places_of(error))
        return drawn.hex()
    lines = [f"lineproof: incident {drawn.hex()}\n"]
    while error is not None:
        kind = type(error)
        lines += [f"{kind.__module__}.{kind.__qualname__}\n", *traceback.format_tb(error.__traceback__)]
        error = error.__cause__ or error.__context__
    _write("".join(lines).rstrip("\n"))
    return drawn.hex()


def places_of(error: BaseException | None) -> tuple[str, ...]:
    """Give where in the code an error came through, innermost last: files and lines, no values."""
    frames = [] if error is None else traceback.extract_tb(error.__traceback__)
    places = [f"{_name_of(frame.filename)}:{frame.lineno or 0}" for frame in frames]
    return tuple(places[-_MOST_PLACES:])


def _name_of(filename: str) -> str:
    path = Path(filename)
    inside = path.is_relative_to(_PACKAGE)
    return path.relative_to(_PACKAGE).as_posix() if inside else path.name


def _member(word: Enum) -> str:
    value = _checked(word, Enum).value
    return value if isinstance(value, str) else word.name.lower()


def _checked(value: Any, kind: type) -> Any:
    if not isinstance(value, kind):
        raise TypeError(f"a line of the log takes {kind.__name__} here, not {type(value).__name__}")
    return value


def _place(text: str) -> str:
    name, _, line = text.rpartition(":")
    if not (line.isdigit() and name.endswith((".py", ">"))):
        raise TypeError("a line of the log takes places in code here")
    return text


def _write(text: str) -> None:
    with _lock:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
