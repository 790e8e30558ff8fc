"""What is measured around, as lists for walls: weather, rivers, air against its limits, and the danger of forest fire.

Official scales keep their own names here (báo động, cấp cháy rừng, QCVN) and signs of their own, never those of a severity.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from ioc.alerts.figures import VIETNAM, number
from ioc.catalogue import Catalogue
from ioc.console.air import HOUR
from ioc.console.boards import FEED_ROOM, Boards, both, fitted
from ioc.console.row import source_title
from ioc.histories import AirPoint, Listed
from ioc.indices import fire_danger
from ioc.indices.air_limits import LIMITS, judge
from ioc.indices.air_quality import band_of
from ioc.indices.fire_danger import DAILY_NOTICE, NATIONAL, ROMAN, Day, level_of
from ioc.indices.water_level import GIA_BAY, Gauge, alarm_of
from ioc.places.boundaries import Boundaries
from ioc.ports import History, Reading, Step
from ioc.words import LANGS, Lang, say

HEARD: Final = timedelta(hours=2)
"""A reading that is older says nothing of now."""
GAUGES: Final[Mapping[str, Gauge]] = {"kttv:gia-bay": GIA_BAY}
"""Sources whose alarm levels are known."""
MEAN_HOURS: Final = 18
"""Hours of 24 that must have a reading for their mean to be held against a limit: three quarters."""
DRY_DAYS: Final = 30
"""Days that P adds up at most: as far back as raw history goes."""
AT_NOON: Final = 13
"""Local hour whose temperature and humidity P takes."""


async def boards(history: History, catalogue: Catalogue, now: datetime) -> Boards:
    """`weather`, `water`, `limits` and `fire`; a list that has nothing to show says that data are missing."""
    newest = [one for one in await history.latest("environment") if one.observed_at >= now - HEARD]
    found = {
        "weather": weather(newest, catalogue),
        "water": water(newest, catalogue),
        "limits": await _limits(history, newest, catalogue, now),
        "fire": await _fire(history, newest, catalogue, now),
    }
    return {
        name: lines or [both("✖ {}", "walls.no_data", f"walls.none_measured.{name}")] for name, lines in found.items()
    }


def named(points: Iterable[AirPoint], catalogue: Catalogue, boundaries: Boundaries, now: datetime) -> list[AirPoint]:
    """The same with the band of its index, what people call the station, and its commune where that is known."""
    return [one._replace(line=_station(one, catalogue, boundaries, now)) for one in points]


def _station(one: AirPoint, catalogue: Catalogue, boundaries: Boundaries, now: datetime) -> dict[Lang, str]:
    known = catalogue.by_source.get(one.source)
    place = None
    if known is not None and known[1].lat is not None and known[1].lon is not None:
        place = boundaries.commune_at(known[1].lat, known[1].lon, now)
    band = band_of(one.value).name
    return {
        lang: " · ".join(
            [say(f"walls.aqi.{band}", lang), _name(one.source, lang, catalogue), *([place.name] if place else [])]
        )
        for lang in LANGS
    }


def _name(source: str, lang: Lang, catalogue: Catalogue) -> str:
    return fitted(source_title(source, lang, catalogue), FEED_ROOM)


def weather(newest: Sequence[Reading], catalogue: Catalogue) -> list[Listed]:
    """Humidity and wind of each station, the driest first."""
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for one in newest:
        if one.quantity in {"humidity", "wind_speed"}:
            found[one.source][one.quantity] = one.value
    return [
        Listed(
            {
                lang: "· "
                + " · ".join(
                    f"{number(known[name], lang, 0 if name == 'humidity' else 1)} {unit}"
                    for name, unit in (("humidity", "%"), ("wind_speed", "m/s"))
                    if name in known
                )
                for lang in LANGS
            },
            {lang: _name(source, lang, catalogue) for lang in LANGS},
        )
        for source, known in sorted(found.items(), key=lambda pair: (pair[1].get("humidity", 101.0), pair[0]))
    ]


def water(newest: Sequence[Reading], catalogue: Catalogue) -> list[Listed]:
    """River levels in metres above the gauge's zero with the alarm they have reached, the highest alarm first."""
    levels = [(one, GAUGES.get(one.source)) for one in newest if one.quantity == "water_level"]
    ranked = sorted(levels, key=lambda pair: (-alarm_of(pair[0].value, pair[1]) if pair[1] else 1, pair[0].source))
    found = []
    for one, gauge in ranked:
        alarm = alarm_of(one.value, gauge) if gauge else 0
        key = "unknown" if gauge is None else "reached" if alarm else "below"
        sign = "▣" if alarm else "·"
        found.append(
            Listed(
                {lang: f"{sign} {number(one.value, lang, 2)} m" for lang in LANGS},
                {
                    lang: f"{_name(one.source, lang, catalogue)} · "
                    + say(f"walls.water.{key}", lang, alarm="I" * (alarm or 1))
                    for lang in LANGS
                },
            )
        )
    return found


