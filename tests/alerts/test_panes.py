"""Windows that hold values: what they come to is what a list of the values would give, in any order."""

from __future__ import annotations

import math
import random

from hypothesis import given
from hypothesis import strategies as st

from ioc.alerts.cells import CELLS, Cells, cell_of, value_of
from ioc.alerts.cells import PANES as TEN
from ioc.alerts.distinct import Distinct, mark_of
from ioc.alerts.packed import on_grid
from ioc.alerts.panes import Bounds, Panes, Totals
from ioc.alerts.window import PANES

WIDTH = 1000
BEGIN = 1_000_000
Took = tuple[int, float]

readings = st.lists(
    st.tuples(st.integers(BEGIN, BEGIN + 90_000), st.decimals(-999, 999, places=3).map(float)), max_size=40
)


def inside(log: list[Took], now: int, panes: int = PANES) -> list[float]:
    return [value for at, value in log if at // WIDTH > now // WIDTH - panes]


def newest(log: list[Took]) -> int:
    return max((at for at, _ in log), default=BEGIN)


def well_formed(window: Panes) -> None:
    assert window.number == sum(window.counts)
    assert all(len(column) == len(window.counts) for column in window.columns())
    assert not window.counts or (window.counts[0] and window.counts[-1])


@given(readings, st.integers(0, 70_000), st.randoms(use_true_random=False))
def test_sums_and_means_are_exact_in_any_order(log: list[Took], later: int, dice: random.Random) -> None:
    now = newest(log)
    shuffled = list(log)
    dice.shuffle(shuffled)
    window = Totals()
    for at, value in shuffled:
        assert window.add(on_grid(value), at, now, WIDTH) == bool(inside([(at, value)], now))
    window.expire(now + later, WIDTH)

    assert window.total == sum(on_grid(value) for value in inside(log, now + later))
    assert window.total == sum(window.sums)
    assert window.number == len(inside(log, now + later))
    well_formed(window)


@given(readings, st.integers(0, 70_000), st.randoms(use_true_random=False), st.booleans(), st.booleans())
def test_extremes_are_those_of_what_is_inside(
    log: list[Took], later: int, dice: random.Random, low: bool, high: bool
) -> None:
    now = newest(log)
    shuffled = list(log)
    dice.shuffle(shuffled)
    window = Bounds(low=low, high=high)
    for at, value in shuffled:
        window.add(on_grid(value), at, now, WIDTH)
    window.expire(now + later, WIDTH)

    kept = [on_grid(value) for value in inside(log, now + later)]
    assert window.number == len(kept)
    if kept and low:
        assert window.least == min(kept)
    if kept and high:
        assert window.greatest == max(kept)
    well_formed(window)


@given(readings)
def test_a_window_that_is_left_by_all_is_as_good_as_new(log: list[Took]) -> None:
    now = newest(log)
    window = Totals()
    for at, value in log:
        window.add(on_grid(value), at, now, WIDTH)
    window.expire(now + PANES * WIDTH, WIDTH)

    assert (window.number, window.total, list(window.counts), list(window.sums)) == (0, 0, [], [])
    assert window.oldest_leaves(WIDTH) == window.newest_leaves(WIDTH) == 0


def test_a_thousand_million_thirds_leave_nothing_behind() -> None:
    window = Totals()
    for second in range(200_000):
        window.add(on_grid(0.333333 if second % 2 else 1e9), second * 10, second * 10, WIDTH)
    window.expire(2_000_000 + PANES * WIDTH, WIDTH)

    assert window.total == 0


@given(st.floats(1e-6, 1e9) | st.floats(-1e9, -1e-6))
def test_a_cell_stands_for_its_values_within_two_percent(value: float) -> None:
    assert abs(value_of(cell_of(value)) / value - 1) <= 0.0199


@given(st.lists(st.floats(-1e9, 1e9), min_size=2, max_size=2).map(sorted))
def test_cells_rise_with_their_values(pair: list[float]) -> None:
    assert cell_of(pair[0]) <= cell_of(pair[1])
    assert value_of(cell_of(pair[0])) <= value_of(cell_of(pair[1]))


@given(
    st.lists(st.tuples(st.integers(BEGIN, BEGIN + 12_000), st.floats(-50, 900)), min_size=1, max_size=60),
    st.sampled_from((5.0, 50.0, 95.0, 100.0)),
    st.integers(0, 9_000),
    st.randoms(use_true_random=False),
)
def test_a_percentile_is_the_nearest_rank_on_the_grid(
    log: list[Took], percent: float, later: int, dice: random.Random
) -> None:
    now = newest(log)
    shuffled = list(log)
    dice.shuffle(shuffled)
    window = Cells()
    for at, value in shuffled:
        assert window.add(value, at, now, WIDTH, upper=percent >= 50) == bool(inside([(at, value)], now, TEN))
    window.expire(now + later, WIDTH)

    assert list(window.entries) == sorted(window.entries)
    cells = sorted(_kept(log, now + later, upper=percent >= 50))
    assert window.number == len(cells)
    if cells:
        rank = max(1, math.ceil(percent / 100 * len(cells)))
        assert window.percentile(percent) == value_of(cells[rank - 1])


def _kept(log: list[Took], now: int, *, upper: bool) -> list[int]:
    """Pane by pane, the cells of all values, those beyond the last kept one taken for it."""
    cells: list[int] = []
    for pane in {at // WIDTH for at, _ in log if at // WIDTH > now // WIDTH - TEN}:
        here = [cell_of(value) for at, value in log if at // WIDTH == pane]
        kept = sorted(set(here), reverse=upper)[:CELLS]
        cells += [max(cell, kept[-1]) if upper else min(cell, kept[-1]) for cell in here]
    return cells


@given(
    st.lists(st.tuples(st.integers(BEGIN, BEGIN + 90_000), st.integers(0, 12)), max_size=40),
    st.integers(0, 70_000),
    st.integers(1, 6),
    st.randoms(use_true_random=False),
)
def test_different_values_are_told_apart_up_to_the_highest_level(
    log: list[tuple[int, int]], later: int, most: int, dice: random.Random
) -> None:
    now = max((at for at, _ in log), default=BEGIN)
    shuffled = list(log)
    dice.shuffle(shuffled)
    window = Distinct()
    for at, value in shuffled:
        assert window.add(mark_of(value), at, now, WIDTH, most) == bool(inside([(at, value)], now))
    window.expire(now + later, WIDTH)

    alive = {value for at, value in log if at // WIDTH > (now + later) // WIDTH - PANES}
    assert len(window.marks) == min(most, len(alive))
    if alive:
        last = max(at for at, value in log) // WIDTH + PANES
        assert window.leaves(WIDTH, last=True) == last * WIDTH


@given(
    st.lists(
        st.tuples(
            st.integers(0, 40_000) | st.just(130_000), st.integers(0, 59_000), st.decimals(-99, 99, places=1).map(float)
        ),
        max_size=40,
    )
)
def test_no_value_in_the_window_exceeds_its_bound_and_old_ones_are_forgotten(
    steps: list[tuple[int, int, float]],
) -> None:
    window, log, now = Totals(), [(BEGIN, 0.0)], BEGIN
    window.add(0, BEGIN, BEGIN, WIDTH)
    window.reach(0, BEGIN, WIDTH)
    for after, ago, value in steps:
        at = now + after - ago
        now = max(now, at)
        if window.add(on_grid(value), at, now, WIDTH):
            window.reach(on_grid(value), at, WIDTH)
            log.append((at, value))
        assert window.bound >= max(on_grid(one) for one in inside(log, now))
        assert window.bound <= max(on_grid(one) for one in inside(log, now, 2 * PANES))
