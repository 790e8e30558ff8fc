"""absence: nothing from a registered source for longer than its schedule allows, measured on the log clock.

A source never heard is missed from the first tick or event that its state saw. An accepted event ends the alert,
calibration and fault data included: they are the station's own word for its condition. Late and future ones do not,
and neither do drills: a source whose clock is wrong meets no rule, so it watches over nothing, and somebody must know.

With `period: schedule` silence is measured in due times of the catalogue (`expect`) that passed with nothing heard
from `early` before them to `grace` after them; those are asked for that lie after the last event, or after the wait
began. A hole in the ticks puts them off by its length, as it does with any other silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import msgspec

from ioc.alerts import picture
from ioc.alerts.alert import Transition, Why
from ioc.alerts.conditions.schedule import nth_due
from ioc.alerts.kinds import Absence
from ioc.alerts.opener import Opener
from ioc.alerts.plan import Plan
from ioc.alerts.state import Memory, State
from ioc.catalogue import Catalogue, Expect, Feed, Schedule, Source
from ioc.events.domains import Domain


class Watch(NamedTuple):
    """One absence rule as it applies to one source.

    `silences` are, for each rank, rising, milliseconds of silence; with `expect` missed due times in a row.
    """

    plan: Plan
    silences: tuple[tuple[int, int], ...]
    expect: Expect | None = None

    def reached(self, start: int, lost: int, silence: int) -> int:
        """The log clock at which that much silence from `start` on is reached; `lost` is what holes in it put off."""
        if self.expect is None:
            return start + lost + silence
        due = nth_due(self.expect, start + self.expect.early * 1000, silence)
        return due + self.expect.grace * 1000 + lost


class Watched(NamedTuple):
    """Everything that misses one source; `first` is the shortest silence of all, 0 where due times are among them."""

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
        watches = tuple(
            watch
            for plan in missing
            if _means(plan, feed, source) and (watch := _watch(plan, catalogue, feed, source)) is not None
        )
        if watches:
            timed = any(watch.expect for watch in watches)
            first = 0 if timed else min(watch.silences[0][1] for watch in watches)
            found[source.id] = Watched(feed.name, source.lat, source.lon, watches, first)
    return found


def _means(plan: Plan, feed: Feed, source: Source) -> bool:
    facts = {"source": source.id, "feed": feed.name}
    return all(
        facts[name] in wanted if isinstance(wanted, list) else facts[name] == wanted
        for name, wanted in plan.rule.where.items()
    )


def _watch(plan: Plan, catalogue: Catalogue, feed: Feed, source: Source) -> Watch | None:
    """How the rule applies to the source; not at all by due times where it has none."""
    period = plan.rule.condition.period if isinstance(plan.rule.condition, Absence) else 0
    if period == "schedule":
        expect = catalogue.expect_of(feed, source)
        numbers = tuple((rank, round(plan.levels[rank])) for rank in plan.ranks)
        return None if expect is None else Watch(plan, numbers, expect)
    return Watch(plan, _silences(plan, period, catalogue.schedule_of(feed, source)))


def _silences(plan: Plan, period: str | int, schedule: Schedule) -> tuple[tuple[int, int], ...]:
    if period == "late":
        period = schedule.late_after
    elif period == "lost":
        period = schedule.lost_after
    return tuple((rank, round(plan.levels[rank] * int(period) * 1000)) for rank in plan.ranks)


def deadline(state: State, watched: Watched, lost: int) -> int:
    """The log clock at which the next severity of any absence rule is reached; 0 = none is left."""
    start = state.heard or state.watched
    if not start:
        return 1  # The first tick that the state sees begins the wait.
    if watched.first and not state.memories:
        return start + lost - state.lost + watched.first
    first = 0
    for watch in watched.watches:
        _, silence = _next(watch, state.memories.get(watch.plan.id))
        if silence:
            at = watch.reached(start, lost - state.lost, silence)
            first = min(first, at) if first else at
    return first


def miss(state: State, watched: Watched, clock: int, lost: int) -> Iterator[Transition]:
    """A tick: what the silence of the source has come to by `clock`; `lost` as in `Engine.step`."""
    if not state.heard and not state.watched:
        state.watched = clock
        state.lost = lost
    start = state.heard or state.watched
    for watch in watched.watches:
        memory = state.memories.get(watch.plan.id)
        rank, silence = _next(watch, memory)
        while rank and (due := watch.reached(start, lost - state.lost, silence)) <= clock:
            if memory is None:
                memory = state.memories[watch.plan.id] = _memory(state, watched, watch.plan, due)
            before, memory.level = memory.level, rank
            why = _why(watch, start, due, silence, seen=state.heard != 0)
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
        why = _why(watch, start, clock, watch.silences[0][1], seen=state.heard != 0)
        yield picture.moved(state, memory, watch.plan, before=before, at=clock, clock=clock, why=why)


def _why(watch: Watch, start: int, until: int, silence: int, *, seen: bool) -> Why:
    """Nothing came from `start` to `until`; by due times, `silence` of them were missed, the newest of which is told."""
    expect = watch.expect
    if expect is None:
        return picture.why_silent(watch.plan, start, until, silence, seen=seen)
    newest = nth_due(expect, start + expect.early * 1000, silence)
    why = picture.why_silent(watch.plan, start, until, 0, seen=seen)
    return msgspec.structs.replace(why, limit=None, count=silence, values={**why.values, "due": str(newest)})


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
