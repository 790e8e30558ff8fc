"""Silences and maintenance windows: which one mutes an alert at a moment.

A silence has an area, an owner, a reason and an end. It lets through whatever is graver than what was silenced, and
every all-clear; what it holds back is counted. A maintenance window is a silence that comes back: by hours, days and
holidays, between its first and its last day. Nothing here is stored with an alert: muted is what the silences of this
moment say. Times are epoch ms.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final, NamedTuple

from ioc.alerts.active import DAY_MS, LOCAL_MS, MINUTE_MS, Active, compile_active, local_day, minutes
from ioc.alerts.routing import Routable
from ioc.alerts.rule import RANK
from ioc.events.envelope import Severity

LONGEST_MS: Final = 30 * DAY_MS
"""A silence that nobody looks at for a month is forgotten; a window must be renewed each year."""
QUIET_MS: Final = 60 * MINUTE_MS
"""A silence under which nothing has fired for an hour has done its work, and ends."""


class Area(NamedTuple):
    """Which alerts are meant: all that is named must be equal; communes: one of them."""

    rule: str = ""
    source: str = ""
    communes: frozenset[str] = frozenset()
    domain: str = ""
    feed: str = ""

    @property
    def narrow(self) -> bool:
        """Whether it names enough that one victim hides no other: a rule, a source or a commune."""
        return bool(self.rule or self.source or self.communes)

    def covers(self, alert: Routable) -> bool:
        """Whether this alert is meant."""
        return (
            self.rule in ("", alert.rule)
            and self.source in ("", alert.source)
            and (not self.communes or alert.commune in self.communes)
            and self.domain in ("", alert.domain)
            and self.feed in ("", alert.feed)
        )


class Silence(NamedTuple):
    """One silence; `up_to` is the gravest severity that it holds back. `window` names the window that it is a turn of."""

    name: str
    area: Area
    starts_at: int
    ends_at: int
    up_to: Severity
    window: str = ""

    def mutes(self, alert: Routable, at: int) -> bool:
        """Whether it holds this alert back at a moment; a drill is no less heard than its alerts are."""
        return (
            self.starts_at <= at < self.ends_at
            and RANK.get(alert.severity, 0) <= RANK[self.up_to]
            and self.area.covers(alert)
        )


class Window(NamedTuple):
    """A maintenance window that comes back, on the days from `first` to `last` (both included, `local_day`)."""

    name: str
    area: Area
    when: Active
    first: int
    last: int
    up_to: Severity

    def turn(self, at: int, holidays: Collection[int] = ()) -> Silence | None:
        """The turn that is on at a moment; None between turns."""
        begin, end = minutes(self.when.hours) if self.when.hours is not None else (0, 1440)
        length = (end - begin if begin < end else end + 1440 - begin) * MINUTE_MS
        today = local_day(at)
        for day in (today, today - 1):
            start = day * DAY_MS - LOCAL_MS + begin * MINUTE_MS
            here = self.first <= day <= self.last and start <= at < start + length
            if here and compile_active(self.when, holidays)(start):
                return Silence(f"{self.name}@{start}", self.area, start, start + length, self.up_to, self.name)
        return None

    def next_turn(self, at: int, holidays: Collection[int] = ()) -> int | None:
        """When the next turn begins after a moment, within a year; None where there is none."""
        begin, _ = minutes(self.when.hours) if self.when.hours is not None else (0, 1440)
        on = compile_active(self.when, holidays)
        for day in range(max(self.first, local_day(at)), min(self.last, local_day(at) + 366) + 1):
            start = day * DAY_MS - LOCAL_MS + begin * MINUTE_MS
            if start > at and on(start):
                return start
        return None


def muted(alert: Routable, silences: Iterable[Silence], at: int) -> Silence | None:
    """The silence that holds this alert back at a moment: of several the one that ends last; None where none does."""
    found = [one for one in silences if one.mutes(alert, at)]
    return max(found, key=lambda one: (one.ends_at, one.name)) if found else None
