"""Role grafana: a mark in Grafana for each alert; started only where settings name a Grafana."""

from __future__ import annotations

from urllib.parse import urlsplit

from ioc.errors import Permanent
from ioc.runtime import stream
from ioc.runtime.role import Role
from ioc.settings import read_secret
from ioc.settings.tree import loopback
from ioc.sinks.grafana import Grafana
from ioc.streams import run
from ioc.streams.mark import Marker


def main(role: Role) -> int:
    """Run until SIGTERM."""
    wanted = role.settings.grafana
    url, token_file = wanted.url, wanted.token_file
    if url is None or token_file is None:
        raise Permanent("grafana_off")
    parts = urlsplit(url)
    if parts.scheme == "http" and not (loopback(parts.hostname or "") or wanted.plain):
        raise Permanent("grafana_plain", url=url)
    verify = str(wanted.ca_file) if wanted.ca_file else True

    def door() -> Grafana:
        return Grafana(url, read_secret(token_file), verify=verify, org=wanted.org)

    marker = Marker(door, role.settings.language)
    return run.mark(
        stream.config(role, role.settings.metrics.grafana, feeds=False), marker, lambda: marker.waiting is not None
    )
