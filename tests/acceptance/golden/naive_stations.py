"""The alerts that the station file must raise, worked out the plain way: csv, and thresholds typed in by hand.

    python naive_stations.py thainguyen_aqiin_measurements.csv > stations.json

How the file is replayed, in plain words (docs/golden.md has each choice with its reason):
- Rows are taken in the order of their time; the clock stands at the greatest time so far, and runs 24 hours past the
  last row, so that everything that falls due within a day still happens.
- A row more than 300 s ahead of its own ingest time is future: it meets no rule and the station has not spoken.
- A reading is told by station, parameter and time; the same again is a duplicate and counts once.
- Hold: a level fires when it was first reached, plus the hold, unless a reading below the level came before.
- Settle: a severity ends when a reading first passed its clear level, plus the settle, unless one came back before.
  Each severity has its own hold and settle; the alert shows the highest that is on, and ends when none is.
- A station is lost 3 h after its last reading (minor), and 4 x 3 h after it (moderate); the next reading ends it.
  It is waited for from the first moment of the replay on, if the catalogue expects it and the file mentions it.
- Dust (pm25, pm10, each by itself) is stuck once at least six readings in a row have been the same for 6 h (minor) or
  24 h (moderate) from the first to the newest; half an hour after another value came it ends, or after 24 h goes on.
- What falls due at the very second of a reading happens before the reading.
- `value` is the newest reading before that moment (one at that very second comes after); a silence has none.
"""

import csv
import json
import sys
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

AHEAD = timedelta(seconds=300)
RUN_ON = timedelta(hours=24)
STATIONS = {
    "Thai Nguyen Hung Vuong Street Thai Nguyen City, Thai Nguyen, Thai Nguyen, Vietnam": "aqi:hung-vuong",
    "Mo Che, Thanh pho Song Cong, Thai Nguyen, Vietnam": "aqi:mo-che",
    "Quan Trieu, Thanh pho Thai Nguyen, Thai Nguyen, Vietnam": "aqi:quan-trieu",
    "Trung Thanh, Thanh pho Thai Nguyen, Thai Nguyen, Vietnam": "aqi:trung-thanh",
    "Thai Nguyen, Thai Nguyen, Vietnam": "aqi:thai-nguyen",
    "Thanh pho Song Cong, Thai Nguyen, Vietnam": "aqi:song-cong-city",
    "Thanh pho Thai Nguyen, Thai Nguyen, Vietnam": "aqi:thai-nguyen-city",
}
NOT_WAITED_FOR = {"aqi:thai-nguyen", "aqi:song-cong-city", "aqi:thai-nguyen-city"}

# rule -> parameter, whether the level itself counts as reached, [(severity, level, clear)]; all hold 30 min, settle 1 h.
RULES: dict[str, tuple[str, bool, list[tuple[str, float, float]]]] = {
    "pm25-high": ("pm25", False, [("moderate", 80, 70), ("severe", 150, 130), ("extreme", 250, 220)]),
    "pm10-high": ("pm10", False, [("moderate", 250, 220), ("severe", 350, 310), ("extreme", 420, 380)]),
    "so2-high": ("so2", False, [("moderate", 350, 315), ("severe", 800, 720), ("extreme", 1600, 1440)]),
    "no2-high": ("no2", False, [("moderate", 200, 180), ("severe", 1200, 1080), ("extreme", 2350, 2115)]),
    "o3-high": ("o3", False, [("moderate", 200, 180), ("severe", 400, 360), ("extreme", 800, 720)]),
    "co-high": ("co", False, [("moderate", 30000, 27000), ("severe", 60000, 54000), ("extreme", 90000, 81000)]),
    "heat": ("temp", True, [("moderate", 37, 36), ("severe", 39, 38)]),
}
HOLD = timedelta(minutes=30)
SETTLE = timedelta(hours=1)
LOST = [("minor", timedelta(hours=3)), ("moderate", timedelta(hours=12))]
STUCK = [("minor", timedelta(hours=6)), ("moderate", timedelta(hours=24))]
STUCK_READINGS = 6
STUCK_SETTLE = timedelta(minutes=30)
ORDER = ["minor", "moderate", "severe", "extreme"]

Reading = tuple[datetime, float]
Spell = tuple[datetime, datetime | None]


def time_of(text: str) -> datetime:
    """`2026-05-14T04:09:51Z`."""
    return datetime.fromisoformat(text)


def written(moment: datetime | None) -> str | None:
    """As the golden file writes it."""
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def spells(readings: list[Reading], level: float, clear: float, *, inclusive: bool, end: datetime) -> list[Spell]:
    """From when to when one severity was on, for the readings of one station and parameter in the order of time."""

    def over(value: float, limit: float) -> bool:
        return value >= limit if inclusive else value > limit

    found: list[Spell] = []
    on_since = reached_since = clear_since = None
    for moment, value in [*readings, (end, None)]:
        if on_since is None and reached_since is not None and reached_since + HOLD <= moment:
            on_since, reached_since = reached_since + HOLD, None
        if on_since is not None and clear_since is not None and clear_since + SETTLE <= moment:
            found.append((on_since, clear_since + SETTLE))
            on_since = clear_since = None
        if value is None:
            break
        if on_since is None:
            reached_since = (reached_since or moment) if over(value, level) else None
        else:
            clear_since = None if over(value, clear) else (clear_since or moment)
    if on_since is not None:
        found.append((on_since, None))
    return found


