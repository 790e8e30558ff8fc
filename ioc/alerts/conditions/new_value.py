"""new_value: a value of a field that this group has not shown for a whole window, after a time of learning."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ioc.alerts import picture, severity
from ioc.alerts.fields import readable
from ioc.alerts.judge import Judge, Scene
from ioc.alerts.kinds import NewValue
from ioc.alerts.known_values import Known
from ioc.alerts.reading import NEUTRAL, reading_of
from ioc.alerts.rule import Rule
from ioc.alerts.severity import Step
from ioc.alerts.state import Memory
from ioc.alerts.where import compile_where
from ioc.alerts.window import pane_ms
from ioc.events.codec import Observed
from ioc.events.envelope import clip

if TYPE_CHECKING:
    from ioc.alerts.plan import Plan


class NewValues(Judge):
    """Each new value speaks for its moment; severities differ by their `when`."""

    __slots__ = ("falling", "field", "learn", "name", "pane")

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule)
        condition = rule.condition
        assert isinstance(condition, NewValue)  # noqa: S101 - tells the type checker what the table of judges says
        self.name = condition.field
        self.field = readable(rule.domain)[condition.field].read
        self.learn = condition.learn * 1000
        self.pane = pane_ms(condition.window)
        self.falling = [(rank, compile_where(level.when, rule.domain)) for rank, level in reversed(rule.levels)]

    def observe(self, memory: Memory, plan: Plan, scene: Scene, reading: int) -> bool:  # noqa: ARG002 - see Judge
        """Events without a value say nothing; while the group is young they are learned."""
        event, at = scene.event, scene.at
        value = self.field(event)
        if value is None:
            return False
        known = memory.keep
        # A standing alert keeps the memory, but not the group's life: what has left the window is forgotten all the same.
        if not isinstance(known, Known) or scene.state.watermark >= known.empties(self.pane):
            known = memory.keep = Known()
        new = known.see(value, at, self.pane)
        said = self._grade(event)
        if not new or at < known.born + self.learn or said == NEUTRAL:
            return True
        known.told = clip(str(value), picture.TITLE)
        severity.observe(memory, plan, at, said)
        memory.at, memory.value = max(at, memory.at), event.value
        if memory.opener is None:
            memory.clues, memory.worst, memory.media = [], None, []
            memory.opener = picture.opener(event, at)
        picture.note(memory, plan, event, at)
        # The known values take the room of other evidence.
        memory.clues.clear()
        return True

    def _grade(self, event: Observed) -> int:
        for rank, when in self.falling:
            if when is None or when(event):
                return reading_of(rank)
        return NEUTRAL

    def timer(self, memory: Memory, plan: Plan) -> int:
        """The ladder's, else when all that is known has left the window."""
        at = severity.timer(memory, plan)
        return at or (memory.keep.empties(self.pane) if isinstance(memory.keep, Known) else 0)

    def advance(self, memory: Memory, plan: Plan, now: int) -> Iterator[Step]:
        """See Judge; a group whose values have all left the window begins anew."""
        yield from severity.advance(memory, plan, now)
        if not memory.level and isinstance(memory.keep, Known) and now >= memory.keep.empties(self.pane):
            memory.keep = None
        memory.timer = self.timer(memory, plan)

    def empty(self, memory: Memory) -> bool:
        """Nothing is known."""
        return memory.keep is None

    def facts(self, memory: Memory, plan: Plan, *, rose: bool) -> dict[str, Any]:  # noqa: ARG002 - see Judge
        """The field and its newest new value."""
        told = memory.keep.told if isinstance(memory.keep, Known) else ""
        return {"limit": None, "values": {"field": self.name, "value": told}}
