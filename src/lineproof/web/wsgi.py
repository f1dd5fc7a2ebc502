"""The pages as a WSGI application (PEP 3333), for any server: `lineproof.web.wsgi:application`.

LINEPROOF_RECORD names the folder of the record. `lineproof serve` uses web/server.py, which comes here.
Without it nothing is published here and no photograph is taken, and the pack `generic` holds.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from lineproof import wiring
from lineproof.decision.policy import Policy, shipped_policy
from lineproof.key_process.client import KeyProcess
from lineproof.ports import Examiner

if TYPE_CHECKING:
    from django.core.handlers.wsgi import WSGIHandler


def open_application(
    record: Path,
    examiner: Examiner | None = None,
    lent: KeyProcess | None = None,
    *,
    policy: Policy | None = None,
) -> "WSGIHandler":
    """Open the record in this process and give its pages; the errors of `wiring.open_record` pass.

    lent: the started key process; without one, no photographs of referrals are kept or opened here.
    policy: the rules of the published log, and of what is applied for here; None: the pack `generic`.
    """
    services = wiring.open_record(
        record,
        policy=policy or shipped_policy("generic"),
        examiner=examiner,
        lent=lent,
        keeps_referrals=lent is not None,
    )
    # Only now: Django's settings need to know where the record is.
    from django.core.wsgi import get_wsgi_application

    from lineproof.web.services import install

    install(services)
    return get_wsgi_application()


def __getattr__(name: str) -> "WSGIHandler":
    """Make `application` when a server asks for it, so that importing this module opens nothing."""
    if name != "application":
        raise AttributeError(name)
    application = globals()["application"] = open_application(Path(os.environ["LINEPROOF_RECORD"]))
    return application
