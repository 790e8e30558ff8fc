"""Time as records: once a second a tick into every input partition, so that what time does is in the log as well.

Every evaluate worker ticks all partitions, its own or not: several tickers do no harm, and a partition whose owner is
dead still knows the time when its next owner reads it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from ioc.errors import Retryable
from ioc.events import Domain
from ioc.streams.editions import Editions
from ioc.streams.headers import Header
from ioc.streams.holes import PERIOD_MS
from ioc.streams.inlet import Inlet

log = logging.getLogger(__name__)


class Ticks(Protocol):
    """Who writes ticks (`ioc.streams.publish.Publisher`)."""

    async def publish_ticks(
        self, domain: Domain, clock: int = 0, replay: str = "", more: Sequence[Header] = (), by: str = ""
    ) -> Mapping[int, int]:
        """Partition -> offset of its tick."""
        ...


class Ticker:
    """Ticks until cancelled; `told` hears inlet, partition and the end of the log after each tick.

    With `editions`, each tick names the order of rules that they know, a newer one at once.
    """

    def __init__(
        self,
        inlets: Sequence[Inlet],
        ticks: Ticks,
        told: Callable[[Inlet, int, int], None],
        editions: Editions | None = None,
    ) -> None:
        self._inlets = inlets
        self._ticks = ticks
        self._told = told
        self._editions = editions
        self._silent = False

    async def run(self) -> None:
        """Tick on the beat of the loop's clock; a beat that was missed is not made up."""
        loop = asyncio.get_running_loop()
        period = PERIOD_MS / 1000
        beat = loop.time()
        while True:
            await self.tick()
            beat = max(beat + period, loop.time())
            while await self._ordered(beat - loop.time()):
                await self.tick()

    async def _ordered(self, seconds: float) -> bool:
        """Whether rules were ordered before so many seconds were over."""
        if self._editions is None:
            await asyncio.sleep(seconds)
            return False
        try:
            await asyncio.wait_for(self._editions.ordered.wait(), seconds)
        except TimeoutError:
            return False
        self._editions.ordered.clear()
        return True

    async def tick(self) -> None:
        """One tick into every partition; an outage is said once, and once that it is over."""
        try:
            more = self._editions.headers() if self._editions else ()
            sending = [self._ticks.publish_ticks(one.domain, more=more, by=one.field) for one in self._inlets]
            answers = await asyncio.gather(*sending)
        except Retryable as error:
            if not self._silent:
                log.warning("no ticks: %s", error)
            self._silent = True
            return
        if self._silent:
            log.warning("ticks again")
        self._silent = False
        for inlet, offsets in zip(self._inlets, answers, strict=True):
            for partition, offset in offsets.items():
                self._told(inlet, partition, offset + 1)
