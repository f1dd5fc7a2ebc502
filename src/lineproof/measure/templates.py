"""Photographs to embeddings, on the product's own path, in one process for each core.

The embeddings lie in memory that the processes share and that has no name and no file: nothing is written,
sent or pickled. Row k belongs to photograph k whichever process measured it, so the number of processes
changes nothing but the time.
"""

import mmap
import multiprocessing
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from lineproof.errors import LineproofError, Malformed, Unavailable
from lineproof.face.compare import Capture
from lineproof.imaging.decode import CAPTURE_SIDE_PX, decode
from lineproof.imaging.embed import measure_photograph
from lineproof.imaging.models import FaceModels
from lineproof.measure.progress import Progress, silent

WAITING, MEASURED, NO_FACE, UNREADABLE = range(4)
LOOK_EVERY_S = 0.2


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class _Work:
    """What all processes share. rows: shape (photographs, dimensions); state: shape (photographs,)."""

    paths: tuple[Path, ...]
    models: FaceModels
    rows: npt.NDArray[np.float32]
    state: npt.NDArray[np.uint8]


def measure_photographs(
    paths: tuple[Path, ...],
    models: FaceModels,
    *,
    called: Callable[[int], str],
    processes: int,
    progress: Progress = silent,
) -> npt.NDArray[np.float32]:
    """Make the embedding of the main face of each photograph: float32, shape (photographs, dimensions).

    A row of zeros is a photograph in which no face was found. progress: told how many are measured.
    called: says for an error which photograph is meant, without naming anybody.
    Raises Malformed or Unavailable when one is no photograph or cannot be read: it must be mended or left
    out, since a file that is broken says nothing about a face.
    """
    count, dimensions = len(paths), models.pack.dimensions
    shared = mmap.mmap(-1, max(1, count * (4 * dimensions + 1)))
    rows = np.frombuffer(shared, np.float32, count * dimensions).reshape(count, dimensions)
    state = np.frombuffer(shared, np.uint8, count, offset=4 * count * dimensions)
    workers = _start(min(processes, count), _Work(paths, models, rows, state))
    try:
        _watch(workers, state, progress)
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.join()
    for row in np.nonzero(state == UNREADABLE)[0]:
        _require_measurable(paths[row], models, called=called(int(row)))
    if (state == WAITING).any() or (state == UNREADABLE).any():
        raise Unavailable(
            "A process that measured photographs ended before its work was done.",
            remedy="Check that there is memory enough, or take fewer processes.",
        )
    return rows.copy()


def _start(processes: int, work: _Work) -> list[BaseProcess]:
    # Forked, so that the models are loaded once and the workers can write into what is shared. An interrupt
    # from the keyboard is for the parent, which ends them; they never see one, from their first instruction.
    # OpenCV's own threads do not survive a fork, and a worker would wait for them for ever: they end first.
    fork = multiprocessing.get_context("fork")
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        workers: list[BaseProcess] = []
        for first in range(processes):
            share = range(first, len(work.paths), processes)
            arguments = (share, work, os.getpid())
            worker = fork.Process(target=_measure_share, args=arguments, daemon=True)
            worker.start()
            workers.append(worker)
        return workers
    finally:
        cv2.setNumThreads(threads)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _watch(workers: list[BaseProcess], state: npt.NDArray[np.uint8], progress: Progress) -> None:
    """Wait until all are done, or one has met a file that cannot be used, or one has died."""
    while True:
        running = [worker for worker in workers if worker.exitcode is None]
        # Counted after it was seen who runs: what the last one did before it ended is in the count.
        done = int((state != WAITING).sum())
        progress(done, len(state))
        if not running or (state == UNREADABLE).any():
            return
        if any(worker.exitcode not in (None, 0) for worker in workers):
            return
        running[0].join(LOOK_EVERY_S)


def _measure_share(share: range, work: _Work, parent: int) -> None:
    for row in share:
        if os.getppid() != parent:
            return
        try:
            capture = _measure(work.paths[row], work.models)
        except (LineproofError, OSError):
            work.state[row] = UNREADABLE
            return
        if capture is None:
            work.state[row] = NO_FACE
        else:
            work.rows[row] = capture.embedding.values
            work.state[row] = MEASURED


def _measure(path: Path, models: FaceModels) -> Capture | None:
    """Measure one photograph as a capture is."""
    return measure_photograph(decode(path.read_bytes(), longest_side_px=CAPTURE_SIDE_PX), models)


def _require_measurable(path: Path, models: FaceModels, *, called: str) -> None:
    """Measure a photograph again, where its error can be told."""
    try:
        _measure(path, models)
    except OSError as error:
        raise Unavailable(f"{called} cannot be read.", remedy="Check that it is yours to read.") from error
    except Malformed as error:
        raise Malformed(
            f"{called} cannot be used. {error.what}",
            remedy="Take a whole copy of it, or a pairs file without it.",
        ) from error
