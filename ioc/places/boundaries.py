"""Versions of the administrative map: point and time -> commune, with its former district; names -> communes.

The built-in map is approximate (`ioc.places.cells`); an operator's file of true boundaries replaces it, and a file of
the communes of before July 2025 tells what a place was called then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from functools import cache
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from ioc.errors import Permanent
from ioc.places.cells import Cell, approximate_cells, district_cells
from ioc.places.geojson import Area, feature_collection, read_areas
from ioc.places.geometry import Lookup
from ioc.places.place import Near, Place
from ioc.places.search import Index
from ioc.places.sphere import Point, bearing, direction, distance_km
from ioc.places.table import communes, former_communes
from ioc.places.unit import Unit

COMMUNES_SINCE = date(2025, 7, 1)
"""First day of the merged province and its 92 communes (resolutions 202/2025/QH15 and 1683/NQ-UBTVQH15)."""
LOCAL = timezone(timedelta(hours=7))
"""Indochina time; maps change at its midnight."""


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=LOCAL)


class Edition:
    """One map of communes, valid from the midnight that begins `valid_from`, until the next edition."""

    def __init__(self, valid_from: date, places: Iterable[Place], cells: Iterable[Cell]) -> None:
        self.valid_from = valid_from
        self.begins = _midnight(valid_from)
        self.places = tuple(sorted(places, key=lambda p: p.code))
        self.cells = tuple(cells)
        self.index = Index(self.places)
        by_code = {place.code: place for place in self.places}
        self._views = tuple(
            replace(by_code[cell.code], former_districts=(cell.district,)) if cell.district else by_code[cell.code]
            for cell in self.cells
        )
        self._lookup = Lookup(cell.shape for cell in self.cells)

    def at(self, point: Point) -> Place | None:
        """The commune that holds the point, with the old district there."""
        hit = self._lookup.at(point)
        return None if hit is None else self._views[hit]

    def shapes(self) -> list[tuple[Place, BaseGeometry]]:
        """Each commune with its whole shape, by code."""
        parts: dict[str, list[BaseGeometry]] = {}
        for cell in self.cells:
            parts.setdefault(cell.code, []).append(cell.shape)
        return [(place, _joined(parts[place.code])) for place in self.places]


def _joined(parts: Sequence[BaseGeometry]) -> BaseGeometry:
    return parts[0] if len(parts) == 1 else shapely.union_all(parts, grid_size=1e-7)


class FormerMap:
    """Communes of before July 2025 from a file: which one, of which district, held a point."""

    def __init__(self, areas: Sequence[Area]) -> None:
        self.areas = tuple(areas)
        self._lookup = Lookup(area.shape for area in self.areas)

    def at(self, point: Point) -> Area | None:
        """The former commune at the point, or None outside what the file covers."""
        hit = self._lookup.at(point)
        return None if hit is None else self.areas[hit]

    def divide(self, cells: Iterable[Cell]) -> list[Cell]:
        """Cells cut along the old districts; what the file does not cover keeps the district it had."""
        outlines: dict[Unit, list[BaseGeometry]] = {}
        for area in self.areas:
            if area.district:
                outlines.setdefault(area.district, []).append(area.shape)
        districts = [(unit, shapely.union_all(parts)) for unit, parts in outlines.items()]
        divided: list[Cell] = []
        for cell in cells:
            rest = cell.shape
            for unit, outline in districts:
                if not outline.intersects(rest):
                    continue
                divided += (Cell(cell.code, unit, part) for part in _polygons(shapely.intersection(rest, outline)))
                rest = shapely.difference(rest, outline)
            divided += (Cell(cell.code, cell.district, part) for part in _polygons(rest))
        return sorted(divided, key=lambda c: (c.code, -c.shape.area))


def _polygons(shape: BaseGeometry) -> list[BaseGeometry]:
    return [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon" and part.area > 0]


class Boundaries:
    """What the product knows of places; unchanging after it is built.

    Times before the first edition get the first edition's commune: an event of 2024 is looked after by the commune that
    is there now, and `Place.then` says what it was where the former map is loaded.
    """

    def __init__(self, editions: Sequence[Edition], former: FormerMap | None = None) -> None:
        if not editions:
            raise ValueError("at least one edition of the map")
        self._editions = tuple(sorted(editions, key=lambda e: e.valid_from))
        self._former = former

    @classmethod
    def builtin(cls) -> Boundaries:
        """The approximate map of the 92 communes; made once per process."""
        return _builtin()

    @classmethod
    def from_geojson(
        cls, data: object, *, former: object | None = None, valid_from: date = COMMUNES_SINCE
    ) -> Boundaries:
        """True boundaries from a parsed GeoJSON file, optionally with the file of the former communes.

        Raises `Permanent` with a code `boundaries_*` for the first mistake in a file; see `ioc.places.geojson`.
        """
        past = FormerMap(read_areas(former)) if former is not None else None
        return cls([_edition(read_areas(data, _aliases()), past, valid_from)], past)

    def with_edition(self, data: object, valid_from: date) -> Boundaries:
        """The same and a further map from a day on; ValueError where that day has one already."""
        if any(edition.valid_from == valid_from for edition in self._editions):
            raise ValueError(f"two maps from {valid_from}")
        return Boundaries([*self._editions, _edition(read_areas(data), self._former, valid_from)], self._former)

    def edition_at(self, observed_at: datetime) -> Edition:
        """The map valid at a time (with zone), else the first."""
        found = self._editions[0]
        for edition in self._editions:
            if edition.begins <= observed_at:
                found = edition
        return found

    def commune_at(self, lat: float, lon: float, observed_at: datetime) -> Place | None:
        """The commune at a point, None outside the province; TypeError for a time without zone."""
        edition = self.edition_at(observed_at)
        place = edition.at(Point(lat, lon))
        if place is None or self._former is None or observed_at >= edition.begins:
            return place
        area = self._former.at(Point(lat, lon))
        return replace(place, then=area.unit) if area and area.unit else place

    @property
    def places(self) -> tuple[Place, ...]:
        """Communes of the newest map, by code."""
        return self._editions[-1].places

    @property
    def approximate(self) -> bool:
        """Whether the newest map is drawn from middle points only; screens say so."""
        return any(place.approximate for place in self.places)

    def place(self, code: str) -> Place | None:
        """The commune of a code, newest map first; codes of other lists are understood."""
        for edition in reversed(self._editions):
            if found := edition.index.by_code(code):
                return found
        return None

    def nearest(self, lat: float, lon: float) -> Near:
        """Distance and direction from the nearest commune's middle, inside the province or out."""
        point = Point(lat, lon)
        km, place = min(((distance_km(Point(p.lat, p.lon), point), p) for p in self.places), key=lambda d: d[0])
        return Near(place, km, direction(bearing(Point(place.lat, place.lon), point)))

    def find(self, text: str) -> list[Place]:
        """Communes by name, former name, old district or code, best first; see `ioc.places.search`."""
        return self._editions[-1].index.find(text)

    def named(self, name: str) -> Place | None:
        """The one commune that is called so (`La Bằng`, `xã La Bằng`), marks needed; None also where several are."""
        return self._editions[-1].index.named(name)

    def cells(self, detail_m: float = 0) -> dict[str, Any]:
        """The newest map as a GeoJSON FeatureCollection; `detail_m` simplifies it for a screen."""
        return feature_collection(self._editions[-1].shapes(), detail_m)


