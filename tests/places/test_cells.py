import math

import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.places.cells import Site, approximate_cells, district_cells, power_cell
from ioc.places.table import communes, former_communes

SITES = st.lists(
    st.builds(Site, st.floats(-50, 50), st.floats(-50, 50), st.floats(0.5, 8), st.just("00001"), st.none()),
    min_size=2,
    max_size=12,
    unique_by=lambda s: (round(s.x, 3), round(s.y, 3)),
)
FRAME = [(-60.0, -60.0), (60.0, -60.0), (60.0, 60.0), (-60.0, 60.0)]


def power(site: Site, x: float, y: float) -> float:
    return (x - site.x) ** 2 + (y - site.y) ** 2 - site.radius**2


@settings(max_examples=60, deadline=None)
@given(SITES, st.lists(st.tuples(st.floats(-59, 59), st.floats(-59, 59)), min_size=5, max_size=20))
def test_a_point_lies_in_the_cell_of_the_least_power_distance(
    sites: list[Site], points: list[tuple[float, float]]
) -> None:
    cells = [power_cell(site, sites, FRAME) for site in sites]
    shapes = [shapely.Polygon(corners) if corners else shapely.Polygon() for corners in cells]
    for x, y in points:
        distances = [power(site, x, y) for site in sites]
        best = min(distances)
        holding = [i for i, shape in enumerate(shapes) if shape.buffer(1e-6).contains(shapely.Point(x, y))]
        assert holding
        assert all(distances[i] <= best + 1e-3 for i in holding)


@settings(max_examples=60, deadline=None)
@given(SITES)
def test_cells_fill_the_frame_without_overlap(sites: list[Site]) -> None:
    area = sum(shapely.Polygon(c).area for c in (power_cell(site, sites, FRAME) for site in sites) if c)
    assert math.isclose(area, 120 * 120, rel_tol=1e-9)


def test_every_commune_has_a_cell_and_none_overlaps_another() -> None:
    cells = approximate_cells(communes(), former_communes())
    assert {cell.code for cell in cells} == {c.code for c in communes()}
    assert all(cell.shape.is_valid and not cell.shape.is_empty for cell in cells)
    whole = shapely.union_all([cell.shape for cell in cells])
    assert math.isclose(sum(cell.shape.area for cell in cells), whole.area, rel_tol=1e-6)


def test_the_same_table_gives_the_same_cells() -> None:
    one, other = (approximate_cells(communes(), former_communes()) for _ in range(2))
    assert one == other


def test_a_commune_of_several_districts_is_divided_among_them() -> None:
    square = shapely.box(105.62, 21.50, 105.80, 21.65)
    cells = district_cells("05488", square, former_communes())
    assert sorted(str(cell.district) for cell in cells) == [
        "huyện Đại Từ",
        "thành phố Phổ Yên",
        "thành phố Thái Nguyên",
    ]
    assert math.isclose(sum(cell.shape.area for cell in cells), square.area, rel_tol=1e-6)


def test_a_commune_without_known_former_middles_stays_whole() -> None:
    square = shapely.box(105.62, 22.25, 105.80, 22.40)
    (cell,) = district_cells("01933", square, former_communes())
    assert cell.district is None
    assert cell.shape == square
