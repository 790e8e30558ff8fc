"""Where whole events of the past are: the history that settings choose; its library is imported only where it is used."""

from __future__ import annotations

from importlib import import_module

from ioc.errors import Permanent
from ioc.ports import Clock, Past
from ioc.settings import Settings, read_secret


def past(settings: Settings, clock: Clock) -> Past:
    """Make the door; InfluxDB's must be made inside the running event loop. Raises Permanent."""
    wanted = settings.history
    if wanted.kind == "sqlite":
        kept: Past = import_module("ioc.sinks.sqlite_past").SqlitePast(wanted.sqlite.path)
        return kept
    influx = wanted.influxdb
    if influx.token_file is None:
        raise Permanent("history_token")
    config = import_module("ioc.sinks.influx_door").InfluxConfig(
        url=influx.url, org=influx.org, bucket=influx.bucket, token=read_secret(influx.token_file)
    )
    served: Past = import_module("ioc.sinks.influx_past").InfluxPast(config, clock)
    return served
