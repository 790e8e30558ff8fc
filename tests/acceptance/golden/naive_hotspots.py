"""The alerts that the FIRMS week must raise, worked out the plain way: csv, and thresholds typed in by hand.

    python naive_hotspots.py pcc3e_world_fires_7_day.csv > hotspots_as_it_stands.json
    python naive_hotspots.py pcc3e_world_fires_7_day.csv -29.15,-5.1 > hotspots_on_dinh_hoa.json
    python naive_hotspots.py pcc3e_world_fires_7_day.csv -29.46,-4.84 > hotspots_on_gang_thep.json

How the file is replayed, in plain words (docs/golden.md has each choice with its reason):
- Rows are taken in the order of their time, rows of one minute in the order of the file. The clock runs 24 hours past
  the last row. The file has no ingest time, so no row is future.
- A second argument moves every point by so many degrees north and east before anything else looks at it.
- A detection counts for the rule when it lies in a commune of the province, its confidence is above 50 %, and it is
  not within the radius of a place that is warm by its work.
- One alert per satellite and commune. A detection above 5, 20 or 100 MW brings moderate, severe or extreme at once and
  keeps it for 6 hours. The alert shows the highest severity that is kept, and ends when none is.
- What falls due at the very minute of a detection happens before it.
- `value` is the power of the detection that opened or raised; time alone lowers, so there it is null.
- Satellites are not expected to speak (catalogue), so their silence raises nothing.

The communes are the one thing taken from the product: the built-in map, asked for one point at a time.
"""

import csv
import json
import math
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from ioc.places.boundaries import Boundaries

RULE = "hotspot-fire"
SATELLITES = {"T": "firms:terra", "A": "firms:aqua"}
LEVELS = [("moderate", 5), ("severe", 20), ("extreme", 100)]
ORDER = ["moderate", "severe", "extreme"]
KEPT = timedelta(hours=6)
RUN_ON = timedelta(hours=24)
# Steel works and cement works: latitude, longitude, radius in km.
WARM = [(21.5570, 105.8720, 2.0), (21.7060, 105.9050, 1.5), (21.6210, 105.7540, 1.5), (21.6980, 105.8700, 1.5)]
EARTH_KM = 6371.0088


def time_of(row: dict[str, str]) -> datetime:
    """`2022-03-28` and `0005` are five past midnight UTC."""
    return datetime.strptime(row["acq_date"] + row["acq_time"].zfill(4), "%Y-%m-%d%H%M").replace(tzinfo=UTC)


def written(moment: datetime) -> str:
    """As the golden file writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def km_between(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Haversine."""
    a, b, c = math.radians(lat1), math.radians(lat2), math.radians(lon2 - lon1)
    h = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(c / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(h))


def let_time_pass(episode: dict[str, Any], kept_until: dict[str, datetime], now: datetime) -> None:
    """Severities that are kept no longer fall away, one moment after the other."""
    while kept_until and (due := kept_until[max(kept_until, key=ORDER.index)]) <= now:
        for severity in [s for s, until in kept_until.items() if until <= due]:
            del kept_until[severity]
        if kept_until:
            left = max(kept_until, key=ORDER.index)
            episode["steps"].append({"at": written(due), "how": "lowered", "severity": left, "value": None})
        else:
            episode["ended_at"] = written(due)


def detections(
    rows: list[dict[str, str]], north: float, east: float, fates: Counter[str], counted: Counter[str]
) -> Iterator[tuple[str, datetime, float]]:
    """Satellite with commune, time and megawatts of each detection that counts for the rule; the rest is counted."""
    communes = Boundaries.builtin()
    seen = set()
    for row in rows:
        moment, source = time_of(row), SATELLITES[row["satellite"]]
        lat, lon = float(row["latitude"]) + north, float(row["longitude"]) + east
        name = (source, moment, round(lat, 4), round(lon, 4))
        if not (-90 <= lat <= 90 and -180 <= lon <= 180):
            fates["rejected"] += 1
            continue
        if name in seen:
            fates["duplicate"] += 1
            continue
        seen.add(name)
        fates["accepted"] += 1
        commune = communes.commune_at(lat, lon, moment)
        if commune is None:
            continue
        counted["in_province"] += 1
        if any(km_between(lat, lon, a, b) <= radius for a, b, radius in WARM):
            counted["warm_by_work"] += 1
            continue
        if int(row["confidence"]) / 100 <= 0.5:
            counted["doubtful"] += 1
            continue
        counted["fire"] += 1
        yield f"{source}|{commune.code}", moment, float(row["frp"])


def alerts(fires: Iterator[tuple[str, datetime, float]], end: datetime) -> list[dict[str, Any]]:
    """Told as alerts that open, rise, fall and end."""
    told: list[dict[str, Any]] = []
    open_now: dict[str, tuple[dict[str, Any], dict[str, datetime]]] = {}
    for key, moment, megawatts in fires:
        reached = [severity for severity, level in LEVELS if megawatts > level]
        if not reached:
            continue
        if key in open_now:
            let_time_pass(*open_now[key], moment)
        if key not in open_now or not open_now[key][1]:
            told.append({"rule": RULE, "key": key, "opened_at": written(moment), "ended_at": None, "steps": []})
            open_now[key] = (told[-1], {})
        episode, kept_until = open_now[key]
        shown = max(kept_until, key=ORDER.index) if kept_until else None
        kept_until |= dict.fromkeys(reached, moment + KEPT)
        if shown is None or ORDER.index(reached[-1]) > ORDER.index(shown):
            how = "raised" if shown else "opened"
            episode["steps"].append({"at": written(moment), "how": how, "severity": reached[-1], "value": megawatts})
    for episode, kept_until in open_now.values():
        let_time_pass(episode, kept_until, end)
    return sorted(told, key=lambda e: (e["opened_at"], e["rule"], e["key"]))


def main(path: str, move: str = "0,0") -> dict[str, Any]:
    """Read the file, count its fates, list its alerts."""
    north, east = (float(part) for part in move.split(","))
    with open(path, encoding="utf-8", newline="") as file:  # noqa: PTH123  # csv alone
        rows = sorted(csv.DictReader(file), key=time_of)
    end = time_of(rows[-1]) + RUN_ON
    fates = Counter(accepted=0, duplicate=0, late=0, future=0, ignored=0, rejected=0)
    counted = Counter(in_province=0, warm_by_work=0, doubtful=0, fire=0)
    episodes = alerts(detections(rows, north, east, fates, counted), end)
    return {
        "records": len(rows),
        "moved": move,
        "fates": fates,
        "clock_ends": written(end),
        "counted": counted,
        "episodes": episodes,
    }


if __name__ == "__main__":
    json.dump(main(*sys.argv[1:]), sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")
