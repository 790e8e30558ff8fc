"""The ground of the maps: outlines of the communes, served by Grafana itself; no tile and no internet needed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from ioc.places.boundaries import Boundaries

FILE: Final = Path(__file__).parents[1] / "docker" / "grafana" / "map" / "communes.geojson"
"""Where docker-compose.yml mounts it from; a province with a file of true boundaries puts its own there."""
URL: Final = "/public/ioc/map/communes.geojson"
DETAIL_M: Final = 150
"""Outlines are simplified by about this much: less than a pixel of a province on a screen."""


def build() -> str:
    """GeoJSON of the built-in cells, the same bytes every time."""
    return (
        json.dumps(Boundaries.builtin().cells(DETAIL_M), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        + "\n"
    )
