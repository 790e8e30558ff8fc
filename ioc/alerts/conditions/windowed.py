"""Conditions on a figure over a window that slides with the source's time.

Between events a figure changes only when a pane leaves the window: each such moment is taken like an event that says
what the figure then is. A kind says how it takes an event in, how its panes leave, and what the figure comes to.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import msgspec

from ioc.alerts import picture, severity
from ioc.alerts.judge import Judge, Scene
from ioc.alerts.kinds import Compare
from ioc.alerts.opener import Opener
from ioc.alerts.reading import edges, ladder
from ioc.alerts.rule import Rule
from ioc.alerts.severity import Step
from ioc.alerts.state import NEVER, Memory
from ioc.alerts.window import PANES, pane_ms
from ioc.events.codec import Observed

if TYPE_CHECKING:
    from ioc.alerts.plan import Plan


def newer(last: Opener | None, event: Observed, at: int) -> Opener:
    """The newer of what was the newest event and this one; of one time the one of the greater id."""
    return picture.opener(event, at) if last is None or (at, event.id) > (last.at, last.id) else last


def named_by(last: Opener | None, at: int) -> Opener | None:
    """What a condition is named by that began at `at` because a pane left: the newest event, and that moment."""
    return None if last is None else msgspec.structs.replace(last, id=f"{last.id}@{at}", at=at)


NOTHING: Final[Iterator[Step]] = iter(())
"""Nothing is due: what nearly every event finds. An exhausted iterator stays so."""


class Windowed(Judge):
    """One figure over one window; `pane` is the width of its panes in ms, `panes` their number."""

    __slots__ = ("calms", "falling", "floor", "held", "pane", "panes", "whole")

    def __init__(self, rule: Rule, compare: Compare = "at_least", panes: int = PANES) -> None:
        super().__init__(rule)
        self.held = ladder(rule, compare)
        self.falling = compare in ("below", "at_most")
        self.floor = edges(rule, compare)[0][2]
        """A figure (negated where falling) up to this reaches nothing and holds nothing."""
        self.whole = type(self).speaks is Windowed.speaks
        """Whether every event is evidence."""
        self.panes = panes
        self.pane = pane_ms(rule.condition.window_s, panes)
        self.calms = False
        """Whether a pane that leaves can only make the figure calmer."""

    @abstractmethod
    def take(self, memory: Memory, event: Observed, at: int, now: int) -> bool:
        """Let panes leave by `now` and take one event in; False where the window has left the event behind."""

    @abstractmethod
    def expire(self, memory: Memory, now: int) -> None:
        """Let panes leave by `now`."""

    @abstractmethod
    def figure(self, memory: Memory) -> float | None:
        """What the window comes to; None where it says nothing."""

    @abstractmethod
    def leaves(self, memory: Memory, *, busy: bool) -> int:
        """When the figure next changes by itself, or the memory is empty; 0 = not.

        Not `busy`: nothing stands and nothing is held, so that a change that can only calm need not be looked at.
        """

    def speaks(self, event: Observed) -> bool:  # noqa: ARG002 - kinds look at it
        """Whether an event is evidence."""
        return True

    def begun(self, memory: Memory, at: int) -> Opener | None:  # noqa: ARG002 - kinds that can begin so keep what it needs
        """What a condition is named by that began at `at` because a pane left."""
        return None

    def observe(self, memory: Memory, plan: Plan, scene: Scene, reading: int) -> bool:  # noqa: ARG002 - see Judge
        """The event changes the figure, whatever its own time; the figure is of now."""
        now = scene.state.watermark
        if not self.take(memory, scene.event, scene.at, now):
            return False
        memory.at = now
        self._say(memory, plan, now, by_event=True)
        if memory.opener is None:
            picture.forget_before(memory, now - self.panes * self.pane)
        if self.whole or self.speaks(scene.event):
            picture.note(memory, plan, scene.event, scene.at)
        if memory.opener is None and memory.since != NEVER:
            memory.opener = picture.opener(scene.event, scene.at)
        return True

    def _say(self, memory: Memory, plan: Plan, at: int, *, by_event: bool) -> None:
        calm = not memory.level and memory.since == NEVER
        if calm:
            memory.opener = None  # What began the condition before is over.
        figure = self.figure(memory)
        if figure is None:
            return
        memory.value = figure
        # A calm figure in a calm memory: what nearly every event finds.
        if not calm or (-figure if self.falling else figure) > self.floor:
            severity.observe(memory, plan, at, self.held(figure), by_event=by_event)

    def _next(self, memory: Memory, plan: Plan) -> tuple[int, bool]:
        """When something changes by itself (0 = not), and whether it is a pane that leaves."""
        if not memory.level and memory.since == NEVER:
            pane = self.leaves(memory, busy=False)
            return pane, pane != 0
        ladder = severity.timer(memory, plan)
        pane = self.leaves(memory, busy=True)
        if pane and (not ladder or pane < ladder):
            return pane, True
        return ladder, False

    def timer(self, memory: Memory, plan: Plan) -> int:
        """The ladder's, or that of the pane that leaves next."""
        return self._next(memory, plan)[0]

    def advance(self, memory: Memory, plan: Plan, now: int) -> Iterator[Step]:
        """As `ioc.alerts.severity.advance`, with the panes that leave between holds and settles."""
        if not memory.level and memory.since == NEVER:
            memory.timer = at = self.leaves(memory, busy=False)
            leaves = True
        else:
            at, leaves = self._next(memory, plan)
            memory.timer = at
        return self._steps(memory, plan, now, at, leaves=leaves) if 0 < at <= now else NOTHING

    def _steps(self, memory: Memory, plan: Plan, now: int, at: int, *, leaves: bool) -> Iterator[Step]:
        while at and at <= now:
            before = memory.level
            if leaves:
                self.expire(memory, at)
                self._say(memory, plan, at, by_event=False)
                if memory.opener is None and memory.pending:
                    memory.opener = self.begun(memory, at)
            else:
                severity.move(memory, plan, at)
                if memory.level != before:
                    yield at, before
            at, leaves = self._next(memory, plan)
            memory.timer = at
