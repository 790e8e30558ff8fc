"""A flat plane for small areas, and which of many polygons holds a point; degrees are WGS 84, distances km."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import shapely
from shapely.geometry.base import BaseGeometry

from ioc.places.sphere import KM_PER_DEGREE, Point


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
