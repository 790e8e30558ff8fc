"""`smog`: fine dust over the city and the steel works, from bad to hazardous and back within a morning."""

from __future__ import annotations

from ioc.embedded.province.native import HOUR, MINUTE, SECOND
from ioc.embedded.province.story import Effect, Extra, Level
from ioc.embedded.scenarios.scenario import Act, Scenario

HOLD_BEGINS = -(29 * MINUTE + 30 * SECOND)
"""The first reading above 80 µg/m³: half an hour of it is over when the wall has been up for thirty seconds."""
CURVE = (
    (-2 * HOUR, 35.0, HOLD_BEGINS, 78.0),
    (HOLD_BEGINS, 84.0, 35 * MINUTE, 149.0),
    (35 * MINUTE, 156.0, 80 * MINUTE, 248.0),
    (80 * MINUTE, 258.0, 125 * MINUTE, 290.0),
    (125 * MINUTE, 285.0, 185 * MINUTE, 45.0),
    (185 * MINUTE, 40.0, 5 * HOUR, 25.0),
)
"""Since, value, until, value of PM2.5 in the city, µg/m³."""
PLACES = (("station:hung-vuong", 0), ("station:gang-thep", 10 * MINUTE), ("station:song-cong", 25 * MINUTE))
"""The dust drifts south: each later by so much."""
PM10 = 1.45
"""PM10 for each µg of PM2.5 in such air: the ratio of the two medians of the real station file (28 and 20), rounded up."""


def _effects() -> list[Effect]:
    found: list[Effect] = []
    for source, later in PLACES:
        for since, first, until, last in CURVE:
            span = (source, since + later, until + later)
            found.append(Level(*span, "pm25", first, last))
            found.append(Level(*span, "pm10", first * PM10, last * PM10))
    city = PLACES[0][0]
    return [*found, *(Extra(city, at, at) for at in (HOLD_BEGINS, 31 * SECOND))]


SMOG = Scenario(
    name="smog",
    summary="Fine dust over the city, from bad to hazardous, and clean air again.",
    effects=tuple(_effects()),
    acts=(
        Act(-2 * HOUR, "PM2.5 at Hùng Vương rises from 35 µg/m³; it is above 80 for 29:30 when the story begins."),
        Act(
            31 * SECOND,
            "Half an hour above 80: a moderate alert. Gang Thép follows ten minutes later, Sông Công at 25.",
        ),
        Act(35 * MINUTE, "Above 150; after half an hour of it the alert rises to severe (65 min)."),
        Act(80 * MINUTE, "Above 250; extreme at 110 min. PM10 has alerts of its own."),
        Act(125 * MINUTE, "The wind turns; PM2.5 falls below every level within an hour."),
        Act(185 * MINUTE, "Clean air; one hour below 70 must pass before the all-clear."),
        Act(268 * MINUTE, "All clear at the last of the three stations."),
    ),
    length=5 * HOUR,
)
