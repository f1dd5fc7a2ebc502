"""What every procedure does once its change is committed: orders go out."""

from datetime import datetime

from django.db import DatabaseError

from lineproof.errors import Unavailable
from lineproof.ports import Services
from lineproof.registry.flows.provision import provision
from lineproof.registry.personal import forget_residue


def finish(services: Services, *, now: datetime, erased: bool = False) -> bool:
    """Send waiting orders, earlier ones too.

    erased: a key was destroyed, so the files are rid of it as well. Gives False when they could not be, since
    somebody was reading; the next procedure that erases does it.
    Raises Unavailable when the record cannot take it now: the procedure itself is done and recorded, and the
    next one goes on from here.
    """
    try:
        provision(services, now=now)
        if erased:
            return forget_residue()
    except DatabaseError as error:
        raise Unavailable(
            f"It is done and recorded, but its order still waits: {error}.",
            remedy="Make room on the disk; the next command goes on with it. Do not do it again.",
        ) from error
    return True
