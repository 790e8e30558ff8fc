"""One memory through its life: an event observed, time passed, evidence kept, transitions told, forgotten when idle."""

from __future__ import annotations

from typing import Final

from ioc.alerts import picture, severity
from ioc.alerts.alert import Transition
from ioc.alerts.judge import Scene
from ioc.alerts.plan import Plan
from ioc.alerts.reading import REACHED, reading_of
from ioc.alerts.rule import RANK
from ioc.alerts.state import Clue, Memory, State
from ioc.events.codec import Observed

_THREW: Final = reading_of(RANK["moderate"])


def group_of(plan: Plan, event: Observed, source: str) -> tuple[str, str]:
    """Where the memory lies in the state, and the group as people read it; drills never meet the real thing."""
    key, group = plan.id, source
    if not plan.plain:
        place = event.location
        commune = (place.commune if place is not None else None) or "-"
        key, group = f"{key}|{commune}", f"{source}|{commune}"
    return (f"{key}|!" if event.drill else key), group


def observe(scene: Scene, plan: Plan, reading: int) -> None:
    """A rule takes in an event that its `where` lets through, and time goes on for that memory."""
    state, event = scene.state, scene.event
    key, group = group_of(plan, event, state.source)
    memory = state.memories.get(key)
    if memory is not None:
        if not plan.judge.observe(memory, plan, scene, reading):
            return
    elif reading < REACHED:
        return
    else:
        memory = Memory(plan.shape, group, event.drill)
        if not plan.judge.observe(memory, plan, scene, reading):
            return
        state.memories[key] = memory
    advance(state, key, plan, state.watermark, scene.clock, scene.out)


def threw(scene: Scene, broken: Plan, plan: Plan, error: Exception) -> None:
    """`plan` threw on this event: the engine's own rule `broken` says so, once an hour for each rule and source."""
    state, event = scene.state, scene.event
    key = f"{broken.id}|{plan.id}"
    memory = state.memories.get(key)
    if memory is None:
        memory = state.memories[key] = Memory(broken.shape, f"{state.source}|{plan.id}")
        memory.opener = picture.opener(event, scene.at)
    severity.observe(memory, broken, scene.at, _THREW)
    memory.last_seen = max(memory.last_seen, scene.at)
    if not memory.clues:
        memory.clues.append(Clue(event.id, scene.at, event.value, f"{plan.id}: {type(error).__name__}"))
    advance(state, key, broken, state.watermark, scene.clock, scene.out)


def advance(state: State, key: str, plan: Plan, now: int, clock: int, out: list[Transition]) -> None:  # noqa: PLR0917
    """Let the source's time pass to `now` for one memory; an idle one is forgotten."""
    memory = state.memories[key]
    for at, before in plan.judge.advance(memory, plan, now):
        out.append(picture.moved(state, memory, plan, before=before, at=at, clock=clock))
    if memory.level or memory.pending:
        return
    if plan.judge.empty(memory):
        del state.memories[key]
    else:
        memory.opener = None


def first_timer(state: State) -> int:
    """The earliest timer of all memories; 0 = none."""
    first = 0
    for memory in state.memories.values():
        if memory.timer and (not first or memory.timer < first):
            first = memory.timer
    return first
