"""One memory through its life: an event observed, time passed, evidence kept, transitions told, forgotten when idle."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import Final

from ioc.alerts import flap, picture, severity
from ioc.alerts.alert import Transition
from ioc.alerts.judge import Scene
from ioc.alerts.plan import Plan
from ioc.alerts.reading import REACHED, reading_of
from ioc.alerts.rule import RANK
from ioc.alerts.state import NEVER, Clue, Memory, State
from ioc.alerts.stuck_run import LIFE_MS, Newest
from ioc.events.codec import Observed

_THREW: Final = reading_of(RANK["moderate"])


def group_of(plan: Plan, event: Observed, source: str) -> tuple[str, str]:
    """Where the memory lies in the state, and the group as people read it; drills never meet the real thing."""
    if plan.field is None:
        return key_of(plan, event), source
    value = plan.field(event)
    return key_of(plan, event), f"{source}|{'-' if value is None else value}"


def key_of(plan: Plan, event: Observed) -> str:
    """The first half of `group_of`: all that nearly every event asks for. The bar divides its parts."""
    key = plan.id
    if plan.field is not None:
        value = plan.field(event)
        if value is None:
            value = "-"
        elif "|" in value or "~" in value:
            value = value.replace("~", "~0").replace("|", "~1")
        key = f"{key}|{value}"
    return f"{key}|!" if event.drill else key


def observe(scene: Scene, plan: Plan, reading: int) -> bool:
    """A rule takes in an event that its `where` lets through, and time goes on for that memory.

    False where its group would be one too many, and the event was not looked at.
    """
    state, event = scene.state, scene.event
    key = key_of(plan, event)
    memory = state.memories.get(key)
    before = 0
    if memory is not None:
        before = memory.timer
        if plan.flap_ms:
            memory.lateness = max(memory.lateness, scene.lateness)
        took = plan.judge.observe(memory, plan, scene, reading)
        if not took:
            if took is None:
                if plan.glances:
                    state.newest[key] = Newest(plan.shape, memory.at, memory.value, event.id)
                    del state.memories[key]
                _retime(state, key, before)
            return True
    elif reading < REACHED:
        return True
    else:
        newest = state.newest.get(key) if plan.glances else None
        if newest is None and not _room(state, plan):
            return False
        memory = None if plan.glances and _glanced(scene, plan, key, newest) else _new(scene, plan, newest)
        if memory is None or not plan.judge.observe(memory, plan, scene, reading):
            return True
        state.memories[key] = memory
        if newest is not None:
            del state.newest[key]
        elif plan.field is not None:
            _count(state, plan, 1)
    advance(state, key, plan, state.watermark, scene.clock, scene.out)
    _retime(state, key, before)
    return True


def _room(state: State, plan: Plan) -> bool:
    """Whether one more group may be kept; readings that nothing can follow any more make room."""
    if plan.field is None or state.groups.get(plan.id, 0) < plan.rule.max_groups:
        return True
    over = [
        key
        for key, one in state.newest.items()
        if key.partition("|")[0] == plan.id and one.at + LIFE_MS <= state.watermark
    ]
    for key in over:
        del state.newest[key]
        _count(state, plan, -1)
    return bool(over)


def _glanced(scene: Scene, plan: Plan, key: str, newest: Newest | None) -> bool:
    """Whether that was all of an event of which no memory need hear."""
    if newest is not None:
        return plan.judge.glance(newest, scene) is not None
    newest = Newest(plan.shape)
    took = plan.judge.glance(newest, scene)
    if took:
        scene.state.newest[key] = newest
        if plan.field is not None:
            _count(scene.state, plan, 1)
    return took is not None


def _new(scene: Scene, plan: Plan, newest: Newest | None) -> Memory:
    _, group = group_of(plan, scene.event, scene.state.source)
    memory = Memory(plan.shape, group, scene.event.drill, lateness=scene.lateness if plan.flap_ms else 0)
    if newest is not None:
        plan.judge.recall(newest, memory)
    return memory


def overflowed(scene: Scene, overflow: Plan, plan: Plan) -> None:
    """`plan` has as many groups as it may: the engine's own rule says so, once an hour for each rule and source."""
    _tell(scene, overflow, plan, f"{plan.id}: > {plan.rule.max_groups}")


