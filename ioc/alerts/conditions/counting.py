"""count: at least so many events within a window that slides with the source's time.

Between events the count only falls, at the moment a pane leaves the window: each such moment is taken like an event
that says how many are left.
"""

from __future__ import annotations

from collections.abc import Iterator

from ioc.alerts import severity
from ioc.alerts.plan import Plan
from ioc.alerts.severity import Step
from ioc.alerts.state import Memory
from ioc.alerts.window import Window


def reading(count: int, plan: Plan) -> int:
    """The ranks that a count reaches and holds, packed as in `ioc.alerts.conditions.value`."""
    reach = stay = 0
    for rank in plan.ranks:
        if count >= plan.clears[rank]:
            stay = rank
            if count >= plan.levels[rank]:
                reach = rank
    return reach << 3 | stay


def observe(memory: Memory, plan: Plan, at: int, now: int) -> bool:
    """Count one event at `at` as seen from the source's time `now`; False where the window has left it behind."""
    window = memory.window
    if window is None:
        window = memory.window = Window()
    if not window.add(at, now, plan.pane):
        return False
    memory.value = float(window.total)
    severity.observe(memory, plan, now, reading(window.total, plan))
    return True


def _next(memory: Memory, window: Window, plan: Plan) -> tuple[int, bool]:
    """When something changes by itself (0 = not), and whether it is a pane that leaves."""
    ladder = severity.timer(memory, plan)
    busy = memory.level or memory.pending
    pane = window.oldest_leaves(plan.pane) if busy else window.newest_leaves(plan.pane)
    if pane and (not ladder or pane < ladder):
        return pane, True
    return ladder, False


def timer(memory: Memory, plan: Plan) -> int:
    """When something next changes by itself; 0 = not."""
    return _next(memory, memory.window or Window(), plan)[0]


def advance(memory: Memory, plan: Plan, now: int) -> Iterator[Step]:
    """As `ioc.alerts.severity.advance`, with the panes that leave between holds and settles."""
    window = memory.window or Window()
    at, leaves = _next(memory, window, plan)
    memory.timer = at
    while at and at <= now:
        before = memory.level
        if leaves:
            window.expire(at, plan.pane)
            memory.value = float(window.total)
            severity.observe(memory, plan, at, reading(window.total, plan))
        else:
            severity.move(memory, plan, at)
            if memory.level != before:
                yield at, before
        at, leaves = _next(memory, window, plan)
        memory.timer = at
