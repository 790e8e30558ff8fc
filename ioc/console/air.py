"""The hourly VN_AQI of every station that has one, worked out of history for walls and for the console."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, get_args

from ioc.histories import AirPoint
from ioc.indices.air_quality import DUST, NOWCAST_HOURS, AirIndex, Hours, Pollutant, hourly
from ioc.ports import History, Reading

HOUR: Final = timedelta(hours=1)
POLLUTANTS: Final[tuple[Pollutant, ...]] = get_args(Pollutant)
RECENT: Final = timedelta(hours=3)
"""A station whose newest reading is older has no hour to index."""


async def indices(history: History, now: datetime) -> list[AirPoint]:
    """One point per station, at the end of the last whole hour; stations without dust have none.

    Means are of the hours that ended with that one, as the decision has it: 08:00 is the mean from 07:00 to 08:00.
    """
    end = now.replace(minute=0, second=0, microsecond=0)
    found = []
    for source, pollutants in sorted(_stations(await history.latest("environment"), end).items()):
        hours = {name: await _hours(history, source, name, end) for name in pollutants}
        index: AirIndex | None = hourly(hours)
        if index is not None:
            found.append(AirPoint(source, end, index.value, index.pollutant))
    return found


def _stations(newest: Sequence[Reading], end: datetime) -> dict[str, list[Pollutant]]:
    found: dict[str, list[Pollutant]] = defaultdict(list)
    for reading in newest:
        if reading.observed_at >= end - RECENT and reading.quantity in POLLUTANTS:
            found[reading.source].append(reading.quantity)
    return {source: names for source, names in found.items() if any(name in DUST for name in names)}


async def _hours(history: History, source: str, pollutant: Pollutant, end: datetime) -> Hours:
    """Hourly means, the one that ends at `end` first; None where an hour has none."""
    count = NOWCAST_HOURS if pollutant in DUST else 1
    steps = await history.series(
        "environment", source, pollutant, since=end - count * HOUR, until=end, step_s=int(HOUR.total_seconds())
    )
    means = {step.at: step.mean for step in steps}
    return [means.get(end - nth * HOUR) for nth in range(1, count + 1)]
