"""Names that help texts list, written out: to ask the adapters and the contract for them would load both.

A test holds them against what they name.
"""

from __future__ import annotations

from typing import Final

ADAPTERS: Final = ("firms", "frigate", "readings", "sensorthings", "station_text", "suricata")
DOMAINS: Final = ("camera", "hotspot", "environment", "netsec")
