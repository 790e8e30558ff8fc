"""A consumer that has died in silence is ended, so that its supervisor starts it again.

Faust's consumers are known to stop fetching without a word (faust-streaming issue 175). A partition of ours that has
records beyond what was judged, and no progress for a minute, is such a case; so is an event loop that does not run.
The watch is kept by a thread, because a loop that hangs cannot watch itself. The ends of the partitions come from the
ticks that this process has written, or from asking the broker apart from the consumer: the consumer's own idea of the
end stands still with it.

A partition that is being loaded is not judged, however long its states are; each chunk that the loader reads counts as
progress of the whole topic, because the topic's other partitions wait for the load to end.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable

from ioc.streams.turns import RESTART, Leave, leave

LIMIT_SECONDS = 60.0
LOOK_SECONDS = 1.0
log = logging.getLogger(__name__)
Spot = tuple[str, int]
LOOP: Spot = ("event loop", 0)


class Watchdog:
    """Told of ends and of progress; times are monotonic seconds."""

    def __init__(
        self,
        limit: float = LIMIT_SECONDS,
        *,
        now: Callable[[], float] = time.monotonic,
        leave: Leave = leave,
        patient: Callable[[], bool] = lambda: False,
    ) -> None:
        self._limit = limit
        self._now = now
        self._leave = leave
        self._patient = patient
        self._ends: dict[Spot, int] = {}
        self._done: dict[Spot, int] = {}
        self._moved: dict[Spot, float] = {LOOP: now()}
        self._stop = threading.Event()

    def own(self, spots: Iterable[Spot]) -> None:
        """These partitions are ours from now on, and no others."""
        mine, now = set(spots), self._now()
        self._ends = {spot: end for spot, end in self._ends.items() if spot in mine}
        self._done = {spot: done for spot, done in self._done.items() if spot in mine}
        self._moved = dict.fromkeys(mine, now) | {LOOP: now}

    def end(self, spot: Spot, offset: int) -> None:
        """The partition's log reaches up to here."""
        if spot in self._moved and offset > self._ends.get(spot, 0):
            if self._done.get(spot, 0) >= self._ends.get(spot, 0):
                self._moved[spot] = self._now()  # nothing was owed until now
            self._ends[spot] = offset

    def progress(self, topic: str, partition: int, offset: int) -> None:
        """Judged and acked up to here."""
        spot = topic, partition
        if spot in self._moved:
            self._done[spot] = max(offset, self._done.get(spot, 0))
            self._moved[spot] = self._now()

    def loading(self, topic: str) -> None:
        """Another piece of the states of one of its partitions was read."""
        now = self._now()
        for spot in self._moved:
            if spot[0] == topic:
                self._moved[spot] = now

    def moving(self, topic: str, partition: int) -> None:
        """Another part of one of its chunks is done."""
        if (topic, partition) in self._moved:
            self._moved[topic, partition] = self._now()

    def beat(self) -> None:
        """The event loop runs."""
        self._moved[LOOP] = self._now()

    def overdue(self) -> Spot | None:
        """What has not moved for the limit though it should have."""
        now, patient = self._now(), self._patient()
        for spot, moved in list(self._moved.items()):
            if patient and spot != LOOP:
                self._moved[spot] = now  # its minute begins when patience ends
                continue
            behind = spot == LOOP or self._ends.get(spot, 0) > self._done.get(spot, 0)
            if behind and now - moved > self._limit:
                return spot
        return None

    def start(self) -> None:
        """Keep watch in a thread of its own."""
        self.beat()
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def stop(self) -> None:
        """Keep watch no more."""
        self._stop.set()

    def _watch(self) -> None:
        while not self._stop.wait(LOOK_SECONDS):
            spot = self.overdue()
            if spot is not None:
                log.critical("%s[%d] has not moved for %.0f s; beginning again", *spot, self._limit)
                self._leave(RESTART)
