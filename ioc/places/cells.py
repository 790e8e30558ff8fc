"""Approximate communes drawn from middle points and areas alone, for where true boundaries are not given.

Each site (a former commune where its middle is known, else a commune) gets a cell of the power diagram (Aurenhammer
1987) whose circle has the site's area, cut off at an outline around all circles. docs/places.md has the measurement
against the true boundaries.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import shapely
from shapely.geometry.base import BaseGeometry

from ioc.places.geometry import Plane
from ioc.places.sphere import Point
from ioc.places.table import Commune, FormerCommune
from ioc.places.unit import Unit

OUTLINE_GROWTH = 1.15
"""Circles are this much wider for the outline: of the province 0.9 % is then missed, and 5.8 % too much taken in."""
OUTLINE_CLOSING_KM = 4.0
"""Bays narrower than twice this are filled."""
OUTLINE_DETAIL_KM = 0.1


class Site(NamedTuple):
    """A middle point with the radius of a circle of its area (km), the commune it stands for, and its old district."""

    x: float
    y: float
    radius: float
    code: str
    district: Unit | None


class Cell(NamedTuple):
    """A piece of a commune (x = lon, y = lat); `district` is None where the commune's is not told apart."""

    code: str
    district: Unit | None
    shape: BaseGeometry


def sites(communes: Iterable[Commune], former: Iterable[FormerCommune], plane: Plane) -> list[Site]:
    """Former communes whose middle is known, and communes that have none of these."""
    found = []
    for old in former:
        if old.lat is not None and old.lon is not None and old.area_km2 is not None:
            x, y = plane.flat(Point(old.lat, old.lon))
            found.append(Site(x, y, math.sqrt(old.area_km2 / math.pi), old.now[0], old.district))
    covered = {site.code for site in found}
    for commune in communes:
        if commune.code not in covered:
            x, y = plane.flat(Point(commune.lat, commune.lon))
            found.append(Site(x, y, math.sqrt(commune.area_km2 / math.pi), commune.code, None))
    return found


def outline(circles: Iterable[Site]) -> shapely.Polygon:
    """One polygon around all sites, in flat km; holes are filled."""
    grown = shapely.union_all([shapely.Point(s.x, s.y).buffer(s.radius * OUTLINE_GROWTH, quad_segs=4) for s in circles])
    closed = grown.buffer(OUTLINE_CLOSING_KM, quad_segs=4).buffer(-OUTLINE_CLOSING_KM, quad_segs=4)
    widest = max(shapely.get_parts(closed), key=shapely.area)
    return shapely.Polygon(shapely.simplify(widest, OUTLINE_DETAIL_KM).exterior)


Corner = tuple[float, float]


def _cut(corners: Sequence[Corner], nx: float, ny: float, limit: float) -> list[Corner]:
    """Keep the part of a convex polygon where nx * x + ny * y <= limit."""
    kept: list[Corner] = []
    for i, (x, y) in enumerate(corners):
        px, py = corners[i - 1]
        here, before = nx * x + ny * y - limit, nx * px + ny * py - limit
        if (here > 0) != (before > 0):
            t = before / (before - here)
            kept.append((px + t * (x - px), py + t * (y - py)))
        if here <= 0:
            kept.append((x, y))
    return kept


def power_cell(site: Site, others: Iterable[Site], frame: Sequence[Corner]) -> list[Corner]:
    """Corners of the region where `site` has the least distance² - radius²; empty where another always has less.

    Others are looked at from near to far; one whose dividing line lies beyond the farthest corner changes nothing.
    """
    corners = list(frame)
    near_first = sorted((math.hypot(s.x - site.x, s.y - site.y), s.x, s.y, s.radius) for s in others)
    for d, other_x, other_y, other_radius in near_first:
        if d == 0:
            continue
        reach = max(math.hypot(x - site.x, y - site.y) for x, y in corners)
        line = (d * d + site.radius**2 - other_radius**2) / (2 * d)
        if line >= reach:
            continue
        nx, ny = (other_x - site.x) / d, (other_y - site.y) / d
        corners = _cut(corners, nx, ny, line + nx * site.x + ny * site.y)
        if len(corners) < 3:
            return []
    return corners


def _frame(shape: BaseGeometry) -> list[Corner]:
    west, south, east, north = shape.bounds
    return [(west - 1, south - 1), (east + 1, south - 1), (east + 1, north + 1), (west - 1, north + 1)]


def _share_out(circles: Sequence[Site], shape: BaseGeometry, plane: Plane) -> list[Cell]:
    """Divide `shape` (flat km) among the sites: one cell per commune and old district, in order of code and name."""
    pieces: dict[tuple[str, Unit | None], list[BaseGeometry]] = {}
    for site in circles:
        corners = power_cell(site, circles, _frame(shape))
        if corners:
            cut = shapely.intersection(shapely.Polygon(corners), shape)
            pieces.setdefault((site.code, site.district), []).append(cut)
    return [
        Cell(code, district, plane.degrees(shapely.union_all(parts, grid_size=1e-5)))
        for (code, district), parts in sorted(pieces.items(), key=lambda item: (item[0][0], str(item[0][1])))
    ]


def approximate_cells(communes: Sequence[Commune], former: Sequence[FormerCommune]) -> list[Cell]:
    """Cells of all communes, one per commune and old district; the same table always gives the same cells."""
    lat = sum(c.lat for c in communes) / len(communes)
    lon = sum(c.lon for c in communes) / len(communes)
    plane = Plane(Point(lat, lon))
    circles = sites(communes, former, plane)
    return _share_out(circles, outline(circles), plane)


def district_cells(code: str, shape: BaseGeometry, former: Iterable[FormerCommune]) -> list[Cell]:
    """A commune of known boundary (degrees), divided by the old district of the nearest former commune in it.

    The whole commune with no district where no middle of a former commune is known.
    """
    middle = shape.centroid
    plane = Plane(Point(middle.y, middle.x))
    circles = sites((), (old for old in former if code in old.now), plane)
    if not circles:
        return [Cell(code, None, shape)]
    return _share_out([site._replace(code=code) for site in circles], plane.km(shape), plane)
