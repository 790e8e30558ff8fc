"""History in InfluxDB as Grafana's walls need it: beside events also alerts, how desk and feeds stand, and indices."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from ioc.alerts.alert import Transition
from ioc.histories import AirPoint, Health, Listed, Standing, Waiting
from ioc.ports import Refusal, RefusalCode
from ioc.sinks.alert_points import alert_line
from ioc.sinks.board_points import board_lines, health_lines
from ioc.sinks.influx_door import BLOCK, BORDER_MS, Line
from ioc.sinks.influx_rollups import InfluxRollups
from ioc.sinks.standing_points import air_line, standing_lines

log = logging.getLogger(__name__)


class InfluxWalls(InfluxRollups):
    """`ioc.histories.AlertHistory` on top of `ioc.ports.History`."""

    async def tell(self, transitions: Sequence[Transition]) -> Sequence[Refusal]:
        """See `ioc.histories.AlertHistory.tell`."""
        refusals: list[Refusal] = []
        by_bucket: dict[str, list[Line]] = {}
        for nth, one in enumerate(transitions):
            try:
                by_bucket.setdefault(self.bucket(one.replay), []).append(Line(alert_line(one, self.lines.guard), nth))
            except ValueError as error:
                refusals.append(Refusal(nth, one.alert_id, one.source, "not_taken", str(error)))
        for bucket, lines in by_bucket.items():
            for start in range(0, len(lines), BLOCK):
                for line, fault in await self.settle(bucket, lines[start : start + BLOCK]):
                    one = transitions[line.nth or 0]
                    code: RefusalCode = "expired" if line.at_ms < fault.oldest_ms + BORDER_MS else "not_taken"
                    refusals.append(Refusal(line.nth or 0, one.alert_id, one.source, code, fault.words))
        return refusals

    async def stand(self, at: datetime, waiting: Sequence[Waiting], feeds: Sequence[Standing]) -> None:
        """See `ioc.histories.AlertHistory.stand`."""
        await self._keep(map(Line, standing_lines(at, waiting, feeds)))

    async def air(self, points: Sequence[AirPoint]) -> None:
        """See `ioc.histories.AlertHistory.air`."""
        await self._keep(Line(air_line(point)) for point in points)

    async def show(self, at: datetime, boards: Mapping[str, Sequence[Listed]]) -> None:
        """See `ioc.histories.AlertHistory.show`."""
        await self._keep(map(Line, board_lines(at, boards)))

    async def health(self, at: datetime, health: Health) -> None:
        """See `ioc.histories.AlertHistory.health`."""
        await self._keep(map(Line, health_lines(at, health)))

    async def _keep(self, lines: Iterable[Line]) -> None:
        """Keep lines of our own; one that is refused is said, because nobody asks for it again."""
        for line, fault in await self.settle(self.bucket(), list(lines)):
            log.error("InfluxDB did not take %r: %s", line.raw[:200], fault.words)
