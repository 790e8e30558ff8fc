"""Role `record`: events and alerts -> history, in a consumer group of its own, so that no trouble of history delays an alert.

Kafka is the spool. A chunk is acked when each of its events has its answer: kept, expired (counted), or refused by the
store and standing in `ioc.rejected`. While history does not answer, the chunk waits; nothing else is held up by it.

What is no event (a tick, a record that cannot be read) is passed over here: `evaluate` judges and reports it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple, Protocol, TypeVar

import msgspec

from ioc import metrics
from ioc.alerts.alert import Transition
from ioc.alerts.alert import decode as read_transition
from ioc.errors import Retryable
from ioc.events.codec import REFUSALS, Observed, decode
from ioc.histories import AlertHistory
from ioc.ports import History, Refusal
from ioc.streams import rejects
from ioc.streams.fetched import Fetched, Finish, LogRecord
from ioc.streams.headers import CLOCK, OPEN, read_clock, value_of
from ioc.streams.publish import Record, TooLarge
from ioc.streams.rejects import RejectedRecord
from ioc.streams.topics import ALERTS, REJECTED
from ioc.words import say

log = logging.getLogger(__name__)
Answer = TypeVar("Answer")

AT_ONCE = 4
"""Writes under way at the same time: enough to keep InfluxDB busy on one machine, few enough to bound memory."""
FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 30.0
"""Waits double from the first to the longest; a server that says how long (`Retry-After`) is obeyed beyond both."""


class Placed(NamedTuple):
    """An event and the record it came in."""

    event: Observed
    record: LogRecord


class Sender(Protocol):
    """The part of `ioc.streams.publish.Publisher` that is needed here."""

    async def send_batch(self, topic: str, partition: int, records: Sequence[Record]) -> list[int | TooLarge]:
        """See Publisher.send_batch."""
        ...


def sort_out(records: Sequence[LogRecord]) -> dict[str, list[Placed]]:
    """Name of the replay ("" = live) -> its events, in order; what is no event is left out."""
    found: dict[str, list[Placed]] = {}
    for record in records:
        if record.value is None:
            continue
        replay = ""
        if (raw := value_of(record.headers, CLOCK)) is not None:
            if (clock := read_clock(raw)) is None:
                continue
            replay = clock[0]
        try:
            event = decode(record.value)
        except REFUSALS:
            continue
        found.setdefault(replay, []).append(Placed(event, record))
    return found


def transitions(records: Sequence[LogRecord]) -> list[Transition]:
    """Changes of alerts, in order; lists of open alerts and what cannot be read are the desk's to judge."""
    found = []
    for record in records:
        if record.value is None or value_of(record.headers, OPEN) is not None:
            continue
        try:
            found.append(read_transition(record.value))
        except msgspec.MsgspecError:
            continue
    return found


def rejection(topic: str, partition: int, placed: Placed, refusal: Refusal) -> RejectedRecord:
    """What stands in `ioc.rejected` for an event that history did not take."""
    return RejectedRecord(
        at=placed.record.timestamp,
        kind="not_kept",
        feed=placed.event.feed,
        topic=topic,
        partition=partition,
        offset=placed.record.offset,
        note=refusal.detail,
    )


class Recorder:
    """The handler of the role (`ioc.streams.fetched.Handler`).

    `counts` holds events by what became of them: kept, expired, not_taken. `waiting` is the trouble that history is in
    now, None when it answers: a watchdog must not take an outage of history for a consumer that died
    (`Watchdog(patient=...)`).
    """

    def __init__(
        self, history: History, sender: Sender, pause: Callable[[float], Awaitable[object]] = asyncio.sleep
    ) -> None:
        self.counts: Counter[str] = Counter()
        self.waiting: Retryable | None = None
        self._history = history
        self._sender = sender
        self._pause = pause
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._troubled: set[object] = set()
        """Calls that history has not answered; the trouble is over when the last of them has its answer."""
        self._prepared = False
        self._preparing = asyncio.Lock()

    async def __call__(self, fetched: Fetched) -> Finish | None:
        """Give back the write as what is left to do, or None for a chunk of ticks."""
        if fetched.topic == ALERTS:
            told = transitions(fetched.records) if isinstance(self._history, AlertHistory) else []
            return self._tell(told) if told else None
        groups = sort_out(fetched.records)
        return self._keep(fetched, groups) if groups else None

    async def _prepare(self) -> None:
        async with self._preparing:
            if not self._prepared:
                await self._patiently(self._history.prepare)
                self._prepared = True

    async def _tell(self, told: Sequence[Transition]) -> None:
        """Alerts' changes into a history that keeps them; what it does not take stands in the log here all the same."""
        await self._prepare()
        assert isinstance(self._history, AlertHistory)  # noqa: S101 - tells the type checker what the caller asked
        refusals = await self._patiently(self._history.tell, told)
        for refusal in refusals:
            if refusal.code == "not_taken":
                log.error("history did not take a change of alert %s: %s", refusal.event_id, refusal.detail)
            metrics.HISTORY_EVENTS.labels("alerts", str(refusal.code)).inc()
        metrics.HISTORY_EVENTS.labels("alerts", "kept").inc(len(told) - len(refusals))

    async def _keep(self, fetched: Fetched, groups: dict[str, list[Placed]]) -> None:
        await self._prepare()
        for replay, placed in groups.items():
            events = [one.event for one in placed]
            refusals = await self._patiently(self._history.write, events, replay)
            told = [
                rejection(fetched.topic, fetched.partition, placed[one.nth], one)
                for one in refusals
                if one.code == "not_taken"
            ]
            records = [Record(fetched.topic.encode(), rejects.encode(one)) for one in told]
            await self._patiently(self._sender.send_batch, REJECTED, fetched.partition, records)
            outcomes = Counter(str(one.code) for one in refusals)
            outcomes["kept"] = len(events) - len(refusals)
            for outcome, number in outcomes.items():
                metrics.HISTORY_EVENTS.labels(fetched.topic.removeprefix("ioc."), outcome).inc(number)
            self.counts += outcomes

    async def _patiently(self, call: Callable[..., Awaitable[Answer]], *given: object) -> Answer:
        """The call's answer, however long it takes; what only a person can mend is raised."""
        wait, mine = FIRST_WAIT_S, object()
        try:
            while True:
                try:
                    async with self._turn:
                        return await call(*given)
                except Retryable as error:
                    self._troubled.add(mine)
                    self._wait_for(error)
                    await self._pause(max(wait, error.retry_after))
                    wait = min(2 * wait, LONGEST_WAIT_S)
        finally:
            self._troubled.discard(mine)
            if not self._troubled:
                self._wait_for(None)

    def _wait_for(self, trouble: Retryable | None) -> None:
        """An outage is said once, and once that it is over."""
        if self.waiting is None and trouble is not None:
            log.warning("%s", say(trouble.key, "en", **trouble.values))
        if self.waiting is not None and trouble is None:
            log.warning("%s", say("record.works_again", "en"))
        self.waiting = trouble
        metrics.HISTORY_WAITING.set(trouble is not None)
