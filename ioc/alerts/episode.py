"""One memory through its life: an event observed, time passed, evidence kept, transitions told, forgotten when idle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ioc.alerts import picture, severity
from ioc.alerts.alert import Transition
from ioc.alerts.conditions import counting
from ioc.alerts.conditions.value import reading_of
from ioc.alerts.plan import Plan
from ioc.alerts.rule import RANK
from ioc.alerts.state import Clue, Memory, State
from ioc.alerts.window import PANES
from ioc.events.codec import Observed

REACHED: Final = 8
"""Readings from here on reach a severity (`ioc.alerts.conditions.value`)."""
_THREW: Final = reading_of(RANK["moderate"])


@dataclass(slots=True)
class Scene:
    """One event before one state: `at` is its time, `past` whether a newer reading of its quantity is known."""

    state: State
    event: Observed
    at: int
    clock: int
    past: bool
    out: list[Transition]


def group_of(plan: Plan, event: Observed, source: str) -> tuple[str, str]:
    """Where the memory lies in the state, and the group as people read it; drills never meet the real thing."""
    key, group = plan.id, source
    if not plan.plain:
        place = event.location
        commune = (place.commune if place is not None else None) or "-"
        key, group = f"{key}|{commune}", f"{source}|{commune}"
    return (f"{key}|!" if event.drill else key), group


def observe_value(scene: Scene, plan: Plan, reading: int) -> bool:
    """A match or threshold rule takes in what the event says; False where that changes nothing."""
    memories = scene.state.memories
    key, group = group_of(plan, scene.event, scene.state.source)
    memory = memories.get(key)
    past = scene.past and plan.persists
    if memory is None:
        if past or reading < REACHED:
            return False
        memory = memories[key] = Memory(plan.shape, group, scene.event.drill)
    elif past:
        severity.contradict(memory, plan, scene.at, reading)
        memory.timer = severity.timer(memory, plan)
        return True
    severity.observe(memory, plan, scene.at, reading)
    memory.at = max(scene.at, memory.at)
    memory.value = scene.event.value
    if reading:
        if memory.opener is None:
            memory.opener = picture.opener(scene.event, scene.at)
        picture.note(memory, plan, scene.event, scene.at)
    advance(scene.state, key, plan, scene.state.watermark, scene.clock, scene.out)
    return True


def observe_count(scene: Scene, plan: Plan) -> bool:
    """A count rule takes in one more event; False where its window has left the event behind."""
    state, event, now = scene.state, scene.event, scene.state.watermark
    key, group = group_of(plan, event, state.source)
    memory = state.memories.get(key) or Memory(plan.shape, group, event.drill)
    if not counting.observe(memory, plan, scene.at, now):
        return False
    state.memories[key] = memory
    memory.at = now
    if memory.opener is None:
        picture.forget_before(memory, now - PANES * plan.pane)
    picture.note(memory, plan, event, scene.at)
    if memory.opener is None and memory.pending:
        memory.opener = picture.opener(event, scene.at)
    advance(state, key, plan, now, scene.clock, scene.out)
    return True


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
    steps = counting.advance if plan.counts else severity.advance
    for at, before in steps(memory, plan, now):
        out.append(picture.moved(state, memory, plan, before=before, at=at, clock=clock))
    if memory.level or memory.pending:
        return
    if memory.window is None or not memory.window.counts:
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
