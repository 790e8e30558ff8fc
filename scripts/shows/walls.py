"""History and walls that can be trusted from five metres: what is written, kept, asked and shown."""

import re
import sys
from collections.abc import Sequence

from shows.point import Point, command, passing

SHARE = 0.80
"""Of what InfluxDB itself reaches with the same lines in blocks of 5,000."""


def points(*, long: bool) -> Sequence[Point]:
    """The list in the order of the issue."""
    return [*_history(long=long), *_walls(), *_grafana()]


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


def _walls() -> list[Point]:
    """Walls as code, and how they are shown."""
    folder = "tests/dashboards"
    return [
        passing("walls: what the code makes, whole on one screen, strict JSON Schema", f"{folder}/test_built.py"),
        passing("walls: every query on InfluxDB 2.7 and 1.8, no empty column", f"{folder}/test_queries.py"),
        passing(
            "walls: a day of real files through the whole pipeline, the desk's worst on top", f"{folder}/test_day.py"
        ),
        passing(
            "walls: registries of @grafana/data; displayed text and colour; no data in grey", f"{folder}/test_shown.py"
        ),
        passing("walls: 78 planted mistakes, the clean base first", f"{folder}/test_mutants.py"),
        passing(
            "walls 1, 2, 3, 6 in Chromium: 36 px, 96 px, nothing cut, the worst largest at the top left",
            f"{folder}/test_preview.py",
            f"{folder}/test_day_drawn.py",
        ),
        passing(
            "what walls are told: lists, limits, danger, health",
            "tests/console/test_boards.py",
            "tests/console/test_health.py",
            "tests/console/test_surroundings.py",
            "tests/console/test_standing.py",
        ),
        passing(
            "the console's wall and Grafana's: the same alerts in the same order", "tests/console/test_walls_agree.py"
        ),
        passing("provisioning and docker-compose", f"{folder}/test_provisioning.py", "tests/docker/test_compose.py"),
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
