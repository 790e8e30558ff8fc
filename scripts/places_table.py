"""Make `ioc/places/communes.csv` and `former_communes.csv` again from public lists (docs/places.md names them).

    python scripts/places_table.py COMMUNES.geojson FORMER.geojson LEGACY.csv ioc/places

COMMUNES.geojson: the communes since July 2025 (code, name, type, former_province, area_km2, optional code_alt and
name_alt). FORMER.geojson: the communes of old Thái Nguyên before that (code, name, type, district, new_code_2025).
LEGACY.csv: old unit -> new unit for the whole country (districtCode, wardCode, wardType, district, ward, newWardCode);
only the districts of old Bắc Kạn (codes 58 to 66) are taken from it. Of the geometry only a middle point and an area
are kept.
"""

from __future__ import annotations

import csv
import json
import math
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry import shape

BAC_KAN_DISTRICTS = {str(code) for code in range(58, 67)}
KM2_PER_SQUARE_DEGREE = 111.195**2

COMMUNES = ["code", "name", "kind", "former_province", "former_districts", "lat", "lon", "area_km2"]
COMMUNES += ["other_codes", "other_names"]
FORMER = ["code", "name", "kind", "district", "province", "lat", "lon", "area_km2", "now"]


def lower_first(text: str) -> str:
    """Huyện Đại Từ -> huyện Đại Từ; `Thành Phố` of some lists -> thành phố."""
    for kind in ("thành phố", "huyện", "thị xã"):
        if text.casefold().startswith(kind):
            return kind + text[len(kind) :]
    raise SystemExit(f"{text!r} is no district")


def middle(geometry: Any) -> Any:
    """Centroid, or where that lies outside, a point inside."""
    centroid = geometry.centroid
    return centroid if geometry.contains(centroid) else geometry.representative_point()


def km2(geometry: Any) -> float:
    """Approximate area: the square degree shrinks with the cosine of the latitude."""
    return float(geometry.area * KM2_PER_SQUARE_DEGREE * math.cos(math.radians(geometry.centroid.y)))


def former_rows(
    path: Path, legacy: Path, now: dict[str, Any]
) -> tuple[list[dict[str, Any]], dict[str, dict[str, float]]]:
    """Rows of the former communes, and per commune of today how much of it (km², or units) each old district gave."""
    rows = []
    shares: dict[str, dict[str, float]] = {code: defaultdict(float) for code in now}
    for feature in json.loads(path.read_text(encoding="utf-8"))["features"]:
        p, geometry = feature["properties"], shape(feature["geometry"])
        point = middle(geometry)
        district = lower_first(p["district"])
        gave = {code: km2(shapely.intersection(geometry, now[code])) for code in p["new_code_2025"]}
        for code, area in gave.items():
            shares[code][district] += area
        rows.append(
            {
                "code": p["code"],
                "name": p["name"],
                "kind": p["type"],
                "district": district,
                "province": "Thái Nguyên",
                "lat": f"{point.y:.4f}",
                "lon": f"{point.x:.4f}",
                "area_km2": f"{km2(geometry):.1f}",
                "now": "|".join(sorted(gave, key=lambda code: -gave[code])),
            }
        )
    with legacy.open(encoding="utf-8", newline="") as lines:
        for line in csv.DictReader(lines):
            if line["districtCode"] not in BAC_KAN_DISTRICTS:
                continue
            kind = line["wardType"]
            district = lower_first(line["district"])
            shares[line["newWardCode"]][district] += 1
            rows.append(
                {
                    "code": f"{int(float(line['wardCode'])):05d}",
                    "name": line["ward"].removeprefix(kind).strip(),
                    "kind": kind.lower(),
                    "district": district,
                    "province": "Bắc Kạn",
                    "now": line["newWardCode"],
                }
            )
    return sorted(rows, key=lambda row: row["code"]), shares


def main(communes: Path, former: Path, legacy: Path, folder: Path) -> None:
    """Write both tables."""
    features = json.loads(communes.read_text(encoding="utf-8"))["features"]
    shapes = {f["properties"]["code"]: shape(f["geometry"]) for f in features}
    old, shares = former_rows(former, legacy, shapes)
    rows = []
    for feature in features:
        p = feature["properties"]
        point = middle(shapes[p["code"]])
        gave = sorted(shares[p["code"]].items(), key=lambda part: -part[1])
        districts = [name for name, part in gave if part > sum(shares[p["code"]].values()) / 100]
        rows.append(
            {
                "code": p["code"],
                "name": p["name"],
                "kind": p["type"],
                "former_province": p["former_province"],
                "former_districts": "|".join(districts),
                "lat": f"{point.y:.4f}",
                "lon": f"{point.x:.4f}",
                "area_km2": f"{p['area_km2']:g}",
                "other_codes": p.get("code_alt", ""),
                "other_names": p.get("name_alt", ""),
            }
        )
    for name, fields, table in (
        ("communes.csv", COMMUNES, sorted(rows, key=lambda row: row["code"])),
        ("former_communes.csv", FORMER, old),
    ):
        with (folder / name).open("w", encoding="utf-8", newline="") as out:
            out.write(
                "# Facts from public lists; sources and limits: docs/places.md. Made by scripts/places_table.py.\n"
            )
            writer = csv.DictWriter(out, fields, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(table)
        print(f"{name}: {len(table)} rows")


if __name__ == "__main__":
    if len(sys.argv) != 5:
        raise SystemExit(__doc__)
    main(*map(Path, sys.argv[1:]))