def limits(means: Mapping[tuple[str, str], float], catalogue: Catalogue, on: date) -> list[Listed]:
    """Means of 24 hours (ug/m3) by source and pollutant against their limits, the furthest above first."""
    judged = [
        (verdict, *key, mean) for key, mean in means.items() if (verdict := judge(key[1], "24h", mean, on)) is not None
    ]
    judged.sort(key=lambda one: (-one[0].share, one[1], one[2]))
    return [
        Listed(
            {
                lang: f"{'▣' if verdict.exceeded else '·'} {number(mean, lang, 0)} / {number(verdict.limit, lang, 0)}"
                for lang in LANGS
            },
            {
                lang: f"{say(f'quantity.{quantity}', lang)} · {_name(source, lang, catalogue)}"
                + (f" · {say('walls.exceeded', lang)}" if verdict.exceeded else "")
                for lang in LANGS
            },
        )
        for verdict, source, quantity, mean in judged
    ]


async def _limits(history: History, newest: Sequence[Reading], catalogue: Catalogue, now: datetime) -> list[Listed]:
    end = now.replace(minute=0, second=0, microsecond=0)
    means: dict[tuple[str, str], float] = {}
    for one in newest:
        if "24h" in LIMITS.get(one.quantity, {}):
            hours = await _hours(history, one.source, one.quantity, end - 24 * HOUR, end)
            if len(hours) >= MEAN_HOURS:
                means[one.source, one.quantity] = sum(hour.mean for hour in hours) / len(hours)
    return limits(means, catalogue, end.astimezone(VIETNAM).date())


async def _fire(history: History, newest: Sequence[Reading], catalogue: Catalogue, now: datetime) -> list[Listed]:
    measured: dict[str, set[str]] = defaultdict(set)
    for one in newest:
        measured[one.source].add(one.quantity)
    found = []
    for source, quantities in measured.items():
        if {"temperature", "humidity", "rain"} <= quantities:
            until = now.replace(minute=0, second=0, microsecond=0)
            hours = [
                await _hours(history, source, name, until - DRY_DAYS * 24 * HOUR, until)
                for name in ("temperature", "humidity", "rain")
            ]
            days = whole_days(*hours)
            if days:
                found.append((fire_danger.nesterov(days), len(days), source))
    return [danger(index, days, source, catalogue) for index, days, source in sorted(found, reverse=True)]


async def _hours(history: History, source: str, quantity: str, since: datetime, until: datetime) -> Sequence[Step]:
    return await history.series(
        "environment", source, quantity, since=since, until=until, step_s=int(HOUR.total_seconds())
    )


def whole_days(temperature: Sequence[Step], humidity: Sequence[Step], rain: Sequence[Step]) -> list[Day]:
    """Local days in a row up to the newest that has its 13:00 and any rain reading; a gap ends the row."""

    def at_noon(steps: Sequence[Step]) -> dict[date, float]:
        local = ((step, step.at.astimezone(VIETNAM)) for step in steps)
        return {at.date(): step.mean for step, at in local if at.hour == AT_NOON}

    warm, damp = at_noon(temperature), at_noon(humidity)
    fallen: dict[date, float] = defaultdict(float)
    for step in rain:
        fallen[step.at.astimezone(VIETNAM).date()] += step.mean * step.events
    whole = warm.keys() & damp.keys() & fallen.keys()
    found: list[Day] = []
    day = max(whole, default=None)
    while day in whole:
        found.append(Day(warm[day], damp[day], fallen[day]))
        day -= timedelta(days=1)
    return found[::-1]


def danger(index: float, days: int, source: str, catalogue: Catalogue) -> Listed:
    """The level with its own name; P and how many days it adds up, since fewer dry days than there were say too little."""
    level = level_of(index, NATIONAL)
    sign = "▣" if level >= DAILY_NOTICE else "·"
    return Listed(
        {
            lang: f"{sign} {say('walls.fire.level', lang, level=ROMAN[level - 1])} · P {number(index, lang, 0)}"
            for lang in LANGS
        },
        {lang: f"{_name(source, lang, catalogue)} · {say('walls.fire.days', lang, days=days)}" for lang in LANGS},
    )
