"""Rollups in InfluxDB: due windows are asked for, worked out by the server, written at their start (`ioc.sinks.rollup`)."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple, cast

from ioc import metrics
from ioc.events import DOMAINS, Domain
from ioc.ports import Step
from ioc.sinks import influxql
from ioc.sinks.fields import epoch_ms, plain_tag
from ioc.sinks.influx_door import BLOCK, Line
from ioc.sinks.influxdb import InfluxHistory
from ioc.sinks.rollup import (
    FIVE_MINUTES,
    HOUR,
    Tier,
    done_line,
    is_due,
    rolled_line,
    rolled_of,
    window_of,
)

log = logging.getLogger(__name__)
AT_ONCE = 48
"""Windows of one call: four hours of one domain, so that a long catching-up can be stopped and told of."""


class Due(NamedTuple):
    """A window of five minutes to work out, and what its mark said when that was decided."""

    start_s: int
    domain: Domain
    due_ms: int


class InfluxRollups(InfluxHistory):
    """`ioc.histories.Rollups` on top of `ioc.ports.History`."""

    async def roll(self) -> int:
        """See `ioc.histories.Rollups.roll`."""
        now = self._clock.now()
        wanted = sorted(await self._due(now))[:AT_ONCE]
        for one in wanted:
            await self._work_out(one.domain, FIVE_MINUTES, one.start_s)
        for domain, start in sorted({(one.domain, window_of(one.start_s * 1_000_000_000, HOUR)) for one in wanted}):
            await self._work_out(domain, HOUR, start, FIVE_MINUTES)
        # Only what its hour has taken in is done: a process that ends before begins with the same windows.
        await self._keep_all(self.bucket(), [done_line(one.domain, one.start_s, one.due_ms) for one in wanted])
        metrics.ROLLUP_WINDOWS.inc(len(wanted))
        return len(wanted)

    async def _due(self, now: datetime) -> list[Due]:
        since = now - self._retention if self._retention is not None else now - timedelta(days=366)
        found = []
        for row in await self._ask(influxql.due(since, now)):
            start, due_ms = row["time"] // 1_000_000_000, row["due_ms"]
            if due_ms is None or row["domain"] not in DOMAINS:
                continue
            if is_due(start, due_ms, row["done_ms"], epoch_ms(now), epoch_ms(since)):
                found.append(Due(start, cast("Domain", row["domain"]), due_ms))
        return found

    async def _work_out(self, domain: Domain, tier: Tier, start_s: int, finer: Tier | None = None) -> None:
        rows = await self._ask(influxql.gather(domain, tier, start_s, finer))
        await self._keep_all(self.tier(tier), [rolled_line(domain, rolled_of(row, domain, plain_tag)) for row in rows])

    async def _keep_all(self, bucket: str, lines: Sequence[str]) -> None:
        """Write lines of our own; one that is refused is said and passed over."""
        for start in range(0, len(lines), BLOCK):
            block = [Line(line.encode("utf-8", "replace")) for line in lines[start : start + BLOCK]]
            for line, fault in await self.settle(bucket, block):
                log.error("InfluxDB did not take %r: %s", line.raw[:200], fault.words)

    async def rolled(
        self,
        domain: Domain,
        source: str,
        quantity: str,
        *,
        since: datetime,
        until: datetime,
        step_s: Literal[300, 3600],
    ) -> Sequence[Step]:
        """See `ioc.histories.Rollups.rolled`."""
        tier = HOUR if step_s == HOUR.width_s else FIVE_MINUTES
        question = influxql.rolled(domain, tier, source, quantity, since=since, until=until)
        return [influxql.step(row) for row in await self._ask(question)]
