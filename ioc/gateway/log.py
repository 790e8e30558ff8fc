"""Kafka as the gateway sees it: connect when it can, answer within a sender's patience, tell what was refused."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Sequence
from typing import Protocol, Self

from ioc.errors import Permanent, Retryable
from ioc.events import Domain, Event
from ioc.streams import rejects
from ioc.streams.brokers import Bootstrap
from ioc.streams.publish import Publisher, Record
from ioc.streams.rejects import RejectedRecord
from ioc.streams.topics import REJECTED, partition_of

PATIENCE = 10.0
"""Seconds that a sender waits for Kafka's acknowledgement before it is asked to come again."""
RETRY_AFTER = 5.0
"""Seconds after which a sender may come again: a broker restarts in about that time."""
_log = logging.getLogger("ioc.gateway")


class Log(Protocol):
    """What the gateway asks of Kafka; both raise Retryable when it cannot take records now."""

    @property
    def connected(self) -> bool:
        """Whether Kafka was reached."""
        ...

    async def publish_events(self, domain: Domain, events: Sequence[Event]) -> None:
        """Return when all are acknowledged."""
        ...

    async def publish_refused(self, feed: str, records: Sequence[RejectedRecord]) -> None:
        """Return when all are acknowledged."""
        ...


class KafkaLog:
    """The real one. `async with KafkaLog(...)` keeps trying to connect in the background."""

    def __init__(self, bootstrap: Bootstrap, partitions: int, *, patience: float = PATIENCE) -> None:
        self._bootstrap = bootstrap
        self._partitions = partitions
        self._patience = patience
        self._publisher: Publisher | None = None
        self._connecting: asyncio.Task[None] | None = None

    @property
    def connected(self) -> bool:
        """Whether Kafka was reached once; afterwards each send tells."""
        return self._publisher is not None

    async def __aenter__(self) -> Self:
        self._connecting = asyncio.create_task(self._connect(), name="connect to Kafka")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.gather(self._connecting, return_exceptions=True)
        publisher, self._publisher = self._publisher, None
        if publisher is not None:
            await publisher.stop()

    async def _connect(self) -> None:
        wait = 0.2
        while self._publisher is None:
            publisher = Publisher(self._bootstrap, self._partitions, client="ioc-gateway", timeout=self._patience)
            try:
                await publisher.start()
            except (Retryable, OSError) as error:
                _log.warning("no connection to Kafka at %s yet: %s", self._bootstrap, error)
                await asyncio.sleep(wait)
                wait = min(wait * 2, RETRY_AFTER)
            else:
                self._publisher = publisher

    async def publish_events(self, domain: Domain, events: Sequence[Event]) -> None:
        """Return when all are acknowledged, keyed by source."""
        await self._patiently(self._ready().publish_events(domain, events))

    async def publish_refused(self, feed: str, records: Sequence[RejectedRecord]) -> None:
        """Return when all are acknowledged, keyed by feed."""
        key = feed.encode()
        rows = [Record(key, rejects.encode(one)) for one in records]
        await self._patiently(self._ready().send_batch(REJECTED, partition_of(key, self._partitions), rows))

    def _ready(self) -> Publisher:
        if self._publisher is None:
            raise Retryable("kafka_unreachable", retry_after=RETRY_AFTER, bootstrap=self._bootstrap, reason="-")
        return self._publisher

    async def _patiently(self, sending: Awaitable[object]) -> None:
        try:
            async with asyncio.timeout(self._patience):
                await sending
        except TimeoutError as error:
            raise Retryable(
                "kafka_unavailable", retry_after=RETRY_AFTER, topic="ioc.*", reason="no answer in time"
            ) from error
        except Permanent as error:
            # Nothing that a sender can mend: topics or rights are wrong, and an operator must look.
            _log.exception("Kafka refuses what the gateway writes")
            raise Retryable("kafka_unavailable", retry_after=60.0, topic="ioc.*", reason=error.code) from error
