"""A random sample that nobody could choose: drawn again by another program, uniform, and never in bulk."""

import hashlib
from collections import Counter

import pytest

from lineproof.errors import Malformed
from lineproof.transparency.checkpoint import Checkpoint
from lineproof.transparency.sample import draw_sample, nonce_commitment, sample_seed, sample_size

NONCE = bytes(range(32))


def drawn_by_the_page(seed: bytes, population: list[int], count: int) -> list[int]:
    """Draw as docs/procedures/inspect.md says, written from it alone."""
    words = [
        int.from_bytes(hashlib.sha256(seed + counter.to_bytes(8, "big")).digest()[8 * at : 8 * at + 8], "big")
        for counter in range(200)
        for at in range(4)
    ]
    left, size = list(population), len(population)
    for place in range(count):
        rest = size - place
        while (word := words.pop(0)) >= 2**64 // rest * rest:
            pass
        other = place + word % rest
        left[place], left[other] = left[other], left[place]
    return left[:count]


@pytest.mark.parametrize(("population", "asked"), [(1, 1), (10, 5), (11, 5), (600, 60), (5000, 60), (77, 3)])
def test_sample_is_drawn_as_the_page_says(population: int, asked: int):
    seed, numbers = hashlib.sha256(bytes([asked])).digest(), [7 * at for at in range(population)]
    drawn = draw_sample(seed, numbers, asked)
    assert list(drawn) == drawn_by_the_page(seed, numbers, sample_size(asked, population))
    assert len(set(drawn)) == len(drawn)


@pytest.mark.parametrize(
    ("asked", "population", "size"),
    [
        (60, 0, 0),
        (60, 1, 1),
        (60, 10, 1),
        (60, 11, 2),
        (60, 599, 60),
        (61, 5000, 60),
        (3, 5000, 3),
        (10, 90, 9),
    ],
)
def test_no_more_than_sixty_and_no_more_than_one_in_ten_are_drawn(asked: int, population: int, size: int):
    assert sample_size(asked, population) == size
    assert len(draw_sample(NONCE, range(population), asked)) == size


def test_every_entry_is_as_likely_as_any_other():
    counts: Counter[int] = Counter()
    for trial in range(3000):
        counts.update(draw_sample(hashlib.sha256(trial.to_bytes(4, "big")).digest(), range(40), 4))
    # 300 times each, in the mean; five standard deviations either way.
    assert all(300 - 82 < counts[at] < 300 + 82 for at in range(40))


def test_seed_depends_on_the_checkpoint_and_on_the_nonce():
    one = Checkpoint("a.example/log", 7, bytes(32))
    others = [Checkpoint("a.example/log", 8, bytes(32)), Checkpoint("b.example/log", 7, bytes(32))]
    seeds = {sample_seed(checkpoint, NONCE) for checkpoint in (one, *others)}
    assert len(seeds | {sample_seed(one, bytes(32))}) == 4
    text = b"a.example/log\n7\n" + b"A" * 43 + b"=\n"
    assert sample_seed(one, NONCE) == hashlib.sha256(text + NONCE).digest()


def test_nonce_is_32_bytes():
    assert nonce_commitment(NONCE) == hashlib.sha256(NONCE).digest()
    with pytest.raises(Malformed, match="32 bytes"):
        nonce_commitment(NONCE[1:])
