"""Everything that is a figure of one window: count, aggregates, percentage, cardinality, change.

A window is so many panes, sixty as a rule: pane i lies inside at time t while i > t // width - 60. The figure is worked out from the list
of events whenever it can change: as each event arrives, and at each moment a pane leaves.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby

from tests.alerts.naive import grid
from tests.alerts.naive.heard import Heard, Judged, Rule, fulfils, ms, ranked
from tests.alerts.naive.ladder import Reading


class Window:
    """The events of one group behind a sliding window."""

    def __init__(self, events: Sequence[Judged], window: int, panes: int) -> None:
        self.width = window // panes
        self._count = panes
        self._events = [one.event for one in events]
        self._panes = [one.at // self.width for one in events]
        self._sorted = self._panes == sorted(self._panes)

    def inside(self, now: int, known: int, back: int = 0) -> list[Heard]:
        """Of the first `known` events those inside at `now`, or in the window `back` windows before."""
        last = now // self.width - back * self._count
        if self._sorted:
            low = bisect_right(self._panes, last - self._count, 0, known)
            return self._events[low : bisect_right(self._panes, last, low, known)]
        pairs = zip(self._panes[:known], self._events, strict=False)
        found = [event for pane, event in pairs if last - self._count < pane <= last]
        return sorted(found, key=lambda one: one.at)

    def moments(self, events: Sequence[Judged], horizon: int, windows: int = 1) -> Iterator[tuple[int, int, int]]:
        """(source time, place, how many events are known), whenever the figure can change."""
        tolds = [one.told for one in events]
        for place, told in enumerate(tolds):
            yield told, place, place + 1
        leaves = {(pane + self._count * n) * self.width for pane in set(self._panes) for n in range(1, windows + 1)}
        for at in leaves:
            if at <= horizon and (known := bisect_left(tolds, at)):
                yield at, -1, known


def panes_of(rule: Rule) -> int:
    """Into how many panes its window is cut."""
    if rule["condition"].get("aggregate") == "percentile":
        return 10
    return 40 if rule["condition"]["kind"] == "change" else 60


Figure = Callable[[Rule, Window, int, int], float | None]


def figures(rule: Rule, events: Sequence[Judged], horizon: int, figure: Figure) -> Iterator[Reading]:
    """A reading wherever there is a figure."""
    condition = rule["condition"]
    compare = condition.get("compare", "at_least")
    window, count = ms(condition.get("window") or condition.get("over")), panes_of(rule)
    width = window // count
    # What had left the window before it came changes nothing.
    events = [one for one in events if one.at // width > one.told // width - count]
    if condition["kind"] == "cardinality":  # nor does what has no value
        events = [one for one in events if one.event.read(condition["field"]) is not None]
    panes = Window(events, window, count)
    for now, place, known in panes.moments(events, horizon):
        found = figure(rule, panes, now, known)
        if found is not None:
            yield Reading(now, place, now, *ranked(rule, compare, found))


def count(_: Rule, window: Window, now: int, known: int) -> float:
    """How many."""
    return len(window.inside(now, known))


def aggregate(rule: Rule, window: Window, now: int, known: int) -> float | None:
    """One number for the values inside."""
    condition = rule["condition"]
    events = window.inside(now, known)
    values = [one.value for one in events]
    if condition["aggregate"] == "sum":
        return math.fsum(values)
    if len(values) < condition.get("min_events", 1):
        return None
    match condition["aggregate"]:
        case "mean":
            return math.fsum(values) / len(values)
        case "min":
            return min(values)
        case "max":
            return max(values)
        case "last":
            newest: float = max(events, key=lambda one: (one.at, one.id)).value
            return newest
    panes = [[one.value for one in pane] for _, pane in groupby(events, lambda one: one.at // window.width)]
    return grid.percentile(panes, condition["percentile"])


def percentage(rule: Rule, window: Window, now: int, known: int) -> float | None:
    """Of a hundred events, how many fulfil `of`."""
    condition = rule["condition"]
    events = window.inside(now, known)
    if len(events) < condition.get("min_events", 20):
        return None
    return 100 * sum(fulfils(one, condition["of"]) for one in events) / len(events)


def cardinality(rule: Rule, window: Window, now: int, known: int) -> float:
    """Distinct values of a field."""
    found = {one.read(rule["condition"]["field"]) for one in window.inside(now, known)}
    return len(found - {None})


def change(rule: Rule, window: Window, now: int, known: int) -> float | None:
    """How far the newest lies from the least or the greatest."""
    events = window.inside(now, known)
    if len(events) < 2:
        return None
    newest = max(events, key=lambda one: (one.at, one.id)).value
    rise: float = newest - min(one.value for one in events)
    fall: float = max(one.value for one in events) - newest
    return {"rise": rise, "fall": fall, "either": max(rise, fall)}[rule["condition"]["direction"]]


KINDS: Mapping[str, Figure] = {
    "threshold": aggregate,
    "count": count,
    "percentage": percentage,
    "cardinality": cardinality,
    "change": change,
}


def windowed(rule: Rule, events: Sequence[Judged], horizon: int) -> Iterator[Reading]:
    """By kind; a reading wherever there is a figure."""
    return figures(rule, events, horizon, KINDS[rule["condition"]["kind"]])
