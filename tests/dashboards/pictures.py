"""Walls drawn for people: a day out of the pipeline in a bucket of its own, asked, drawn, measured."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from pydantic import SecretStr

from dashboards.build import build
from ioc.runtime.clock import RealClock
from ioc.sinks.influx_door import InfluxConfig
from ioc.sinks.influx_walls import InfluxWalls
from tests.dashboards.grafana import answers
from tests.dashboards.preview import PREVIEWED
from tests.real_services import InfluxDB

Asked = dict[str, tuple[Any, dict[int, Any]]]
"""Wall by uid -> its JSON, and the answers to each panel by the panel's id."""


def asked(influxdb: InfluxDB, fill: Callable[[InfluxWalls], Awaitable[object]], langs: Sequence[str]) -> Asked:
    """Fill a bucket that lives as long as this call, and ask it what the previewed walls ask.

    In a thread of its own: Playwright holds an event loop in the caller's.
    """
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, _asked(influxdb, fill, langs)).result()


async def _asked(influxdb: InfluxDB, fill: Callable[[InfluxWalls], Awaitable[object]], langs: Sequence[str]) -> Asked:
    config = InfluxConfig(
        url=influxdb.url, org=influxdb.org, token=SecretStr(influxdb.token), bucket=f"test-{uuid4().hex[:12]}"
    )
    history = InfluxWalls(config, RealClock())
    try:
        await history.prepare()
        await fill(history)
        found: Asked = {}
        for uid in (f"ioc-{name}-{lang}" for name in PREVIEWED for lang in langs):
            wall = json.loads(build()[f"{uid}.json"])
            found[uid] = wall, {one["id"]: await answers(history, one) for one in wall["panels"] if one.get("targets")}
        return found
    finally:
        await history.close()
        await _remove(config, [config.bucket, history.bucket("any")])


async def _remove(config: InfluxConfig, buckets: Sequence[str]) -> None:
    token = {"Authorization": f"Token {config.token.get_secret_value()}"}
    async with httpx.AsyncClient(base_url=config.url, headers=token, trust_env=False) as http:
        for bucket in buckets:
            found = (await http.get("/api/v2/buckets", params={"name": bucket, "org": config.org})).json()
            for one in found.get("buckets", ()):
                (await http.delete(f"/api/v2/buckets/{one['id']}")).raise_for_status()


def tiny(texts: Sequence[dict[str, Any]]) -> list[str]:
    """Texts that cannot be read from five metres, or leave their tile."""
    return [f"{one['text']}: {one['px']} px" for one in texts if one["px"] < 36 or not one["inside"]]


def write(folder: Path, uid: str, picture: bytes) -> Path:
    """Keep a picture under the wall's name."""
    path = folder / f"grafana-{uid.removeprefix('ioc-').rpartition('-')[0]}.png"
    path.write_bytes(picture)
    return path
