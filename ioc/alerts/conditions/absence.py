"""absence: nothing from a registered source for longer than its schedule allows, measured on the log clock.

A source never heard is missed from the first tick or event that its state saw. An accepted event ends the alert,
calibration and fault data included: they are the station's own word for its condition. Late and future ones do not,
and neither do drills: a source whose clock is wrong meets no rule, so it watches over nothing, and somebody must know.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from ioc.alerts import picture
from ioc.alerts.alert import Transition
from ioc.alerts.kinds import Absence
from ioc.alerts.opener import Opener
from ioc.alerts.plan import Plan
from ioc.alerts.state import Memory, State
from ioc.catalogue import Catalogue, Feed, Schedule, Source
from ioc.events.domains import Domain


class Watch(NamedTuple):
    """One absence rule as it applies to one source: milliseconds of silence for each rank, rising."""

    plan: Plan
    silences: tuple[tuple[int, int], ...]


class Watched(NamedTuple):
    """Everything that misses one source; `first` is the shortest silence of all."""

    feed: str
    lat: float | None
    lon: float | None
    watches: tuple[Watch, ...]
    first: int


def watched(plans: Iterable[Plan], catalogue: Catalogue, domain: Domain) -> Mapping[str, Watched]:
    """Source id -> what misses it, for the domain's expected sources, in id order."""
    missing = sorted((plan for plan in plans if plan.rule.kind == "absence"), key=lambda plan: plan.id)
    found = {}
    for feed, source in catalogue.expected(domain):
        schedule = catalogue.schedule_of(feed, source)
        watches = tuple(Watch(plan, _silences(plan, schedule)) for plan in missing if _means(plan, feed, source))
        if watches:
            first = min(watch.silences[0][1] for watch in watches)
            found[source.id] = Watched(feed.name, source.lat, source.lon, watches, first)
    return found


def _means(plan: Plan, feed: Feed, source: Source) -> bool:
    facts = {"source": source.id, "feed": feed.name}
    return all(
        facts[name] in wanted if isinstance(wanted, list) else facts[name] == wanted
        for name, wanted in plan.rule.where.items()
    )


def _silences(plan: Plan, schedule: Schedule) -> tuple[tuple[int, int], ...]:
    period = plan.rule.condition.period if isinstance(plan.rule.condition, Absence) else 0
    if period == "late":
        period = schedule.late_after
    elif period == "lost":
        period = schedule.lost_after
    return tuple((rank, round(plan.levels[rank] * period * 1000)) for rank in plan.ranks)


def deadline(state: State, watched: Watched, lost: int) -> int:
    """The log clock at which the next severity of any absence rule is reached; 0 = none is left."""
    start = _start(state, lost)
    if not start:
        return 1  # The first tick that the state sees begins the wait.
    if not state.memories:
        return start + watched.first
    first = 0
    for watch in watched.watches:
        _, silence = _next(watch, state.memories.get(watch.plan.id))
        if silence and (not first or start + silence < first):
            first = start + silence
    return first


def miss(state: State, watched: Watched, clock: int, lost: int) -> Iterator[Transition]:
    """A tick: what the silence of the source has come to by `clock`; `lost` as in `Engine.step`."""
    if not state.heard and not state.watched:
        state.watched = clock
        state.lost = lost
    start = _start(state, lost)
    for watch in watched.watches:
        memory = state.memories.get(watch.plan.id)
        rank, silence = _next(watch, memory)
        while rank and start + silence <= clock:
            due = start + silence
            if memory is None:
                memory = state.memories[watch.plan.id] = _memory(state, watched, watch.plan, due)
            before, memory.level = memory.level, rank
            why = picture.why_silent(watch.plan, state.heard or state.watched, due, silence, seen=state.heard != 0)
            yield picture.moved(state, memory, watch.plan, before=before, at=due, clock=clock, why=why)
            rank, silence = _next(watch, memory)


def found(state: State, watched: Watched, clock: int) -> Iterator[Transition]:
    """An event that counts came at `clock`: every silence ends."""
    start = state.heard or state.watched
    for watch in watched.watches:
        memory = state.memories.pop(watch.plan.id, None)
        if memory is None:
            continue
        before, memory.level = memory.level, 0
        why = picture.why_silent(watch.plan, start, clock, watch.silences[0][1], seen=state.heard != 0)
        yield picture.moved(state, memory, watch.plan, before=before, at=clock, clock=clock, why=why)


def _start(state: State, lost: int) -> int:
    """From when on silence counts: the last event that counted, moved on by the holes in the ticks after it."""
    start = state.heard or state.watched
    return start and start + lost - state.lost


def _next(watch: Watch, memory: Memory | None) -> tuple[int, int]:
    """The next rank to be reached, and after how long a silence; zeros where the highest already stands."""
    level = 0 if memory is None else memory.level
    for rank, silence in watch.silences:
        if rank > level:
            return rank, silence
    return 0, 0


def _memory(state: State, watched: Watched, plan: Plan, due: int) -> Memory:
    began = Opener(
        state.last_id or f"{state.source}@{due}",
        due,
        lat=watched.lat if state.lat is None else state.lat,
        lon=watched.lon if state.lon is None else state.lon,
        commune=state.commune,
    )
    return Memory(plan.shape, state.source, last_seen=state.watermark, opener=began)
