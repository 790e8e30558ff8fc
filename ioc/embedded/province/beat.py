"""When a source sends: its schedule, readings outside of it, silences, what is kept back and what comes twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from ioc.embedded.province import defects
from ioc.embedded.province.native import MINUTE, SECOND, ContentType, Native
from ioc.embedded.province.story import Extra, Hush, World

CATCH_UP_MS: Final = 15 * MINUTE
"""The longest that sending takes of what was kept: one file a second, 15 hours of readings every minute."""


class Beat(NamedTuple):
    """Readings every `every` ms, `phase` ms after the epoch's multiples, at the door `delay` ms after they were made."""

    feed: str
    source: str
    every: int
    phase: int = 0
    delay: int = 5 * SECOND
    buffers: bool = False
    """Whether a file may be kept back for an hour (stations that upload by FTP)."""


class Due(NamedTuple):
    """One sending: when the world was looked at, and when it is at the door."""

    observed: int
    at: int


def dues(world: World, beat: Beat, since: int, until: int) -> Iterator[Due]:
    """Sendings with `since` <= at < `until`, in no particular order; the same for any split of the span."""
    reach = defects.LONGEST_MS if beat.buffers else 0
    hushes = world.story.of(Hush, beat.source, since - max(reach, CATCH_UP_MS), until + 1)
    for due in _planned(world, beat, since - reach, until):
        if not _silent(hushes, due.at):
            held = defects.held_back(world, beat.source, due.observed) if beat.buffers else 0
            if since <= due.at + held < until and not _silent(hushes, due.at + held):
                yield Due(due.observed, due.at + held)
    for hush in hushes:
        for at in (hush.since, hush.until) if hush.framed else ():
            if since <= at < until:
                yield Due(at - beat.delay, at)
        if hush.kept and hush.until < until:
            kept = list(_planned(world, beat, hush.since + 1, hush.until))
            for place, due in enumerate(sorted(kept, reverse=True), 1):
                if since <= (at := hush.until + place * SECOND) < until:
                    yield Due(due.observed, at)


def _silent(hushes: list[Hush], at: int) -> bool:
    return any(one.since < at < one.until for one in hushes)


def _planned(world: World, beat: Beat, since: int, until: int) -> Iterator[Due]:
    """What would be sent if nothing kept it back."""
    shift = beat.phase + beat.delay
    first = -(-(since - shift) // beat.every)
    for place in range(first, -(-(until - shift) // beat.every)):
        observed = place * beat.every + beat.phase
        yield Due(observed, observed + beat.delay)
    for extra in world.story.of(Extra, beat.source, since - beat.delay, until - beat.delay):
        if (extra.since - beat.phase) % beat.every:
            yield Due(extra.since, extra.since + beat.delay)


Writer = Callable[[World, str, int], bytes]
"""World, source, time of observation -> the body."""


class Form(NamedTuple):
    """How a feed's messages are written; `name` gives the file's name from source and time of observation."""

    write: Writer
    content_type: ContentType
    name: Callable[[str, int], str] | None = None


def sent(world: World, beat: Beat, form: Form, since: int, until: int) -> Iterator[Native]:
    """The messages of one source in [since, until), with those that come twice."""
    again = defects.REPEATED_AFTER_MS
    for due in dues(world, beat, since - again, until):
        times = [due.at]
        if defects.sent_again(world, beat.source, due.observed):
            times.append(due.at + again)
        for at in times:
            if since <= at < until:
                body = form.write(world, beat.source, due.observed)
                name = form.name(beat.source, due.observed) if form.name else ""
                yield Native(beat.feed, at, body, form.content_type, name)
