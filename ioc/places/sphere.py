"""Distance and bearing on the earth.

Degrees are WGS 84, distances km. The earth is a sphere of 6371.0088 km (IUGG mean radius, Moritz 2000): against the
ellipsoid that is at most 0.6 % off, far below what a satellite pixel or a commune's middle is worth.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal, NamedTuple

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


def distances_from(here: Point) -> Callable[[float, float], float]:
    """`distance_km` from one place to many, to the last bit: latitude and longitude of each are given apart."""
    phi, lon = math.radians(here.lat), here.lon
    cosine, radians, sin, cos = math.cos(phi), math.radians, math.sin, math.cos

    def distance(other_lat: float, other_lon: float) -> float:
        other = radians(other_lat)
        half_lat = sin((other - phi) / 2)
        half_lon = sin(radians(other_lon - lon) / 2)
        h = half_lat * half_lat + cosine * cos(other) * half_lon * half_lon
        return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(h)))

    return distance


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
