from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.places.grid import Grid
from ioc.places.sphere import KM_PER_DEGREE, Point, distance_km

LAT = st.floats(-90, 90)
LON = st.floats(-180, 180)
KM = st.sampled_from([0.5, 5.0, 40.0])


@given(lat=LAT, lon=LON, bearing=st.floats(0, 2 * math.pi), part=st.floats(0, 1), km=KM)
def test_the_cell_of_every_point_within_reach_is_among_those_around(
    lat: float, lon: float, bearing: float, part: float, km: float
) -> None:
    here = Point(lat, lon)
    arc = math.radians(part * km / KM_PER_DEGREE)
    start = math.radians(lat)
    end = math.asin(
        max(-1, min(1, math.sin(start) * math.cos(arc) + math.cos(start) * math.sin(arc) * math.cos(bearing)))
    )
    turn = math.atan2(
        math.sin(bearing) * math.sin(arc) * math.cos(start), math.cos(arc) - math.sin(start) * math.sin(end)
    )
    there = Point(math.degrees(end), (lon + math.degrees(turn) + 180) % 360 - 180)
    assert distance_km(here, there) <= km * 1.00001 + 1e-5
    grid = Grid(2 * km)
    assert grid.square(there) in grid.around(here, km)


@given(lat=st.floats(8, 24), lon=st.floats(102, 110), km=KM)
def test_in_viet_nam_a_circle_touches_at_most_six_cells(lat: float, lon: float, km: float) -> None:
    assert 1 <= len(Grid(2 * km).around(Point(lat, lon), km)) <= 6


@pytest.mark.parametrize(
    ("east", "west"),
    [
        pytest.param(Point(21.0, 179.99), Point(21.0, -179.99), id="the 180th meridian divides no neighbours"),
        pytest.param(Point(89.99, 10.0), Point(89.99, -170.0), id="nor does a pole"),
    ],
)
def test_neighbours_across_an_edge_of_the_map(east: Point, west: Point) -> None:
    grid = Grid(10.0)
    assert distance_km(east, west) < 5
    assert grid.square(west) in grid.around(east, 5.0)


def test_points_a_cell_apart_lie_in_different_cells() -> None:
    grid = Grid(10.0)
    assert grid.square(Point(21.6, 105.6)) != grid.square(Point(21.8, 105.6))
    assert grid.square(Point(21.6, 105.6)) != grid.square(Point(21.6, 105.8))
    assert len({grid.square(Point(21.6, 105.6 + nth / 1000)) for nth in range(80)}) <= 2
