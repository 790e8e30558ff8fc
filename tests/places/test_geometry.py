import math

import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st

from ioc.places.geometry import Lookup, Plane
from ioc.places.sphere import KM_PER_DEGREE, Point, bearing, direction, distance_km, distances_from

POINTS = st.builds(Point, st.floats(-89, 89), st.floats(-180, 180))
HERE = st.builds(Point, st.floats(21.3, 22.8), st.floats(105.4, 106.3))


def test_the_distance_to_ha_noi_is_known() -> None:
    # 21.5942 N 105.8482 E to 21.0285 N 105.8542 E: 62.91 km on this sphere by the spherical law of cosines
    a, b = Point(21.5942, 105.8482), Point(21.0285, 105.8542)
    cosine = math.sin(math.radians(a.lat)) * math.sin(math.radians(b.lat)) + math.cos(math.radians(a.lat)) * math.cos(
        math.radians(b.lat)
    ) * math.cos(math.radians(b.lon - a.lon))
    assert distance_km(a, b) == pytest.approx(6371.0088 * math.acos(cosine), rel=1e-6)
    assert distance_km(a, b) == pytest.approx(62.9, abs=0.1)


def test_a_degree_of_latitude_is_111_km() -> None:
    assert distance_km(Point(21, 105), Point(22, 105)) == pytest.approx(111.195, abs=0.001)


def test_a_quarter_of_the_globe_is_10_008_km() -> None:
    assert distance_km(Point(0, 0), Point(0, 90)) == pytest.approx(10_007.6, abs=0.1)


@given(POINTS, POINTS)
def test_from_one_place_to_many_is_the_same_distance_to_the_last_bit(a: Point, b: Point) -> None:
    assert distances_from(a)(b.lat, b.lon) == distance_km(a, b)


@given(HERE, HERE)
def test_no_two_places_are_nearer_than_their_parallels(a: Point, b: Point) -> None:
    assert abs(a.lat - b.lat) * KM_PER_DEGREE <= distance_km(a, b) * 1.000001 + 1e-9


@given(POINTS, POINTS)
def test_distance_is_the_same_both_ways_and_none_to_itself(a: Point, b: Point) -> None:
    assert distance_km(a, b) == pytest.approx(distance_km(b, a))
    assert distance_km(a, a) == 0
    assert 0 <= distance_km(a, b) <= math.pi * 6371.01


@given(POINTS, POINTS, POINTS)
def test_a_detour_is_never_shorter(a: Point, b: Point, c: Point) -> None:
    assert distance_km(a, c) <= distance_km(a, b) + distance_km(b, c) + 1e-6


@pytest.mark.parametrize(
    ("end", "key"),
    [
        (Point(22, 105), "n"),
        (Point(22, 106), "ne"),
        (Point(21, 106), "e"),
        (Point(20, 106), "se"),
        (Point(20, 105), "s"),
        (Point(20, 104), "sw"),
        (Point(21, 104), "w"),
        (Point(22, 104), "nw"),
    ],
)
def test_each_of_the_eight_directions_has_its_name(end: Point, key: str) -> None:
    assert direction(bearing(Point(21, 105), end)) == key


@pytest.mark.parametrize(
    ("degrees", "key"), [(0, "n"), (22.4, "n"), (22.5, "ne"), (337.4, "nw"), (337.5, "n"), (360, "n"), (-45, "nw")]
)
def test_directions_change_half_way(degrees: float, key: str) -> None:
    assert direction(degrees) == key


@given(HERE, HERE)
def test_there_and_back_are_opposite(a: Point, b: Point) -> None:
    assume(distance_km(a, b) > 0.01)
    turn = abs(bearing(a, b) - bearing(b, a)) % 360
    assert min(turn, 360 - turn) == pytest.approx(180, abs=0.5)
    assert 0 <= bearing(a, b) < 360


@given(HERE, HERE)
def test_the_flat_plane_keeps_distances_within_half_a_percent(a: Point, b: Point) -> None:
    plane = Plane(Point(22.03, 105.8))
    (ax, ay), (bx, by) = plane.flat(a), plane.flat(b)
    assert math.hypot(bx - ax, by - ay) == pytest.approx(distance_km(a, b), rel=0.007, abs=0.001)


@given(HERE)
def test_a_point_comes_back_from_the_plane(point: Point) -> None:
    plane = Plane(Point(22.03, 105.8))
    back = plane.degrees(shapely.Point(*plane.flat(point)))
    assert (back.y, back.x) == pytest.approx(point)
    assert plane.km(back).coords[0] == pytest.approx(plane.flat(point), abs=1e-9)


SQUARES = Lookup([shapely.box(105.0, 21.0, 105.1, 21.1), shapely.box(105.1, 21.0, 105.2, 21.1)])


def test_a_point_is_given_to_the_polygon_that_holds_it() -> None:
    assert SQUARES.at(Point(21.05, 105.05)) == 0
    assert SQUARES.at(Point(21.05, 105.15)) == 1
    assert len(SQUARES) == 2


def test_on_a_shared_border_the_first_polygon_wins() -> None:
    assert SQUARES.at(Point(21.05, 105.1)) == 0


def test_a_sliver_goes_to_the_nearest_and_far_away_is_nowhere() -> None:
    assert SQUARES.at(Point(21.1003, 105.15)) == 1  # 33 m outside
    assert SQUARES.at(Point(21.1006, 105.15)) is None  # 67 m outside
    assert SQUARES.at(Point(0, 0)) is None
