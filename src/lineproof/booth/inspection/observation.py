"""One property of a running booth: what it is, how it was looked for, and whether it holds."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import wraps
from typing import ParamSpec

Arguments = ParamSpec("Arguments")

ONLY_ROOT = "only root may look (CAP_SYS_PTRACE)"
ENDED = "the process ended meanwhile"


class Standing(Enum):
    """Whether a property holds. What was not checked does not hold: it is not known."""

    HOLDS = "holds"
    DOES_NOT_HOLD = "does_not_hold"
    NOT_CHECKED = "not_checked"


class NotChecked(Exception):
    """What stood in the way of looking, as a phrase."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen, as a phrase, and whether the property holds by it."""

    holds: bool
    what: str


@dataclass(frozen=True, slots=True)
class Observation:
    """One property, observed. says, how: in plain words. seen: what was, or why nothing could be."""

    name: str
    says: str
    how: str
    standing: Standing
    seen: str


def observes(
    says: str, *, how: str
) -> Callable[[Callable[Arguments, Seen]], Callable[Arguments, Observation]]:
    """Make an observation of a function that looks; the property has the function's name without `observe_`.

    A function that raises NotChecked, or may not read what it reads, makes one that was not checked.
    """

    def of(look: Callable[Arguments, Seen]) -> Callable[Arguments, Observation]:
        name = look.__name__.removeprefix("observe_")

        @wraps(look)
        def observe(*arguments: Arguments.args, **named: Arguments.kwargs) -> Observation:
            try:
                seen = look(*arguments, **named)
            except NotChecked as why:
                return Observation(name, says, how, Standing.NOT_CHECKED, str(why))
            except PermissionError:
                return Observation(name, says, how, Standing.NOT_CHECKED, ONLY_ROOT)
            except (FileNotFoundError, ProcessLookupError):
                return Observation(name, says, how, Standing.NOT_CHECKED, ENDED)
            standing = Standing.HOLDS if seen.holds else Standing.DOES_NOT_HOLD
            return Observation(name, says, how, standing, seen.what)

        return observe

    return of
