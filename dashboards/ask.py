"""What walls ask of history: InfluxQL that InfluxDB 1.8, 2.7 and 3 all take, in the names that the sink writes.

One statement per query, since Grafana reads the first answer alone. Every query names its span: `$timeFilter` for what
the wall's own span bounds, a fixed one where "now" is meant, because an alert may be open for weeks.
"""

from __future__ import annotations

from typing import Any, Final, Literal

from grafana_foundation_sdk.cog import builder, variants

from ioc.sinks.alert_points import ALERT, OPEN
from ioc.sinks.standing_points import AIR, DESK, FEED

SOURCE: Final = {"type": "influxdb", "uid": "ioc-influx"}
"""The provisioned data source."""
LIVE: Final = "\"drill\" = '' AND \"shadow\" = '' AND \"replay\" = ''"
OPEN_SPAN: Final = "time > now() - 30d"
"""As far back as raw history goes: what was opened before is known to the desk alone."""
STALE: Final = "time > now() - 1m"
"""Desk and feeds are told every ten seconds; what is older than six tellings is no data."""
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


def _last_ones(columns: str, where: str = "") -> str:
    return (
        f'SELECT {columns} FROM "{ALERT}" WHERE {LIVE} AND {OPEN_SPAN} {where} '  # noqa: S608 - names of our own
        'GROUP BY "rule", "source", "commune"'
    )


def open_counts() -> str:
    """One row: how many alerts of each severity are open; 0 is told from no data."""
    last = ", ".join(f'LAST("{name}") AS "{name}"' for name in OPEN)
    sums = ", ".join(f'SUM("{name}") AS "{name}"' for name in OPEN)
    return f"SELECT {sums} FROM ({_last_ones(last)})"  # noqa: S608 - names of our own


def open_alerts(lang: str, where: str = "", limit: int = 0) -> str:
    """A row per open alert with its place, the gravest in no order of its own."""
    columns = f'LAST("rank") AS "rank", "title_{lang}" AS "title", "why_{lang}" AS "why", "lat", "lon", "opened_ms"'
    most = f" LIMIT {limit}" if limit else ""
    return (
        'SELECT "rank", "title", "why", "lat", "lon", "opened_ms" '  # noqa: S608 - names of our own
        f'FROM ({_last_ones(columns, where)}) WHERE "rank" > 0{most}'
    )


def unaccepted(severity: str) -> str:
    """How many alerts of a severity nobody has accepted, and the age of the oldest in seconds."""
    return (
        f'SELECT LAST("waiting") AS "waiting", "oldest_s" FROM "{DESK}" '  # noqa: S608 - names of our own
        f"WHERE \"severity\" = '{severity}' AND {STALE}"
    )


def feeds(domain: str = "") -> str:
    """A row per feed: its name, state against its own schedule, seconds since it was heard."""
    where = f" AND \"domain\" = '{domain}'" if domain else ""
    return (
        f'SELECT LAST("state") AS "state", "title", "age_s" FROM "{FEED}" WHERE {STALE}{where} '  # noqa: S608 - names
        'GROUP BY "feed"'
    )


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


def air_indices() -> str:
    """A row per station with an hourly VN_AQI of the last two hours; twice, as a number and for its band."""
    return (
        f'SELECT LAST("vn_aqi") AS "vn_aqi", "vn_aqi" AS "band_index" FROM "{AIR}" '  # noqa: S608 - names of our own
        'WHERE time > now() - 2h GROUP BY "source"'
    )
