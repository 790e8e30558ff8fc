"""Packed panes: what is summed, what is dropped, and that order does not matter."""

from __future__ import annotations

import statistics

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.alerts.sums import Sums

READINGS = st.lists(
    st.tuples(st.integers(100, 119), st.integers(-9000, 9000).map(lambda tenths: tenths / 10)), max_size=60
)


def of(readings: list[tuple[int, float]], moments: int = 2) -> Sums:
    sums = Sums()
    for pane, value in readings:
        sums.add(pane, value, moments)
    return sums


@given(READINGS, st.integers(98, 121), st.integers(98, 121))
def test_a_range_of_panes_holds_what_the_naive_definition_says(
    readings: list[tuple[int, float]], low: int, high: int
) -> None:
    values = [value for pane, value in readings if low <= pane < high]

    found = of(readings).between(low, high, 2)

    assert found.number == len(values)
    if values:
        assert found.mean == pytest.approx(statistics.fmean(values), abs=1e-9)
        assert found.variance == pytest.approx(statistics.pvariance(values), abs=1e-6)


@given(READINGS, st.randoms(use_true_random=False))
def test_any_order_gives_the_same_bytes(readings: list[tuple[int, float]], dice: object) -> None:
    shuffled = list(readings)
    getattr(dice, "shuffle")(shuffled)  # noqa: B009 - hypothesis gives a random.Random under another name

    assert msgspec.msgpack.encode(of(shuffled, 1)) == msgspec.msgpack.encode(of(readings, 1))


@given(READINGS, st.integers(95, 125))
def test_dropping_leaves_what_is_not_before(readings: list[tuple[int, float]], pane: int) -> None:
    sums = of(readings)
    kept = [one for one in readings if one[0] >= pane]

    sums.drop_before(pane, 2)

    assert sums.first_from(0, 2) == (min(kept)[0] if kept else None)
    assert sums.first_from(110, 2) == min((one[0] for one in kept if one[0] >= 110), default=None)
    assert sums.between(0, 1000, 2).number == len(kept)
    assert (sums.first, len(sums.packed)) == (0, 0) if not kept else sums.first == min(kept)[0]


def test_it_is_stored_and_read_again() -> None:
    sums = of([(100, 1.5), (103, 2.5)])

    again = msgspec.msgpack.decode(msgspec.msgpack.encode(sums), type=Sums)
    again.add(103, 3.5, 2)

    assert (again.first_from(101, 2), again.between(103, 104, 2).mean) == (103, 3.0)


def test_decimals_add_up_exactly() -> None:
    assert of([(1, 0.1)] * 3, 1).between(1, 2, 1).mean == 0.1
