"""Read a whole partition back, for tests: apart from the product's own readers."""

from __future__ import annotations

from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition


async def read(bootstrap: str, topic: str, partition: int = 0, start: int = 0, until: int | None = None) -> list[Any]:
    """Records from `start` to the end as it was when asked (by highwater), or up to offset `until`."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, auto_offset_reset="earliest", max_poll_records=20_000, fetch_max_wait_ms=50
    )
    await consumer.start()
    found: list[Any] = []
    try:
        spot = TopicPartition(topic, partition)
        consumer.assign([spot])
        if start:
            consumer.seek(spot, start)
        while True:
            for records in (await consumer.getmany(timeout_ms=100)).values():
                found += records
            highwater = consumer.highwater(spot)
            position = await consumer.position(spot)
            if highwater is not None and position >= (highwater if until is None else until):
                return found
    finally:
        await consumer.stop()


async def read_all(bootstrap: str, topic: str, partitions: int) -> list[Any]:
    """All records of all partitions."""
    found: list[Any] = []
    for partition in range(partitions):
        found += await read(bootstrap, topic, partition)
    return found
