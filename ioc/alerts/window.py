"""A sliding window in panes: what happened lately, in bounded memory, whatever the rate.

The window slides in steps of one pane. A pane [i*width, (i+1)*width) is inside the window that ends at time t while
i > t // width - PANES; it leaves at `(i + PANES) * width`. So an event counts for at most the whole window and for at
least the window less one pane. Adding commutes: within the window the order of events does not matter.

Panes hold counts, the one aggregate that rules have today; sums and extremes belong beside `counts` in the same panes.
"""

from __future__ import annotations

from typing import Final

import msgspec

PANES: Final = 60
"""Panes a window has: two seconds wide for two minutes."""


def pane_ms(window_s: int, panes: int = PANES) -> int:
    """Width in ms of one pane of a window in seconds."""
    return max(1, window_s * 1000 // panes)


class Window(msgspec.Struct, array_like=True, gc=False, tag=1):
    """Counts of consecutive panes from number `first` on; `total` is their sum. Times and widths in ms."""

    first: int = 0
    counts: list[int] = []
    total: int = 0

    def add(self, at: int, now: int, width: int) -> bool:
        """Count one event at `at` as seen from `now`; False where it lies before the window."""
        self.expire(now, width)
        pane = at // width
        if pane <= now // width - PANES:
            return False
        counts = self.counts
        if not counts:
            self.first = pane
        while pane < self.first:
            counts.insert(0, 0)
            self.first -= 1
        place = pane - self.first
        while place >= len(counts):
            counts.append(0)
        counts[place] += 1
        self.total += 1
        return True

    def expire(self, now: int, width: int) -> None:
        """Drop every pane that has left the window by `now`."""
        keep = now // width - PANES + 1
        counts = self.counts
        while counts and (self.first < keep or not counts[0]):
            self.total -= counts.pop(0)
            self.first += 1

    def oldest_leaves(self, width: int) -> int:
        """When the count next falls; 0 where the window is empty."""
        return (self.first + PANES) * width if self.counts else 0

    def newest_leaves(self, width: int) -> int:
        """When the window is empty if nothing further comes; 0 where it already is."""
        return (self.first + len(self.counts) - 1 + PANES) * width if self.counts else 0
