"""The frames between relay and worker keep their limits."""

import socket
import threading
from collections.abc import Iterator

import pytest

from lineproof.booth import wire
from lineproof.terms import Way

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Two ends of a socket."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


@pytest.mark.parametrize("size", [0, 1, 9, 10])
def test_a_frame_up_to_its_limit_arrives_whole(pair: Pair, size):
    ours, theirs = pair
    ours.sendall(wire.length_of(size) + b"x" * size)
    assert wire.read_frame(theirs.fileno(), 10) == b"x" * size


@pytest.mark.parametrize("size", [11, 2**31, 2**32 - 1])
def test_a_frame_above_its_limit_is_refused_on_its_length_alone(pair: Pair, size):
    ours, theirs = pair
    ours.sendall(wire.length_of(size))
    with pytest.raises(wire.BrokenFrame):
        wire.read_frame(theirs.fileno(), 10)


@pytest.mark.parametrize("sent", [b"", b"\0", b"\0\0\0", b"\0\0\0\x05", b"\0\0\0\x05four"])
def test_a_frame_whose_sender_closes_early_is_refused(pair: Pair, sent):
    ours, theirs = pair
    ours.sendall(sent)
    ours.close()
    with pytest.raises(wire.BrokenFrame):
        wire.read_frame(theirs.fileno(), 10)


def test_a_large_frame_comes_through_a_small_socket(pair: Pair):
    ours, theirs = pair
    content = bytes(range(256)) * 16384
    writer = threading.Thread(target=wire.write_frame, args=(ours.fileno(), content))
    writer.start()
    assert wire.read_frame(theirs.fileno(), wire.MAX_IMAGE_BYTES) == content
    writer.join()


@pytest.mark.parametrize("way", list(Way))
def test_an_assignment_and_its_terms_arrive_as_they_were_sent(an_assignment, the_terms, way):
    sent, terms = an_assignment(way=way), the_terms
    frame = wire.job_head(sent, terms)
    assert len(frame) <= wire.MAX_ASSIGNMENT_BYTES
    assert wire.parse_job_head(frame) == (sent, terms)
