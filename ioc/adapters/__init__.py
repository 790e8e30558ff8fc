"""Format name -> adapter. Pure: bytes in, one `Parsed` per record out; no clock, no network, no files."""

from __future__ import annotations

from collections.abc import Mapping

from ioc.adapters import firms, frigate, readings, sensorthings, station_text, suricata
from ioc.adapters.parsed import Adapter, Parsed, Raw
from ioc.events import Domain

ADAPTERS: Mapping[str, Adapter] = {
    "firms": firms.parse,
    "frigate": frigate.parse,
    "readings": readings.parse,
    "sensorthings": sensorthings.parse,
    "station_text": station_text.parse,
    "suricata": suricata.parse,
}
DOMAIN_OF: Mapping[str, Domain] = {
    "firms": "hotspot",
    "frigate": "camera",
    "readings": "environment",
    "sensorthings": "environment",
    "station_text": "environment",
    "suricata": "netsec",
}
"""The domain whose events an adapter makes; a feed of it must have the same."""

__all__ = ["ADAPTERS", "DOMAIN_OF", "Adapter", "Parsed", "Raw"]
