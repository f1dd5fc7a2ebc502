"""Batches of examples, made by processes beside the training: the same numbers give the same batches.

What is in batch n depends on the seed and n alone, not on how many processes make them.
"""

import multiprocessing
from collections.abc import Callable, Iterator
from multiprocessing.queues import Queue

import numpy as np
from numpy.typing import NDArray

from training.mrz import pages, strips
from training.mrz.networks import STRIP_STEP_PX

Batch = tuple[NDArray[np.float32], NDArray[np.int64] | NDArray[np.float32]]
Make = Callable[[np.random.Generator], list[Batch]]

_STRIPS, _STRIPS_TOGETHER = 32, 4  # in a batch; batches made at once, so that each holds strips of a length
_PLACES = 8
_WAITING = 6  # batches ready and not yet used, of each process
_WIDTH_STEP_PX = 64


def standardised(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Bring pixels to zero mean and unit contrast, except where there is hardly any; as for reading."""
    values = pixels.astype(np.float32)
    return (values - values.mean()) / (values.std() + 8)


def reader_batches(rng: np.random.Generator) -> list[Batch]:
    """Make batches for the reader: (32, 1, 24, w) and targets (32, w / 4)."""
    made = sorted(
        (strips.strip(rng) for _ in range(_STRIPS * _STRIPS_TOGETHER)), key=lambda each: each.pixels.shape[1]
    )
    batches = [_strip_batch(made[at : at + _STRIPS]) for at in range(0, len(made), _STRIPS)]
    return [batches[at] for at in rng.permutation(len(batches))]


def finder_batches(rng: np.random.Generator) -> list[Batch]:
    """Make batches for the finder: (8, 1, 384, 384) and the share of line, (8, 1, 96, 96)."""
    made: list[pages.Place] = []
    while len(made) < 4 * _PLACES:
        made += pages.places(rng)
    order = rng.permutation(len(made))
    return [
        _place_batch([made[each] for each in order[at : at + _PLACES]]) for at in range(0, len(made), _PLACES)
    ]


def batches(make: Make, *, seed: int, count: int, processes: int) -> Iterator[Batch]:
    """Give batches in order, made by so many processes."""
    context = multiprocessing.get_context("fork")
    queues: list[Queue[list[Batch]]] = [context.Queue(_WAITING) for _ in range(processes)]
    makers = [
        context.Process(target=_fill, args=(queue, make, seed, first, processes), daemon=True)
        for first, queue in enumerate(queues)
    ]
    for maker in makers:
        maker.start()
    given, number = 0, 0
    while given < count:
        for batch in queues[number % processes].get():
            given += 1
            if given <= count:
                yield batch
        number += 1
    for maker in makers:
        maker.terminate()


def _fill(queue: "Queue[list[Batch]]", make: Make, seed: int, number: int, step: int) -> None:
    while True:
        queue.put(make(np.random.default_rng([seed, number])))
        number += step


def _strip_batch(together: list[strips.Strip]) -> Batch:
    longest = max(each.pixels.shape[1] for each in together)
    width = -(-longest // _WIDTH_STEP_PX) * _WIDTH_STEP_PX
    inputs = np.zeros((len(together), 1, strips.STRIP_HEIGHT_PX, width), np.float32)
    targets = np.full((len(together), width // STRIP_STEP_PX), strips.NO_TARGET, np.int64)
    for at, each in enumerate(together):
        inputs[at, 0, :, : each.pixels.shape[1]] = standardised(each.pixels)
        targets[at, : len(each.targets)] = each.targets
    return inputs, targets


def _place_batch(together: list[pages.Place]) -> Batch:
    inputs = np.stack([standardised(each.pixels)[None] for each in together])
    return inputs, np.stack([each.mask[None].astype(np.float32) / 255 for each in together])
