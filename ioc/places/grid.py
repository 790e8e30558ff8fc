"""A grid over the globe whose cells are never narrower than a given width, so that near points share few cells.

Rows of equal height run from the south pole; each row has as many columns as fit its side nearer to a pole. A circle
no wider than a cell touches one to four cells (two more by rounding, and all of a row around a pole).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from ioc.places.sphere import KM_PER_DEGREE, Point

GROWTH = 1.0001
"""Circles are taken this much wider: a point exactly at their edge must not be lost to rounding."""


class Square(NamedTuple):
    """One cell: row from the south pole, column from 180° W."""

    row: int
    column: int


class Grid:
    """Cells at least `width` km wide and high."""

    def __init__(self, width: float) -> None:
        self._rows = max(1, math.floor(180 * KM_PER_DEGREE / width))
        self._width = width

    def square(self, point: Point) -> Square:
        """The cell that holds a point."""
        row = self._row(point.lat)
        return Square(row, self._column(row, point.lon))

    def around(self, point: Point, km: float) -> Sequence[Square]:
        """Every cell that holds a point within `km`, in order; maybe one more."""
        high = km * GROWTH / KM_PER_DEGREE
        wide = _half_width(point.lat, high)
        found: set[Square] = set()
        for row in range(self._row(point.lat - high), self._row(point.lat + high) + 1):
            columns = self._columns(row)
            if wide >= 180:
                found.update(Square(row, column) for column in range(columns))
                continue
            first = math.floor((point.lon - wide + 180) / 360 * columns)
            last = math.floor((point.lon + wide + 180) / 360 * columns)
            found.update(Square(row, column % columns) for column in range(first, last + 1))
        return sorted(found)

    def _row(self, lat: float) -> int:
        return min(self._rows - 1, max(0, math.floor((lat + 90) / 180 * self._rows)))

    def _columns(self, row: int) -> int:
        height = 180 / self._rows
        farthest = min(90.0, max(abs(row * height - 90), abs((row + 1) * height - 90)))
        return max(1, math.floor(360 * KM_PER_DEGREE * math.cos(math.radians(farthest)) / self._width))

    def _column(self, row: int, lon: float) -> int:
        columns = self._columns(row)
        return math.floor((lon + 180) / 360 * columns) % columns


def _half_width(lat: float, radius: float) -> float:
    """Degrees of longitude that a circle of `radius` degrees around a point at `lat` reaches to either side."""
    pole = 90 - abs(lat)
    if radius >= pole:
        return 180.0
    return math.degrees(math.asin(math.sin(math.radians(radius)) / math.sin(math.radians(pole))))
