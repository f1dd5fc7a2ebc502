"""A random sample of a published log that nobody could choose, and that anybody can draw again.

Whoever inspects commits to a nonce first; the sample is seeded by that nonce and by the first checkpoint that
has the commitment in its log. So the operator, who writes the log, does not know the nonce; the inspector
knows it, and does not know the checkpoint.
"""

import hashlib
from collections.abc import Iterator, Sequence

from lineproof.errors import Malformed
from lineproof.transparency.checkpoint import Checkpoint, checkpoint_text

NONCE_BYTES = 32
# People are never handed out in bulk: at most so many, and at most one in ten.
MOST_SAMPLED, ONE_IN = 60, 10
_WORD_BITS = 64


def nonce_commitment(nonce: bytes) -> bytes:
    """Give what an inspector commits to: SHA-256 of a nonce of 32 random bytes."""
    if len(nonce) != NONCE_BYTES:
        raise Malformed(f"A nonce is {NONCE_BYTES} bytes.", remedy="Draw it with: openssl rand -hex 32")
    return hashlib.sha256(nonce).digest()


def sample_seed(checkpoint: Checkpoint, nonce: bytes) -> bytes:
    """Give the seed: SHA-256 of the checkpoint's text (C2SP tlog-checkpoint) and the nonce, 32 bytes."""
    return hashlib.sha256(checkpoint_text(checkpoint).encode() + nonce).digest()


def sample_size(asked: int, population: int) -> int:
    """Give how many are drawn: what was asked for, at most 60, and at most one in ten, rounded up."""
    return min(asked, MOST_SAMPLED, -(-population // ONE_IN))


def draw_sample(seed: bytes, population: Sequence[int], asked: int) -> tuple[int, ...]:
    """Draw without repetition from the entries of a kind, given by their numbers in ascending order.

    The first draws of a Fisher-Yates shuffle; each is uniform, by words of 64 bits, SHA-256(seed || counter),
    of which those past the last whole multiple are left out. Gives the numbers in the order drawn.
    """
    words = _words(seed)
    left = list(population)
    for at in range(sample_size(asked, len(left))):
        other = at + _below(len(left) - at, words)
        left[at], left[other] = left[other], left[at]
    return tuple(left[: sample_size(asked, len(left))])


def _below(bound: int, words: Iterator[int]) -> int:
    limit = (1 << _WORD_BITS) - (1 << _WORD_BITS) % bound
    return next(word for word in words if word < limit) % bound


def _words(seed: bytes) -> Iterator[int]:
    counter = 0
    while True:
        digest = hashlib.sha256(seed + counter.to_bytes(8, "big")).digest()
        yield from (int.from_bytes(digest[start : start + 8], "big") for start in range(0, 32, 8))
        counter += 1
