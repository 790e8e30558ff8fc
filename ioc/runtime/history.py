"""The door to history that settings choose; each door's library is imported only where it is used."""

from __future__ import annotations

import asyncio
import logging
from importlib import import_module
from typing import Any

from ioc.errors import Permanent, Retryable
from ioc.ports import History
from ioc.runtime.role import Role
from ioc.settings import read_secret
from ioc.words import say

log = logging.getLogger(__name__)


def history(role: Role) -> History:
    """Make the door; InfluxDB's must be made inside the running event loop."""
    wanted = role.settings.history
    door: Any
    if wanted.kind == "sqlite":
        door = import_module("ioc.sinks.sqlite")
        kept: History = door.SqliteHistory(
            door.SqliteConfig(path=wanted.sqlite.path, retention_days=wanted.days), role.clock
        )
        return kept
    influx = wanted.influxdb
    if influx.token_file is None:
        raise Permanent("history_token")
    door = import_module("ioc.sinks.influx_door")
    config = door.InfluxConfig(
        url=influx.url,
        org=influx.org,
        bucket=influx.bucket,
        token=read_secret(influx.token_file),
        retention_days=wanted.days,
    )
    served: History = import_module("ioc.sinks.influx_walls").InfluxWalls(config, role.clock)
    return served


async def prepared(kept: History) -> None:
    """Make history ready, however long it does not answer: alerts and acceptances need none of it.

    Raises Permanent where a person must act first.
    """
    said = False
    while True:
        try:
            return await kept.prepare()
        except Retryable as error:
            if not said:
                log.warning("%s", say(error.key, "en", **error.values))
            said = True
            await asyncio.sleep(max(error.retry_after, 1.0))
