"""One input of a feed, from raw bytes to the fate of every record: judge, publish, wait for Kafka, remember, count.

Shared by the HTTP door and the file door. Nothing is half-said: a record is called accepted only after Kafka has
acknowledged its events, and when Kafka cannot take them the whole input is to be sent again. Some of it may then stand
in the log already; its ids come from content, so the second copy changes nothing.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from ioc import metrics
from ioc.catalogue import Catalogue, Feed
from ioc.errors import Permanent, Unreadable
from ioc.events import FATES, Event, Fate, Rejected
from ioc.events.envelope import clip, plain
from ioc.gateway.log import Log
from ioc.gateway.recent import Recent
from ioc.intake import Judged, Map, judge
from ioc.ports import Clock
from ioc.streams.rejects import RejectedRecord

JUDGES = 2
"""Inputs judged at the same time; each holds a thread, and the event loop must keep answering."""

AT_ONCE = 8 * 1024
"""Bytes of an input that is judged where it stands: some milliseconds, less than handing it to a thread costs."""
PART = 2000
"""Records of a file that are judged, published and forgotten together: some megabytes."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One record's fate, with the ids of its events (none where they were seen within the same input)."""

    record: int
    fate: Fate
    ids: tuple[str, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    ignored: str | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """All fates of one input; `unreadable` where it was not the feed's format at all (then one record, rejected)."""

    feed: Feed
    received_at: datetime
    outcomes: tuple[Outcome, ...]
    published: int
    unreadable: Unreadable | None = None

    @property
    def counts(self) -> dict[Fate, int]:
        """Records per fate; they add up to the records."""
        found = Counter(outcome.fate for outcome in self.outcomes)
        return {fate: found[fate] for fate in FATES}


@dataclass(slots=True)
class Heard:
    """What a feed did since this process began."""

    last_input_at: datetime | None = None
    last_event_at: datetime | None = None
    """Greatest observation time accepted."""
    records: Counter[Fate] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    """`field: code` -> how often."""


REFUSED_KINDS = 100
"""Kinds of refusal that are told apart per feed; a hostile sender could invent any number of field names."""


class Receiver:
    """Takes inputs for any feed of the catalogue."""

    def __init__(self, catalogue: Catalogue, boundaries: Map, log: Log, clock: Clock) -> None:
        self.catalogue = catalogue
        self.log = log
        self.clock = clock
        self._boundaries = boundaries
        self._recent: dict[str, Recent] = {}
        self._heard: dict[str, Heard] = {}
        self._judges = asyncio.Semaphore(JUDGES)

    def heard(self, feed: str) -> Heard:
        """What that feed did since this process began."""
        return self._heard.setdefault(feed, Heard())

    async def receive(self, feed: Feed, raw: bytes, *, name: str = "") -> Received:
        """Judge a whole body and publish it; return when Kafka has all of it.

        `name` is the file's name where there is one. Raises Permanent `too_many_records` (nothing was published),
        Retryable when Kafka cannot take it now.
        """
        received_at = self.clock.now()
        judging = judge(raw, feed, self.catalogue, self._boundaries, received_at, origin=name)
        judged = await self._next(judging, feed.limits.records + 1, len(raw))
        if not isinstance(judged, Unreadable) and len(judged) > feed.limits.records:
            raise Permanent("too_many_records", limit=feed.limits.records)
        return await self._taken(feed, raw, judged, received_at, "http")

    async def receive_in_parts(self, feed: Feed, raw: bytes, *, name: str) -> AsyncIterator[Received]:
        """The same for an input of any number of records, `PART` at a time; each part is with Kafka when it is given.

        An input that was given in part and then failed is to be received again from its beginning.
        """
        received_at = self.clock.now()
        judging = judge(raw, feed, self.catalogue, self._boundaries, received_at, origin=name)
        while True:
            judged = await self._next(judging, PART, len(raw))
            if isinstance(judged, list) and not judged:
                return
            yield await self._taken(feed, raw, judged, received_at, name)
            if isinstance(judged, Unreadable):
                return

    async def _next(self, judging: Iterator[Judged], records: int, size: int) -> list[Judged] | Unreadable:
        """At most so many further records of an input of `size` bytes; in a thread where judging takes long."""

        def work() -> list[Judged] | Unreadable:
            try:
                return list(itertools.islice(judging, records))
            except Unreadable as error:
                return error

        if size <= AT_ONCE:
            return work()
        async with self._judges:
            return await asyncio.to_thread(work)

    async def _taken(
        self, feed: Feed, raw: bytes, judged: list[Judged] | Unreadable, received_at: datetime, source: str
    ) -> Received:
        if isinstance(judged, Unreadable):
            received = _whole(feed, raw, received_at, judged)
        else:
            received = await self._published(feed, judged, received_at)
        at = int(received_at.timestamp() * 1000)
        entries = [
            RejectedRecord(at=at, feed=feed.name, reasons=outcome.rejected, note=clip(source, 200))
            for outcome in received.outcomes
            if outcome.rejected
        ]
        if entries:
            await self.log.publish_refused(feed.name, entries)
        self._remember(received)
        return received

    async def _published(self, feed: Feed, judged: list[Judged], received_at: datetime) -> Received:
        recent = self._recent.setdefault(feed.name, Recent())
        outcomes: list[Outcome] = []
        fresh: list[Event] = []
        for one in judged:
            new = [event for event in one.events if event.id not in recent]
            ids = tuple(event.id for event in one.events)
            outcome = Outcome(one.record, one.fate, ids, one.rejected, one.ignored)
            outcomes.append(replace(outcome, fate="duplicate") if one.events and not new else outcome)
            fresh += new
        if fresh:
            await self.log.publish_events(feed.domain, fresh)
            recent.add(event.id for event in fresh)
            heard = self.heard(feed.name)
            # Only what is not ahead of us says how far the feed has come.
            known = [event.observed_at for event in fresh if event.observed_at <= received_at]
            heard.last_event_at = max([*known, *([heard.last_event_at] if heard.last_event_at else [])], default=None)
        return Received(feed, received_at, tuple(outcomes), len(fresh))

    def _remember(self, received: Received) -> None:
        heard = self.heard(received.feed.name)
        heard.last_input_at = received.received_at
        feed = received.feed
        for fate, count in received.counts.items():
            heard.records[fate] += count
            if count:
                metrics.RECORDS.labels("gateway", feed.domain, feed.name, fate).inc(count)
        for outcome in received.outcomes:
            for rejected in outcome.rejected:
                kind = f"{rejected.field}: {rejected.code}"
                heard.refused[kind if kind in heard.refused or len(heard.refused) < REFUSED_KINDS else "…"] += 1
                metrics.REFUSED_FIELDS.labels(feed.name, rejected.code).inc()


def _whole(feed: Feed, raw: bytes, received_at: datetime, error: Unreadable) -> Received:
    """An input that is not the feed's format counts as one record, refused as a whole."""
    values: Mapping[str, object] = {**error.values, "input": error.code}
    shown = clip(raw[:200].decode("utf-8", "replace"), 200)
    rejected = Rejected(record=1, field="-", code="not_this_format", excerpt=shown, values=plain(values))
    return Received(feed, received_at, (Outcome(1, "rejected", (), (rejected,)),), 0, error)
