"""The built-in table and its approximate cells against the true boundaries; figures of docs/places.md."""

import json
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import shapely

from ioc.places.boundaries import Boundaries
from ioc.places.table import communes

pytestmark = pytest.mark.data
NOW = datetime(2026, 11, 21, 6, 42, tzinfo=UTC)
KM = 111.195


@pytest.fixture(scope="module")
def geo(shared_data: Path) -> dict[str, Any]:
    files = {"now": "thai_nguyen_communes_2025.geojson", "then": "thai_nguyen_communes_pre2025.geojson"}
    return {key: json.loads((shared_data / "geo" / name).read_text(encoding="utf-8")) for key, name in files.items()}


@pytest.fixture(scope="module")
def true(geo: dict[str, Any]) -> Boundaries:
    return Boundaries.from_geojson(geo["now"])


@pytest.fixture(scope="module")
def full(geo: dict[str, Any]) -> Boundaries:
    return Boundaries.from_geojson(geo["now"], former=geo["then"])


@pytest.fixture(scope="module")
def points() -> list[tuple[float, float]]:
    draw = random.Random(2025)
    return [(draw.uniform(21.20, 22.87), draw.uniform(105.30, 106.38)) for _ in range(20_000)]


def test_the_table_says_what_the_public_list_says(geo: dict[str, Any]) -> None:
    listed = {f["properties"]["code"]: f["properties"] for f in geo["now"]["features"]}
    assert set(listed) == {c.code for c in communes()}
    for commune in communes():
        said = listed[commune.code]
        assert (commune.unit.name, commune.unit.kind) == (said["name"], said["type"])
        assert commune.former_province.name == said["former_province"]
        assert commune.area_km2 == said["area_km2"]
        assert commune.other_codes == tuple(filter(None, [said.get("code_alt")]))
        assert commune.other_names == tuple(filter(None, [said.get("name_alt")]))


def test_every_middle_lies_inside_its_true_commune(geo: dict[str, Any]) -> None:
    shapes = {f["properties"]["code"]: shapely.geometry.shape(f["geometry"]) for f in geo["now"]["features"]}
    for commune in communes():
        assert shapes[commune.code].contains(shapely.Point(commune.lon, commune.lat)), commune


@pytest.mark.parametrize(
    ("point", "name", "district"),
    [
        ((21.594, 105.848), "phường Phan Đình Phùng", "thành phố Thái Nguyên"),
        ((21.63, 105.64), "xã Đại Phúc", "huyện Đại Từ"),
    ],
)
def test_the_true_map_places_the_known_points(
    true: Boundaries, full: Boundaries, point: tuple[float, float], name: str, district: str
) -> None:
    for boundaries in (true, full):
        place = boundaries.commune_at(*point, NOW)
        assert place is not None
        assert (str(place.unit), place.former_district, place.approximate) == (name, district, False)


def test_the_approximate_cells_agree_with_the_true_map(
    true: Boundaries, geo: dict[str, Any], points: list[tuple[float, float]]
) -> None:
    builtin = Boundaries.builtin()
    province = shapely.union_all([shapely.geometry.shape(f["geometry"]) for f in geo["now"]["features"]])
    inside = same = missed = taken = 0
    farthest = wrong_by = 0.0
    shapes = {p.code: s for p, s in true.edition_at(NOW).shapes()}
    for lat, lon in points:
        real, drawn = true.commune_at(lat, lon, NOW), builtin.commune_at(lat, lon, NOW)
        spot = shapely.Point(lon, lat)
        if real is None:
            if drawn is not None:
                taken += 1
                farthest = max(farthest, province.distance(spot) * KM)
            continue
        inside += 1
        missed += drawn is None
        same += drawn is not None and drawn.code == real.code
        if drawn is not None:
            wrong_by = max(wrong_by, shapes[drawn.code].distance(spot) * KM)
    figures = (
        f"inside {inside}, same {same / inside:.4f}, missed {missed / inside:.4f}, taken in {taken / inside:.4f}, "
    )
    figures += f"farthest taken {farthest:.1f} km, farthest wrong {wrong_by:.1f} km"
    assert same / inside > 0.83, figures
    assert missed / inside < 0.015, figures
    assert taken / inside < 0.07, figures
    assert farthest < 5, figures
    assert wrong_by < 5, figures


def test_the_old_district_of_a_point_is_mostly_right_without_the_former_map(
    true: Boundaries, full: Boundaries, points: list[tuple[float, float]]
) -> None:
    told = agreed = 0
    for lat, lon in points:
        best, guess = full.commune_at(lat, lon, NOW), true.commune_at(lat, lon, NOW)
        if best is None or guess is None or best.former_province != "Thái Nguyên":
            continue
        told += 1
        agreed += best.former_districts == guess.former_districts
    assert told > 3000
    assert agreed / told > 0.99, f"{agreed} of {told}"


def test_an_event_of_2024_is_told_with_the_commune_of_then(full: Boundaries) -> None:
    place = full.commune_at(21.594, 105.848, datetime(2024, 5, 1, tzinfo=UTC))
    assert place is not None
    assert place.label("vi") == "phường Phan Đình Phùng (thành phố Thái Nguyên cũ), khi đó là phường Trưng Vương"


def test_the_true_map_can_be_made_small_for_a_screen(true: Boundaries) -> None:
    small = true.cells(detail_m=100)
    assert len(json.dumps(small, ensure_ascii=False, separators=(",", ":")).encode()) < 400_000
    shapes = [shapely.geometry.shape(f["geometry"]) for f in small["features"]]
    assert len(shapes) == 92
    assert all(shape.is_valid for shape in shapes)
    assert not any(f["properties"]["approximate"] for f in small["features"])