@cache
def _builtin() -> Boundaries:
    places = [Place.of(commune, approximate=True) for commune in communes()]
    alone = {p.code: p.former_districts[0] for p in places if len(p.former_districts) == 1}
    cells = [
        cell._replace(district=cell.district or alone.get(cell.code))
        for cell in approximate_cells(communes(), former_communes())
    ]
    return Boundaries([Edition(COMMUNES_SINCE, places, cells)])


def _aliases() -> Mapping[str, str]:
    return {other: commune.code for commune in communes() for other in commune.other_codes}


def _edition(areas: Sequence[Area], former: FormerMap | None, valid_from: date) -> Edition:
    """A map from judged areas; the built-in table fills in what the file does not say of a commune it knows."""
    known = {commune.code: commune for commune in communes()}
    given = {area.code for area in areas}
    missing = [commune for commune in known.values() if commune.code not in given]
    if valid_from == COMMUNES_SINCE and 0 < len(missing) < len(known):
        names = ", ".join(str(commune.unit) for commune in missing[:5])
        raise Permanent("boundaries_missing", count=len(missing), names=names)
    places: list[Place] = []
    cells: list[Cell] = []
    for area in sorted(areas, key=lambda a: a.code):
        commune = known.get(area.code)
        if commune is not None:
            place = Place.of(commune, approximate=False)
        elif area.unit is not None:
            place = _stranger(area, area.unit)
        else:
            raise Permanent("boundaries_name", commune=area.code)
        places.append(place)
        if former is not None or len(place.former_districts) == 1:
            cells.append(
                Cell(area.code, place.former_districts[0] if len(place.former_districts) == 1 else None, area.shape)
            )
        else:
            cells += district_cells(area.code, area.shape, former_communes())
    return Edition(valid_from, places, former.divide(cells) if former else cells)


def _stranger(area: Area, unit: Unit) -> Place:
    """A commune that the built-in table does not know: all from the file."""
    middle = area.shape.centroid if area.shape.contains(area.shape.centroid) else area.shape.representative_point()
    return Place(
        code=area.code,
        unit=unit,
        former_districts=(area.district,) if area.district else (),
        former_province_unit=area.province,
        lat=round(middle.y, 4),
        lon=round(middle.x, 4),
        area_km2=None,
        approximate=False,
    )
