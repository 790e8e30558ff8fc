"""How fast a feed may send: a bucket of records that refills at the feed's own rate."""

from __future__ import annotations

import math

BURST = 10.0
"""Seconds' worth of records that may come at once."""


class Bucket:
    """Tokens are records. A body is taken when there is one, and pays for all of its records afterwards.

    So a body with more records than the bucket holds passes once and is paid for by waiting. `now` is any clock that
    only moves forward, in seconds.
    """

    def __init__(self, per_second: float, now: float) -> None:
        self._rate = per_second
        self._size = max(1.0, per_second * BURST)
        self._tokens = self._size
        self._at = now

    def wait(self, now: float) -> int:
        """Whole seconds until a body may come; 0 takes the first record's token."""
        self._refill(now)
        if self._tokens >= 1:
            self._tokens -= 1
            return 0
        return max(1, math.ceil((1 - self._tokens) / self._rate))

    def pay(self, records: int, now: float) -> None:
        """Take the tokens of a body's further records; the bucket may go below zero."""
        self._refill(now)
        self._tokens -= max(0, records - 1)

    def _refill(self, now: float) -> None:
        self._tokens = min(self._size, self._tokens + max(0.0, now - self._at) * self._rate)
        self._at = max(self._at, now)
