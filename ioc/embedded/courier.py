"""One feed's messages on their way to the gateway, in order; what cannot be taken now waits, and holds up its makers."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final

from ioc.client import Client
from ioc.embedded.province import Native
from ioc.errors import Permanent, Retryable
from ioc.words import Lang, say

WAITING: Final = 5_000
"""Bodies that may wait; then the province itself waits, and sends late what it has to send."""
JOINED_BYTES: Final = 256 * 1024
JOINED_BODIES: Final = 300
"""Lines of one feed that have come together travel together; a quarter of the smallest feed's limit of a megabyte."""
_log = logging.getLogger("ioc.feeder")


class Courier:
    """Carries one feed's bodies. `renew` reads the keys again: the gateway may have made new ones."""

    def __init__(
        self,
        feed: str,
        client: Client,
        renew: Callable[[], None],
        lang: Lang,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.feed = feed
        self.fates: Counter[str] = Counter()
        """Records per fate since it was last read and cleared."""
        self._client = client
        self._renew = renew
        self._lang = lang
        self._sleep = sleep
        self._queue: asyncio.Queue[Native] = asyncio.Queue(WAITING)

    @property
    def waiting(self) -> int:
        """Bodies not sent yet."""
        return self._queue.qsize()

    async def take(self, message: Native) -> None:
        """Queue a message; waits while too many are queued."""
        await self._queue.put(message)

    async def emptied(self) -> None:
        """Return when everything that was taken has its answer."""
        await self._queue.join()

    async def run(self) -> None:
        """Send for ever."""
        while True:
            first = await self._queue.get()
            bodies = self._joined(first)
            await self._sent(b"".join(bodies), first)
            for _ in bodies:
                self._queue.task_done()

    def _joined(self, first: Native) -> list[bytes]:
        bodies = [first.body]
        size = len(first.body)
        while (
            first.content_type == "application/x-ndjson"
            and not self._queue.empty()
            and size < JOINED_BYTES
            and len(bodies) < JOINED_BODIES
        ):
            bodies.append(self._queue.get_nowait().body)
            size += len(bodies[-1])
        return bodies

    async def _sent(self, body: bytes, first: Native) -> None:
        renewed = False
        while True:
            try:
                answer = await self._client.post(self.feed, body, first.content_type, name=first.name)
            except Retryable as error:
                _log.warning(say("feeder.waits", self._lang, feed=self.feed, seconds=error.values["seconds"]))
            except Permanent as error:
                if error.values["status"] == HTTPStatus.UNAUTHORIZED and not renewed:
                    renewed = True
                    await self._sleep(1.0)
                    self._renew()
                    continue
                _log.warning(say("feeder.refused", self._lang, feed=self.feed, why=error.values["why"]))
                return
            else:
                self.fates.update({fate: count for fate, count in answer.fates.items() if count})
                return
