"""When a group stands still: from outside, by its offsets and the log's ends."""

from __future__ import annotations

import pytest

from ioc.streams.standstill import Place, Stands, Standstill

SPOT, OTHER = ("ioc.environment", 0), ("ioc.environment", 1)


@pytest.fixture
def still() -> Standstill:
    return Standstill(late_s=120)


def test_a_group_that_moves_is_well_however_far_behind(still: Standstill) -> None:
    for second in range(0, 600, 10):
        assert still.look({SPOT: Place(second, 1_000_000)}, second * 1000) is None


def test_a_group_with_nothing_to_read_is_well(still: Standstill) -> None:
    for second in range(0, 600, 10):
        assert still.look({SPOT: Place(7, 7), OTHER: Place(None, 0)}, second * 1000) is None


def test_one_partition_that_stands_is_told_with_the_time_it_began(still: Standstill) -> None:
    for second in range(0, 121, 10):
        moving = {SPOT: Place(5, 5 + second), OTHER: Place(second, second + 1)}
        found = still.look(moving, second * 1000)
        assert found == (Stands(SPOT, 5, 0) if second >= 120 else None)
    assert still.look({SPOT: Place(6, 200)}, 130_000) is None


def test_a_group_that_never_committed_stands_at_the_beginning(still: Standstill) -> None:
    still.look({SPOT: Place(None, 3)}, 0)
    assert still.look({SPOT: Place(None, 9)}, 120_000) == Stands(SPOT, 0, 0)


def test_rest_with_nothing_to_read_is_no_standstill_when_something_comes(still: Standstill) -> None:
    still.look({SPOT: Place(7, 7)}, 0)
    still.look({SPOT: Place(7, 7)}, 500_000)
    assert still.look({SPOT: Place(7, 8)}, 510_000) is None
    assert still.look({SPOT: Place(7, 9)}, 620_000) == Stands(SPOT, 7, 500_000)


def test_of_several_the_one_that_stands_longest_is_told(still: Standstill) -> None:
    still.look({OTHER: Place(1, 9)}, 0)
    still.look({SPOT: Place(1, 9), OTHER: Place(1, 9)}, 10_000)
    assert still.look({SPOT: Place(1, 9), OTHER: Place(1, 9)}, 200_000) == Stands(OTHER, 1, 0)
