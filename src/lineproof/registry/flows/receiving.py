"""What keeps somebody from receiving a line, and how both are told that it passed; used by the procedures."""

from datetime import datetime

from lineproof.errors import Conflict
from lineproof.line.custody import within_cap
from lineproof.line.notice import NoticeKind
from lineproof.ports import Services
from lineproof.registry.flows import lines
from lineproof.registry.flows.holding import give_notice, refuse_erased
from lineproof.registry.flows.log import LogWriter
from lineproof.registry.flows.minors import refuse_minor
from lineproof.registry.queries.holder import count_lines
from lineproof.terms import HolderId, LineId, LineKind


def refuse_to_receive(
    services: Services, receiver: HolderId, kind: LineKind, terms_version: str, *, now: datetime
) -> None:
    """Raise Conflict for other terms than those in force, who was erased, the cap, and who is too young."""
    refuse_to_answer_for(services, receiver, terms_version, now=now)
    cap = services.policy.caps[kind]
    if not within_cap(held=count_lines(receiver, kind), cap=cap):
        raise Conflict(
            "They hold as many lines of this kind as one may: {cap}.",
            remedy="Give up another line first.",
            cap=cap,
        )


def refuse_to_answer_for(
    services: Services, receiver: HolderId, terms_version: str, *, now: datetime
) -> None:
    """Raise Conflict for the same but the cap, of who signs for a line that counts in another's."""
    lines.refuse_other_terms(services, terms_version)
    refuse_erased(receiver)
    refuse_minor(services, receiver, now=now)


def tell_it_passed(
    kind: NoticeKind,
    line: LineId,
    log: LogWriter,
    *,
    giver: HolderId,
    receiver: HolderId,
    registered_until: datetime | None,
) -> None:
    """Tell both; until when it is registered in the receiver's name is theirs alone to know."""
    for party, until in ((giver, None), (receiver, registered_until)):
        give_notice(kind, party, log, line=line, deadline=until, undated=True)
