"""What walls ask of history: InfluxQL that InfluxDB 1.8, 2.7 and 3 all take, in the names that the sink writes.

One statement per query, since Grafana reads the first answer alone. Every query names its span: `$timeFilter` for what
the wall's own span bounds, a fixed one where "now" is meant, because an alert may be open for weeks.
"""

from __future__ import annotations

from typing import Any, Final, Literal

from grafana_foundation_sdk.cog import builder, variants

from ioc.sinks.alert_points import ALERT
from ioc.sinks.board_points import BOARD, FATE, HEALTH, ROLE
from ioc.sinks.standing_points import AIR
from ioc.words import Lang

SOURCE: Final = {"type": "influxdb", "uid": "ioc-influx"}
"""The provisioned data source."""
LIVE: Final = "\"drill\" = '' AND \"shadow\" = '' AND \"replay\" = ''"
OPEN_SPAN: Final = "time > now() - 30d"
"""As far back as raw history goes: what was opened before is known to the desk alone."""
STALE: Final = "time > now() - 1m"
"""Lists and figures are told every ten seconds; what is older than six tellings is no data."""
GOOD_ONES: Final = "(\"quality\" = 'valid' OR \"quality\" = 'suspect')"


class Query(variants.Dataquery):
    """One InfluxQL target."""

    def __init__(self, text: str, shape: Literal["table", "time_series"], alias: str, ref: str) -> None:
        self.fields = {
            "refId": ref,
            "datasource": SOURCE,
            "rawQuery": True,
            "query": text,
            "resultFormat": shape,
            **({"alias": alias} if alias else {}),
        }

    def to_json(self) -> dict[str, Any]:
        """As Grafana stores it."""
        return self.fields


class Ask(builder.Builder[variants.Dataquery]):
    """A target for a panel. `alias` is needed for series with tags: Grafana's own names change their order."""

    def __init__(
        self, text: str, shape: Literal["table", "time_series"] = "table", alias: str = "", ref: str = "A"
    ) -> None:
        self._made = Query(" ".join(text.split()), shape, alias, ref)

    def build(self) -> variants.Dataquery:
        """The target."""
        return self._made


def open_alerts() -> str:
    """A row per open alert: rank, point and commune."""
    last = (
        f'SELECT LAST("rank") AS "rank", "lat", "lon" FROM "{ALERT}" '  # noqa: S608 - names of our own
        f'WHERE {LIVE} AND {OPEN_SPAN} GROUP BY "rule", "source", "commune", "place"'
    )
    return f'SELECT "rank", "lat", "lon" FROM ({last}) WHERE "rank" > 0 GROUP BY "place"'  # noqa: S608 - names of our own


def board(name: str, lang: Lang, limit: int) -> str:
    """A row per line of a told list, in the order in which it was told: `figure` and `line`."""
    told = f'LAST("shown") AS "shown", "figure_{lang}" AS "figure", "line_{lang}" AS "line"'
    return (
        f'SELECT "figure", "line" FROM (SELECT {told} FROM "{BOARD}" '  # noqa: S608 - names of our own
        f'WHERE "board" = \'{name}\' AND "place" =~ /^0[1-{limit}]$/ AND {STALE} GROUP BY "place") '
        'WHERE "shown" = 1 GROUP BY "place"'
    )


def pipeline(*fields: str) -> str:
    """Figures of the pipeline's health, as they were told last: one row."""
    last = ", ".join(f'LAST("{name}") AS "{name}"' for name in fields)
    return f'SELECT {last} FROM "{HEALTH}" WHERE {STALE}'  # noqa: S608 - names of our own


def fates() -> str:
    """Records of the last hour by fate."""
    return f'SELECT SUM("records") AS "records" FROM "{FATE}" WHERE time > now() - 1h GROUP BY "fate"'  # noqa: S608


def restarts() -> str:
    """How often processes began anew in the last day, over all roles."""
    starts = (
        f'SELECT COUNT(DISTINCT("started_s")) AS "starts" FROM "{ROLE}" '  # noqa: S608 - names of our own
        'WHERE time > now() - 24h GROUP BY "role"'
    )
    again = f'SELECT "starts" - 1 AS "again" FROM ({starts}) GROUP BY "role"'  # noqa: S608 - names of our own
    return f'SELECT SUM("again") AS "restarts" FROM ({again})'  # noqa: S608 - names of our own


def fired_per_hour() -> str:
    """Alerts that opened, per hour and severity."""
    return (
        f'SELECT COUNT("rank") AS "opened" FROM "{ALERT}" WHERE {LIVE} AND "change" = \'fired\' '  # noqa: S608 - names
        'AND $timeFilter GROUP BY time(1h), "severity" fill(0)'
    )


def timeline(by: str) -> str:
    """The rank that stood, per step of the wall's width and rule or commune."""
    return (
        f'SELECT MAX("rank") AS "rank" FROM "{ALERT}" WHERE {LIVE} AND $timeFilter '  # noqa: S608 - names of our own
        f'GROUP BY time($__interval), "{by}" fill(previous)'
    )


def readings(quantity: str, domain: str = "environment") -> str:
    """Mean of a quantity per step and source; a gap stays a gap."""
    return (
        f'SELECT MEAN("value") AS "value" FROM "{domain}" '  # noqa: S608 - names of our own
        f"WHERE \"quantity\" = '{quantity}' AND \"drill\" = '' AND \"ahead\" = '' AND {GOOD_ONES} AND $timeFilter "
        'GROUP BY time($__interval), "source" fill(null)'
    )


def newest(quantity: str, span: str, domain: str = "environment") -> str:
    """The newest reading of a quantity per source within a span; older ones are no data."""
    return (
        f'SELECT LAST("value") AS "value", "lat", "lon" FROM "{domain}" '  # noqa: S608 - names of our own
        f"WHERE \"quantity\" = '{quantity}' AND \"drill\" = '' AND \"ahead\" = '' AND {GOOD_ONES} "
        f'AND time > now() - {span} GROUP BY "source"'
    )


def hotspots() -> str:
    """A row per hotspot: place, radiative power (MW), confidence."""
    return (
        'SELECT "lat", "lon", "value" AS "frp", "confidence" FROM "hotspot" '
        "WHERE \"drill\" = '' AND \"ahead\" = '' AND $timeFilter"
    )


def events(domain: str, by: str, step: str = "$__interval") -> str:
    """Number of events per step and mark; no event is 0, because silence shows in the feeds' tile."""
    return (
        f'SELECT COUNT("value") AS "events" FROM "{domain}" '  # noqa: S608 - names of our own
        f'WHERE "drill" = \'\' AND $timeFilter GROUP BY time({step}), "{by}" fill(0)'
    )


def air_indices(lang: Lang) -> str:
    """A row per station with an hourly VN_AQI of the last two hours, and what stands beside it."""
    return (
        f'SELECT LAST("vn_aqi") AS "vn_aqi", "line_{lang}" AS "line" FROM "{AIR}" '  # noqa: S608 - names of our own
        'WHERE time > now() - 2h GROUP BY "source"'
    )
