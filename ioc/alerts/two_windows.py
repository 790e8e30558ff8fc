"""The present window beside the one before it, or beside what is usual at this hour of the day: a spike's memory.

Figure: the present count or mean over its baseline (ratio), or its distance from the baseline's mean in standard
deviations. It changes at events, when a pane passes from one window to the next, and at the turn of an hour; where the
baseline rests on too few events, or a mean on none, it says nothing.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import msgspec

from ioc.alerts.daily import HOUR_MS, Daily
from ioc.alerts.opener import Opener
from ioc.alerts.sums import Sums

PANES: Final = 10
"""Panes of one window: with two windows a rule stays within its kilobyte."""
LIFE_MS: Final = 30 * 24 * HOUR_MS
"""After this time without an event what is usual is forgotten."""


class Terms(NamedTuple):
    """How one rule compares: `pane` in ms, `hourly` for same_hour, `floor` as the least divisor."""

    pane: int
    means: bool
    deviations: bool
    hourly: bool
    floor: float
    min_events: int

    @property
    def moments(self) -> int:
        """What panes must hold (`ioc.alerts.sums`)."""
        return int(self.means) + int(self.deviations and not self.hourly)

    @property
    def counted(self) -> float:
        """The part of an hour that a count is for; 0 for means."""
        return 0.0 if self.means else self.pane * PANES / HOUR_MS


def pane_ms(window_s: int) -> int:
    """Width of one pane for a window in seconds."""
    return max(1, window_s * 1000 // PANES)


class TwoWindows(msgspec.Struct, array_like=True, gc=False, tag=10):
    """What one group showed lately: `now` (ms) is the moment of the figure, `heard` that of the newest event.

    `last` is the event taken last, for what only time brings about.
    """

    now: int = 0
    heard: int = 0
    lately: Sums = msgspec.field(default_factory=Sums)
    daily: Daily | None = None
    last: Opener | None = None

    def take(self, at: int, value: float, now: int, terms: Terms) -> bool:
        """Take one event at `at` as seen from `now`; False where it lies before both windows and changes nothing."""
        self.turn(now, terms)
        pane = at // terms.pane
        inside = pane > self._oldest(terms)
        if inside:
            self.lately.add(pane, value, terms.moments)
        if self.daily is not None:
            self.daily.add(at, value)
        self.heard = max(self.heard, at)
        return inside or self.daily is not None

    def turn(self, now: int, terms: Terms) -> None:
        """Let time pass to `now`."""
        self.now = now
        self.lately.drop_before(self._oldest(terms) + 1, terms.moments)
        if terms.hourly:
            if self.daily is None:
                self.daily = Daily()
            self.daily.turn(now, counted=terms.counted, spread=terms.deviations)

    def present(self, terms: Terms) -> float | None:
        """The count or mean of the present window; None for a mean of nothing."""
        newest = self.now // terms.pane
        held = self.lately.between(newest - PANES + 1, newest + 1, terms.moments)
        if not terms.means:
            return float(held.number)
        return held.mean if held.number else None

    def baseline(self, terms: Terms) -> tuple[float, float] | None:
        """Count or mean, and variance, of what was before; None where it rests on too few events."""
        if self.daily is not None:
            usual = self.daily.usual(self.now, spread=terms.deviations)
            if usual is None or usual.events < terms.min_events:
                return None
            return usual.mean, usual.variance
        newest = self.now // terms.pane
        held = self.lately.between(newest - 2 * PANES + 1, newest - PANES + 1, terms.moments)
        if held.number < terms.min_events or (terms.means and not held.number):
            return None
        if not terms.means:
            return float(held.number), 0.0
        return held.mean, held.variance if terms.moments > 1 else 0.0

    def figure(self, terms: Terms) -> float | None:
        """What the present comes to, None where it says nothing."""
        present, found = self.present(terms), self.baseline(terms)
        if present is None or found is None:
            return None
        usual, variance = found
        if terms.deviations:
            return (present - usual) / max(math.sqrt(variance), terms.floor)
        return present / max(usual, terms.floor)

    def changes(self, terms: Terms) -> int:
        """When (ms) the figure may next change by itself, or all is forgotten; 0 where nothing is kept."""
        newest = self.now // terms.pane
        turns = []
        for windows in (1,) if terms.hourly else (1, 2):
            pane = self.lately.first_from(newest - windows * PANES + 1, terms.moments)
            if pane is not None:
                turns.append((pane + windows * PANES) * terms.pane)
        if terms.hourly and self.heard:
            turns += [at for at in ((self.now // HOUR_MS + 1) * HOUR_MS, self.heard + LIFE_MS) if at > self.now]
        return min(turns, default=0)

    def over(self, terms: Terms) -> bool:
        """Whether nothing is left that a later figure could rest on."""
        return not self.lately.packed and (not terms.hourly or self.now >= self.heard + LIFE_MS)

    def _oldest(self, terms: Terms) -> int:
        """The newest pane that has left all windows."""
        return self.now // terms.pane - (PANES if terms.hourly else 2 * PANES)
