"""What near remembers: an alert of one domain and an alert of another, within km and minutes of each other.

Both sides are remembered, so it does not matter which of them comes first. An alert is one thing here however many
signals it gives: each of them widens the span in which it is known to have stood. Two alerts are a pair when their
places lie within `km` and their spans within `window`; a pair speaks once, for the moment at which the later of the
two began.

What happened when is event time; how long something is remembered is log time, because the two sides have sources and
delays of their own: a satellite's pass is published hours after it. Two alerts are seen together if no more than `wait`
lies between the signals that tell of them, whatever they say of the past. Times and spans are in milliseconds,
distances in km.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import msgspec

from ioc.alerts.signal import Signal
from ioc.places.sphere import KM_PER_DEGREE, Point, distances_from

MANY: Final = 64
"""Alerts remembered of one side in one cell; the one heard of longest ago leaves first. Starting value."""


ROUNDING: Final = 1.000001
"""No two places are nearer than their parallels; so much more, that rounding leaves none out."""


class Seen(msgspec.Struct, array_like=True, gc=False):
    """One alert as one side remembers it; `reach` is the rank it speaks for (triggers only).

    `since` to `at` is its span; `heard` the log clock of its newest signal.
    """

    id: str
    since: int
    at: int
    heard: int
    lat: float
    lon: float
    reach: int
    group: str
    source: str
    feed: str
    commune: str | None
    event: str
    title: dict[str, str]
    media: list[str]

    @property
    def place(self) -> Point:
        """Where it is."""
        return Point(self.lat, self.lon)


class Pair(NamedTuple):
    """A trigger and its partner: how far from each other in place and time, and the moment for which they speak."""

    trigger: Seen
    partner: Seen
    km: float
    gap: int
    at: int


class Reach(NamedTuple):
    """How far apart the two may lie, and how far apart they may be heard of."""

    km: float
    window: int
    wait: int


def seen(signal: Signal, reach: int, group: str, clock: int) -> Seen | None:
    """What is kept of a signal read at `clock`; None where it has no place."""
    if signal.lat is None or signal.lon is None:
        return None
    return Seen(
        signal.alert_id,
        signal.since,
        signal.at,
        clock,
        signal.lat,
        signal.lon,
        reach,
        group,
        signal.source,
        signal.feed,
        signal.commune,
        signal.event,
        signal.title,
        list(signal.media),
    )


def gone(one: Seen, reach: Reach) -> int:
    """The first log clock at which it is not remembered any more."""
    return one.heard + reach.wait + 1


def forget(side: list[Seen], reach: Reach, clock: int) -> None:
    """Drop what was heard of too long ago."""
    last = clock - reach.wait - 1
    side[:] = [one for one in side if one.heard > last]


def first_gone(side: list[Seen], reach: Reach) -> int:
    """When the first of them is not remembered any more; 0 where there is none."""
    return min([one.heard for one in side]) + reach.wait + 1 if side else 0


def remember(side: list[Seen], one: Seen) -> tuple[Seen | None, Seen]:
    """Take in what a signal says of its alert: what was known before, and what is known now. Bounded by `MANY`."""
    named = one.id
    for place, before in enumerate(side):
        if before.id == named:
            grown = max(before.at, one.at), max(before.reach, one.reach)
            now = side[place] = msgspec.structs.replace(before, at=grown[0], reach=grown[1], heard=one.heard)
            return before, now
    side.append(one)
    if len(side) > MANY:
        del side[_longest_ago(side)]
    return None, one


def _longest_ago(side: list[Seen]) -> int:
    """Place of the one heard of longest ago; of one time that of the least id."""
    found, heard, named = 0, side[0].heard, side[0].id
    for place, one in enumerate(side):
        if one.heard < heard or (one.heard == heard and one.id < named):
            found, heard, named = place, one.heard, one.id
    return found


def gap_ms(one: Seen, other: Seen) -> int:
    """Time between two spans, ms; 0 where they meet."""
    return max(0, one.since - other.at, other.since - one.at)


def pairs(before: Seen | None, now: Seen, others: list[Seen], reach: Reach, *, trigger: bool) -> Iterator[Pair]:
    """What is a pair now and was none before, or reached less; in the order in which they speak."""
    found = []
    # Where everything meets everything this is nearly all of the work: what is the same for all of them is asked once.
    named, since, until, lat, window = now.id, now.since, now.at, now.lat, reach.window
    told = before if before is not None and before.reach >= now.reach else None
    near, distance = reach.km / KM_PER_DEGREE * ROUNDING, distances_from(now.place)
    for other in others:
        begun = other.since
        gap = since - other.at
        if begun - until > gap:  # noqa: PLR1730 - max() is a call, for every pair
            gap = begun - until
        if gap > window or not -near <= other.lat - lat <= near or other.id == named:
            continue
        if told is not None and gap_ms(told, other) <= window:
            continue
        km = distance(other.lat, other.lon)
        if km <= reach.km:
            first, second = (now, other) if trigger else (other, now)
            found.append(Pair(first, second, km, gap if gap > 0 else 0, since if since > begun else begun))  # noqa: FURB136
    if len(found) > 1:
        found.sort(key=_order)
    return iter(found)


def _order(pair: Pair) -> tuple[int, str, str]:
    return pair.at, pair.trigger.id, pair.partner.id
