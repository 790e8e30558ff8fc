"""Keys other than the source: events pass on to `ioc.<domain>.by-<field>`, keyed by a field, and are judged once there.

The first stage sends on what it judged *before* it writes its states. Crashes and zombies repeat such records, but
never open a gap: of one input partition, whatever first appears in a partition of the second topic appears in the
order of the input, with everything before it. So the second stage takes a record in exactly where its origin is
higher than the highest it knows of that input partition for the key - or, for a key that it has forgotten, of any
forgotten key. Another topic id counts as none: the input was made anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from ioc.events import Domain
from ioc.streams.fetched import LogRecord
from ioc.streams.headers import CLOCK, TICK, Header, Origin, clock_header, origin_header
from ioc.streams.publish import Record
from ioc.streams.topics import HOUR, by_topic, partition_of

IDLE_MS: Final = HOUR
"""A key that holds nothing leaves memory after this long: addresses of attackers are without number."""
GRAIN_MS: Final = 60_000
"""A replay's ticks pass on once in so long of its clock: each goes to every partition."""

Origins = Mapping[tuple[str, int], tuple[int, int]]
"""(topic id, partition) -> highest (offset, nth)."""


class Onward(NamedTuple):
    """One record for the second stage of a field."""

    field: str
    partition: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[Header]


class Onwards:
    """What one input partition sends on; `fields` are those that rules of the domain are judged by."""

    def __init__(self, topic_id: str, number: int, partitions: int) -> None:
        self._topic_id = topic_id
        self._number = number
        self._partitions = partitions
        self._ticked: dict[str, int] = {}

    def event(self, keys: Iterable[tuple[str, str]], record: LogRecord) -> Iterator[Onward]:
        """The event once for each (field, value); its own bytes, its clock if it brings one, and where it stood."""
        plain = [header for header in record.headers if not header[0].startswith("ioc-")]
        clock = [header for header in record.headers if header[0] == CLOCK]
        for nth, (field, value) in enumerate(keys):
            origin = origin_header(Origin(self._topic_id, self._number, record.offset, nth))
            key = value.encode()
            headers = [*plain, *clock, origin]
            yield Onward(field, partition_of(key, self._partitions), key, record.value, headers)

    def tick(self, fields: Iterable[str], offset: int, replay: str, clock: int) -> Iterator[Onward]:
        """A replay's tick, to every partition; live ticks are written there by the workers themselves."""
        if clock // GRAIN_MS <= self._ticked.get(replay, -1):
            return
        self._ticked[replay] = clock // GRAIN_MS
        origin = origin_header(Origin(self._topic_id, self._number, offset, 0))
        for field in fields:
            for number in range(self._partitions):
                yield Onward(field, number, None, None, [(TICK, b""), clock_header(replay, clock), origin])


class Taken:
    """What the second stage knows of the first beyond its keys."""

    def __init__(self, partitions: int) -> None:
        self._partitions = partitions
        self._floor: dict[tuple[str, int], tuple[int, int]] = {}
        self._ticked: dict[str, dict[int, int]] = {}

    def forget(self, origins: Origins | None) -> None:
        """A key leaves memory; what it had taken in stays known."""
        for here, highest in (origins or {}).items():
            self._floor[here] = max(highest, self._floor.get(here, highest))

    def knows(self, origin: Origin) -> bool:
        """Whether a key that is not in memory may have taken that origin in."""
        highest = self._floor.get((origin.topic_id, origin.partition))
        return highest is not None and (origin.offset, origin.nth) <= highest

    def tick(self, replay: str, clock: int, origin: Origin | None) -> int:
        """The clock that every input partition of the replay has reached; 0 while some have said nothing."""
        told = self._ticked.setdefault(replay, {})
        if origin is not None:
            told[origin.partition] = max(clock, told.get(origin.partition, 0))
        return min(told.values()) if len(told) == self._partitions else 0


def batches(domain: Domain, onward: Iterable[Onward]) -> list[tuple[str, int, list[Record]]]:
    """Topic, partition and records in order, as they are sent."""
    found: defaultdict[tuple[str, int], list[Record]] = defaultdict(list)
    for one in onward:
        found[by_topic(domain, one.field), one.partition].append(Record(one.key, one.value, one.headers))
    return [(topic, partition, records) for (topic, partition), records in sorted(found.items())]
