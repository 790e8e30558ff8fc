"""A door into the log that waits while Kafka cannot take records, instead of failing.

All our sends may be repeated: states and ids that were seen say the same again, transitions have revisions, events
have ids and origins. How long is too long is the watchdog's to judge.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeVar

from ioc import metrics
from ioc.errors import Retryable
from ioc.events import Domain, Event
from ioc.streams.headers import Origin
from ioc.streams.publish import Publisher, Record, TooLarge

log = logging.getLogger(__name__)
Answer = TypeVar("Answer")
LONGEST_SECONDS = 15.0


class Sender(Protocol):
    """The writing half of the log."""

    async def send_batch(self, topic: str, partition: int, records: Sequence[Record]) -> list[int | TooLarge]:
        """Per record its offset once acked, or why it was not sent."""
        ...


class Patient:
    """A Publisher whose Retryable never comes through."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    async def send_batch(self, topic: str, partition: int, records: Sequence[Record]) -> list[int | TooLarge]:
        """See `Sender`."""
        return await _patiently(lambda: self._publisher.send_batch(topic, partition, records))

    async def publish_events(
        self, domain: Domain, events: Sequence[Event], replay: str = "", origins: Sequence[Origin] = ()
    ) -> None:
        """See `Publisher.publish_events`."""
        await _patiently(lambda: self._publisher.publish_events(domain, events, replay, origins))


async def _patiently(call: Callable[[], Awaitable[Answer]]) -> Answer:
    wait = 0.0
    while True:
        try:
            answer = await call()
        except Retryable as error:
            if not wait:
                log.warning("waiting for Kafka: %s", error)
            metrics.SENDS_AGAIN.labels(error.code).inc()
            wait = min(max(error.retry_after, 2 * wait), LONGEST_SECONDS)
            await asyncio.sleep(wait)
        else:
            if wait:
                log.warning("Kafka takes records again")
            return answer
