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
from ioc.places.sphere import Point, distance_km

MANY: Final = 64
"""Alerts remembered of one side in one cell; the one heard of longest ago leaves first. Starting value."""


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
    side[:] = [one for one in side if gone(one, reach) > clock]


def remember(side: list[Seen], one: Seen) -> tuple[Seen | None, Seen]:
    """Take in what a signal says of its alert: what was known before, and what is known now. Bounded by `MANY`."""
    before = next((known for known in side if known.id == one.id), None)
    if before is None:
        side.append(one)
        if len(side) > MANY:
            side.remove(min(side, key=lambda known: (known.heard, known.id)))
        return None, one
    grown = max(before.at, one.at), max(before.reach, one.reach)
    now = msgspec.structs.replace(before, at=grown[0], reach=grown[1], heard=one.heard)
    side[side.index(before)] = now
    return before, now


def _gap(one: Seen, other: Seen) -> int:
    return max(0, one.since - other.at, other.since - one.at)


def pairs(before: Seen | None, now: Seen, others: list[Seen], reach: Reach, *, trigger: bool) -> Iterator[Pair]:
    """What is a pair now and was none before, or reached less; in the order in which they speak."""
    found = []
    for other in others:
        gap = _gap(now, other)
        if other.id == now.id or gap > reach.window:
            continue
        if before is not None and before.reach >= now.reach and _gap(before, other) <= reach.window:
            continue
        km = distance_km(now.place, other.place)
        if km <= reach.km:
            first, second = (now, other) if trigger else (other, now)
            found.append(Pair(first, second, km, gap, max(now.since, other.since)))
    return iter(sorted(found, key=lambda pair: (pair.at, pair.trigger.id, pair.partner.id)))
