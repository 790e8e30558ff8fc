"""Walls as Grafana would read them: its own registries and its own data pipeline in Node, and answers of InfluxDB."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from ioc.sinks.influx_walls import InfluxWalls
from tests.real_services import GrafanaPackages

NODE = Path(__file__).parent / "node"
DAY_MS = 86_400_000


class Shown(NamedTuple):
    """One value of a tile as it is displayed: its name, its text with its unit, its colour."""

    title: str
    text: str
    colour: str


def real_now() -> datetime:
    """The server's "now" is this machine's, and lists older than a minute are no data."""
    return datetime.now(UTC)  # noqa: TID251 - see above


def node(packages: GrafanaPackages, script: str, given: Any) -> Any:
    """Run one of the scripts in `node/` on a JSON value; its answer."""
    done = subprocess.run(
        [packages.node, str(NODE / script)],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "NODE_PATH": str(packages.modules)},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def lint(packages: GrafanaPackages, walls: Mapping[str, Any]) -> dict[str, list[str]]:
    """What each wall names that Grafana does not have."""
    found: dict[str, list[str]] = node(packages, "lint.cjs", walls)["findings"]
    return found


async def answer(history: InfluxWalls, query: str) -> Any:
    """InfluxDB's answer, with Grafana's macros filled in as its backend does."""
    now = int(real_now().timestamp() * 1000) + 60_000
    text = query.replace("$timeFilter", f"time >= {now - DAY_MS}ms and time <= {now}ms")
    return await history._call(
        "/query",
        post_params={"db": history.bucket(), "q": text.replace("$__interval", "300000ms"), "epoch": "ms"},
    )


async def answers(history: InfluxWalls, panel: Mapping[str, Any]) -> list[Any]:
    """To every query of a panel."""
    return [await answer(history, target["query"]) for target in panel.get("targets", ())]


def columns(told: Any) -> dict[str, list[Any]]:
    """Columns of an answer, all series together; fails where the statement did."""
    (result,) = told["results"]
    assert "error" not in result, result
    found: dict[str, list[Any]] = {}
    for series in result.get("series", ()):
        for row in series["values"]:
            for name, value in zip(series["columns"], row, strict=True):
                found.setdefault(name, []).append(value)
    return found


def shown(packages: GrafanaPackages, asked: Sequence[tuple[Mapping[str, Any], Sequence[Any]]]) -> list[Any]:
    """What each panel displays of its answers: a list of `Shown` for tiles of values, frames of cells for others."""
    told = node(packages, "shown.cjs", [{"panel": panel, "answers": list(found)} for panel, found in asked])
    made: list[Any] = []
    for one in told:
        assert "error" not in one, one
        values = one["shown"]
        is_tile = bool(values) and "text" in values[0]
        made.append([Shown(v["title"], v["text"], v["color"]) for v in values] if is_tile else values)
    return made
