"""Communes in GeoJSON (RFC 7946): the operator's true boundaries in, the console's map out.

In: a FeatureCollection whose features have Polygon or MultiPolygon geometry in WGS 84 degrees and the property `code`;
`name`, `type` (kind), `district` and `former_province` are read where the built-in table does not know the code.
Errors are `Permanent` with codes `boundaries_*`, one sentence each, counting features from 1.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import shapely
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from ioc.errors import Permanent
from ioc.places.place import Place
from ioc.places.unit import KINDS, Unit

VIETNAM = (102.0, 7.0, 118.0, 24.0)
"""West, south, east, north: further out it is metres (VN-2000) or latitude written first."""


@dataclass(frozen=True, slots=True)
class Area:
    """One unit of a boundary file; `shape` has x = lon, y = lat."""

    code: str
    unit: Unit | None
    district: Unit | None
    province: Unit | None
    shape: BaseGeometry


def _polygon(geometry: object, index: int) -> BaseGeometry:
    if not isinstance(geometry, Mapping) or geometry.get("type") not in ("Polygon", "MultiPolygon"):
        raise Permanent("boundaries_geometry", index=index)
    try:
        shape = shapely.force_2d(shapely.geometry.shape(geometry))
    except (ShapelyError, ValueError, TypeError, KeyError, IndexError, AttributeError) as wrong:
        raise Permanent("boundaries_geometry", index=index) from wrong
    if shape.is_empty:
        raise Permanent("boundaries_geometry", index=index)
    west, south, east, north = VIETNAM
    for x, y in shapely.get_coordinates(shape):
        if not (math.isfinite(x) and west <= x <= east and math.isfinite(y) and south <= y <= north):
            raise Permanent("boundaries_degrees", index=index, x=f"{x:g}", y=f"{y:g}")
    if shape.is_valid:
        return shape
    mended = shapely.make_valid(shape, method="structure")
    if mended.geom_type not in ("Polygon", "MultiPolygon") or abs(mended.area - shape.area) > shape.area / 1000:
        raise Permanent("boundaries_crossing", index=index, why=shapely.is_valid_reason(shape))
    return mended


def _code(properties: Mapping[str, Any], index: int) -> str:
    code = properties.get("code")
    text = f"{code:05d}" if isinstance(code, int) and not isinstance(code, bool) else code
    if not isinstance(text, str) or len(text) != 5 or not (text.isascii() and text.isdigit()):
        raise Permanent("boundaries_code", index=index)
    return text


def _unit(kind: object, name: object) -> Unit | None:
    if isinstance(kind, str) and isinstance(name, str) and kind.strip().lower() in KINDS and name.strip():
        return Unit(kind.strip().lower(), name.strip())
    return None


def _parsed(text: object) -> Unit | None:
    try:
        return Unit.parse(text) if isinstance(text, str) else None
    except ValueError:
        return None


def read_areas(data: object, aliases: Mapping[str, str] = MappingProxyType({})) -> list[Area]:
    """Judge a parsed GeoJSON document; raises Permanent at the first mistake.

    `aliases` are codes of other lists and what they stand for here. Outlines that cross themselves are mended where that
    changes less than a thousandth of the area.
    """
    if not isinstance(data, Mapping) or data.get("type") != "FeatureCollection":
        raise Permanent("boundaries_collection")
    features = data.get("features")
    if not isinstance(features, list) or not features:
        raise Permanent("boundaries_collection")
    areas: dict[str, Area] = {}
    places: dict[str, int] = {}
    for index, feature in enumerate(features, start=1):
        properties = feature.get("properties") if isinstance(feature, Mapping) else None
        if not isinstance(feature, Mapping) or not isinstance(properties, Mapping):
            raise Permanent("boundaries_feature", index=index)
        code = _code(properties, index)
        code = aliases.get(code, code)
        if code in areas:
            raise Permanent("boundaries_twice", index=index, commune=code, first=places[code])
        province = properties.get("former_province")
        places[code] = index
        areas[code] = Area(
            code=code,
            unit=_unit(properties.get("type"), properties.get("name")),
            district=_parsed(properties.get("district")),
            province=Unit("tỉnh", province) if isinstance(province, str) and province else None,
            shape=_polygon(feature.get("geometry"), index),
        )
    return list(areas.values())


def feature_collection(cells: Iterable[tuple[Place, BaseGeometry]], detail_m: float = 0) -> dict[str, Any]:
    """Cells for a map, one feature per commune, coordinates of 4 decimals (11 m), outlines closed.

    With `detail_m` outlines are simplified by about that much, neighbours staying neighbours. Properties: code, name,
    kind, former_district, former_province, approximate, lat and lon of the middle (for the label).
    """
    pairs = list(cells)
    shapes = [shape for _, shape in pairs]
    if detail_m > 0:
        shapes = list(shapely.coverage_simplify(shapes, detail_m / 111_195))
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": place.code,
                "properties": {
                    "code": place.code,
                    "name": place.name,
                    "kind": place.kind,
                    "former_district": place.former_district,
                    "former_province": place.former_province,
                    "approximate": place.approximate,
                    "lat": place.lat,
                    "lon": place.lon,
                },
                "geometry": _rounded(shape),
            }
            for (place, _), shape in zip(pairs, shapes, strict=True)
        ],
    }


def _rounded(shape: BaseGeometry) -> dict[str, Any]:
    """Outer rings counter-clockwise as RFC 7946 asks; parts and holes that rounding flattens fall away."""
    turned = shapely.orient_polygons(shapely.normalize(shape))
    parts = []
    for part in shapely.get_parts(turned):
        rings = [_ring(ring) for ring in (part.exterior, *part.interiors)]
        if len(rings[0]) >= 4:
            parts.append([ring for ring in rings if len(ring) >= 4])
    if len(parts) == 1:
        return {"type": "Polygon", "coordinates": parts[0]}
    return {"type": "MultiPolygon", "coordinates": parts}


def _ring(ring: shapely.LinearRing) -> list[list[float]]:
    """Corners without the repeats that rounding makes."""
    corners: list[list[float]] = []
    for x, y in ring.coords:
        corner = [round(x, 4), round(y, 4)]
        if not corners or corners[-1] != corner:
            corners.append(corner)
    return corners
