"""The rules of second looks at what agents attested that a log shows to be kept or broken."""

from collections.abc import Iterator

from lineproof.transparency.monitor_entry import LoggedEntry, moment_text, shown
from lineproof.transparency.monitor_finding import Finding, Rule, found
from lineproof.transparency.monitor_procedure import Procedure

_RESULTS = {"confirmed", "not_reached", "wrong"}
# Of whom nothing is left, nobody can be asked.
_ERASED = "erased"


def look_with_deadline(procedure: Procedure, entry: LoggedEntry) -> Iterator[Finding]:
    """Draw a look once, at what one agent attested, and with a deadline."""
    if procedure.look is not None:
        yield found(Rule.DEADLINE_KEPT, entry, "A look was drawn again before it was done.")
    if entry.due_at is None:
        yield found(Rule.DEADLINE_KEPT, entry, "A look was drawn without a deadline.")
    if len(entry.by) != 1:
        said = f"A look is at what one agent attested, and this one names {len(entry.by)}."
        yield found(Rule.OTHER_PERSON_LOOKS, entry, said)


def look_done_in_time(procedure: Procedure, entry: LoggedEntry) -> Iterator[Finding]:
    """Do a look that was drawn, by its deadline, which it answers."""
    look = procedure.look
    if look is None:
        yield found(Rule.DEADLINE_KEPT, entry, "A look was done that was not drawn, or was done before.")
        return
    if entry.answers != look.due_at:
        yield found(Rule.DEADLINE_KEPT, entry, "The look answers another deadline than was set.")
    if entry.outcome != _ERASED and look.due_at is not None and entry.at > look.due_at:
        said = f"This was due at {moment_text(look.due_at)}, and done late."
        yield found(Rule.DEADLINE_KEPT, entry, said)


def look_by_another(procedure: Procedure, entry: LoggedEntry) -> Iterator[Finding]:
    """Have one person look, and not who attested; nobody, where there is nobody left to be asked."""
    rule, people = Rule.OTHER_PERSON_LOOKS, 0 if entry.outcome == _ERASED else 1
    if entry.outcome not in _RESULTS | {_ERASED}:
        yield found(rule, entry, f"A look found {shown(entry.outcome)}, which it cannot.")
    elif len(entry.by) != people:
        yield found(rule, entry, f"This look is done by {people} people, and not by {len(entry.by)}.")
    if entry.by & procedure.attested:
        yield found(rule, entry, "A look was done by who attested what it is at.")
