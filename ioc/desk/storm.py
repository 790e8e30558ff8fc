"""Who gets what together: groups, the limit of messages per person, and storm mode (chế độ thiên tai). Pure.

Whatever a person is to be told is wanted first; this decides what leaves now, what leaves together, and what waits.
Extreme alerts and those of routes that are `alone` (SOS) leave at once and one by one, in calm and in storm. In calm
the rest leaves in the groups of its route. In a storm severe alerts come per incident or commune, moderate and minor
ones in one digest every quarter of an hour, and two messages to one person are two minutes apart. At all times a person
gets at most so many messages within any hour beyond those; what there is no room for comes in one digest, with its
count: nothing that is wanted is ever dropped here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Literal, NamedTuple

from ioc.alerts.routing import Limits
from ioc.alerts.rule import RANK
from ioc.events.envelope import Severity

HOUR_MS: Final = 3_600_000
CROWD: Final = 3
"""Messages that may queue for one person; more of them come as one digest."""


class Want(NamedTuple):
    """Something one person is to be told of one alert; `key` names it, `wait`, `every` are its group's (ms).

    `happening`: incident or commune, under which severe alerts come together in a storm; ends, drills and replays
    bear a mark of their own, so that none of them comes together with a new alert.
    """

    key: str
    alert_id: str
    severity: Severity
    at: int
    alone: bool = False
    group: str = ""
    wait: int = 0
    every: int = 0
    happening: str = ""

    @property
    def at_once(self) -> bool:
        """Whether nothing holds it back."""
        return self.alone or self.severity == "extreme"


class Sent(NamedTuple):
    """A message that this person got, beyond the extreme ones; `group` as in its wants."""

    at: int
    group: str = ""
    digest: bool = False


class Bundle(NamedTuple):
    """One message to make now."""

    form: Literal["one", "group", "digest"]
    wants: tuple[Want, ...]
    group: str = ""


class Plan(NamedTuple):
    """What leaves now, worst first, and when to look again (None: nothing waits)."""

    bundles: tuple[Bundle, ...]
    next_at: int | None


def plan(wants: Iterable[Want], sent: Sequence[Sent], limits: Limits, now: int, *, storm: bool) -> Plan:
    """What leaves now of what one person is to be told; `sent` are messages of the last hour and day, in any order."""
    ordered = sorted(wants, key=_order)
    at_once = [Bundle("one", (one,)) for one in ordered if one.at_once]
    rest = [one for one in ordered if not one.at_once]
    gathered = _stormy(rest, sent, limits) if storm else _calm(rest, sent)
    ready = [bundle for at, bundle in gathered if at <= now]
    room = _room(sent, limits, now, storm=storm).left
    made = _fitted(ready, room, storm=storm)
    gone = {want.key for bundle in made for want in bundle.wants}
    waiting = [at for at, bundle in gathered if any(want.key not in gone for want in bundle.wants)]
    opens = _room([*sent, *(Sent(now) for _ in made)], limits, now, storm=storm).opens
    return Plan((*at_once, *made), max(now + 1, opens, min(waiting)) if waiting else None)


def _order(want: Want) -> tuple[int, int, str]:
    return -RANK.get(want.severity, 0), want.at, want.key


def _fitted(ready: Sequence[Bundle], room: int, *, storm: bool) -> list[Bundle]:
    """As many as there is room for, worst first; where far more wait, the last of them counts all the others."""
    if not room or len(ready) <= room or (storm and len(ready) <= CROWD):
        return list(ready[:room])
    left = [want for bundle in ready[room - 1 :] for want in bundle.wants]
    return [*ready[: room - 1], Bundle("digest", tuple(sorted(left, key=_order)))]


def _calm(wants: Sequence[Want], sent: Sequence[Sent]) -> list[tuple[int, Bundle]]:
    """Groups of the routes, each with the time from which it may leave; worst first."""
    found: dict[str, list[Want]] = {}
    for want in wants:
        found.setdefault(want.group or f"={want.key}", []).append(want)
    made = []
    for members in found.values():
        group = members[0].group
        oldest = min(one.at for one in members)
        last = max((one.at for one in sent if group and one.group == group), default=None)
        at = oldest + members[0].wait if last is None else max(oldest, last + members[0].every)
        made.append((at, Bundle("one" if len(members) == 1 else "group", tuple(members), group)))
    return made


def _stormy(wants: Sequence[Want], sent: Sequence[Sent], limits: Limits) -> list[tuple[int, Bundle]]:
    """Severe ones per incident or commune at once; the others in one digest when it is its time."""
    severe: dict[str, list[Want]] = {}
    others = []
    for want in wants:
        if RANK.get(want.severity, 0) >= RANK["severe"]:
            severe.setdefault(want.happening or want.key, []).append(want)
        else:
            others.append(want)
    made = [
        (min(one.at for one in members), Bundle("one" if len(members) == 1 else "group", tuple(members)))
        for members in severe.values()
    ]
    if others:
        last = max((one.at for one in sent if one.digest), default=0)
        at = max(min(one.at for one in others), last) + limits.digest * 1000
        made.append((at, Bundle("digest", tuple(others))))
    return made


class _Room(NamedTuple):
    """Messages that may leave now, and from when on at least one may."""

    left: int
    opens: int


def _room(sent: Sequence[Sent], limits: Limits, now: int, *, storm: bool) -> _Room:
    """Half of the hour's messages may come in a burst; the others keep a distance, so that a worse one never waits long.

    In a storm all of them keep it: one burst at its beginning would leave nothing for the rest of the hour.
    """
    within = sorted(one.at for one in sent if one.at > now - HOUR_MS)
    burst = 0 if storm else limits.per_hour // 2
    if len(within) < burst:
        return _Room(burst - len(within), now)
    apart = HOUR_MS // max(1, limits.per_hour - burst)
    if storm:
        apart = max(apart, limits.apart * 1000)
    opens = within[-1] + apart if within else now
    if len(within) >= limits.per_hour:
        opens = max(opens, within[-limits.per_hour] + HOUR_MS)
    return _Room(int(opens <= now), max(now, opens))