def silences(spoke: list[datetime], after: timedelta, end: datetime) -> list[Spell]:
    """From when to when a station was silent for longer than `after`."""
    found: list[Spell] = [(earlier + after, later) for earlier, later in pairwise(spoke) if later - earlier >= after]
    if spoke[-1] + after <= end:
        found.append((spoke[-1] + after, None))
    return found


def standstills(readings: list[Reading], after: timedelta, end: datetime) -> list[Spell]:
    """From when to when a value had been the same for `after`; what moved less than the settle ago is still on."""
    found: list[Spell] = []
    row: list[datetime] = []
    on_since = moved = held = None
    for moment, value in [*readings, (end, None)]:
        if on_since is not None and moved is not None and moved + STUCK_SETTLE <= moment:
            found.append((on_since, moved + STUCK_SETTLE))
            on_since = moved = None
        if value is None:
            break
        row = [*row, moment] if value == held else [moment]
        held = value
        stuck = len(row) >= STUCK_READINGS and moment - row[0] >= after
        if on_since is None:
            on_since = moment if stuck else None
        else:
            moved = None if stuck else (moved or moment)
    if on_since is not None:
        found.append((on_since, None))
    return found


def episodes(rule: str, key: str, on: dict[str, list[Spell]], readings: list[Reading]) -> list[dict[str, Any]]:
    """The spells of all severities of one rule and station, told as alerts that open, rise, fall and end."""
    moments = {moment for found in on.values() for spell in found for moment in spell if moment is not None}
    told: list[dict[str, Any]] = []
    shown = None
    for moment in sorted(moments):
        standing = [s for s in ORDER for a, b in on.get(s, []) if a <= moment and (b is None or moment < b)]
        now = standing[-1] if standing else None
        if now == shown:
            continue
        value = [v for t, v in readings if t < moment][-1] if readings else None
        if shown is None:
            told.append({"rule": rule, "key": key, "opened_at": written(moment), "ended_at": None, "steps": []})
        if now is None:
            told[-1]["ended_at"] = written(moment)
        else:
            how = "opened" if shown is None else "raised" if ORDER.index(now) > ORDER.index(shown) else "lowered"
            told[-1]["steps"].append({"at": written(moment), "how": how, "severity": now, "value": value})
        shown = now
    return told


def main(path: str) -> dict[str, Any]:
    """Read the file, count its fates, list its alerts."""
    with open(path, encoding="utf-8", newline="") as file:  # noqa: PTH123  # csv alone
        rows = sorted(csv.DictReader(file), key=lambda row: time_of(row["timestamp_utc"]))
    begin, end = time_of(rows[0]["timestamp_utc"]), time_of(rows[-1]["timestamp_utc"]) + RUN_ON
    fates = {"accepted": 0, "duplicate": 0, "late": 0, "future": 0, "ignored": 0, "rejected": 0}
    readings: dict[tuple[str, str], list[Reading]] = {}
    spoke: dict[str, list[datetime]] = {}
    seen = set()
    for row in rows:
        moment, station = time_of(row["timestamp_utc"]), STATIONS[row["station_name"]]
        name = (station, row["parameter"], moment)
        if name in seen:
            fates["duplicate"] += 1
            continue
        seen.add(name)
        if moment > time_of(row["ingest_time"]) + AHEAD:
            fates["future"] += 1
            continue
        fates["accepted"] += 1
        readings.setdefault((station, row["parameter"]), []).append((moment, float(row["value"])))
        spoke.setdefault(station, []).append(moment)

    told = []
    furthest = {}
    for rule, (parameter, inclusive, severities) in RULES.items():
        of_rule = {station: found for (station, p), found in readings.items() if p == parameter}
        highest = max(value for found in of_rule.values() for _, value in found)
        furthest[rule] = {"highest": highest, "lowest_level": severities[0][1]}
        for station, found in of_rule.items():
            on = {s: spells(found, level, clear, inclusive=inclusive, end=end) for s, level, clear in severities}
            told += episodes(rule, station, on, found)
    for (station, parameter), found in readings.items():
        if parameter in ("pm25", "pm10"):
            on = {severity: standstills(found, after, end) for severity, after in STUCK}
            told += episodes("station-stuck", f"{station}|{parameter}", on, found)
    for station, moments in spoke.items():
        if station not in NOT_WAITED_FOR:
            on = {severity: silences([begin, *moments], after, end) for severity, after in LOST}
            told += episodes("station-silent", station, on, [])
    told.sort(key=lambda e: (e["opened_at"], e["rule"], e["key"]))
    return {"records": len(rows), "fates": fates, "clock_ends": written(end), "furthest": furthest, "episodes": told}


if __name__ == "__main__":
    json.dump(main(sys.argv[1]), sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")
