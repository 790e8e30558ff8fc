"""The product's evaluate role behind a Kafka that refuses one send in so many (IOC_FAULTS_REFUSE); called as `worker`.

The refusal stands where the broker's answer would: below our own door into the log, which has to tell them apart.
"""

from __future__ import annotations

import os
import random
import sys
from typing import Any

from aiokafka.errors import (
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    NotEnoughReplicasAfterAppendError,
    NotEnoughReplicasError,
    TopicAuthorizationFailedError,
)

from ioc.streams import run
from ioc.streams.publish import Publisher
from tests.faults.worker import FAULTS, armed
from tests.streams.small_rules import rulebook

EVERY = int(os.environ["IOC_FAULTS_REFUSE"])
BEFORE = (NotEnoughReplicasError, TopicAuthorizationFailedError, MessageSizeTooLargeError)
AFTER = (NotEnoughReplicasAfterAppendError, KafkaTimeoutError)
"""The records stand in the log, and nobody is told so."""


class Refusing:
    """A producer, as far as `Publisher` asks."""

    def __init__(self, producer: Any) -> None:
        self._producer = producer
        self._dice = random.Random(os.getpid())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._producer, name)

    async def send_batch(self, builder: Any, topic: str, *, partition: int) -> Any:
        if self._dice.randrange(EVERY):
            return await self._producer.send_batch(builder, topic, partition=partition)
        kind = self._dice.choice(BEFORE + AFTER)
        if kind is MessageSizeTooLargeError and builder.record_count() < 2:
            kind = NotEnoughReplicasError  # a record alone is refused for its size only where it is too large
        with (FAULTS / "refused").open("a", encoding="utf-8") as told:
            told.write(f"{kind.__name__}\n")
        if kind in AFTER:
            await (await self._producer.send_batch(builder, topic, partition=partition))
        raise kind


class Refused(Publisher):
    async def start(self) -> None:
        await super().start()
        self._producer = Refusing(self._producer)


if __name__ == "__main__":
    sys.exit(run.evaluate(armed(run, Publisher=Refused), {"environment": rulebook()}))
