"""Canonical events of a stretch of the log, by when the log took them, for whoever judges them again.

Live events only: ticks are no events, and those of a replay belong to a world of their own. Partition by partition, so
that each source stays in the order in which it was heard, and the same log gives the same bytes.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Final

from ioc.streams.headers import CLOCK, TICK, value_of
from ioc.streams.reading import Reader

STRAGGLING_MS: Final = 3_600_000
"""Where the broker keeps the writer's time stamps (Tansu), those of two writers may lie so far out of order."""


async def events_of(
    reader: Reader, topic: str, partitions: int, since: int, until: int | None
) -> AsyncGenerator[Sequence[bytes], None]:
    """Values of records stamped in [since, until), epoch ms; without `until` up to where the log ends. Raises Retryable."""
    for partition in range(partitions):
        async for records in reader.read(topic, partition, since=since):
            yield [
                one.value.replace(b"\n", b" ")
                for one in records
                if one.value is not None
                and (until is None or one.timestamp < until)
                and value_of(one.headers, TICK) is None
                and value_of(one.headers, CLOCK) is None
            ]
            if until is not None and records[-1].timestamp >= until + STRAGGLING_MS:
                break
