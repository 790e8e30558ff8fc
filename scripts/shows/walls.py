"""History and walls that can be trusted from five metres: what is written, kept, asked and shown."""

import re
import sys
from collections.abc import Sequence

from shows.point import Point, command, passing

SHARE = 0.80
"""Of what InfluxDB itself reaches with the same lines in blocks of 5,000."""


def points(*, long: bool) -> Sequence[Point]:
    """The list in the order of the issue."""
    return [*_history(long=long), *_grafana()]


def _history(*, long: bool) -> list[Point]:
    return [
        passing("history: one contract over SQLite, InfluxDB 2.7 and 1.8", "tests/sinks/test_history_contract.py"),
        passing(
            "history: 204 before commit, 4xx by halving, expired counted, waits told (R10)",
            "tests/sinks/test_influxdb.py",
            "tests/sinks/test_recorder_process.py",
        ),
        passing("R9: InfluxDB killed under 2,000 events/s, short form", "tests/sinks/test_outage.py"),
        passing("R11: InfluxDB's disk full", "tests/sinks/test_full_disk.py"),
        passing("S9: hostile texts as line protocol, short form", "tests/sinks/test_fields.py"),
        passing(
            "one alert of our own while history is not written",
            "tests/runtime/test_history_watch.py",
            "tests/streams/test_standstill.py",
        ),
        passing(
            "rollups: what they say is what the events say, on every store",
            "tests/sinks/test_rollups.py",
            "tests/sinks/test_long_walls.py",
        ),
        passing("series counted and capped", "tests/sinks/test_cardinality.py"),
        command("write rate", [sys.executable, "bench/history.py"], f"{SHARE:.0%} of InfluxDB's own", _share),
        *([_long("outage"), _long("injection")] if long else []),
    ]


def _grafana() -> list[Point]:
    return [
        passing(
            "Grafana's API by its OpenAPI: marks, walls, playlist, data source, alert",
            "tests/sinks/test_grafana.py",
            "tests/sinks/test_grafana_site.py",
            "tests/cli/test_dashboards_push.py",
        ),
        passing(
            "role grafana: one mark per alert, closed at its end, over restarts and outages",
            "tests/streams/test_mark.py",
            "tests/runtime/test_grafana_role.py",
        ),
    ]


def _share(said: str, code: int) -> tuple[str, bool]:
    found = re.search(r"([\d,]+\.\d) /s\s+(\d+)% of its limit", said)
    if code or found is None:
        return said.strip().splitlines()[-1][:200] if said.strip() else "-", False
    return f"{found[1]} events/s, {found[2]} %", int(found[2]) >= 100 * SHARE


def _long(name: str) -> Point:
    return command(
        f"long form of {name}",
        [sys.executable, "scripts/long", name],
        "every run passes",
        lambda said, code: (said.strip().splitlines()[-1][:200] if said.strip() else "-", code == 0),
    )
