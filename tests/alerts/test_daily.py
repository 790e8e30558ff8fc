"""What is usual at an hour of the day, against the definition over a list of all events."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.alerts.daily import DAYS, HOUR_MS, OPEN, Daily, Usual

DAY = 24
BEGIN = 494_000
"""An hour of May 2026."""


def usual(events: list[tuple[int, float]], now: int, *, counted: float = 0.0, spread: bool = False) -> Usual | None:
    """Events are (hours after BEGIN, value), in the order of arrival; `now` in hours."""
    daily = Daily()
    newest = 0
    for hour, value in events:
        newest = max(newest, hour)
        daily.turn((BEGIN + newest) * HOUR_MS, counted=counted, spread=spread)
        daily.add((BEGIN + hour) * HOUR_MS + 1, value)
    daily.turn((BEGIN + now) * HOUR_MS, counted=counted, spread=spread)
    return daily.usual((BEGIN + now) * HOUR_MS, spread=spread)


def naive(events: list[tuple[int, float]], now: int, *, counted: float = 0.0) -> tuple[float, float, int] | None:
    by_hour: defaultdict[int, list[float]] = defaultdict(list)
    for hour, value in events:
        by_hour[hour].append(value)
    begin = min(by_hour)
    days = [hour for hour in range(now % DAY, now - 1, DAY) if hour >= begin and (counted or by_hour[hour])]
    if len(days) < DAYS:
        return None
    mean = variance = 0.0
    for number, hour in enumerate(days):
        figure = len(by_hour[hour]) * counted if counted else sum(by_hour[hour]) / len(by_hour[hour])
        off = figure - mean
        if number == 0:
            mean = figure
        else:
            mean, variance = mean + off / 7, 6 / 7 * (variance + off * off / 7)
    return mean, variance, sum(len(by_hour[hour]) for hour in days)


EVENTS = st.lists(st.tuples(st.integers(0, 9 * DAY), st.integers(0, 50).map(float)), min_size=1, max_size=200)


@given(EVENTS, st.sampled_from([0.0, 0.25]), st.booleans(), st.integers(0, 2 * DAY))
def test_it_is_the_mean_over_days_of_the_naive_definition(
    events: list[tuple[int, float]], counted: float, spread: bool, later: int
) -> None:
    events = sorted(events)
    now = events[-1][0] + later

    found = usual(events, now, counted=counted, spread=spread)

    wanted = naive(events, now, counted=counted)
    assert (found is None) == (wanted is None)
    if found is not None and wanted is not None:
        assert found[0] == pytest.approx(wanted[0], rel=1e-5, abs=1e-5)
        assert found[2] == wanted[2]
        if spread:
            assert found[1] == pytest.approx(wanted[1], rel=1e-4, abs=1e-4)


@given(EVENTS, st.lists(st.integers(0, OPEN - 1), min_size=200, max_size=200))
def test_events_that_are_late_by_less_than_the_open_hours_change_nothing(
    events: list[tuple[int, float]], lag: list[int]
) -> None:
    events = sorted(events)
    lagging = sorted(zip(events, lag, strict=False), key=lambda one: one[0][0] + one[1])
    now = events[-1][0] + DAY

    assert usual([event for event, _ in lagging], now) == usual(events, now)


def test_three_days_make_an_hour_known() -> None:
    days = [(day * DAY, 5.0) for day in range(DAYS)]

    assert usual(days, DAYS * DAY) == (5.0, 0.0, 3)
    assert usual(days[1:], DAYS * DAY) is None


def test_a_day_without_events_counts_as_none_where_events_are_counted() -> None:
    events = [(0, 1.0)] * 14 + [(3 * DAY, 1.0)]

    known = usual(events, 3 * DAY, counted=1.0)
    assert known is not None
    assert known.mean == pytest.approx(14 * 36 / 49)
    assert known.events == 14
    assert usual(events, 3 * DAY) is None


def test_the_present_hour_is_not_its_own_baseline() -> None:
    events = [(day * DAY, 5.0) for day in range(DAYS)]

    assert usual([*events, (DAYS * DAY, 500.0)], DAYS * DAY) == (5.0, 0.0, 3)
