"""Batch transport for Faust: one message per fetched partition chunk, for the topics the app names as its own.

Faust spends about 110 µs on each message before any code of ours runs; here one message carries thousands of records
(measured in docs/measurements.md). The message's offset is the chunk's last, its value the list of its batches, which are
unpacked when its turn comes (`ioc.streams.batches`).
Everything else - threads, rebalances, when to commit - stays Faust's, with two exceptions that its arithmetic made
necessary:

- *What to commit.* Faust closes the holes between message offsets by lists of every skipped offset, and never closes
  the one after offset 0 (a partition whose first chunk is a single record would never commit again). Chunks of one
  partition are acked in order by one agent, so the highest acked offset is what to commit.
- *Whose ack counts.* An ack that comes after a rebalance belongs to work done under another owner; counting it could
  commit past what the next owner has judged. Only acks of the current generation count, and what they add up to is
  sent under that generation or not at all (`ioc.streams.fence`).

The transport is named by the URL scheme `batch`, found through Faust's registry (`register`).
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from aiokafka.errors import IllegalStateError
from faust.transport.drivers import TRANSPORTS
from faust.transport.drivers import aiokafka as driver

from ioc.streams import fence
from ioc.streams.batches import ConsumerThread, first_of

SCHEME = "batch"


class Consumer(driver.Consumer):
    """Faust's aiokafka consumer, a chunk at a time; the app says in `batch_topics` which topics are meant."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._acked_in: dict[Any, int] = {}

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[Any, Any]]:  # noqa: ASYNC109 - Faust's signature
        """Yield one message per partition that had records; stop as soon as a rebalance begins."""
        fetched, active = await self._wait_next_records(timeout)
        if fetched is None or self.should_stop:
            return
        if not self.flow_active:
            # Another rebalance may take what is being sought: it will be sought again when that one is over.
            with contextlib.suppress(IllegalStateError):
                await self.perform_seek()
            await self._give_back(fetched)
            return
        generation = self.app.consumer_generation_id
        for tp, records in fetched.items():
            if not self._undisturbed(generation):
                return
            if not records or not (active is None or tp in active or tp in self._buffered_partitions):
                continue
            self.app.monitor.track_tp_end_offset(tp, self.highwater(tp))
            message: Any = self._to_message(tp, records[-1])
            message.value = records
            yield tp, message

    async def seek_to_committed(self) -> Mapping[Any, int]:
        """As Faust; where nothing is committed, to the beginning.

        A flow that an earlier rebalance began late may have fetched already, and what it queued is dropped here.
        """
        found: Mapping[Any, int] = await super().seek_to_committed()
        new = [tp for tp, offset in found.items() if not offset]
        if new:
            with contextlib.suppress(IllegalStateError):  # they went with another rebalance, which seeks again
                await self._thread.seek_to_beginning(*new)
        return found

    async def _give_back(self, fetched: Mapping[Any, Sequence[Any]]) -> None:
        """Make dropped records be fetched again where nothing is committed yet: Faust seeks to commits alone.

        Without it a new group would begin after the first chunk that came while a rebalance ended.
        """
        for tp, records in fetched.items():
            if records and self._committed_offset.get(tp) is None:
                with contextlib.suppress(IllegalStateError):  # it is not ours any more
                    await self.seek(tp, first_of(records[0]))

    def _undisturbed(self, generation: int) -> bool:
        return self.flow_active and self.app.consumer_generation_id == generation

    def ack(self, message: Any) -> bool:
        """Count an ack of this generation; forget one of an earlier."""
        if message.generation_id == self.app.consumer_generation_id:
            self._acked_in[message.tp] = message.generation_id
            acked: bool = super().ack(message)
            return acked
        message.acked = True
        self._unacked_messages.discard(message)
        return False

    def _new_offset(self, tp: Any) -> int | None:
        acked = self._acked[tp]
        if not acked:
            return None
        offset: int = max(acked) + 1
        acked.clear()
        self._acked_index[tp].clear()
        return offset

    async def _add_gap(self, tp: Any, offset_from: int, offset_to: int) -> None:
        """Nothing: between two chunks there is no hole, only records that the second one carries."""

    async def on_partitions_assigned(self, assigned: set[Any], generation_id: int = 0) -> None:
        """Forget acks that came between revocation and assignment, then do what Faust does."""
        self._acked.clear()
        self._acked_index.clear()
        await super().on_partitions_assigned(assigned, generation_id)

    async def _commit(self, offsets: Mapping[Any, int]) -> bool:
        """Commit for the generation that the acks were of; False where it is over."""
        thread = self._thread
        done: bool = await thread.call_thread(fence.commit, thread, offsets, dict(self._acked_in))
        return done

    async def begin_anew(self, tp: Any) -> None:
        """Commit the beginning of a partition, whatever was committed before."""
        self._acked_in[tp] = self.app.consumer_generation_id
        self._committed_offset.pop(tp, None)
        await self._commit({tp: 0})

    async def committed(self, tp: Any) -> int | None:
        """The group's committed offset of a partition, asked of the broker; None if there is none."""
        thread = self._thread
        found: int | None = await thread.call_thread(thread._ensure_consumer().committed, tp)  # noqa: SLF001
        return found


class Transport(driver.Transport):
    """Faust's aiokafka transport with the consumer above."""

    Consumer = Consumer


def register() -> None:
    """Make `batch://host:port` known to Faust in this process, whether or not the package is installed as such."""
    TRANSPORTS.aliases[SCHEME] = f"{__name__}:Transport"
