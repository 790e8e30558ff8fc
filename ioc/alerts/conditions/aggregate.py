"""threshold with `aggregate`: the mean, least, greatest, sum, newest or a percentile of the values in a window."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from ioc.alerts import cells, picture
from ioc.alerts.cells import Cells
from ioc.alerts.conditions.value import Thresholds
from ioc.alerts.conditions.windowed import Windowed, named_by, newer
from ioc.alerts.judge import Judge
from ioc.alerts.kinds import Threshold
from ioc.alerts.opener import Opener
from ioc.alerts.packed import GRID, on_grid
from ioc.alerts.panes import Bounds, Newest, Panes, Totals
from ioc.alerts.reading import edges
from ioc.alerts.rule import Rule
from ioc.alerts.state import Memory
from ioc.alerts.window import PANES
from ioc.events.codec import Observed

if TYPE_CHECKING:
    from ioc.alerts.plan import Plan


class Aggregates(Windowed):
    """One number for the values in the window; fewer than `min_events` of them say nothing."""

    __slots__ = ("condition", "min_events")
    clues = 1
    by_value = True

    def __init__(self, rule: Rule, condition: Threshold, panes: int = PANES) -> None:
        super().__init__(rule, condition.compare, panes)
        self.condition = condition
        self.min_events = condition.min_events

    def begun(self, memory: Memory, at: int) -> Opener | None:
        """See Windowed."""
        return named_by(memory.keep.last, at) if isinstance(memory.keep, (Panes, Cells)) else None

    def facts(self, memory: Memory, plan: Plan, *, rose: bool) -> dict[str, Any]:  # noqa: ARG002 - see Judge
        """Which aggregate over which window."""
        name = self.condition.aggregate or ""
        return {
            "value": memory.value,
            "above": not plan.falling,
            "aggregate": f"p{self.condition.percentile:g}" if name == "percentile" else name,
            "window_s": self.condition.window_s,
            "values": {"compare": self.condition.compare},
        }


class OfPanes(Aggregates):
    """What every aggregate over `Panes` has in common."""

    __slots__ = ()

    def expire(self, memory: Memory, now: int) -> None:
        """See Windowed."""
        if isinstance(memory.keep, Panes):
            memory.keep.expire(now, self.pane)

    def leaves(self, memory: Memory, *, busy: bool) -> int:
        """Each pane that leaves, where that could reach a level or anything stands; else the last."""
        window = memory.keep
        if not isinstance(window, Panes):
            return 0
        return window.newest_leaves(self.pane) if self.calms and not busy else window.oldest_leaves(self.pane)

    def empty(self, memory: Memory) -> bool:
        """No event is left within the window."""
        return not (isinstance(memory.keep, Panes) and memory.keep.number)


class Means(OfPanes):
    """The exact sum by the number of events.

    While nothing stands or is held and no value in the window lies beyond the lowest level, no mean of some of them
    can: then the panes need not be looked at one by one as they leave, and no event could be the one to name an alert.
    """

    __slots__ = ("lowest", "sign")

    def __init__(self, rule: Rule, condition: Threshold) -> None:
        super().__init__(rule, condition)
        self.sign = -1 if condition.falling else 1
        self.lowest = edges(rule, condition.compare)[0][1]

    def take(self, memory: Memory, event: Observed, at: int, now: int) -> bool:
        """One more value."""
        window = memory.keep
        if not isinstance(window, Totals):
            window = memory.keep = Totals()
        value = on_grid(event.value)
        if not window.add(value, at, now, self.pane):
            return False
        window.reach(self.sign * value, at, self.pane)
        last = window.last
        if window.bound / GRID <= self.lowest:
            if last is not None:
                window.last = None
        elif last is None:
            window.last = picture.opener(event, at)
        elif at > last.at or (at == last.at and event.id > last.id):
            picture.reopen(last, event, at)
        return True

    def leaves(self, memory: Memory, *, busy: bool) -> int:
        """Each pane that leaves, where that could reach a level or anything stands; else the last."""
        window = memory.keep
        if not isinstance(window, Totals):
            return 0
        if not busy and window.bound / GRID <= self.lowest:
            counts = window.counts
            return (window.first + len(counts) - 1 + PANES) * self.pane if counts else 0
        return window.oldest_leaves(self.pane)

    def figure(self, memory: Memory) -> float | None:
        """The mean."""
        window = memory.keep
        if not isinstance(window, Totals) or window.number < self.min_events:
            return None
        return window.total / (window.number * GRID)


class Sums(Means):
    """The exact sum; that of nothing is 0. No value in the window bounds it, so every pane is looked at."""

    __slots__ = ()

    def __init__(self, rule: Rule, condition: Threshold) -> None:
        super().__init__(rule, condition)
        self.lowest = -math.inf

    def figure(self, memory: Memory) -> float | None:
        """The sum."""
        return memory.keep.total / GRID if isinstance(memory.keep, Totals) else 0.0


class Extremes(OfPanes):
    """min, max: the least or the greatest value."""

    __slots__ = ("least",)

    def __init__(self, rule: Rule, condition: Threshold) -> None:
        super().__init__(rule, condition)
        self.least = condition.aggregate == "min"
        self.calms = self.least == condition.falling

    def take(self, memory: Memory, event: Observed, at: int, now: int) -> bool:
        """One more value."""
        window = memory.keep
        if not isinstance(window, Bounds):
            window = memory.keep = Bounds(low=self.least, high=not self.least)
        if not window.add(on_grid(event.value), at, now, self.pane):
            return False
        if not self.calms:
            window.last = newer(window.last, event, at)
        return True

    def figure(self, memory: Memory) -> float | None:
        """The extreme."""
        window = memory.keep
        if not isinstance(window, Bounds) or window.number < self.min_events:
            return None
        return (window.least if self.least else window.greatest) / GRID


class Lasts(OfPanes):
    """last: the value of the newest event; panes only tell how many events there are."""

    __slots__ = ()

    def __init__(self, rule: Rule, condition: Threshold) -> None:
        super().__init__(rule, condition)
        self.calms = True

    def take(self, memory: Memory, event: Observed, at: int, now: int) -> bool:
        """One more event."""
        window = memory.keep
        if not isinstance(window, Bounds):
            window = memory.keep = Bounds()
        value = on_grid(event.value)
        if not window.add(value, at, now, self.pane):
            return False
        window.newest = window.newest or Newest()
        window.newest.see(value, at, event.id)
        return True

    def figure(self, memory: Memory) -> float | None:
        """The newest value."""
        window = memory.keep
        if not isinstance(window, Bounds) or window.newest is None or window.number < self.min_events:
            return None
        return window.newest.value / GRID


class Percentiles(Aggregates):
    """The nearest rank on a logarithmic grid (`ioc.alerts.cells`)."""

    __slots__ = ("percent", "upper")

    def __init__(self, rule: Rule, condition: Threshold) -> None:
        super().__init__(rule, condition, cells.PANES)
        self.percent = condition.percentile or 0.0
        self.upper = self.percent >= 50

    def take(self, memory: Memory, event: Observed, at: int, now: int) -> bool:
        """One more value."""
        window = memory.keep
        if not isinstance(window, Cells):
            window = memory.keep = Cells()
        if not window.add(event.value, at, now, self.pane, upper=self.upper):
            return False
        window.last = newer(window.last, event, at)
        return True

    def expire(self, memory: Memory, now: int) -> None:
        """See Windowed."""
        if isinstance(memory.keep, Cells):
            memory.keep.expire(now, self.pane)

    def leaves(self, memory: Memory, *, busy: bool) -> int:  # noqa: ARG002 - any pane that leaves may raise it
        """Each pane that leaves."""
        return memory.keep.oldest_leaves(self.pane) if isinstance(memory.keep, Cells) else 0

    def figure(self, memory: Memory) -> float | None:
        """The percentile."""
        window = memory.keep
        if not isinstance(window, Cells) or window.number < self.min_events:
            return None
        return window.percentile(self.percent)

    def empty(self, memory: Memory) -> bool:
        """No event is left within the window."""
        return not (isinstance(memory.keep, Cells) and memory.keep.number)


_AGGREGATES: Final[Mapping[str, Callable[[Rule, Threshold], Judge]]] = {
    "mean": Means,
    "min": Extremes,
    "max": Extremes,
    "sum": Sums,
    "last": Lasts,
    "percentile": Percentiles,
}


def threshold(rule: Rule) -> Judge:
    """How a threshold is judged: on each value, or on an aggregate of them."""
    condition = rule.condition
    if isinstance(condition, Threshold) and condition.aggregate is not None:
        return _AGGREGATES[condition.aggregate](rule, condition)
    return Thresholds(rule)
