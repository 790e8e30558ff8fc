"""Whether a consumer group stands still although the log goes on: how its outage is seen from outside.

Ticks come every second, so a group that works moves in every partition, however calm the province is. A restart of the
watcher forgets since when; the place where the group stands is the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from ioc.errors import Retryable
from ioc.streams.brokers import Bootstrap, options
from ioc.streams.closing import close

Spot = tuple[str, int]
LATE_S: Final = 120.0
"""Four of the recorder's longest waits: a restart of InfluxDB is no news, two minutes without history are."""


class Place(NamedTuple):
    """Next offset that the group will read (None where it never committed), and where the partition ends."""

    committed: int | None
    end: int


class Stands(NamedTuple):
    """Where the group stands longest, at which offset, and since when (epoch ms)."""

    spot: Spot
    offset: int
    since: int


class Standstill:
    """Looks told one after another; pure."""

    def __init__(self, late_s: float = LATE_S) -> None:
        self._late_ms = int(late_s * 1000)
        self._moved: dict[Spot, tuple[int, int]] = {}
        """Per spot the offset, and when it was first seen there with something left to read."""
        self._awake: set[Spot] = set()

    @property
    def moves(self) -> bool:
        """Whether the group was seen to move, or with nothing to read, in every partition: not to be late is not enough."""
        return bool(self._moved) and self._awake == self._moved.keys()

    def look(self, places: Mapping[Spot, Place], now: int) -> Stands | None:
        """Take in where the group is now; give where it stands too long. Spots that are not named are as they were."""
        for spot, place in places.items():
            at = place.committed or 0
            offset, _ = self._moved.get(spot, (-1, 0))
            if offset not in (-1, at) or place.end <= at:
                self._awake.add(spot)
            if offset != at or place.end <= at:
                self._moved[spot] = (at, now)
        late = [
            Stands(spot, offset, since) for spot, (offset, since) in self._moved.items() if now - since >= self._late_ms
        ]
        return min(late, key=lambda one: (one.since, one.spot), default=None)


async def places(bootstrap: Bootstrap, group: str, spots: Iterable[Spot]) -> dict[Spot, Place]:
    """Where the group and the partitions are now; raises Retryable while the broker does not answer."""
    consumer: Any = AIOKafkaConsumer(
        **options(bootstrap), client_id="ioc-standstill", group_id=group, enable_auto_commit=False
    )
    asked = [TopicPartition(topic, partition) for topic, partition in spots]
    try:
        await consumer.start()
        ends = await consumer.end_offsets(asked)
        return {
            (one.topic, one.partition): Place(await consumer.committed(one), ends[one]) for one in asked if one in ends
        }
    except KafkaError as error:
        raise Retryable("kafka_unreachable", bootstrap=bootstrap, reason=type(error).__name__) from error
    finally:
        await close(consumer)
