"""What should have come of the events, thought out apart from the engine: the rule `high` of `small_rules`.

Above 50 it fires as moderate, above 90 as severe; it stays severe above 80 and moderate above 40.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

MODERATE, SEVERE = 1, 2


class Told(NamedTuple):
    """One transition: whose, which episode (the event that opened it), which revision, and what."""

    source: str
    opened_by: str
    revision: int
    change: str


@dataclass
class Key:
    level: int = 0
    opened_by: str = ""
    revision: int = 0
    last: int = 0
    """Newest observed time, epoch ms."""


@dataclass
class Oracle:
    """Fed with (id, source, observed at, value) in the order of the log, copies and all."""

    keys: dict[str, Key] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def feed(self, events: Iterable[tuple[str, str, int, float]]) -> None:
        for identity, source, at, value in events:
            if identity in self.seen:
                continue
            self.seen.add(identity)
            key = self.keys.setdefault(source, Key())
            assert at >= key.last, "the test sends in order"
            key.last = at
            level = SEVERE if value > 90 else MODERATE if value > 50 else 0
            if key.level == SEVERE and value > 80:
                level = SEVERE
            elif key.level >= MODERATE and value > 40:
                level = max(level, MODERATE)
            if level == key.level:
                continue
            if not key.level:
                key.opened_by, key.revision = identity, 0
            change = (
                "fired" if not key.level else "cleared" if not level else "raised" if level > key.level else "lowered"
            )
            key.revision += 1
            key.level = level
            self.told.append(Told(source, key.opened_by, key.revision, change))
