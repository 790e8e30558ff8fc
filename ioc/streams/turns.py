"""An agent's body: chunks of one partition one after the other, partitions side by side, each acked when it is done.

An exception that left the body would lose the chunk (Faust acks it), so none does: the process ends without
committing, and the chunk comes again.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from collections.abc import Callable
from typing import Any, Protocol

from ioc import metrics
from ioc.errors import Permanent
from ioc.streams.batches import records_of
from ioc.streams.fetched import Fetched, Finish, Handler, Unread
from ioc.words import say

RESTART = 70
"""EX_SOFTWARE of sysexits.h: the supervisor starts the process again."""
FOR_GOOD = 1
"""A person must change something; the supervisor gives up when it happens twice."""
log = logging.getLogger(__name__)
Leave = Callable[[int], None]


class Stream(Protocol):
    """The part of Faust's stream that is used here."""

    def noack(self) -> Stream:
        """The same stream with acks by hand."""
        ...

    def events(self) -> Any:
        """Async iterator of events."""
        ...


def leave(code: int) -> None:
    """End the process at once: nothing is committed, nobody is waited for."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


class Turns:
    """Runs one handler; `acked` hears topic, partition and next offset of each chunk that is done."""

    def __init__(self, handler: Handler, acked: Callable[[str, int, int], None], leave: Leave = leave) -> None:
        self._handler = handler
        self._acked = acked
        self._leave = leave
        self._flights: dict[tuple[str, int], asyncio.Task[None]] = {}

    async def run(self, stream: Stream) -> None:
        """The agent's body."""
        async for event in stream.noack().events():
            await self.take(event)

    async def take(self, event: Any) -> None:
        """Judge one chunk now; write it down beside the chunks of other partitions."""
        message = event.message
        spot = message.topic, message.partition
        began = time.monotonic()
        earlier = self._flights.get(spot)
        if earlier is not None:
            await asyncio.wait([earlier])
            if earlier.cancelled():
                return  # a commit of this chunk would pass over what that one has not written
        try:
            records = records_of(event.value)
            if not records:  # compaction has taken all of them
                event.ack()
                return
            for unread in (one for one in records if isinstance(one, Unread)):
                metrics.BATCHES_UNREAD.labels(message.topic).inc()
                log.error("%s[%d]: %s", *spot, unread.note)
            fetched = Fetched(message.topic, message.partition, message.generation_id, records)
            finish = await self._handler(fetched)
        except Exception as error:  # noqa: BLE001 - none may leave the body
            self._end(error)
            return
        self._flights[spot] = asyncio.create_task(self._land(fetched, finish, event, began))
        await asyncio.sleep(0)

    async def _land(self, fetched: Fetched, finish: Finish | None, event: Any, began: float) -> None:
        try:
            if finish is not None:
                await finish
        except Exception as error:  # noqa: BLE001 - as above
            self._end(error)
            return
        event.ack()
        self._acked(fetched.topic, fetched.partition, fetched.records[-1].offset + 1)
        metrics.CHUNK_SECONDS.labels(fetched.topic).observe(time.monotonic() - began)

    async def drain(self, seconds: float) -> None:
        """Wait for what is under way; what takes longer is given up and comes again to the next owner."""
        under_way = [flight for flight in self._flights.values() if not flight.done()]
        if under_way:
            _, late = await asyncio.wait(under_way, timeout=seconds)
            for flight in late:
                flight.cancel()

    def _end(self, error: Exception) -> None:
        if isinstance(error, Permanent):
            log.critical("%s", say(error.key, "en", **error.values))
            self._leave(FOR_GOOD)
        else:
            log.critical("ending without committing, to begin again from there: %r", error, exc_info=error)
            self._leave(RESTART)
