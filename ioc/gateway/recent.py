"""Ids that were taken lately, so that a sender learns of a duplicate at the door.

Best effort, within bounded memory and this process: after a restart, or when many others came between, a duplicate is
answered as accepted. The stream judges again over all of them (design: an id at a lower offset), so nothing counts
twice.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

IDS = 100_000
"""Remembered per feed: about 10 MB, and eight minutes of the default limit without a pause."""


class Recent:
    """The last ids of one feed."""

    def __init__(self, limit: int = IDS) -> None:
        self._limit = limit
        self._ids: OrderedDict[int, None] = OrderedDict()

    def __contains__(self, event_id: str) -> bool:
        return hash(event_id) in self._ids

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, event_ids: Iterable[str]) -> None:
        """Remember; the oldest are forgotten beyond the limit. Only what the broker has acknowledged belongs here."""
        for event_id in event_ids:
            # 64 bits under a key of this process: two ids meet by chance once in 10^14 events, and not by malice.
            short = hash(event_id)
            self._ids[short] = None
            self._ids.move_to_end(short)
        while len(self._ids) > self._limit:
            self._ids.popitem(last=False)
