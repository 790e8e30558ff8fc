"""flatline: readings keep coming and the value does not move: a stuck sensor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from ioc.alerts import picture, severity
from ioc.alerts.judge import Judge, Scene
from ioc.alerts.kinds import Flatline
from ioc.alerts.reading import ladder
from ioc.alerts.rule import Rule
from ioc.alerts.severity import Step
from ioc.alerts.state import NEVER, Clue, Memory
from ioc.alerts.stuck_run import LIFE_MS, Newest, Run, alike
from ioc.events.codec import Observed

if TYPE_CHECKING:
    from ioc.alerts.plan import Plan

CLUES: Final = 1
"""Readings of evidence from the beginning of a run; the newest comes on top, and all between are alike."""


def _plain(memory: Memory, event: Observed) -> bool:
    """Whether id, time and value are all that evidence would keep of this event."""
    return not (memory.openings or event.media or event.title)


class Flatlines(Judge):
    """How many times the period the newest run has lasted; changes at readings alone."""

    __slots__ = ("flatline", "held")
    glances = True

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule)
        assert isinstance(rule.condition, Flatline)  # noqa: S101 - tells the type checker what the table of judges says
        self.flatline = rule.condition
        self.held = ladder(rule, "at_least")
        self.persists = True

    def observe(self, memory: Memory, plan: Plan, scene: Scene, reading: int) -> bool | None:  # noqa: ARG002 - see Judge
        """A reading outside the tolerance ends the run and is contrary at once; one that is past says nothing."""
        event, at = scene.event, scene.at
        if scene.past:
            return False
        run = memory.keep
        if not isinstance(run, Run):
            run = memory.keep = Run()
        grew = run.read(at, event.value, self.flatline.within, event.id)
        if grew is None:
            return False
        if not grew and memory.at and not memory.level and memory.since == NEVER and _plain(memory, event):
            # Nothing stood, nothing was held; the run itself tells of its first reading.
            memory.clues, memory.media, memory.opener, memory.worst = [], [], None, None
            memory.at = memory.last_seen = at
            memory.value = event.value
            memory.timer = at + LIFE_MS
            return None
        if grew and not memory.clues:
            memory.clues = [Clue(run.opened_by, run.first, memory.value)]
        said = self.held(self.figure(memory) or 0.0)
        memory.at, memory.value = at, event.value
        severity.observe(memory, plan, at, said)
        if memory.opener is None:
            picture.forget_before(memory, run.first)
        if said or memory.opener is None:
            picture.note(memory, plan, event, at)
            del memory.clues[CLUES:]
        if memory.opener is None and memory.pending:
            memory.opener = picture.opener(event, at)
            memory.opener.id, memory.opener.at = run.opened_by, run.first
        return True

    def glance(self, newest: Newest, scene: Scene) -> bool | None:
        """Nearly every reading moves; one that does not begins a memory, and so does one that is evidence of its own."""
        event, at = scene.event, scene.at
        if scene.past or at < newest.at:
            return False
        if event.media or event.title:
            return None
        # After such a silence nothing is left of what was before it.
        here = newest.at and scene.state.watermark < newest.at + LIFE_MS
        if here and alike(newest.value, event.value, self.flatline.within):
            return None
        newest.at, newest.value, newest.id = at, event.value, event.id
        return True

    def recall(self, newest: Newest, memory: Memory) -> None:
        """A run of one reading."""
        memory.keep = Run(newest.at, newest.at, newest.value, newest.value, 1, newest.id)
        memory.at = memory.last_seen = newest.at
        memory.value = newest.value

    def figure(self, memory: Memory) -> float | None:
        """How many times the period the run has lasted; None without one."""
        if not isinstance(memory.keep, Run):
            return None
        return memory.keep.lasted(self.flatline.span * 1000, self.flatline.min_events)

    def timer(self, memory: Memory, plan: Plan) -> int:
        """The ladder's, else when the run is forgotten."""
        at = severity.timer(memory, plan)
        return at or (memory.keep.newest + LIFE_MS if isinstance(memory.keep, Run) else 0)

    def advance(self, memory: Memory, plan: Plan, now: int) -> Iterator[Step]:
        """See Judge; after a life of silence nothing is kept."""
        yield from severity.advance(memory, plan, now)
        run = memory.keep
        if isinstance(run, Run) and not memory.level and not memory.pending and now >= run.newest + LIFE_MS:
            memory.keep = None
        memory.timer = self.timer(memory, plan)

    def empty(self, memory: Memory) -> bool:
        """No run is kept."""
        return memory.keep is None

    def facts(self, memory: Memory, plan: Plan, *, rose: bool) -> dict[str, Any]:
        """The value, `limit` as the seconds that decided, and how long the run lasted."""
        run = memory.keep if isinstance(memory.keep, Run) else Run()
        rank = memory.level if rose else plan.ranks[0]
        return {
            "value": memory.value,
            "limit": plan.levels[rank] * self.flatline.span,
            "values": {"lasted_s": str((run.newest - run.first) // 1000), "within": f"{self.flatline.within:g}"},
        }
