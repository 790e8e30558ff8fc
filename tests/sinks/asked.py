"""A query of a wall, asked of InfluxDB as Grafana's backend asks it."""

from __future__ import annotations

from typing import Any

from ioc.sinks.influx_walls import InfluxWalls
from tests.sinks.history_events import just_now


async def ask(history: InfluxWalls, query: str) -> dict[str, list[Any]]:
    """Columns of the answer over the last day, with Grafana's macros filled in."""
    now = int(just_now().timestamp() * 1000) + 60_000
    text = query.replace("$timeFilter", f"time >= {now - 86_400_000}ms and time <= {now}ms")
    answer = await history._call(
        "/query",
        post_params={"db": history._config.bucket, "q": text.replace("$__interval", "5m"), "epoch": "ms"},
    )
    (result,) = answer["results"]
    assert "error" not in result, result
    columns: dict[str, list[Any]] = {}
    for series in result.get("series", ()):
        for row in series["values"]:
            for name, value in zip(series["columns"], row, strict=True):
                columns.setdefault(name, []).append(value)
    return columns
