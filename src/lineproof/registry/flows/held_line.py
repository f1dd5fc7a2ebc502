"""What the procedures share that a verified holder begins on a line: whose it is, and what holds it.

Used by the procedures, in their transaction.
"""

from datetime import datetime

from lineproof.errors import Conflict, NotPermitted
from lineproof.line.hold import Hold, HoldKind, refuse_held
from lineproof.line.sim import SimState
from lineproof.ports import Services
from lineproof.registry import models
from lineproof.registry.flows.log import LogWriter, SaltOwner
from lineproof.registry.flows.verify_holder import OwnPage, protecting_holder, verified_holder
from lineproof.registry.models.choices import Retention
from lineproof.registry.queries.disputes import is_disputed
from lineproof.registry.queries.holds import read_holds
from lineproof.terms import HolderId, LineId, SessionId


def custody_of_verified(
    services: Services, line: LineId, session: SessionId, *, now: datetime
) -> models.Custody:
    """Give the custody in which the person verified in a session holds a line.

    Raises NotPermitted when nobody was verified in it, or another than the line's holder: in the same words
    for a line that is another's, that is nobody's, or that there is not.
    """
    return _custody_of(line, verified_holder(services, session, now=now))


def custody_of_protector(
    services: Services, line: LineId, by: SessionId | OwnPage, *, now: datetime
) -> models.Custody:
    """Give the custody of who keeps a line where it is; NotPermitted as `custody_of_verified`."""
    return _custody_of(line, protecting_holder(services, by, now=now))


def _custody_of(line: LineId, holder: HolderId) -> models.Custody:
    models.Line.objects.select_for_update().filter(id=line).first()  # no other change to it meanwhile
    custody = models.Custody.objects.filter(line_id=line, until=None).select_related("line").first()
    if custody is None or custody.holder_id != holder:
        raise NotPermitted(
            "The line is not in the name of who was verified in this session.",
            remedy="If your document is new, link it to you first: show the old one with it. If the line "
            "ought to be in your name, dispute it at any counter.",
        )
    return custody


def owner_of(custody: models.Custody) -> SaltOwner:
    """Give whose salt a procedure on a held line commits with."""
    return SaltOwner(custody.holder_id, Retention.IDENTITY)


def set_hold(line: models.Line, hold: Hold, log: LogWriter) -> None:
    """Keep something from being done with a line from now on, unless a hold does so for as long."""
    if hold.until > log.now and not line.holds.filter(kind=hold.kind.value, until__gte=hold.until).exists():
        models.Hold.objects.create(
            line=line, kind=hold.kind.value, since=log.now, until=hold.until, subject=log.subject
        )


def refuse_line_held(line: models.Line, kind: HoldKind, *, now: datetime) -> None:
    """Raise Conflict where a hold keeps this from being done with a line now, saying until when."""
    refuse_held(read_holds(LineId(line.id)), kind, now=now)


def refuse_in_course(line: models.Line) -> None:
    """Raise Conflict while a line is disputed, or another SIM is asked for and not switched on."""
    if is_disputed(line.id):
        raise Conflict(
            "The line is disputed.", remedy="It stays as it is until that is decided; any counter tells when."
        )
    if line.replacements.filter(state=SimState.ASKED.value).exists():
        raise Conflict(
            "Another SIM is asked for, for this line.",
            remedy="Wait until it is switched on, or have its holder stop it.",
        )
