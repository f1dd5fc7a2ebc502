"""The frames between relay and worker keep their limits."""

import copy
import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from lineproof.booth import wire
from lineproof.decision.policy import MOST_PACK_BYTES, parse_policy, policy_names, shipped_policy
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


@pytest.mark.parametrize("name", policy_names())
def test_every_shipped_pack_travels_whole(an_assignment, the_terms, name: str):
    sent = replace(an_assignment(case_key=b"\4" * wire.POINT_BYTES), policy=shipped_policy(name))
    frame = wire.job_head(sent, the_terms)
    assert len(frame) <= wire.MAX_ASSIGNMENT_BYTES // 8
    assert wire.parse_job_head(frame) == (sent, the_terms)


def test_longest_pack_that_there_may_be_leaves_room_for_the_rest_of_its_assignment(an_assignment, the_terms):
    content = copy.deepcopy(dict(shipped_policy("specimen").content))
    grounds = content["correction"]["extension_grounds"]
    while (room := MOST_PACK_BYTES - len(json.dumps(content))) > 40:
        grounds.append(f"{len(grounds)} ".ljust(min(room - 6, 400), "x"))
    sent = replace(an_assignment(case_key=b"\4" * wire.POINT_BYTES), policy=parse_policy(content))
    frame = wire.job_head(sent, the_terms)
    assert MOST_PACK_BYTES - 40 < len(json.dumps(content)) <= MOST_PACK_BYTES
    assert len(frame) <= wire.MAX_ASSIGNMENT_BYTES - 8 * 1024
    assert wire.parse_job_head(frame) == (sent, the_terms)
