"""count, percentage, cardinality: how many events, how many of a hundred, how many different ones, within a window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ioc.alerts.conditions.windowed import Windowed, named_by, newer
from ioc.alerts.distinct import Distinct, mark_of
from ioc.alerts.fields import readable
from ioc.alerts.kinds import Cardinality, Percentage
from ioc.alerts.opener import Opener
from ioc.alerts.panes import Totals
from ioc.alerts.rule import Rule
from ioc.alerts.state import Memory
from ioc.alerts.where import compile_where
from ioc.alerts.window import Window
from ioc.events.codec import Observed

if TYPE_CHECKING:
    from ioc.alerts.plan import Plan


class Counts(Windowed):
    """The number of events; between events it only falls."""

    __slots__ = ()

    def take(self, memory: Memory, event: Observed, at: int, now: int) -> bool:  # noqa: ARG002 - see Windowed
        """One more."""
        window = memory.keep
        if not isinstance(window, Window):
            window = memory.keep = Window()
        return window.add(at, now, self.pane)

    def expire(self, memory: Memory, now: int) -> None:
        """See Windowed."""
        if isinstance(memory.keep, Window):
            memory.keep.expire(now, self.pane)

    def figure(self, memory: Memory) -> float:
        """The number of events within the window."""
        return float(memory.keep.total) if isinstance(memory.keep, Window) else 0.0

    def leaves(self, memory: Memory, *, busy: bool) -> int:
        """A calm count can only become calmer: only its end matters."""
        window = memory.keep
        if not isinstance(window, Window):
            return 0
        return window.oldest_leaves(self.pane) if busy else window.newest_leaves(self.pane)

    def empty(self, memory: Memory) -> bool:
        """No event is left within the window."""
        return not (isinstance(memory.keep, Window) and memory.keep.counts)

    def facts(self, memory: Memory, plan: Plan, *, rose: bool) -> dict[str, Any]:  # noqa: ARG002 - see Judge
        """The count over its window."""
        return {"value": memory.value, "count": int(memory.value), "window_s": plan.rule.condition.window_s}


class Percentages(Windowed):
    """Of a hundred events those that fulfil `of`; evidence are the ones that make it graver."""

    __slots__ = ("compare", "falling", "fulfils", "min_events")
    clues = 1

    def __init__(self, rule: Rule) -> None:
        condition = rule.condition
        if not isinstance(condition, Percentage):
            raise TypeError(rule.kind)
        super().__init__(rule, condition.compare)
        self.compare = condition.compare
        self.falling = condition.falling
        self.min_events = condition.min_events
        self.fulfils = compile_where(condition.of, rule.domain)

    def speaks(self, event: Observed) -> bool:
        """Whether the event makes the share graver."""
        return (self.fulfils is None or self.fulfils(event)) != self.falling

    def take(self, memory: Memory, event: Observed, at: int, now: int) -> bool:
        """One more event."""
        window = memory.keep
        if not isinstance(window, Totals):
            window = memory.keep = Totals()
        if not window.add(self.fulfils is None or self.fulfils(event), at, now, self.pane):
            return False
        window.last = newer(window.last, event, at)
        return True

    def begun(self, memory: Memory, at: int) -> Opener | None:
        """See Windowed."""
        return named_by(memory.keep.last, at) if isinstance(memory.keep, Totals) else None

    def expire(self, memory: Memory, now: int) -> None:
        """See Windowed."""
        if isinstance(memory.keep, Totals):
            memory.keep.expire(now, self.pane)

    def figure(self, memory: Memory) -> float | None:
        """The share in percent."""
        window = memory.keep
        if not isinstance(window, Totals) or window.number < self.min_events:
            return None
        return 100 * window.total / window.number

    def leaves(self, memory: Memory, *, busy: bool) -> int:  # noqa: ARG002 - any pane that leaves may raise it
        """Each pane that leaves."""
        return memory.keep.oldest_leaves(self.pane) if isinstance(memory.keep, Totals) else 0

    def empty(self, memory: Memory) -> bool:
        """No event is left within the window."""
        return not (isinstance(memory.keep, Totals) and memory.keep.number)

    def facts(self, memory: Memory, plan: Plan, *, rose: bool) -> dict[str, Any]:  # noqa: ARG002 - see Judge
        """The share, and of how many."""
        return {
            "value": memory.value,
            "above": not self.falling,
            "count": memory.keep.number if isinstance(memory.keep, Totals) else 0,
            "window_s": plan.rule.condition.window_s,
            "values": {"compare": self.compare},
        }


class Cardinalities(Windowed):
    """The number of different values of one field, as far as the highest level; between events it only falls."""

    __slots__ = ("field", "most", "read_field")
    clues = 1

    def __init__(self, rule: Rule) -> None:
        condition = rule.condition
        if not isinstance(condition, Cardinality):
            raise TypeError(rule.kind)
        super().__init__(rule)
        self.field = condition.field
        self.read_field = readable(rule.domain)[condition.field].read
        self.most = int(max(level.level or 0 for level in rule.severities.values()))

    def take(self, memory: Memory, event: Observed, at: int, now: int) -> bool:
        """One more value; an event without one says nothing."""
        value = self.read_field(event)
        if value is None:
            return False
        window = memory.keep
        if not isinstance(window, Distinct):
            window = memory.keep = Distinct()
        return window.add(mark_of(value), at, now, self.pane, self.most)

    def expire(self, memory: Memory, now: int) -> None:
        """See Windowed."""
        if isinstance(memory.keep, Distinct):
            memory.keep.expire(now, self.pane)

    def figure(self, memory: Memory) -> float:
        """How many different values are known to lie within the window."""
        return float(len(memory.keep.marks)) if isinstance(memory.keep, Distinct) else 0.0

    def leaves(self, memory: Memory, *, busy: bool) -> int:
        """A calm number can only become calmer: only its end matters."""
        return memory.keep.leaves(self.pane, last=not busy) if isinstance(memory.keep, Distinct) else 0

    def empty(self, memory: Memory) -> bool:
        """No value is left within the window."""
        return not (isinstance(memory.keep, Distinct) and memory.keep.marks)

    def facts(self, memory: Memory, plan: Plan, *, rose: bool) -> dict[str, Any]:  # noqa: ARG002 - see Judge
        """How many values of which field; `most` where there may be more."""
        values = {"field": self.field} | ({"most": "yes"} if memory.value >= self.most else {})
        return {
            "value": memory.value,
            "count": int(memory.value),
            "window_s": plan.rule.condition.window_s,
            "values": values,
        }
