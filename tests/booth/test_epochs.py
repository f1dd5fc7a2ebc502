"""A key of the booth lasts for its epoch and overlap, and ends with its process; a full booth says so."""

import threading
import time
from dataclasses import replace
from uuid import UUID

import pytest

from lineproof.booth.keepers import OwnKeepers
from lineproof.booth.relay import Booth
from lineproof.errors import TooMany, Unavailable
from lineproof.ports import Assignment
from lineproof.terms import SessionId, Way
from tests.booth.hostile import HostileBooth
from tests.booth.test_keeper import wait_until_gone
from tests.fakes.photographs import Photographs

EPOCH_S, OVERLAP_S = 1.0, 12.0


class ShortBooth(Booth):
    """A booth of short epochs."""

    def __init__(self) -> None:
        super().__init__()
        self.keepers.terms = replace(self.keepers.terms, epoch_s=EPOCH_S, overlap_s=OVERLAP_S)


@pytest.fixture
def counter(an_assignment) -> Assignment:
    return an_assignment(way=Way.COUNTER)


@pytest.mark.long
def test_a_key_opens_in_its_epoch_and_overlap_and_then_never_again(alice, counter):
    alone = Photographs(alice.document, None)
    with ShortBooth() as booth:
        first = booth.epoch()
        keeper = booth.keepers.running[0].process
        sealed = alone.sealed(counter.session, first)
        time.sleep(EPOCH_S)
        second = booth.epoch()
        assert second.public_key != first.public_key
        assert second.ends_at > first.ends_at
        assert booth.examine(sealed, counter).zone is not None, "in the overlap"
        keeper.wait(timeout=EPOCH_S + OVERLAP_S + 5)
        time.sleep(max(0.0, first.ends_at.timestamp() - time.time()))
        with pytest.raises(Unavailable, match="is gone") as over:
            booth.examine(sealed, counter)
        assert "No try was counted" in over.value.remedy
        assert over.value.retry_after_s == 0
        again = alone.sealed(counter.session, booth.epoch())
        assert booth.examine(again, counter).zone is not None


@pytest.mark.long
def test_a_keeper_that_died_is_replaced_and_what_was_sealed_to_it_is_asked_for_again(alice, counter):
    alone = Photographs(alice.document, None)
    with Booth() as booth:
        sealed = alone.sealed(counter.session, booth.epoch())
        booth.keepers.running[0].process.kill()
        booth.keepers.running[0].process.wait()
        with pytest.raises(Unavailable, match="is gone"):
            booth.examine(sealed, counter)
        again = alone.sealed(counter.session, booth.epoch())
        assert again.terms.epoch_key != sealed.terms.epoch_key
        assert booth.examine(again, counter).zone is not None
        assert len(booth.keepers.running) == 1


@pytest.mark.long
def test_a_keeper_that_cannot_be_renewed_is_used_as_long_as_it_opens(alice, counter):
    class Unrenewable(OwnKeepers):
        def command(self, descriptor: int) -> list[str]:
            return super().command(descriptor) if not self.running else ["/bin/false"]

    with Booth(keepers=Unrenewable(ShortBooth().keepers.terms)) as booth:
        first = booth.epoch()
        time.sleep(EPOCH_S)
        assert booth.epoch() == first
        booth.keepers.running[0].process.kill()
        booth.keepers.running[0].process.wait()
        with pytest.raises(Unavailable, match="did not start"):
            booth.epoch()


@pytest.mark.long
def test_every_keeper_of_a_booth_that_is_closed_is_gone(alice, counter):
    with ShortBooth() as booth:
        time.sleep(EPOCH_S)
        booth.epoch()
        keepers = [keeper.process.pid for keeper in booth.keepers.running]
    assert len(keepers) == 2
    for keeper in keepers:
        wait_until_gone(keeper)


@pytest.mark.long
def test_evidence_for_another_booth_is_not_opened(booth, alice, counter):
    with ShortBooth() as other:
        sealed = Photographs(alice.document, None).sealed(counter.session, other.epoch())
    with pytest.raises(Unavailable, match="is gone"):
        booth.examine(sealed, counter)


@pytest.mark.long
def test_a_full_booth_says_when_to_come_back_and_finishes_what_it_took(counter):
    """One computes, one waits; the third is told. Those taken come to their own end."""
    with HostileBooth(job_s=4.0, most_computing=1, most_waiting=1) as booth:
        came: list[object] = []

        def ask(command: str, number: int) -> None:
            mine = replace(counter, session=SessionId(UUID(int=number)))
            try:
                came.append(booth.examine(booth.evidence(mine, command), mine))
            except Unavailable as error:
                came.append(error)

        threads = [threading.Thread(target=ask, args=("hang", number)) for number in range(2)]
        for thread in threads:
            thread.start()
            time.sleep(0.5)
        with pytest.raises(TooMany) as full:
            booth.examine(booth.evidence(counter, "hang"), counter)
        assert full.value.retry_after_s is not None
        assert 1 <= full.value.retry_after_s <= 60
        assert str(full.value.retry_after_s) in full.value.remedy
        assert "no try was counted" in full.value.what
        for thread in threads:
            thread.join(timeout=30)
        assert len(came) == 2
        assert all(isinstance(each, Unavailable) for each in came)
