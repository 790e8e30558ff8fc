"""change: how far the newest reading lies above the least of the window, or below the greatest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ioc.alerts.conditions.windowed import Windowed
from ioc.alerts.kinds import Change
from ioc.alerts.packed import GRID, on_grid
from ioc.alerts.panes import Bounds, Newest
from ioc.alerts.rule import Rule
from ioc.alerts.state import Memory
from ioc.events.codec import Observed

if TYPE_CHECKING:
    from ioc.alerts.plan import Plan

CHANGE_PANES: Final = 40
"""Panes of its window: each may hold both a least and a greatest value, and a rule keeps within its kilobyte."""


class Changes(Windowed):
    """Between events it only falls: what leaves the window was the older reading."""

    __slots__ = ("fall", "over", "rise")
    clues = 1

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule, panes=CHANGE_PANES)
        condition = rule.condition
        if isinstance(condition, Change):
            self.rise = condition.direction in ("rise", "either")
            self.fall = condition.direction in ("fall", "either")
            self.over = condition.over
        self.calms = True

    def take(self, memory: Memory, event: Observed, at: int, now: int) -> bool:
        """One more reading."""
        window = memory.keep
        if not isinstance(window, Bounds):
            window = memory.keep = Bounds(low=self.rise, high=self.fall)
        value = on_grid(event.value)
        if not window.add(value, at, now, self.pane, CHANGE_PANES):
            return False
        window.newest = window.newest or Newest()
        window.newest.see(value, at, event.id)
        return True

    def expire(self, memory: Memory, now: int) -> None:
        """See Windowed."""
        if isinstance(memory.keep, Bounds):
            memory.keep.expire(now, self.pane, CHANGE_PANES)

    def _both(self, memory: Memory) -> tuple[float, float] | None:
        window = memory.keep
        if not isinstance(window, Bounds) or window.newest is None or window.number < 2:
            return None
        newest = window.newest.value
        rise = (newest - window.least) / GRID if self.rise else 0.0
        return rise, (window.greatest - newest) / GRID if self.fall else 0.0

    def figure(self, memory: Memory) -> float | None:
        """The change asked for; of both the greater."""
        both = self._both(memory)
        return None if both is None else max(both)

    def leaves(self, memory: Memory, *, busy: bool) -> int:
        """A calm change can only become calmer: only its end matters."""
        window = memory.keep
        if not isinstance(window, Bounds):
            return 0
        leaves = window.oldest_leaves if busy else window.newest_leaves
        return leaves(self.pane, CHANGE_PANES)

    def empty(self, memory: Memory) -> bool:
        """No reading is left within the window."""
        return not (isinstance(memory.keep, Bounds) and memory.keep.number)

    def facts(self, memory: Memory, plan: Plan, *, rose: bool) -> dict[str, Any]:  # noqa: ARG002 - see Judge
        """How far in which direction, over which time."""
        both = self._both(memory)
        fell = not self.rise if both is None else both[1] > both[0]
        direction = "fall" if fell else "rise"
        return {"value": memory.value, "window_s": self.over, "values": {"direction": direction}}
