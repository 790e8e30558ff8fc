"""Lookups per second of `Boundaries.commune_at`, one core: python bench/places.py [BOUNDARIES.geojson].

Points are drawn evenly over the province's rectangle, about 63 in 100 of them inside it.
"""

from __future__ import annotations

import json
import random
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from ioc.places.boundaries import Boundaries

POINTS = 100_000
AT = datetime(2026, 11, 21, tzinfo=UTC)


def main() -> None:
    """Print the time to build the map and the rate."""
    draw = random.Random(1)
    points = [(draw.uniform(21.3, 22.75), draw.uniform(105.43, 106.25)) for _ in range(POINTS)]
    begun = time.perf_counter()
    if len(sys.argv) > 1:
        boundaries = Boundaries.from_geojson(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    else:
        boundaries = Boundaries.builtin()
    built = time.perf_counter() - begun
    begun = time.perf_counter()
    inside = sum(boundaries.commune_at(lat, lon, AT) is not None for lat, lon in points)
    rate = POINTS / (time.perf_counter() - begun)
    print(f"built in {built * 1000:.0f} ms; {rate:,.0f} lookups/s; {inside / POINTS:.0%} inside")


if __name__ == "__main__":
    main()
