"""Role grafana: alerts -> marks in Grafana's charts, in a consumer group of its own, so that Grafana delays nothing.

A mark is made once, found again by its tag, and closed where its alert ends; a chunk is acked when all of its marks
stand. While Grafana does not answer, or refuses the token, the chunk waits. What Grafana refuses of one mark is said
and passed over: it would be refused for ever.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from ioc import metrics
from ioc.alerts.alert import Transition
from ioc.errors import IocError, Permanent, Retryable
from ioc.streams.fetched import Fetched, Finish
from ioc.streams.record import transitions
from ioc.words import Lang, say

log = logging.getLogger(__name__)
FIRST_WAIT_S: Final = 1.0
LONGEST_WAIT_S: Final = 60.0
"""Waits double up to a minute: a mark that comes late is still at its alert's own time."""
MARKED: Final = 10_000
"""Alerts whose mark is known to stand; beyond that it is looked for again."""
OF_ONE_MARK: Final = "grafana_refused"
"""The only refusal that says something of the mark and nothing of the door."""


class Marks(Protocol):
    """The part of `ioc.sinks.grafana.Grafana` that is needed here; it blocks."""

    def tell(self, transition: Transition, lang: Lang) -> None:
        """See `Grafana.tell`."""
        ...


class Marker:
    """The handler of the role (`ioc.streams.fetched.Handler`).

    `door` opens Grafana; it is opened anew after a refusal, because a person may have put another token into its file.
    `waiting` is the trouble it is in now, None when it answers.
    """

    def __init__(
        self,
        door: Callable[[], Marks],
        lang: Lang,
        pause: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self.waiting: IocError | None = None
        self._open = door
        self._door: Marks | None = None
        self._lang = lang
        self._pause = pause
        self._one = asyncio.Lock()
        self._marked: dict[str, None] = {}

    async def __call__(self, fetched: Fetched) -> Finish | None:
        """Give back the marks as what is left to do, or None for a chunk that changes none."""
        told = [one for one in transitions(fetched.records) if not (one.shadow or one.replay or one.emit != "alert")]
        return self._mark(told) if told else None

    async def _mark(self, told: list[Transition]) -> None:
        for one in told:
            if one.status == "firing" and one.alert_id in self._marked:
                continue
            await self._patiently(one)
            if one.status == "firing":
                self._marked[one.alert_id] = None
            else:
                self._marked.pop(one.alert_id, None)
        while len(self._marked) > MARKED:
            del self._marked[next(iter(self._marked))]

    async def _patiently(self, one: Transition) -> None:
        wait = FIRST_WAIT_S
        while True:
            try:
                async with self._one:
                    await asyncio.to_thread(self._tell, one)
            except Permanent as error:
                if error.code == OF_ONE_MARK:
                    log.warning("no mark for alert %s: %s", one.alert_id, say(error.key, "en", **error.values))
                    metrics.MARKS.labels("refused").inc()
                    self._wait_for(None)
                    return
                self._door = None
                self._wait_for(error)
                await self._pause(LONGEST_WAIT_S)
            except Retryable as error:
                self._wait_for(error)
                await self._pause(max(wait, error.retry_after))
                wait = min(2 * wait, LONGEST_WAIT_S)
            else:
                metrics.MARKS.labels("kept").inc()
                self._wait_for(None)
                return

    def _tell(self, one: Transition) -> None:
        if self._door is None:
            self._door = self._open()
        self._door.tell(one, self._lang)

    def _wait_for(self, trouble: IocError | None) -> None:
        """Trouble is said once, another trouble once more, and once that it is over."""
        before = self.waiting
        if trouble is not None and (before is None or before.code != trouble.code):
            log.warning("%s", say(trouble.key, "en", **trouble.values))
        if before is not None and trouble is None:
            log.warning("%s", say("marks.works_again", "en"))
        self.waiting = trouble
        metrics.MARKS_WAITING.set(trouble is not None)
