"""Role intake: raw records that integrators write to `feed.<name>` -> events in their domain's topic, or rejects.

A crash may publish a record's events twice. Each carries its origin (topic id, partition, offset, n-th event), and the
next stage takes in no origin twice, so sending again is harmless.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol

from ioc import metrics
from ioc.catalogue import Feed
from ioc.errors import Permanent, Unreadable
from ioc.events import Domain, Event, Rejected
from ioc.events.envelope import clip
from ioc.intake import Judged
from ioc.streams import rejects
from ioc.streams.circuit import Circuit, Sum
from ioc.streams.fetched import Fetched, Finish, LogRecord, Unread, note_of
from ioc.streams.headers import Origin
from ioc.streams.patient import Sender
from ioc.streams.publish import Record
from ioc.streams.rejects import RejectedRecord
from ioc.streams.topics import REJECTED, feed_topic

log = logging.getLogger(__name__)
Judge = Callable[[bytes, Feed, datetime], Iterable[Judged]]
"""`ioc.intake.judge` with catalogue and map; raises Unreadable."""
SLICE = 100
"""Records judged at a stretch, some 20 ms: other feeds and heartbeats come in between."""
PART = 5_000
"""Events and refusals that wait for one publication at most (and those of one record more)."""
FEED_REJECTS = 0
"""Feeds have partitions of their own; their rejects lie in the first of `ioc.rejected`."""


class Events(Sender, Protocol):
    """The writing half of the log, events included."""

    async def publish_events(
        self, domain: Domain, events: Sequence[Event], replay: str = "", origins: Sequence[Origin] = ()
    ) -> None:
        """Return when all are acked."""
        ...


def _unheard(_topic: str, _partition: int) -> None:
    """Say nothing."""


class Intake:
    """The handler of the role. `topic_ids` gives the id of each feed's topic.

    `moving` hears topic and partition whenever a chunk has come further.
    """

    def __init__(
        self,
        judge: Judge,
        feeds: Mapping[str, Feed],
        topic_ids: Mapping[str, str],
        log_: Events,
        moving: Callable[[str, int], None] = _unheard,
    ) -> None:
        self._judge = judge
        self._feeds = {feed_topic(name): feed for name, feed in feeds.items()}
        self._ids = topic_ids
        self._log = log_
        self._moving = moving
        self._circuits: defaultdict[str, Circuit] = defaultdict(Circuit)

    async def __call__(self, fetched: Fetched) -> Finish | None:
        """What is given back judges a chunk and publishes it; chunks of other feeds are judged beside it."""
        return self._work(fetched)

    async def _work(self, fetched: Fetched) -> None:
        feed = self._feeds[fetched.topic]
        events: dict[Domain, list[tuple[Event, Origin]]] = defaultdict(list)
        rejected: list[RejectedRecord] = []
        fates: Counter[tuple[str, str]] = Counter()
        circuit, flood, waiting = self._circuits[feed.name], Sum(), 0
        for at, record in enumerate(fetched.records):
            if at % SLICE == SLICE - 1:
                self._moving(fetched.topic, fetched.partition)
                await asyncio.sleep(0)
            if waiting >= PART:
                await self._publish(feed, events, rejected, fates)
                events, rejected, fates, waiting = defaultdict(list), [], Counter(), 0
            nth = 0
            for judged in self._judged(record, feed):
                fates[feed.domain, judged.fate] += 1
                waiting += len(judged.events) + bool(judged.rejected)
                for event in judged.events:
                    origin = Origin(self._ids[fetched.topic], fetched.partition, record.offset, nth)
                    events[event.type].append((event, origin))
                    nth += 1
                if circuit.take(record.timestamp, refused=judged.fate == "rejected"):
                    self._turned(feed, circuit)
                if judged.rejected and circuit.open and judged.fate == "rejected":
                    flood.add(record.timestamp, record.offset, judged.rejected)
                elif judged.rejected:
                    rejected.append(rejection(fetched, record, feed, judged.rejected))
        if flood.records:
            rejected.append(summed(fetched, feed, flood))
        await self._publish(feed, events, rejected, fates)

    def _turned(self, feed: Feed, circuit: Circuit) -> None:
        metrics.FEED_FAULTY.labels(feed.name).set(circuit.open)
        if circuit.open:
            log.error("feed %s sends mostly what cannot be read: it is faulty; refused in sums from now on", feed.name)
        else:
            log.warning("feed %s can be read again", feed.name)

    def _judged(self, record: LogRecord, feed: Feed) -> Iterable[Judged]:
        """Judge one record of the topic: it may hold many of the feed's, or be none at all."""
        if isinstance(record, Unread):
            return [_refused(Rejected(record=1, field="-", code="not_this_format"))]
        try:
            received = datetime.fromtimestamp(record.timestamp / 1000, UTC)
        except (ValueError, OverflowError, OSError):  # a client of theirs stamps in another unit
            stamp = str(record.timestamp)
            return [_refused(Rejected(record=1, field="timestamp", code="not_a_time", excerpt=stamp))]
        found: list[Judged] = []
        try:
            found.extend(self._judge(record.value or b"", feed, received))
        except Unreadable as error:
            return [_refused(_unreadable(record, 1, error.code))]
        except Exception as error:  # whatever an adapter does, the next record is judged
            log.exception("feed %s: the record at offset %d could not be judged", feed.name, record.offset)
            found.append(_refused(_unreadable(record, len(found) + 1, type(error).__name__)))
        return found

    async def _publish(
        self,
        feed: Feed,
        events: Mapping[Domain, Sequence[tuple[Event, Origin]]],
        rejected: Sequence[RejectedRecord],
        fates: Counter[tuple[str, str]],
    ) -> None:
        rejected = list(rejected)
        for domain, placed in events.items():
            try:
                await self._log.publish_events(
                    domain, [event for event, _ in placed], origins=[origin for _, origin in placed]
                )
            except Permanent as error:
                if error.code != "record_too_large":
                    raise
                why = Rejected(record=1, field="-", code="too_long", excerpt=clip(str(error.values["keys"]), 200))
                origin = placed[0][1]
                rejected.append(
                    RejectedRecord(
                        at=int(placed[0][0].received_at.timestamp() * 1000),
                        feed=feed.name,
                        topic=feed_topic(feed.name),
                        partition=origin.partition,
                        offset=origin.offset,
                        reasons=(why,),
                    )
                )
        records = [Record(feed.name.encode(), rejects.encode(one)) for one in rejected]
        await self._log.send_batch(REJECTED, FEED_REJECTS, records)
        for (domain_name, fate), number in fates.items():
            metrics.RECORDS.labels("intake", domain_name, feed.name, fate).inc(number)


def _refused(why: Rejected) -> Judged:
    return Judged(record=why.record, fate="rejected", rejected=(why,))


def _unreadable(record: LogRecord, number: int, reason: str) -> Rejected:
    seen = clip((record.value or b"")[:200].decode("utf-8", "replace"), 200)
    return Rejected(record=number, field="-", code="not_this_format", excerpt=seen, values={"reason": reason})


def rejection(fetched: Fetched, record: LogRecord, feed: Feed, why: Sequence[Rejected]) -> RejectedRecord:
    """What stands in `ioc.rejected` for a record of a feed's topic."""
    return RejectedRecord(
        at=record.timestamp,
        feed=feed.name,
        topic=fetched.topic,
        partition=fetched.partition,
        offset=record.offset,
        reasons=tuple(why),
        note=note_of(record),
    )


def summed(fetched: Fetched, feed: Feed, flood: Sum) -> RejectedRecord:
    """The same for all that a faulty feed's chunk held; the reasons are those of the first."""
    return RejectedRecord(
        at=flood.at,
        kind="flood",
        feed=feed.name,
        topic=fetched.topic,
        partition=fetched.partition,
        offset=flood.first,
        reasons=tuple(flood.example),
        note=flood.note,
    )
