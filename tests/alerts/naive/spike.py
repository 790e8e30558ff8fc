"""A window against the one before it, or against what is usual at this hour of the day.

A window is ten panes here. A day's figure of an hour is what that hour held; the newest day weighs a seventh.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from tests.alerts.naive.heard import Heard, Judged, Rule, ms, ranked
from tests.alerts.naive.ladder import Reading
from tests.alerts.naive.windows import Window

PANES = 10
HOUR = 3_600_000
DAYS = 3


class Baseline(NamedTuple):
    """Count or mean of what was before, its standard deviation, and on how many events it rests."""

    figure: float
    spread: float
    events: int


def spikes(rule: Rule, events: Sequence[Judged], horizon: int) -> Iterator[Reading]:
    """A reading wherever there is a figure: at events, as panes pass on, at the turn of an hour."""
    condition = rule["condition"]
    hourly = condition["baseline"] == "same_hour"
    width = ms(condition["window"]) // PANES
    if not hourly:  # what had left both windows before it came changes nothing
        events = [one for one in events if one.at // width > one.told // width - 2 * PANES]
    window = Window(events, ms(condition["window"]), PANES)
    hours = _by_hour(events)
    compare = "at_most" if condition["direction"] == "down" else "at_least"
    for now, place, known in _moments(window, events, horizon, hourly=hourly):
        before = _usual(rule, hours, known, now) if hourly else _previous(rule, window.inside(now, known, back=1))
        present = [one.value for one in window.inside(now, known)]
        if before is not None and before.events >= condition["min_events"] and (present or condition["of"] == "count"):
            yield Reading(now, place, now, *ranked(rule, compare, _figure(rule, present, before)))


def _moments(window: Window, events: Sequence[Judged], horizon: int, *, hourly: bool) -> Iterator[tuple[int, int, int]]:
    yield from window.moments(events, horizon, 1 if hourly else 2)
    if hourly:
        tolds = [one.told for one in events]
        for hour in range(events[0].told // HOUR + 1, horizon // HOUR + 1):
            if known := bisect_left(tolds, hour * HOUR):
                yield hour * HOUR, -1, known


def _figure(rule: Rule, present: Sequence[float], before: Baseline) -> float:
    condition = rule["condition"]
    floor: float = condition.get("floor", 1)
    if condition["of"] == "count":
        return len(present) / max(before.figure, floor)
    mean = math.fsum(present) / len(present)
    if condition["measure"] == "ratio":
        return mean / max(before.figure, floor)
    return (mean - before.figure) / max(before.spread, floor)


def _previous(rule: Rule, before: Sequence[Heard]) -> Baseline | None:
    if rule["condition"]["of"] == "count":
        return Baseline(len(before), 0.0, len(before))
    if not before:
        return None
    mean = math.fsum(one.value for one in before) / len(before)
    spread = math.sqrt(math.fsum((one.value - mean) ** 2 for one in before) / len(before))
    return Baseline(mean, spread, len(before))


def _by_hour(events: Sequence[Judged]) -> dict[int, list[tuple[int, float]]]:
    """Hour -> (place in the order of arrival, value)."""
    found: dict[int, list[tuple[int, float]]] = {}
    for place, one in enumerate(events):
        found.setdefault(one.at // HOUR, []).append((place, one.event.value))
    return found


def _usual(rule: Rule, hours: Mapping[int, Sequence[tuple[int, float]]], known: int, now: int) -> Baseline | None:
    condition = rule["condition"]
    first = min(hour for hour, rows in hours.items() if rows[0][0] < known)
    days = []
    for hour in range(now // HOUR - 24, first - 1, -24):
        values = [value for place, value in hours.get(hour, ()) if place < known]
        if condition["of"] == "count":
            days.append((len(values) * ms(condition["window"]) / HOUR, len(values)))
        elif values:
            days.append((math.fsum(values) / len(values), len(values)))
    if len(days) < DAYS:
        return None
    days.reverse()
    mean, variance = days[0][0], 0.0
    for figure, _ in days[1:]:
        off = figure - mean
        mean += off / 7
        variance = 6 / 7 * (variance + off * off / 7)
    return Baseline(mean, math.sqrt(variance), sum(count for _, count in days))
