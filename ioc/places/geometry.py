"""Distance, bearing, a flat plane for small areas, and which of many polygons holds a point.

Degrees are WGS 84, distances km. The earth is a sphere of 6371.0088 km (IUGG mean radius, Moritz 2000): against the
ellipsoid that is at most 0.6 % off, far below what a satellite pixel or a commune's middle is worth.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

import shapely
from shapely.geometry.base import BaseGeometry

EARTH_RADIUS_KM = 6371.0088
KM_PER_DEGREE = math.radians(EARTH_RADIUS_KM)

Direction = Literal["n", "ne", "e", "se", "s", "sw", "w", "nw"]
"""Words: `place.direction.<key>`."""
DIRECTIONS: tuple[Direction, ...] = ("n", "ne", "e", "se", "s", "sw", "w", "nw")


class Point(NamedTuple):
    """Degrees, latitude first (GeoJSON has it the other way round)."""

    lat: float
    lon: float


def distance_km(a: Point, b: Point) -> float:
    """Great-circle distance by the haversine formula (Sinnott 1984), stable for near points."""
    phi_a, phi_b = math.radians(a.lat), math.radians(b.lat)
    half_lat = math.sin((phi_b - phi_a) / 2)
    half_lon = math.sin(math.radians(b.lon - a.lon) / 2)
    h = half_lat * half_lat + math.cos(phi_a) * math.cos(phi_b) * half_lon * half_lon
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(h)))


def bearing(start: Point, end: Point) -> float:
    """Degrees clockwise from north, 0 <= bearing < 360, in which one leaves `start` for `end`; 0 where they are one."""
    phi_a, phi_b = math.radians(start.lat), math.radians(end.lat)
    turn = math.radians(end.lon - start.lon)
    east = math.sin(turn) * math.cos(phi_b)
    north = math.cos(phi_a) * math.sin(phi_b) - math.sin(phi_a) * math.cos(phi_b) * math.cos(turn)
    degrees = math.degrees(math.atan2(east, north)) % 360
    return 0.0 if degrees == 360 else degrees


def direction(degrees: float) -> Direction:
    """The nearest of eight directions; north is 337.5 to 22.5."""
    return DIRECTIONS[int((degrees % 360 + 22.5) // 45) % 8]


class Plane(NamedTuple):
    """Flat km around a middle: good to 0.5 % within 100 km of it, enough for cells that are approximate anyway."""

    middle: Point

    @property
    def _scale(self) -> tuple[float, float]:
        return KM_PER_DEGREE * math.cos(math.radians(self.middle.lat)), KM_PER_DEGREE

    def flat(self, point: Point) -> tuple[float, float]:
        """East and north of the middle, in km."""
        per_lon, per_lat = self._scale
        return (point.lon - self.middle.lon) * per_lon, (point.lat - self.middle.lat) * per_lat

    def degrees(self, geometry: BaseGeometry) -> BaseGeometry:
        """Geometry in flat km -> geometry in degrees, x = lon, y = lat."""
        return shapely.transform(geometry, lambda xy: xy / self._scale + (self.middle.lon, self.middle.lat))

    def km(self, geometry: BaseGeometry) -> BaseGeometry:
        """Geometry in degrees -> geometry in flat km."""
        return shapely.transform(geometry, lambda xy: (xy - (self.middle.lon, self.middle.lat)) * self._scale)


class Lookup:
    """Which of many polygons (x = lon, y = lat) holds a point; where several do, the first given.

    A point that no polygon holds, but that lies within `slack_km` of one, is given to the nearest: neighbours drawn by
    hand or rounded leave slivers between them.
    """

    def __init__(self, polygons: Iterable[BaseGeometry], slack_km: float = 0.05) -> None:
        self._polygons: Sequence[BaseGeometry] = tuple(polygons)
        shapely.prepare(list(self._polygons))
        self._tree = shapely.STRtree(self._polygons)
        self._slack = slack_km / KM_PER_DEGREE

    def __len__(self) -> int:
        return len(self._polygons)

    def at(self, point: Point) -> int | None:
        """Index of the polygon, or None."""
        spot = shapely.Point(point.lon, point.lat)
        hits = [int(i) for i in self._tree.query(spot) if self._polygons[i].intersects(spot)]
        if hits:
            return min(hits)
        near = self._tree.query_nearest(spot, max_distance=self._slack)
        return min(map(int, near)) if len(near) else None
