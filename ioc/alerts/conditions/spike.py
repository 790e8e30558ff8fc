"""spike: the present window against the one before it, or against the same hour of the days before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import msgspec

from ioc.alerts import picture
from ioc.alerts.conditions.windowed import Windowed, named_by, newer
from ioc.alerts.judge import Scene
from ioc.alerts.kinds import Spike
from ioc.alerts.rule import Rule
from ioc.alerts.severity import Step
from ioc.alerts.state import Memory
from ioc.alerts.two_windows import PANES, Terms, TwoWindows
from ioc.events.codec import Observed

if TYPE_CHECKING:
    from ioc.alerts.plan import Plan

CLUES: Final = 2
"""Events of evidence beside the newest for counts of two windows; sums of values and hours take the room of theirs."""


def terms_of(condition: Spike, pane: int) -> Terms:
    """How a rule compares, with panes of `pane` ms."""
    return Terms(
        pane=pane,
        means=condition.of == "mean",
        deviations=condition.measure == "deviations",
        hourly=condition.baseline == "same_hour",
        floor=1.0 if condition.floor is None else condition.floor,
        min_events=condition.min_events,
    )


class Spikes(Windowed):
    """The figure may rise and fall at every pane that passes from the present to the past."""

    __slots__ = ("spike", "terms")

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule, "at_most" if rule.condition.falling else "at_least", PANES)
        assert isinstance(rule.condition, Spike)  # noqa: S101 - tells the type checker what the table of judges says
        self.spike = rule.condition
        self.terms = terms_of(rule.condition, self.pane)

    def observe(self, memory: Memory, plan: Plan, scene: Scene, reading: int) -> bool:
        """See Windowed; less evidence."""
        calm = not (memory.level or memory.pending)
        if not super().observe(memory, plan, scene, reading):
            return False
        del memory.clues[0 if self.terms.means or self.terms.hourly else CLUES :]
        if calm and memory.pending:
            memory.opener = picture.opener(scene.event, scene.at)
        elif memory.opener is None and isinstance(memory.keep, TwoWindows):
            memory.keep.last = newer(memory.keep.last, scene.event, scene.at)
        return True

    def take(self, memory: Memory, event: Observed, at: int, now: int) -> bool:
        """See Windowed."""
        if not isinstance(memory.keep, TwoWindows):
            memory.keep = TwoWindows()
        if not memory.keep.take(at, event.value, now, self.terms):
            return False
        if memory.opener is None:
            picture.forget_before(memory, now - PANES * self.pane)
        return True

    def advance(self, memory: Memory, plan: Plan, now: int) -> Iterator[Step]:
        """See Windowed."""
        yield from super().advance(memory, plan, now)
        self._rest(memory)

    def _say(self, memory: Memory, plan: Plan, at: int, *, by_event: bool) -> None:
        # What passes from one window to the next may raise the figure too: such an alert is named by its moment.
        self._rest(memory)
        stood = memory.opener
        super()._say(memory, plan, at, by_event=by_event)
        if stood is not None and memory.opener is None:
            memory.opener = stood
            self._rest(memory)
        elif stood is None and memory.pending and isinstance(memory.keep, TwoWindows):
            memory.opener, memory.keep.last = named_by(memory.keep.last, at), None

    def _rest(self, memory: Memory) -> None:
        """Nothing stands and nothing is held: what the last condition was named by is kept for the next."""
        if memory.level or memory.pending or memory.opener is None or not isinstance(memory.keep, TwoWindows):
            return
        newest = memory.opener if memory.worst is None else memory.worst
        memory.keep.last = msgspec.structs.replace(memory.opener, id=newest.id, at=newest.at)
        memory.opener = None

    def expire(self, memory: Memory, now: int) -> None:
        """See Windowed."""
        if isinstance(memory.keep, TwoWindows):
            memory.keep.turn(now, self.terms)

    def figure(self, memory: Memory) -> float | None:
        """See `ioc.alerts.two_windows`."""
        return memory.keep.figure(self.terms) if isinstance(memory.keep, TwoWindows) else None

    def leaves(self, memory: Memory, *, busy: bool) -> int:  # noqa: ARG002 - a calm figure may rise by time alone
        """The next pane that passes, or hour that turns."""
        return memory.keep.changes(self.terms) if isinstance(memory.keep, TwoWindows) else 0

    def empty(self, memory: Memory) -> bool:
        """Nothing is left that a later figure could rest on."""
        return not isinstance(memory.keep, TwoWindows) or memory.keep.over(self.terms)

    def facts(self, memory: Memory, plan: Plan, *, rose: bool) -> dict[str, Any]:  # noqa: ARG002 - see Judge
        """The figure, and what was compared: `now`, `usual`."""
        values: dict[str, str] = {
            "of": self.spike.of,
            "baseline": self.spike.baseline,
            "measure": self.spike.measure,
            "direction": self.spike.direction,
        }
        if isinstance(memory.keep, TwoWindows):
            present, before = memory.keep.present(self.terms), memory.keep.baseline(self.terms)
            if present is not None and before is not None:
                values |= {"now": f"{present:.6g}", "usual": f"{before[0]:.6g}"}
        return {"value": memory.value, "window_s": self.spike.window, "above": not plan.falling, "values": values}
