"""A worker as a process of the simulation: the product's own role, turns, acks and fence; only Faust is left out.

It may die in the middle of a send, freeze there and be woken when its partition is another's, be refused by the broker
before or after the records were written, and commit whenever its timer comes.
"""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from types import SimpleNamespace
from typing import Any
from weakref import WeakSet

from aiokafka import TopicPartition
from aiokafka.errors import IllegalGenerationError
from aiokafka.structs import OffsetAndMetadata
from faust.types import TP
from intervaltree import IntervalTree  # type: ignore[import-untyped]  # Faust's own helper

from ioc.errors import Retryable
from ioc.streams import fence
from ioc.streams.evaluate import Evaluate
from ioc.streams.patient import Patient
from ioc.streams.publish import Record, TooLarge
from ioc.streams.rulebook import Rulebook
from ioc.streams.tenure import Tenure
from ioc.streams.transport import Consumer
from ioc.streams.turns import Turns
from tests.simulation.broker import SimBroker
from tests.streams.memory_log import Row

TOPIC_ID = "ab" * 16
TURNS = (0, 0, 1, 2, 9)
"""Of the event loop, that a send takes."""
TIMER = 0.2
"""How often the commit timer comes just before a send."""


class Message:
    """What Faust's consumer hands out, as far as acks ask."""

    def __init__(self, spot: TP, offset: int, generation: int) -> None:
        self.tp, self.topic, self.partition = spot, spot.topic, spot.partition
        self.offset, self.generation_id, self.acked = offset, generation, False


class Killed(BaseException):
    """Nothing of the process runs any more; so no `except Exception` may hear of it."""


class Wire:
    """One process's sends, where faults strike; all counts are records written until then."""

    def __init__(self, broker: SimBroker, dice: random.Random, refusals: float) -> None:
        self.written = 0
        self.die_at: int | None = None
        self.freeze_at: int | None = None
        self.dead = False
        self.frozen = asyncio.Event()
        self.thaw = asyncio.Event()
        self.refused = 0
        self.timer: Callable[[], Awaitable[None]] | None = None
        """Commits what is acked; it comes whenever it likes, also a moment before a death."""
        self._broker = broker
        self._dice = dice
        self._refusals = refusals

    async def send_batch(self, topic: str, partition: int, records: Sequence[Record]) -> list[int | TooLarge]:
        kind = self._dice.choice(("before", "after")) if self._dice.random() < self._refusals else ""
        if kind == "before":
            self._refuse(topic)
        offsets: list[int | TooLarge] = []
        for _ in range(self._dice.choice(TURNS)):
            await asyncio.sleep(0)  # the broker takes its time, and others have their turn
        if self.timer is not None and self._dice.random() < TIMER:
            await self.timer()
        for record in records:
            await self._strike()
            self.written += 1
            offsets.append(self._broker.write(topic, partition, record.key, record.value, record.headers))
        if kind == "after":
            self._refuse(topic)
        return offsets

    async def _strike(self) -> None:
        if self.dead or (self.die_at is not None and self.written >= self.die_at):
            if not self.dead and self.timer is not None and self._dice.random() < 0.5:
                await self.timer()
            self.dead = True
            raise Killed
        if self.freeze_at is not None and self.written >= self.freeze_at:
            self.frozen.set()
            await self.thaw.wait()
            if self.dead:
                raise Killed

    def _refuse(self, topic: str) -> None:
        self.refused += 1
        raise Retryable("kafka_unavailable", topic=topic, reason="NotEnoughReplicas", retry_after=0.0)


class Process:
    """One worker. `broker` decides whether it owns the partition; its own idea of that is `tenure`."""

    def __init__(self, name: str, broker: SimBroker, rules: Rulebook, topic: str, wire: Wire) -> None:
        self.name = name
        self.wire = wire
        self.left: int | None = None
        """The exit code with which it asked for a restart."""
        self.position = 0
        self.generation = 0
        self._broker = broker
        self._topic = topic
        self._tenure = Tenure()
        self._consumer = _consumer()
        wire.timer = self.commit
        patient: Any = wire  # as far as `Patient` asks, a publisher
        self._role = Evaluate(
            "environment",
            rules,
            sender=Patient(patient),
            reader=broker,
            tenure=self._tenure,
            committed=self._committed,
            topic_id=TOPIC_ID,
            partitions=1,
        )
        self._turns = Turns(self._role.handle, lambda *_: None, self._leave)

    def _leave(self, code: int) -> None:
        self.left = code
        self.wire.dead = True

    async def _committed(self, topic: str, partition: int) -> int | None:
        return self._broker.committed(topic, partition)

    def own(self) -> None:
        """Hear of a rebalance that gave it the partition, and go to what is committed."""
        self.generation = self._broker.take_over(self.name)
        self._tenure.assigned(self.generation, [(self._topic, 0)])
        self._consumer._acked.clear()
        self._consumer._acked_index.clear()
        self._consumer.app.consumer_generation_id = self.generation
        self._consumer._committed_offset[TP(self._topic, 0)] = self._broker.committed(self._topic, 0)
        self._turns._flights.clear()
        self.position = self._broker.committed(self._topic, 0) or 0

    async def take(self, most: int) -> bool:
        """Fetch a chunk and have it judged; False where there is none."""
        rows: list[Row] = self._broker.fetch(self._topic, 0, self.position, most)
        if not rows:
            return False
        self.position = rows[-1].offset + 1
        message = Message(TP(self._topic, 0), rows[-1].offset, self.generation)
        event = SimpleNamespace(message=message, value=rows, ack=lambda: self._consumer.ack(message))
        await self._turns.take(event)
        return True

    async def settle(self) -> None:
        """Wait for what is under way; raises Killed where the process died of it."""
        for flight in list(self._turns._flights.values()):
            await flight

    async def settled(self) -> bool:
        """The same without any trouble."""
        self.wire.die_at = self.wire.freeze_at = None
        await self.settle()
        return True

    async def bury(self) -> None:
        """It is dead: nothing of it is waited for any more, and nobody is told how it ended."""
        flights = list(self._turns._flights.values())
        for flight in flights:
            flight.cancel()
        await asyncio.gather(*flights, return_exceptions=True)

    async def commit(self) -> None:
        """What the timer does, by the product's own arithmetic and behind its own fence."""
        if self.wire.dead or self.wire.frozen.is_set() != self.wire.thaw.is_set():
            return
        spot = TP(self._topic, 0)
        offset = self._consumer._new_offset(spot)
        if offset is None:
            return
        acked_in: int = self._consumer._acked_in[spot]
        meant = {TopicPartition(*spot): OffsetAndMetadata(offset, str(acked_in))}

        async def send(_assignment: object, offsets: Any) -> None:
            (found,) = offsets.values()
            if not self._broker.commit(self.name, self.generation, self._topic, 0, found.offset):
                self._consumer._committed_offset[spot] = found.offset

        try:
            await fence.fenced(SimpleNamespace(generation=self.generation), send, None, meant)
        except IllegalGenerationError:
            return


def _consumer() -> Any:
    """The product's consumer, as far as acks and commits ask."""
    made: Any = object.__new__(Consumer)
    made.app = SimpleNamespace(
        consumer_generation_id=0, topics=SimpleNamespace(acks_enabled_for=lambda _topic: True), monitor=None
    )
    made._acked, made._acked_index = defaultdict(list), defaultdict(set)
    made._gap, made._n_acked = defaultdict(IntervalTree), 0
    made._committed_offset = defaultdict(lambda: None)
    made._unacked_messages = WeakSet()
    made._waiting_for_ack = None
    made._acked_in = {}
    return made
