"""The built-in table of places: 92 communes since July 2025, and the 285 former communes they were made of.

Facts from public lists, read once from the two CSV files beside this module; sources, dates and limits stand in
docs/places.md, the files are made by `scripts/places_table.py`.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources

from ioc.places.unit import Unit


@dataclass(frozen=True, slots=True)
class Commune:
    """One commune of today.

    `code` is the five-digit code of the General Statistics Office. `former_districts` are the districts of before July
    2025 that it took land from, largest share first. `lat`, `lon` (WGS 84, 4 decimals) lie inside it, near its middle.
    `other_codes` and `other_names` occur in other public lists.
    """

    code: str
    unit: Unit
    former_province: Unit
    former_districts: tuple[Unit, ...]
    lat: float
    lon: float
    area_km2: float
    other_codes: tuple[str, ...] = ()
    other_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FormerCommune:
    """One commune of before July 2025.

    `now` are the codes of the communes it went into, largest part first. `lat`, `lon` and `area_km2` are approximate,
    and None in old Bắc Kạn.
    """

    code: str
    unit: Unit
    district: Unit
    province: Unit
    now: tuple[str, ...]
    lat: float | None = None
    lon: float | None = None
    area_km2: float | None = None


def _rows(name: str) -> list[dict[str, str]]:
    text = resources.files("ioc.places").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))


def _several(cell: str) -> tuple[str, ...]:
    return tuple(cell.split("|")) if cell else ()


def _number(cell: str) -> float | None:
    return float(cell) if cell else None


@cache
def communes() -> tuple[Commune, ...]:
    """All communes of the province, by code."""
    return tuple(
        Commune(
            code=row["code"],
            unit=Unit(row["kind"], row["name"]),
            former_province=Unit("tỉnh", row["former_province"]),
            former_districts=tuple(map(Unit.parse, _several(row["former_districts"]))),
            lat=float(row["lat"]),
            lon=float(row["lon"]),
            area_km2=float(row["area_km2"]),
            other_codes=_several(row["other_codes"]),
            other_names=_several(row["other_names"]),
        )
        for row in _rows("communes.csv")
    )


@cache
def former_communes() -> tuple[FormerCommune, ...]:
    """All communes of the two provinces before July 2025, by code (a code may live on for a larger commune)."""
    return tuple(
        FormerCommune(
            code=row["code"],
            unit=Unit(row["kind"], row["name"]),
            district=Unit.parse(row["district"]),
            province=Unit("tỉnh", row["province"]),
            now=_several(row["now"]),
            lat=_number(row["lat"]),
            lon=_number(row["lon"]),
            area_km2=_number(row["area_km2"]),
        )
        for row in _rows("former_communes.csv")
    )
