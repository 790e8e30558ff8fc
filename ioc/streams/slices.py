"""How long a chunk may be judged at a stretch: what takes longer goes on after others have had their turn.

A loop that computes does nothing else. A rule that takes 50 ms an event would hold 8,000 records for seven minutes: no
other topic is judged meanwhile, nothing is sent, and the watchdog ends the process, again and again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

LOOK: Final = 2
"""Records between two questions whether it is enough; asking takes 0.1 us."""
SLICE_SECONDS: Final = 0.3
"""A whole chunk of 8,000 records, where nothing is slow."""
SLOW_SECONDS: Final = 0.05
"""Where few records take so long, others should not wait for many of them."""
MANY_RECORDS: Final = 500


def never() -> bool:
    """All of them."""
    return False


def enough() -> Callable[[], bool]:
    """From now on: whether it is enough, to be asked after every `LOOK` records."""
    began, judged = time.monotonic(), 0

    def asked() -> bool:
        nonlocal judged
        judged += LOOK
        return time.monotonic() - began > (SLICE_SECONDS if judged > MANY_RECORDS else SLOW_SECONDS)

    return asked
