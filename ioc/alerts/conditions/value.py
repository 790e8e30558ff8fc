"""match and threshold: what one event by itself says of each severity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ioc.alerts import picture, severity
from ioc.alerts.judge import Judge, Scene
from ioc.alerts.kinds import Match, Threshold
from ioc.alerts.reading import NEUTRAL, Reader, edges, ladder, reading_of
from ioc.alerts.rule import Rule
from ioc.alerts.state import Memory
from ioc.alerts.where import compile_where
from ioc.events.codec import Observed

if TYPE_CHECKING:
    from ioc.alerts.plan import Plan


class Values(Judge):
    """Each event is judged by itself; nothing is kept but the ladder of severities."""

    __slots__ = ()

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule)
        self.persists = not rule.momentary

    def observe(self, memory: Memory, plan: Plan, scene: Scene, reading: int) -> bool:
        """A reading older than the newest one of its quantity can only break a hold."""
        at, event = scene.at, scene.event
        if scene.past and plan.persists:
            if not memory.at:
                return False
            severity.contradict(memory, plan, at, reading)
            return True
        severity.observe(memory, plan, at, reading)
        memory.at = max(at, memory.at)
        memory.value = event.value
        if reading:
            if memory.opener is None:
                memory.opener = picture.opener(event, at)
            picture.note(memory, plan, event, at)
        return True


class Matches(Values):
    """match."""

    __slots__ = ()

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule)
        if isinstance(rule.condition, Match):
            self.read = _match(rule, rule.condition)

    def facts(self, memory: Memory, plan: Plan, *, rose: bool) -> dict[str, Any]:  # noqa: ARG002 - see Judge
        """A match has no figure."""
        return {"limit": None}


class Thresholds(Values):
    """threshold on each value."""

    __slots__ = ("compare", "floor")
    by_value = True

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule)
        if isinstance(rule.condition, Threshold):
            self.compare = rule.condition.compare
            self.floor = edges(rule, rule.condition.compare)[0][2]
            """A value (negated where falling) up to this is calm."""
            self.read = _threshold(rule, rule.condition)

    def facts(self, memory: Memory, plan: Plan, *, rose: bool) -> dict[str, Any]:
        """Nothing measured ends a momentary condition, only that nothing further came."""
        return {
            "value": memory.value if rose or not plan.momentary else None,
            "above": not plan.falling,
            "values": {"compare": self.compare},
        }


def _threshold(rule: Rule, condition: Threshold) -> Reader:
    falling = condition.falling
    held = ladder(rule, condition.compare)
    lowest = edges(rule, condition.compare)[0][2]
    calm = 0 if condition.persists else NEUTRAL

    def read(event: Observed) -> int:
        value = event.value
        # The calm of nearly every event, without a second call.
        return calm if (-value if falling else value) <= lowest else held(value)

    return read


def _match(rule: Rule, condition: Match) -> Reader:
    said = compile_where(condition.when, rule.domain)
    until = None if condition.until is None else compile_where(condition.until, rule.domain)
    falling = [(reading_of(rank), compile_where(level.when, rule.domain)) for rank, level in reversed(rule.levels)]

    def read(event: Observed) -> int:
        if said is None or said(event):
            for reading, when in falling:
                if when is None or when(event):
                    return reading
        # Looked at last: an event that says both is taken for the alarm, not for the all-clear.
        return 0 if until is not None and until(event) else NEUTRAL

    return read
