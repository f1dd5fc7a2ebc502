"""What is observed of one running keeper, and of the key process that started it."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

from lineproof.booth.inspection import processes, sockets
from lineproof.booth.inspection.observation import NotChecked, Observation, Seen, observes
from lineproof.booth.inspection.server import CORE_PATTERN
from lineproof.booth.inspection.shut import is_shut
from lineproof.booth.keeper_terms import EPOCH_SECONDS, OVERLAP_SECONDS, Terms
from lineproof.booth.keepers import KEEPER_ENVIRONMENT, START_SECONDS

_CORE_LIMIT = "core file size"
_TERMS_AT = -1


def terms_of(keeper: int) -> Terms:
    """Read on what terms a keeper was started; NotChecked when its command line does not say."""
    try:
        return Terms.of(processes.command_line(keeper)[_TERMS_AT])
    except (ValueError, TypeError) as error:
        raise NotChecked("its command line does not say its terms") from error


@observes("Its environment is the booth's own, nothing of its parent's", how="/proc/PID/environ")
def observe_environment(keeper: int) -> Seen:
    """Compare the variables that a keeper was started with; values are never shown."""
    found = processes.environment(keeper)
    wrong = sorted(
        name
        for name in found.keys() | KEEPER_ENVIRONMENT.keys()
        if found.get(name) != KEEPER_ENVIRONMENT.get(name)
    )
    if wrong:
        return Seen(holds=False, what=f"other than in the code: {', '.join(wrong[:5])}")
    return Seen(holds=True, what=f"exactly the {len(found)} variables that the code names")


@observes("It holds one socket, its control, and else only pipes and /dev/null", how="/proc/PID/fd")
def observe_descriptors(keeper: int) -> Seen:
    """Look at what a keeper holds: no file, no job's socket, no connection."""
    held = processes.descriptors(keeper)
    control = processes.inodes(held, "socket")
    pipes = processes.inodes(held, "pipe")
    other = sorted(
        {to for to in held.values() if to != os.devnull and not to.startswith(("socket:", "pipe:"))}
    )
    said = [f"{len(control)} socket{'' if len(control) == 1 else 's'}", f"{len(pipes)} pipe", *other[:3]]
    return Seen(holds=len(control) == 1 and not other, what=", ".join(said))


@observes("It listens nowhere; its socket is half of a local pair", how="/proc/PID/net, sock_diag(7)")
def observe_listens_nowhere(keeper: int) -> Seen:
    """See that every socket of a keeper is a connected UNIX socket that carries whole messages."""
    held = processes.inodes(processes.descriptors(keeper), "socket")
    if reaching := held & sockets.internet_inodes(keeper):
        return Seen(holds=False, what=f"socket {min(reaching)} is an internet socket")
    local = sockets.unix_sockets()
    for inode in sorted(held):
        found = local.get(inode)
        if found is None:
            return Seen(holds=False, what=f"socket {inode} is not a local one")
        if found.listens or found.peer is None or found.kind != socket.SOCK_SEQPACKET:
            return Seen(holds=False, what=f"socket {inode} listens, or is not half of a pair")
    return Seen(holds=True, what="no internet socket; the local one is connected, not listening")


@observes("It works in no folder of anybody's", how="/proc/PID/cwd")
def observe_working_folder(keeper: int) -> Seen:
    """See that a keeper is in the root folder."""
    folder = processes.working_folder(keeper)
    return Seen(holds=folder == Path("/"), what=str(folder))


SHUT_BY = "get_robust_list(2) without CAP_SYS_PTRACE"


@observes("Nobody but root can read its memory or attach to it", how=SHUT_BY)
def observe_shut(keeper: int, *, ordinary: int) -> Seen:
    """See that a process is not dumpable: nobody but root can get at its keys."""
    if is_shut(keeper, ordinary=ordinary):
        return Seen(holds=True, what="refused; of an ordinary process, answered")
    return Seen(holds=False, what="answered: whoever runs as its user can")


@observes("It leaves no core dump when it crashes", how="core(5)")
def observe_no_core(keeper: int, *, ordinary: int, pattern: Path = CORE_PATTERN) -> Seen:
    """See that a crash writes nothing. The kernel asks first whether a process is dumpable, core(5).

    A limit of 0 does where that cannot be asked, unless dumps go to a program: that ignores the limit.
    """
    why: NotChecked | None = None
    try:
        if is_shut(keeper, ordinary=ordinary):
            return Seen(holds=True, what="the kernel writes none of a process that is not dumpable")
    except NotChecked as error:
        why = error
    limit = processes.limits(keeper)[_CORE_LIMIT]
    piped = pattern.read_text(encoding="utf-8").startswith("|")
    if limit == ("0", "0") and not piped:
        return Seen(holds=True, what="limit of 0")
    if why is not None:
        raise why
    return Seen(holds=False, what=f"dumpable; limit {limit[1]}{', to a program' if piped else ''}")


@observes(
    "It is no older than an epoch, its overlap and a start",
    how="/proc/PID/stat, its command line",
)
def observe_age(keeper: int) -> Seen:
    """See that a keeper with its key has not outlived them, and was not given longer ones."""
    terms, age = terms_of(keeper), processes.age_seconds(keeper)
    given, allowed = terms.epoch_s + terms.overlap_s, EPOCH_SECONDS + OVERLAP_SECONDS
    return Seen(
        holds=given <= allowed and age <= given + START_SECONDS,
        what=f"{age:.0f} s old; its key ends after {given:.0f} s, of {allowed:.0f} allowed",
    )


def observe_key_process(process: int, *, ordinary: int) -> list[Observation]:
    """Observe the process that keeps the keys of cases: nobody but root gets at its memory."""
    return [observe_shut(process, ordinary=ordinary), observe_no_core(process, ordinary=ordinary)]


def observe_keeper(keeper: int, *, ordinary: int) -> list[Observation]:
    """Observe everything of one keeper. ordinary: a process of the same user that is open, for comparison."""
    alone: list[Callable[[int], Observation]] = [
        observe_environment,
        observe_descriptors,
        observe_listens_nowhere,
        observe_working_folder,
    ]
    return [
        *(observe(keeper) for observe in alone),
        observe_shut(keeper, ordinary=ordinary),
        observe_no_core(keeper, ordinary=ordinary),
        observe_age(keeper),
    ]
