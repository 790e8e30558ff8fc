"""count: at least so many events within a window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ioc.alerts.conditions.windowed import Windowed
from ioc.alerts.state import Memory
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
