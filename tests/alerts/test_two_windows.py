"""The figure of a spike against its definition over a list of all events."""

from __future__ import annotations

import statistics

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.alerts.daily import HOUR_MS
from ioc.alerts.two_windows import LIFE_MS, PANES, Terms, TwoWindows, pane_ms

WIDTH = 1000
COUNTS = Terms(pane=WIDTH, means=False, deviations=False, hourly=False, floor=1.0, min_events=3)
MEANS = COUNTS._replace(means=True, floor=2.0)
DEVIATIONS = MEANS._replace(deviations=True)
START = 1_778_700_000_000 // HOUR_MS * HOUR_MS

EVENTS = st.lists(st.tuples(st.integers(0, 60_000), st.integers(0, 40).map(float)), min_size=1, max_size=60)


def taken(events: list[tuple[int, float]], terms: Terms) -> TwoWindows:
    """Events at milliseconds after START, in the order of arrival."""
    spike = TwoWindows()
    newest = 0
    for at, value in events:
        newest = max(newest, at)
        spike.take(START + at, value, START + newest, terms)
    return spike


def naive(events: list[tuple[int, float]], now: int, terms: Terms) -> float | None:
    newest = now // WIDTH
    present = [value for at, value in events if newest - PANES < at // WIDTH <= newest]
    before = [value for at, value in events if newest - 2 * PANES < at // WIDTH <= newest - PANES]
    if len(before) < terms.min_events or (terms.means and not (present and before)):
        return None
    if not terms.means:
        return len(present) / max(len(before), terms.floor)
    distance = statistics.fmean(present), statistics.fmean(before)
    if terms.deviations:
        return (distance[0] - distance[1]) / max(statistics.pstdev(before), terms.floor)
    return distance[0] / max(distance[1], terms.floor)


@given(EVENTS, st.sampled_from([COUNTS, MEANS, DEVIATIONS]), st.integers(0, 25_000))
def test_the_figure_is_that_of_the_naive_definition(events: list[tuple[int, float]], terms: Terms, later: int) -> None:
    now = max(at for at, _ in events) + later
    spike = taken(events, terms)

    spike.turn(START + now, terms)

    wanted = naive(events, now, terms)
    assert spike.figure(terms) == (wanted if wanted is None else pytest.approx(wanted, rel=1e-9, abs=1e-9))


@given(EVENTS, st.sampled_from([COUNTS, MEANS, DEVIATIONS]), st.integers(1, 25_000))
def test_between_the_moments_it_names_the_figure_stays(
    events: list[tuple[int, float]], terms: Terms, later: int
) -> None:
    spike = taken(events, terms)
    figure = spike.figure(terms)
    changes = spike.changes(terms)

    spike.turn(min(spike.now + later, changes - 1 if changes else spike.now + later), terms)

    assert spike.figure(terms) == figure


@given(EVENTS, st.sampled_from([COUNTS, MEANS]), st.randoms(use_true_random=False))
def test_any_order_gives_the_same_bytes(events: list[tuple[int, float]], terms: Terms, dice: object) -> None:
    now = max(at for at, _ in events)
    events = [(at, value) for at, value in events if at // WIDTH > now // WIDTH - 2 * PANES]
    shuffled = list(events)
    getattr(dice, "shuffle")(shuffled)  # noqa: B009 - hypothesis gives a random.Random under another name

    assert msgspec.msgpack.encode(taken(shuffled, terms)) == msgspec.msgpack.encode(taken(events, terms))


@given(EVENTS, st.sampled_from([COUNTS, DEVIATIONS]))
def test_after_two_windows_nothing_is_left(events: list[tuple[int, float]], terms: Terms) -> None:
    spike = taken(events, terms)
    turns = 0
    while (at := spike.changes(terms)) and turns < 200:
        assert not spike.over(terms)
        spike.turn(at, terms)
        turns += 1

    assert spike.over(terms)
    assert spike.now == START + (max(at for at, _ in events) // WIDTH + 2 * PANES) * WIDTH


def test_an_event_before_both_windows_is_not_taken() -> None:
    spike = taken([(60_000, 1.0)], COUNTS)

    assert not spike.take(START + 40_999, 1.0, START + 60_000, COUNTS)
    assert spike.take(START + 41_000, 1.0, START + 60_000, COUNTS)


HOURLY = Terms(pane=pane_ms(600), means=False, deviations=False, hourly=True, floor=1.0, min_events=10)


def days(terms: Terms, *values: float, each: int = 12) -> TwoWindows:
    """`each` events in the first hour of as many days, then time is moved to that hour of the next day."""
    spike = TwoWindows()
    for day, value in enumerate(values):
        for number in range(each):
            at = START + day * 24 * HOUR_MS + number * HOUR_MS // each
            spike.take(at, value, at, terms)
    spike.turn(START + len(values) * 24 * HOUR_MS, terms)
    return spike


def test_a_count_is_compared_with_the_same_hour_of_the_days_before() -> None:
    spike = days(HOURLY, 1, 1, 1)
    now = START + 3 * 24 * HOUR_MS
    for second in range(8):
        spike.take(now + second * 1000, 1.0, now + second * 1000, HOURLY)

    # Twelve an hour are two in ten minutes.
    assert spike.figure(HOURLY) == 4.0


def test_the_hour_after_is_another_one() -> None:
    spike = days(HOURLY, 1, 1, 1)

    assert spike.figure(HOURLY) == 0.0
    assert spike.changes(HOURLY) == START + 73 * HOUR_MS
    spike.turn(START + 73 * HOUR_MS, HOURLY)
    assert spike.figure(HOURLY) is None


def test_too_few_events_or_days_say_nothing() -> None:
    assert days(HOURLY, 1, 1).figure(HOURLY) is None
    assert days(HOURLY, 1, 1, 1, each=3).figure(HOURLY) is None
    assert days(HOURLY, 1, 1, 1, each=4).figure(HOURLY) == 0.0


def test_a_mean_lies_so_many_deviations_of_its_days_away() -> None:
    terms = HOURLY._replace(means=True, deviations=True, floor=0.5)
    spike = days(terms, 10, 24, 10)
    now = START + 3 * 24 * HOUR_MS
    spike.take(now, 30.0, now, terms)

    mean, variance = 12.0, 6 / 7 * 14 * 14 / 7
    mean, variance = mean - 2 / 7, 6 / 7 * (variance + 4 / 7)
    assert spike.figure(terms) == pytest.approx((30 - mean) / variance**0.5, rel=1e-6)


def test_what_is_usual_is_forgotten_after_its_life() -> None:
    spike = days(HOURLY, 1, 1, 1)
    heard = spike.heard

    spike.turn(heard + LIFE_MS - 1, HOURLY)
    assert (spike.changes(HOURLY), spike.over(HOURLY)) == (heard + LIFE_MS, False)
    spike.turn(heard + LIFE_MS, HOURLY)
    assert spike.over(HOURLY)


def test_it_is_small() -> None:
    for terms in (COUNTS, MEANS, DEVIATIONS, HOURLY, HOURLY._replace(means=True, deviations=True)):
        spike = TwoWindows()
        for second in range(0, 5 * 24 * 3600, 60):
            at = START + second * 1000
            spike.take(at, second / 7 + 0.123456, at, terms._replace(pane=360_000))
        assert len(msgspec.msgpack.encode(spike)) <= 490
