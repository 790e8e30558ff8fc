"""Traces of a broker: what it was asked, by a seed, and what it answered; and the same questions put to the simulated one.

    python -m tests.simulation.tracing BOOTSTRAP SEED... > tests/simulation/traces.jsonl   # from a real Kafka

One topic of one partition, one group of up to three members. Members are real consumers; a stale commit is a real
request with the generation and the member id of before.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import os
import random
import sys
from typing import Any, Protocol, Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.structs import OffsetAndMetadata

from ioc.streams import admin
from ioc.streams.publish import Publisher, Record
from ioc.streams.reading import KafkaReader
from ioc.streams.topics import Topic
from tests.simulation.broker import SimBroker

TOPIC, MEMBERS, STEPS = "traced", ("a", "b", "c"), 24
KINDS = ("append", "append", "fetch", "read", "take_away", "join", "leave", "commit", "commit", "commit", "committed")
Step = dict[str, Any]


class Asked(Protocol):
    """A broker, as far as a trace asks."""

    async def append(self, number: int) -> list[int]: ...
    async def fetch(self, start: int, most: int) -> list[list[Any]]: ...
    async def read(self, start: int) -> list[int]: ...
    async def take_away(self, before: int) -> int: ...
    async def join(self, member: str) -> list[Any]: ...
    async def leave(self, member: str) -> int: ...
    async def commit(self, member: str, generation: int, offset: int) -> str: ...
    async def committed(self) -> int | None: ...


async def play(broker: Asked, seed: int) -> list[Step]:
    """Ask what the seed asks; each step with its answer.

    By how much a generation grows is the clients' affair (aiokafka joins again when it learns of topics); that it grows,
    and which one counts, is the broker's.
    """
    dice = random.Random(seed)
    steps: list[Step] = []
    end = generation = 0
    inside: list[str] = []
    ever: list[str] = []
    for _ in range(STEPS):
        kind = dice.choice(KINDS)
        given: list[Any] = []
        answer: Any
        if kind == "append":
            given = [dice.randrange(1, 6)]
            answer = await broker.append(*given)
            end = answer[-1] + 1
        elif kind == "fetch":
            given = [dice.randrange(end + 1), dice.randrange(1, 8)]
            answer = await broker.fetch(*given)
        elif kind == "read":
            given = [dice.randrange(end + 1)]
            answer = await broker.read(*given)
        elif kind == "take_away":
            given = [dice.randrange(end + 1)]
            answer = await broker.take_away(*given)
        elif kind == "committed":
            answer = await broker.committed()
        elif kind == "join" and len(inside) < len(MEMBERS):
            given = [dice.choice([one for one in MEMBERS if one not in inside])]
            found, owner = await broker.join(*given)
            inside.append(given[0])
            ever = [*dict.fromkeys([*ever, given[0]])]
            answer, generation = [found > generation, owner], found
        elif kind == "leave" and inside:
            given = [inside.pop(dice.randrange(len(inside)))]
            found = await broker.leave(*given)
            answer, generation = found > generation, found
        elif kind == "commit" and ever:
            given = [dice.choice(ever), dice.random() < 0.25, dice.randrange(end + 1)]
            answer = await broker.commit(given[0], generation - given[1], given[2])
        else:
            continue
        steps.append({"ask": kind, "given": given, "answer": answer})
    return steps


class Simulated:
    """The simulated broker, asked in the same words."""

    def __init__(self) -> None:
        self._broker = SimBroker()

    async def append(self, number: int) -> list[int]:
        end = self._broker.end(TOPIC, 0)
        return [self._broker.write(TOPIC, 0, b"k", f"v{end + nth}".encode()) for nth in range(number)]

    async def fetch(self, start: int, most: int) -> list[list[Any]]:
        return [[row.offset, (row.value or b"").decode()] for row in self._broker.fetch(TOPIC, 0, start, most)]

    async def read(self, start: int) -> list[int]:
        return [row.offset async for rows in self._broker.read(TOPIC, 0, start=start) for row in rows]

    async def take_away(self, before: int) -> int:
        self._broker.delete_before(TOPIC, 0, before)
        return await self._broker.first_offset(TOPIC, 0)

    async def join(self, member: str) -> list[Any]:
        generation = self._broker.join(member)
        return [generation, self._broker.owner]

    async def leave(self, member: str) -> int:
        return self._broker.leave(member)

    async def commit(self, member: str, generation: int, offset: int) -> str:
        return self._broker.commit(member, generation, TOPIC, 0, offset)

    async def committed(self) -> int | None:
        return self._broker.committed(TOPIC, 0)


class Real:
    """A real Kafka. A member that was inside keeps its id, so that it can be a zombie."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._topic = f"traced-{os.getpid()}-{os.urandom(3).hex()}"
        self._spot = TopicPartition(self._topic, 0)
        self._members: dict[str, AIOKafkaConsumer] = {}
        self._ids: dict[str, str] = {}
        self._end = self._last = 0
        self._reader = KafkaReader(bootstrap)

    async def __aenter__(self) -> Self:
        row = dataclasses.replace(Topic(self._topic, "-", 1, "delete", 3_600_000, "-", "-"))
        await asyncio.to_thread(admin.ensure, self._bootstrap, [row])
        return self

    async def __aexit__(self, *_: object) -> None:
        for member in self._members.values():
            await member.stop()
        await asyncio.to_thread(admin.delete, self._bootstrap, [self._topic])

    async def append(self, number: int) -> list[int]:
        async with Publisher(self._bootstrap, 1) as publisher:
            records = [Record(b"k", f"v{self._end + nth}".encode()) for nth in range(number)]
            answers = await publisher.send_batch(self._topic, 0, records)
        self._end += number
        return [one for one in answers if isinstance(one, int)]

    async def fetch(self, start: int, most: int) -> list[list[Any]]:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap, auto_offset_reset="earliest", max_poll_records=most, fetch_max_wait_ms=50
        )
        await consumer.start()
        try:
            consumer.assign([self._spot])
            consumer.seek(self._spot, start)
            for _ in range(20):
                for rows in (await consumer.getmany(timeout_ms=200)).values():
                    return [[row.offset, (row.value or b"").decode()] for row in rows]
                if await consumer.position(self._spot) >= self._end:
                    break
            return []
        finally:
            await consumer.stop()

    async def read(self, start: int) -> list[int]:
        found = []
        async for rows in self._reader.read(self._topic, 0, start=start):
            found += [row.offset for row in rows]
        return found

    async def take_away(self, before: int) -> int:
        from kafka.structs import TopicPartition as AdminSpot

        def delete() -> None:
            with admin._client(self._bootstrap) as client:
                client.delete_records({AdminSpot(self._topic, 0): before})

        await asyncio.to_thread(delete)
        return await self._reader.first_offset(self._topic, 0)

    async def join(self, member: str) -> list[Any]:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap,
            client_id=member,
            group_id=self._topic,
            enable_auto_commit=False,
            session_timeout_ms=6_000,
            heartbeat_interval_ms=200,
        )
        consumer.subscribe([self._topic])
        known = self._generation()
        self._members[member] = consumer
        await consumer.start()
        return [await self._agreed(known), next((name for name, one in self._members.items() if one.assignment()), "")]

    def _generation(self) -> int:
        return max((int(one._coordinator.generation) for one in self._members.values()), default=self._last)

    async def _agreed(self, known: int) -> int:
        """The generation that all members are in; asked until they all are, with one partition among them."""
        async with asyncio.timeout(30):
            while True:
                generations = {one._coordinator.generation for one in self._members.values()}
                spots = sum(len(one.assignment()) for one in self._members.values())
                if len(generations) == 1 and spots == 1 and min(generations) > known:
                    self._ids |= {name: one._coordinator.member_id for name, one in self._members.items()}
                    self._last = int(min(generations))
                    return self._last
                await asyncio.sleep(0.05)

    async def leave(self, member: str) -> int:
        known = self._generation()
        await self._members.pop(member).stop()
        self._last = await self._agreed(known) if self._members else known + 1
        return self._last

    async def commit(self, member: str, generation: int, offset: int) -> str:
        """A raw request under that member's id: aiokafka would ask itself first."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self._bootstrap, group_id=self._topic, enable_auto_commit=False)
        await consumer.start()
        try:
            coordinator = consumer._coordinator
            await coordinator.ensure_coordinator_known()
            coordinator.generation, coordinator.member_id = generation, self._ids[member]
            coordinator.request_rejoin = coordinator.reset_generation = lambda *_: None
            await coordinator._do_commit_offsets(None, {self._spot: OffsetAndMetadata(offset, "")})
        except KafkaError as error:
            return type(error.__cause__ or error).__name__
        else:
            return ""
        finally:
            consumer._coordinator.generation = -1  # else it would leave the group in the member's name
            with contextlib.suppress(KafkaError):
                await consumer.stop()

    async def committed(self) -> int | None:
        consumer = AIOKafkaConsumer(bootstrap_servers=self._bootstrap, group_id=self._topic, enable_auto_commit=False)
        await consumer.start()
        try:
            found: int | None = await consumer.committed(self._spot)
            return found
        finally:
            await consumer.stop()


async def recorded(bootstrap: str, seed: int) -> list[Step]:
    """A real broker's trace."""
    async with Real(bootstrap) as real:
        return await play(real, seed)


async def simulated(seed: int) -> list[Step]:
    """The simulated broker's."""
    return await play(Simulated(), seed)


if __name__ == "__main__":
    for one in sys.argv[2:]:
        trace = asyncio.run(recorded(sys.argv[1], int(one)))
        sys.stdout.write(json.dumps({"seed": int(one), "steps": trace}) + "\n")
        sys.stdout.flush()
