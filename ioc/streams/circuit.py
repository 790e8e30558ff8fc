"""A feed that sends mostly what nobody can read is faulty: said once, and refused in sums instead of one by one.

The records are judged as before, and a good one among them is accepted; only what stands in `ioc.rejected` is a sum
for each chunk, so that a flood from one integrator fills neither that topic nor the eyes of those who read it. Every
refused record is still counted by its fate, and the sum says which offsets it speaks of.

Pure: times are the log's. What a feed's record of faults is does not outlive the process; the next one begins with
`CONSECUTIVE` refusals of its own at most.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from typing import Final

from ioc.events import Rejected

CONSECUTIVE: Final = 1_000
"""So many refusals with nothing good between them are no slip."""
SHARE: Final = 0.5
"""Of the records of the last minute; below half of it the feed counts as mended."""
LEAST: Final = 100
"""Fewer records in a minute say nothing about a share."""
MINUTE_MS: Final = 60_000


class Circuit:
    """One feed's. Fed with every record's fate, in order."""

    def __init__(self) -> None:
        self.open = False
        """Whether the feed is faulty now."""
        self._run = 0
        self._seconds: deque[tuple[int, int, int]] = deque()
        """Second of the log, records, refused among them."""
        self._records = self._refused = 0

    def take(self, at: int, *, refused: bool) -> bool:
        """One record at log time `at` (epoch ms); True where the feed turned faulty, or mended, by it."""
        self._run = self._run + 1 if refused else 0
        second = at // 1_000
        if self._seconds and second <= self._seconds[-1][0] - MINUTE_MS // 1_000:  # one stamp was far ahead: no minute
            self._seconds.clear()
            self._records = self._refused = 0
        if self._seconds and self._seconds[-1][0] >= second:  # time stamps may go back a little: they count as now
            last, records, bad = self._seconds[-1]
            self._seconds[-1] = last, records + 1, bad + refused
        else:
            self._seconds.append((second, 1, int(refused)))
        self._records += 1
        self._refused += refused
        while self._seconds[0][0] <= second - MINUTE_MS // 1_000:
            _, records, bad = self._seconds.popleft()
            self._records -= records
            self._refused -= bad
        was, self.open = self.open, self._judge()
        return was != self.open

    def _judge(self) -> bool:
        if self._run >= CONSECUTIVE:
            return True
        share = self._refused / self._records
        if self.open:
            return share >= SHARE / 2 if self._records >= LEAST else self._run > 0
        return self._records >= LEAST and share > SHARE


class Sum:
    """What was refused of one chunk while the feed was faulty."""

    def __init__(self) -> None:
        self.records = 0
        self.at = 0
        self.first = -1
        self.last = -1
        self.codes: Counter[str] = Counter()
        self.example: Sequence[Rejected] = ()

    def add(self, at: int, offset: int, why: Sequence[Rejected]) -> None:
        """One refused record."""
        if self.first < 0:
            self.first, self.example = offset, why
        self.at, self.last = max(at, self.at), offset
        self.records += 1
        self.codes.update({one.code for one in why})

    @property
    def note(self) -> str:
        """How many, from which offset to which, and for which reasons."""
        codes = ", ".join(f"{code} {number}" for code, number in self.codes.most_common(5))
        return f"{self.records} records refused, offsets {self.first} to {self.last}: {codes}"
