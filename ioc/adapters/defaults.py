"""A feed description per adapter, for `ioc convert` on a file that no feed of the catalogue fits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ioc.adapters import DOMAIN_OF
from ioc.catalogue import Feed, Owner, Schedule, Title


class _Usual(NamedTuple):
    vi: str
    en: str
    every: int
    lateness: int
    prefix: str | None = None
    zone: str = "+07:00"


_USUAL: Mapping[str, _Usual] = {
    # Published up to 3 h after the pass, two passes a day; archives are read by the day.
    "firms": _Usual("Điểm nóng vệ tinh (NASA FIRMS)", "Satellite hotspots (NASA FIRMS)", 43200, 86400, "firms:", "UTC"),
    "frigate": _Usual("Camera thông minh (Frigate)", "Smart cameras (Frigate)", 3600, 600),
    "readings": _Usual("Số đo dạng bảng", "Tabular readings", 3600, 7200),
    "sensorthings": _Usual("Cảm biến OGC SensorThings", "OGC SensorThings sensors", 600, 3600),
    # Buffered files come after an outage.
    "station_text": _Usual("Trạm quan trắc tự động", "Automatic monitoring station", 300, 86400),
    "suricata": _Usual("Cảm biến an toàn thông tin (Suricata)", "Network security sensors (Suricata)", 60, 600),
}


def default_feed(adapter: str) -> Feed:
    """The built-in description; KeyError for an adapter that does not exist."""
    usual = _USUAL[adapter]
    title = Title(vi=usual.vi, en=usual.en)
    return Feed(
        name=adapter,
        adapter=adapter,
        domain=DOMAIN_OF[adapter],
        title=title,
        owner=Owner(unit=title),
        zone=usual.zone,
        schedule=Schedule(every=usual.every),
        lateness=usual.lateness,
        source_prefix=usual.prefix,
    )
