"""Everything that is due by itself, as one table: what a worker runs, in this order.

A task does one unit of work: what fits into a few seconds, each change in a transaction of its own, so that
a worker stops between two units, and one that is killed leaves nothing half done. It gives how much it did;
as long as that is not 0 there may be more, and it is run again at once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from lineproof.ports import Services
from lineproof.referral import CaseKeyVault
from lineproof.registry.flows.apply_online import forget_drafts
from lineproof.registry.flows.deliver_notices import deliver_notices
from lineproof.registry.flows.erase import erase_due
from lineproof.registry.flows.port_in import tell_late_ports
from lineproof.registry.flows.port_out import end_due_ports
from lineproof.registry.flows.provision import provision
from lineproof.registry.flows.publish_log import publish_log
from lineproof.registry.flows.reissue_numbers import release_numbers
from lineproof.registry.flows.remind_holders import remind_holders
from lineproof.registry.flows.replace_sim import switch_due_sims
from lineproof.registry.flows.settle_evidence import settle_evidence
from lineproof.registry.flows.sign_in import forget_sign_ins
from lineproof.registry.flows.transfer_line import complete_due_transfers, end_stale_offers
from lineproof.registry.queries.log import read_origin

OFTEN = timedelta()
DAILY = timedelta(days=1)
# A unit ends within seconds, also where each line takes the network half a second.
SENT_AT_ONCE = 5
ERASED_AT_ONCE = 100

Run = Callable[[Services, datetime], int]


class TaskName(Enum):
    """What a task is called, on the command line and in logs."""

    PROVISION = "provision"
    DELIVER_NOTICES = "deliver_notices"
    SWITCH_SIMS = "switch_sims"
    COMPLETE_TRANSFERS = "complete_transfers"
    END_OFFERS = "end_offers"
    END_PORTS = "end_ports"
    TELL_LATE_PORTS = "tell_late_ports"
    SETTLE_EVIDENCE = "settle_evidence"
    FORGET_SIGN_INS = "forget_sign_ins"
    FORGET_DRAFTS = "forget_drafts"
    REMIND_HOLDERS = "remind_holders"
    RELEASE_NUMBERS = "release_numbers"
    ERASE_DUE = "erase_due"
    PUBLISH_LOG = "publish_log"


@dataclass(frozen=True, slots=True)
class DueTask:
    """One task. every: how long it rests when there was nothing to do; OFTEN: until the next round."""

    name: TaskName
    run: Run
    every: timedelta = OFTEN


def due_tasks(vault: CaseKeyVault) -> tuple[DueTask, ...]:
    """Give every task, in the order of a round. vault: the keys of cases, which are destroyed when due.

    Orders first: somebody waits for a line. The log last: it has the entries of the others. What is against a
    holder is never due by itself: a step of a correction waits for two people, however late they are.
    """
    return (
        DueTask(TaskName.PROVISION, _send),
        DueTask(TaskName.DELIVER_NOTICES, _deliver),
        DueTask(TaskName.SWITCH_SIMS, lambda services, now: switch_due_sims(services, now=now)),
        DueTask(TaskName.COMPLETE_TRANSFERS, lambda services, now: complete_due_transfers(services, now=now)),
        DueTask(TaskName.END_OFFERS, lambda services, now: end_stale_offers(services, now=now)),
        DueTask(TaskName.END_PORTS, lambda services, now: end_due_ports(services, now=now)),
        DueTask(TaskName.TELL_LATE_PORTS, lambda services, now: tell_late_ports(services, now=now)),
        DueTask(TaskName.SETTLE_EVIDENCE, lambda services, now: _settle(services, vault, now)),
        DueTask(TaskName.FORGET_SIGN_INS, lambda _, now: forget_sign_ins(now=now)),
        DueTask(TaskName.FORGET_DRAFTS, lambda _, now: forget_drafts(now=now)),
        DueTask(TaskName.REMIND_HOLDERS, lambda services, now: remind_holders(services, now=now), DAILY),
        DueTask(TaskName.RELEASE_NUMBERS, lambda services, now: release_numbers(services, now=now), DAILY),
        DueTask(TaskName.ERASE_DUE, _erase, DAILY),
        DueTask(TaskName.PUBLISH_LOG, lambda services, _: _publish(services)),
    )


def _send(services: Services, now: datetime) -> int:
    return provision(services, now=now, most_at_once=SENT_AT_ONCE)


def _deliver(services: Services, now: datetime) -> int:
    done = deliver_notices(services, now=now)
    return done.delivered + done.undelivered


def _settle(services: Services, vault: CaseKeyVault, now: datetime) -> int:
    settled = settle_evidence(services, vault, now=now)
    return settled.cases + settled.left_behind


def _erase(services: Services, now: datetime) -> int:
    erased = erase_due(services, now=now, most_at_once=ERASED_AT_ONCE, most_batches=1)
    return erased.holders + erased.sessions + erased.applications


def _publish(services: Services) -> int:
    """Publish, if the log has a name: an origin is never changed, so it is the operator's to choose."""
    if services.tiles is None or read_origin() is None:
        return 0
    return publish_log(services).added
