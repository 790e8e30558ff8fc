"""How long a chunk may be judged at a stretch: what takes longer goes on after others have had their turn.

A loop that computes does nothing else. A rule that takes 50 ms an event would hold 8,000 records for seven minutes: no
other topic is judged meanwhile, nothing is sent, and the watchdog ends the process, again and again.
"""

from __future__ import annotations

import asyncio
import time
from typing import Final

EARLY: Final = 500
"""After each of so many records it is asked whether it is enough: a slow rule is known by its first event."""
LOOK: Final = 16
"""After that, records between two questions."""
SLICE_SECONDS: Final = 0.3
"""A whole chunk of 8,000 records, where nothing is slow."""
SLOW_SECONDS: Final = 0.04
"""Where few records take so long, others should not wait for many of them."""


def never() -> bool:
    """All of them."""
    return False


class Slice:
    """From now on: whether it is enough, to be asked after each of the first `EARLY` records, then after every `LOOK`."""

    def __init__(self) -> None:
        self.slow = False
        """Whether it ended because few records took long."""
        self._began = time.monotonic()
        self._times = 0

    def __call__(self) -> bool:
        """Ask."""
        self._times += 1
        taken = time.monotonic() - self._began
        self.slow = self._times <= EARLY and taken > SLOW_SECONDS
        return self.slow or taken > SLICE_SECONDS

    async def rest(self) -> None:
        """Leave the loop to others for a while, where it is a slow one: a send of theirs takes many turns of it."""
        if self.slow:
            await asyncio.sleep(SLOW_SECONDS)
