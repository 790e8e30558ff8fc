"""For how long without a gap this process has owned each partition, counted in generations of the consumer group.

Memory may be kept from one generation to the next: nobody else wrote in between. A generation that this process was
not part of breaks it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable

Spot = tuple[str, int]
"""Topic and partition."""


class Tenure:
    """Told of every assignment, in order."""

    def __init__(self) -> None:
        self._since: dict[Spot, int] = {}
        self._last: int | None = None
        self._news = asyncio.Event()

    def assigned(self, generation: int, spots: Iterable[Spot]) -> None:
        """The group gave this process these partitions, and no others."""
        unbroken = self._last is not None and generation == self._last + 1
        self._since = {spot: self._since.get(spot, generation) if unbroken else generation for spot in spots}
        self._last = generation
        self._news.set()

    def kept(self, spot: Spot, known: int, generation: int) -> bool:
        """Whether what was in memory in generation `known` is still true in `generation`."""
        if generation != self._last:  # its assignment was not told yet: who owned it in between is not known
            return known == generation
        return known == generation or self._since.get(spot, generation) <= known < generation

    def over(self, generation: int) -> bool:
        """Whether that generation is past: what was fetched in it will be fetched again by whoever owns it now."""
        return self._last is not None and generation < self._last

    async def ends(self, generation: int, seconds: float) -> bool:
        """Whether that generation is over, waiting so long for the news: who was frozen hears of it late."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not self.over(generation):
                    self._news.clear()
                    await self._news.wait()
        return self.over(generation)

    @property
    def spots(self) -> set[Spot]:
        """What is owned now."""
        return set(self._since)