def _retime(state: State, key: str, before: int) -> None:
    """Keep `state.timer` the earliest of all, where one memory's own timer was `before` (0 = none)."""
    memory = state.memories.get(key)
    after = 0 if memory is None else memory.timer
    if after and (not state.timer or after <= state.timer):
        state.timer = after
    elif before and before == state.timer and before != after:
        state.timer = first_timer(state)


def threw(scene: Scene, broken: Plan, plan: Plan, error: Exception) -> None:
    """`plan` threw on this event: the engine's own rule `broken` says so, once an hour for each rule and source."""
    _tell(scene, broken, plan, f"{plan.id}: {type(error).__name__}")
    # It may have thrown between a change of its memory and the note of when that is due.
    scene.state.timer = first_timer(scene.state)


def _tell(scene: Scene, own: Plan, plan: Plan, what: str) -> None:
    """An event speaks for a rule of the engine's own, of another rule; `memory.value` counts such events."""
    state, event = scene.state, scene.event
    key = f"{own.id}|{plan.id}"
    memory = state.memories.get(key)
    if memory is None:
        memory = state.memories[key] = Memory(own.shape, f"{state.source}|{plan.id}")
        memory.opener = picture.opener(event, scene.at)
    before = memory.timer
    severity.observe(memory, own, scene.at, _THREW)
    memory.last_seen = max(memory.last_seen, scene.at)
    memory.value += 1
    if not memory.clues:
        memory.clues.append(Clue(event.id, scene.at, event.value, what))
    advance(state, key, own, state.watermark, scene.clock, scene.out)
    _retime(state, key, before)


def advance(state: State, key: str, plan: Plan, now: int, clock: int, out: list[Transition]) -> None:  # noqa: PLR0917
    """Let the source's time pass to `now` for one memory; an idle one is forgotten."""
    memory = state.memories[key]
    watch = plan.rule.flap
    for at, before in plan.judge.advance(memory, plan, now):
        # While the judge waits here, before it looks for what comes next: a flapping alert rests longer.
        if watch is not None and not before:
            memory.flapping = flap.opened(memory.openings, at, watch.opens, plan.flap_ms)
        out.append(picture.moved(state, memory, plan, before=before, at=at, clock=clock))
        if not memory.level:
            memory.flapping = False
    if memory.level or memory.since != NEVER:
        return
    forgotten = flap.forgotten_at(memory.openings, plan.flap_ms, memory.lateness) if memory.openings else 0
    if forgotten and (watch is None or forgotten <= now):
        memory.openings = []
        forgotten = 0
    if not plan.judge.empty(memory):
        memory.opener = None
        if not forgotten:
            return  # The judge has left the timer right.
    elif not forgotten:
        _forget(state, key, plan)
        return
    else:
        # Nothing is left but the openings; the next one begins with evidence of its own.
        left = Memory(plan.shape, memory.group, memory.drill, openings=memory.openings, lateness=memory.lateness)
        memory = state.memories[key] = left
    memory.timer = timer(memory, plan)


def timer(memory: Memory, plan: Plan) -> int:
    """When something next changes by the passing of time alone, or openings are forgotten; 0 = not."""
    due = plan.judge.timer(memory, plan)
    if plan.flap_ms and memory.openings and not memory.level and not memory.pending:
        forgotten = flap.forgotten_at(memory.openings, plan.flap_ms, memory.lateness)
        due = min(due, forgotten) if due else forgotten
    return due


def _forget(state: State, key: str, plan: Plan) -> None:
    """Drop one memory, and count it off."""
    del state.memories[key]
    if plan.field is not None:
        _count(state, plan, -1)


def _count(state: State, plan: Plan, more: int) -> None:
    """One group more or less."""
    count = state.groups.get(plan.id, 0) + more
    if count:
        state.groups[plan.id] = count
    else:
        del state.groups[plan.id]


def count_groups(state: State, plans: Mapping[str, Plan]) -> None:
    """Count the groups anew, after rules have changed."""
    state.groups = {}
    for key in chain(state.memories, state.newest):
        name = key.partition("|")[0]
        if plans[name].field is not None:
            state.groups[name] = state.groups.get(name, 0) + 1


def first_timer(state: State) -> int:
    """The earliest timer of all memories; 0 = none."""
    first = 0
    for memory in state.memories.values():
        if memory.timer and (not first or memory.timer < first):
            first = memory.timer
    return first
