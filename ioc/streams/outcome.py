"""What the judgement of one slice of a chunk came to: all that is to be written, and what is to be counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from ioc.alerts.signal import Signal
from ioc.events import Rejected
from ioc.events.envelope import clip
from ioc.streams import rejects
from ioc.streams.cell import Cell
from ioc.streams.rejects import RejectedRecord
from ioc.streams.repartition import Onward

Place = tuple[str, int, int]
"""Topic, partition, offset."""


@dataclass
class Outcome:
    """`stop` is the index of the first record that was not judged yet."""

    stop: int = 0
    seen: list[tuple[int, int]] = field(default_factory=list)
    dirty: list[Cell] = field(default_factory=list)
    transitions: list[tuple[bytes, bytes]] = field(default_factory=list)
    signals: list[Signal] = field(default_factory=list)
    onward: list[Onward] = field(default_factory=list)
    rejected: list[RejectedRecord] = field(default_factory=list)
    fates: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(feed, fate) -> records."""
    again: int = 0
    """Records that had been judged before."""
    ticks: int = 0
    switches: int = 0
    lost_states: int = 0
    forgotten: int = 0
    """Sources that gave way because there are too many."""
    rule_errors: int = 0

    def refuse(self, at: int, place: Place, why: Sequence[Rejected], note: str = "") -> None:
        """A record is no event, or stands where it does not belong."""
        self.fates["", "rejected"] += 1
        self.rejected.append(rejects.refused(at, *place, why, note=note))

    def complain(self, at: int, place: Place, feed: str, error: Exception) -> None:
        """The rules threw as a whole; the record is good."""
        topic, partition, offset = place
        note = clip(f"{type(error).__name__}: {error}", 300)
        self.rule_errors += 1
        self.rejected.append(
            RejectedRecord(
                at=at, kind="rule_error", feed=feed, topic=topic, partition=partition, offset=offset, note=note
            )
        )
