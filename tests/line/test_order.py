"""When an order is tried again, and when it is stuck."""

from datetime import UTC, datetime, timedelta

import pytest

from lineproof.line.order import LASTING, PASSING, OrderFault, doubling, is_stuck, retry_delay

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [
        (1, 30),
        (2, 60),
        (3, 120),
        (4, 240),
        (5, 480),
        (6, 960),
        (7, 1920),
        (8, 3600),
        (9, 3600),
        (10**9, 3600),
    ],
)
@pytest.mark.parametrize("fault", sorted(PASSING, key=str))
def test_wait_doubles_from_half_a_minute_to_an_hour(failures: int, seconds: int, fault: OrderFault):
    assert retry_delay(failures, fault) == timedelta(seconds=seconds)


@pytest.mark.parametrize("fault", sorted(LASTING, key=str))
def test_what_waiting_does_not_mend_waits_the_longest_at_once(fault: OrderFault):
    assert {retry_delay(failures, fault) for failures in (1, 2, 50)} == {timedelta(hours=1)}


def test_network_may_ask_for_longer_but_not_for_less_nor_for_more_than_an_hour():
    away = OrderFault.NETWORK_AWAY
    assert retry_delay(1, away, asked=timedelta(seconds=29)) == timedelta(seconds=30)
    assert retry_delay(1, away, asked=timedelta(seconds=31)) == timedelta(seconds=31)
    assert retry_delay(1, away, asked=timedelta(days=9)) == timedelta(hours=1)


def test_nothing_waits_that_has_not_failed():
    with pytest.raises(ValueError, match="nothing has failed"):
        doubling(0, first=SECOND, longest=SECOND)


@pytest.mark.parametrize("fault", [None, *sorted(PASSING, key=str)])
def test_order_is_stuck_when_it_waits_for_an_hour(fault: OrderFault | None):
    assert not is_stuck(ordered_at=NOON, fault=fault, now=NOON + timedelta(hours=1) - SECOND)
    assert is_stuck(ordered_at=NOON, fault=fault, now=NOON + timedelta(hours=1))


@pytest.mark.parametrize("fault", sorted(LASTING, key=str))
def test_order_that_waiting_does_not_mend_is_stuck_at_once(fault: OrderFault):
    assert is_stuck(ordered_at=NOON, fault=fault, now=NOON)


def test_every_fault_passes_or_lasts():
    assert frozenset(OrderFault) == PASSING | LASTING
    assert not PASSING & LASTING
