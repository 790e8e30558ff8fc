"""How long a chunk may be judged at a stretch: what takes longer goes on after others have had their turn.

A loop that computes does nothing else. A rule that takes 50 ms an event would hold 8,000 records for seven minutes: no
other topic is judged meanwhile, nothing is sent, and the watchdog ends the process, again and again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
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


def enough() -> Callable[[], bool]:
    """From now on: whether it is enough, to be asked after each of the first `EARLY` records, then after every `LOOK`."""
    began, times = time.monotonic(), 0

    def asked() -> bool:
        nonlocal times
        times += 1
        return time.monotonic() - began > (SLICE_SECONDS if times > EARLY else SLOW_SECONDS)

    return asked
