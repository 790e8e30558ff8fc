"""History in InfluxDB: blocks of line protocol, each answered before `write` returns.

What an answer to a block means:

    204                    every line is kept
    400, 413, 422          some of these lines are at fault: they are found by halving the block and refused with the
                           server's words; lines older than retention count as expired
    anything else, silence nothing is wrong with the lines: `Retryable`, the caller waits and calls again

Writing a line again changes nothing (its time and series come from the event), so a block that was taken although its
answer was lost does no harm. Live data lie in one bucket with retention, replays in another without.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import zip_longest

from ioc import metrics
from ioc.events import Domain
from ioc.events.codec import Observed
from ioc.ports import (
    LATEST_LIMIT,
    LIVE,
    Clock,
    CountBy,
    Freshness,
    Reading,
    Refusal,
    RefusalCode,
    Replay,
    Scope,
    Step,
    believed,
    chart_step,
)
from ioc.sinks import influxql
from ioc.sinks.cardinality import Guard, Warned
from ioc.sinks.event_lines import EventLines
from ioc.sinks.fields import MINUTE_MS, epoch_ms, heard, heard_line, replay_line
from ioc.sinks.influx_door import BLOCK, BORDER_MS, InfluxConfig, InfluxDoor, Line
from ioc.sinks.rollup import due_lines
from ioc.words import say

log = logging.getLogger(__name__)
HEARD_LIMIT = 100_000
"""Sources whose last minute is remembered; beyond that it is forgotten and written again."""


class InfluxHistory(InfluxDoor):
    """`ioc.ports.History` in InfluxDB."""

    def __init__(self, config: InfluxConfig, clock: Clock) -> None:
        super().__init__(config, clock)
        self.lines = EventLines(Guard(say_warned))
        self._heard: dict[tuple[str, str], int] = {}

    async def write(self, events: Sequence[Observed], replay: str = "") -> Sequence[Refusal]:
        """See `History.write`. Beside the caller's own events it holds one block."""
        refusals: list[Refusal] = []
        bucket = self.bucket(replay)
        for start in range(0, len(events), BLOCK):
            block = events[start : start + BLOCK]
            news = {} if replay else self._news(block)
            lines, refused = self.lines.block(block, replay)
            for nth, why in refused:
                event = block[nth]
                refusals.append(Refusal(start + nth, event.id, event.source, "not_taken", why))
            bad = {nth for nth, _ in refused}
            places = [nth for nth in range(start, start + len(block)) if not bad or nth - start not in bad]
            lines += self._ours(news, replay)
            fault = await self.put(bucket, "\n".join(lines).encode("utf-8", "replace")) if lines else None
            if fault is not None:
                told = zip_longest((line.encode("utf-8", "replace") for line in lines), places)
                for line, found in await self.isolate(bucket, [Line(*one) for one in told], fault):
                    if line.nth is not None:
                        event = events[line.nth]
                        code: RefusalCode = "expired" if line.at_ms < found.oldest_ms + BORDER_MS else "not_taken"
                        refusals.append(Refusal(line.nth, event.id, event.source, code, found.words))
            self._heard.update(news)
        return refusals

    def _ours(self, news: Mapping[tuple[str, str], int], replay: str) -> Iterator[str]:
        """Lines of our own beside those of events: who was heard and which rollups are due, or which replay it is."""
        now = self._clock.now()
        touched = self.lines.touched()
        self._count()
        if replay:
            yield replay_line(replay, now)
            return
        for (feed, source), ms in news.items():
            yield heard_line(feed, source, ms, self.lines.guard)
        yield from due_lines(touched, epoch_ms(now))

    def _count(self) -> None:
        """Series written so far, and what was folded since the last block, as metrics."""
        guard = self.lines.guard
        for measurement, number in guard.series.items():
            metrics.HISTORY_SERIES.labels(measurement).set(number)
        while guard.folded:
            (measurement, tag), number = guard.folded.popitem()
            metrics.HISTORY_FOLDED.labels(measurement, tag).inc(number)

    def _news(self, block: Sequence[Observed]) -> dict[tuple[str, str], int]:
        """Sources heard in a minute of which history does not know yet."""
        if len(self._heard) > HEARD_LIMIT:
            self._heard.clear()
        known = self._heard
        return {key: ms for key, ms in heard(block).items() if ms // MINUTE_MS > known.get(key, -1) // MINUTE_MS}

    async def latest(self, domain: Domain, limit: int = LATEST_LIMIT, scope: Scope = LIVE) -> Sequence[Reading]:
        """See `History.latest`."""
        found = await self._ask(influxql.latest(domain, scope), self.bucket(scope.replay))
        return influxql.newest((influxql.reading(domain, row) for row in found), limit)

    async def recent(
        self, domain: Domain, since: datetime, limit: int = LATEST_LIMIT, scope: Scope = LIVE
    ) -> Sequence[Reading]:
        """See `History.recent`."""
        found = await self._ask(influxql.recent(domain, since, limit, scope), self.bucket(scope.replay))
        readings = [influxql.reading(domain, row) for row in found]
        return sorted(readings, key=believed, reverse=True)

    async def freshness(self) -> Freshness:
        """See `History.freshness`."""
        observed = await self._ask(influxql.observed())
        return influxql.freshness(observed, await self._ask(influxql.heard()))

    async def series(
        self,
        domain: Domain,
        source: str,
        quantity: str,
        *,
        since: datetime,
        until: datetime,
        step_s: int,
        scope: Scope = LIVE,
    ) -> Sequence[Step]:
        """See `History.series`."""
        width = chart_step(since, until, step_s)
        question = influxql.series(domain, source, quantity, since=since, until=until, step_s=width, scope=scope)
        return [influxql.step(row) for row in await self._ask(question, self.bucket(scope.replay))]

    async def counts(
        self, domain: Domain, *, since: datetime, until: datetime, by: CountBy, scope: Scope = LIVE
    ) -> Mapping[str, int]:
        """See `History.counts`."""
        question = influxql.counts(domain, since=since, until=until, by=by, scope=scope)
        found = await self._ask(question, self.bucket(scope.replay))
        return dict(influxql.count(domain, by, row) for row in found)

    async def replays(self) -> Sequence[Replay]:
        """See `History.replays`."""
        found = [influxql.replay(row) for row in await self._ask(influxql.replays(), self.bucket("any"))]
        return sorted(found, key=lambda one: one.written_at, reverse=True)


def say_warned(warned: Warned) -> None:
    """Series are counted before they hurt: one sentence per cap in the log; the figures are metrics."""
    key = "history.series_folded" if warned.folds else "history.series_near"
    log.warning("%s", say(key, "en", **warned._asdict()))
    metrics.HISTORY_SERIES_NEAR.labels(warned.measurement).set(2 if warned.folds else 1)
