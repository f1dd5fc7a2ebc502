"""Ordering a line switched, in its place among the orders of the line; used by the procedures."""

from lineproof.ports import SwitchState
from lineproof.registry import models
from lineproof.registry.flows.log import LogWriter


def order(line: models.Line, state: SwitchState, log: LogWriter, *, subject: bytes | None = None) -> None:
    """Order a line switched, in the caller's transaction; it is sent after the commit.

    The network gets the orders of one line as they were given, whatever the clocks of the processes say that
    gave them: each has the next number of its line, and none is dated before the one before it. subject: of
    the procedure that it ends with, where that is not the writer's own.
    """
    last = models.Order.objects.filter(line=line).order_by("-ordered_at", "-number").first()
    models.Order.objects.create(
        line=line,
        state=state.value,
        subject=log.subject if subject is None else subject,
        ordered_at=log.now if last is None else max(log.now, last.ordered_at),
        number=0 if last is None else last.number + 1,
    )
