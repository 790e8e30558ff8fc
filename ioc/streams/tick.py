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
from ioc.streams.holes import PERIOD_MS

log = logging.getLogger(__name__)


class Ticks(Protocol):
    """Who writes ticks (`ioc.streams.publish.Publisher`)."""

    async def publish_ticks(self, domain: Domain, clock: int = 0, replay: str = "") -> Mapping[int, int]:
        """Partition -> offset of its tick."""
        ...


class Ticker:
    """Ticks until cancelled; `told` hears domain, partition and the end of the log after each tick."""

    def __init__(self, domains: Sequence[Domain], ticks: Ticks, told: Callable[[Domain, int, int], None]) -> None:
        self._domains = domains
        self._ticks = ticks
        self._told = told
        self._silent = False

    async def run(self) -> None:
        """Tick on the beat of the loop's clock; a beat that was missed is not made up."""
        loop = asyncio.get_running_loop()
        period = PERIOD_MS / 1000
        beat = loop.time()
        while True:
            await self.tick()
            beat = max(beat + period, loop.time())
            await asyncio.sleep(beat - loop.time())

    async def tick(self) -> None:
        """One tick into every partition; an outage is said once, and once that it is over."""
        try:
            answers = await asyncio.gather(*(self._ticks.publish_ticks(domain) for domain in self._domains))
        except Retryable as error:
            if not self._silent:
                log.warning("no ticks: %s", error)
            self._silent = True
            return
        if self._silent:
            log.warning("ticks again")
        self._silent = False
        for domain, offsets in zip(self._domains, answers, strict=True):
            for partition, offset in offsets.items():
                self._told(domain, partition, offset + 1)
