"""What a partition's memory holds of one source: in the live world, and in each replay's, with a state of its own.

A replay must not move the clock of a live source, nor meet what an earlier replay has left: its cells stand apart.
"""

from __future__ import annotations

from typing import Any

from ioc.streams.changelog import NO_STAMP, StateRecord, Winner, encode
from ioc.streams.headers import Origin
from ioc.streams.rulebook import Rulebook

WORLD = "\x1f"
"""Between the name of a replay and the source: a control character, which no name of ours has."""


def cell_key(source: str, replay: str) -> str:
    """Key of a source's state: the source itself, in a replay behind the replay's name."""
    return f"{replay}{WORLD}{source}" if replay else source


class Cell:
    """What is held of one source. `state` is None as long as only its bytes (`raw`) are here.

    `unsent` is the outbox that a crash left, and the stamp it had: its signals go out when that record has been passed
    again, and until then no state may be written without it.
    """

    __slots__ = (
        "booked",
        "dirty",
        "due",
        "key",
        "live",
        "open",
        "origins",
        "outbox",
        "raw",
        "replay",
        "rules",
        "size",
        "stamp",
        "state",
        "unbooked",
        "unsent",
        "written",
    )

    def __init__(self, key: str, state: Any, rules: str) -> None:
        self.key = key
        self.state = state
        self.raw = b""
        self.rules = rules
        self.stamp = NO_STAMP
        self.due = 0
        self.booked = 0
        self.live = False
        self.replay = ""
        self.open: list[str] = []
        self.origins: dict[tuple[str, int], tuple[int, int]] | None = None
        self.outbox: list[bytes] = []
        self.size = 0
        self.dirty = False
        self.unbooked = False
        self.unsent: tuple[int, list[bytes]] | None = None
        self.written = 0

    @property
    def source(self) -> str:
        """The source without its world."""
        return self.key.rpartition(WORLD)[2]

    @classmethod
    def restored(cls, key: str, winner: Winner) -> Cell:
        """As the changelog has it; the state stays bytes until it is touched."""
        record = winner.record
        cell = cls(key, None, record.rules)
        cell.raw = record.state
        cell.stamp = winner.rank[1]
        cell.due = record.due
        cell.live = record.live
        cell.replay = record.replay
        cell.open = record.open
        cell.written = winner.written
        if record.origins:
            cell.origins = {(topic, part): (offset, nth) for topic, part, offset, nth in record.origins}
        return cell

    def newer(self, origin: Origin) -> bool:
        """Whether this key has not yet taken in that origin; remembers it."""
        if self.origins is None:
            self.origins = {}
        here = (origin.topic_id, origin.partition)
        if (origin.offset, origin.nth) <= self.origins.get(here, (-1, -1)):
            return False
        self.origins[here] = (origin.offset, origin.nth)
        return True

    def write(self, rules: Rulebook, generation: int, topic_id: str, partition: int) -> tuple[bytes, bytes]:
        """Key and value of its state record; clean from then on."""
        state = self.state
        if state is None:
            raw, opened = self.raw, self.open
        else:
            raw, opened = rules.to_bytes(state), list(rules.open_alerts(state))
            self.live = rules.live(state)
        origins = [(t, p, o, n) for (t, p), (o, n) in self.origins.items()] if self.origins else []
        record = StateRecord(
            generation,
            topic_id,
            partition,
            self.stamp,
            self.due,
            self.live,
            self.replay,
            self.rules,
            raw,
            opened,
            origins,
            self.outbox,
        )
        self.dirty = False
        return self.key.encode(), encode(record)

    def lose(self, rules: Rulebook) -> None:
        """Begin anew: the state cannot be kept."""
        self.state = rules.new(self.source, self.replay)
        self.raw = b""
        self.rules = rules.version
        self.outbox, self.open = [], []
        self.due = self.booked = 0
