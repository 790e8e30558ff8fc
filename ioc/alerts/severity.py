"""Which severity stands now: hold before it rises, settle before it falls, each severity with its own clear level.

A ladder of severities rises and falls by what is observed and by the passing of the source's time. What stands on
[since, since + hold) without a contrary event fires at its end; what is contradicted on [below, below + settle) ends at
its end. Both ends belong to the next interval: a contrary event exactly at the end of a hold comes too late. Time is
only ever moved on by events and ticks, so how it is cut into steps changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ioc.alerts.state import Memory

if TYPE_CHECKING:
    from ioc.alerts.plan import Plan

Step = tuple[int, int]
"""One change: when (event time), and the rank that stood until then; the memory holds the one that stands now."""


def observe(memory: Memory, plan: Plan, at: int, reading: int, *, by_event: bool = True) -> None:
    """Take in what one event says (`ioc.alerts.reading`) of the group at `at`; nothing fires yet.

    `by_event` is False where a figure has moved by the passing of time alone: with active hours that begins nothing,
    or the first pane to leave within them would begin what events outside them came to.
    """
    reach, stay = reading >> 3, reading & 7
    level, since, below = memory.level, memory.since, memory.below
    # Outside its active hours nothing begins and nothing rises; what is contrary, or still stands, counts as ever.
    quiet = plan.active is not None and not (by_event and plan.active(at))
    if plan.momentary:
        for rank in plan.ranks:
            if rank > level and (quiet or rank > reach):
                break
            if rank > level and not since[rank]:
                since[rank] = at
            if rank <= stay and at > below[rank]:
                below[rank] = at
    else:
        for rank in plan.ranks:
            if rank > level:
                if rank > reach:
                    since[rank] = 0
                elif not since[rank] and not quiet:
                    since[rank] = at
            elif rank <= stay:
                below[rank] = 0
            elif not below[rank]:
                below[rank] = at


def contradict(memory: Memory, plan: Plan, at: int, reading: int) -> None:
    """A reading older than the newest one can only break a hold: the hold then counts from the newest reading.

    Where that newest one said nothing here (another group, neither `when` nor `until`), nothing is left to hold.
    """
    reach = reading >> 3
    for rank in plan.ranks:
        if rank > memory.level and rank > reach and 0 < memory.since[rank] <= at:
            memory.since[rank] = memory.at if at < memory.at else 0


def settle_of(memory: Memory, plan: Plan) -> int:
    """How long (ms) a fall must stand: longer while the alert is flapping (`ioc.alerts.flap`)."""
    return plan.rest if memory.flapping else plan.settle


def timer(memory: Memory, plan: Plan) -> int:
    """When the ladder next moves by itself; 0 = not."""
    level, first = memory.level, 0
    settle = settle_of(memory, plan)
    for rank in plan.ranks:
        if rank > level:
            at = memory.since[rank]
            if at:
                at += plan.hold
        else:
            at = memory.below[rank]
            if at:
                at += settle
        if at and (not first or at < first):
            first = at
    return first


def move(memory: Memory, plan: Plan, at: int) -> None:
    """Let the ladder move at `at`, one of its timers: up as far as holds are over, else down as far as settled."""
    level = memory.level
    for rank in reversed(plan.ranks):
        if rank > level and memory.since[rank] and memory.since[rank] + plan.hold <= at:
            memory.level = rank
            for passed in range(1, rank + 1):
                memory.since[passed] = 0
            return
    standing = 0
    settle = settle_of(memory, plan)
    for rank in plan.ranks:
        # What is over takes all graver severities with it: so the ladder always moves, whatever a changed rule left here.
        if rank <= level and memory.below[rank] and memory.below[rank] + settle <= at:
            memory.level = standing
            for passed in range(rank, len(memory.below)):
                memory.below[passed] = 0
            return
        standing = rank


def advance(memory: Memory, plan: Plan, now: int) -> Iterator[Step]:
    """Every change that is due by `now`, in order of time; the memory stands as of each one while it is looked at."""
    memory.timer = at = timer(memory, plan)
    while at and at <= now:
        before = memory.level
        move(memory, plan, at)
        if memory.level != before:
            yield at, before
        memory.timer = at = timer(memory, plan)
