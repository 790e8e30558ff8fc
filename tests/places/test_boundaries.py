import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from ioc.errors import Permanent
from ioc.places.boundaries import LOCAL, Boundaries
from ioc.places.sphere import Point, distance_km
from ioc.places.table import communes

NOW = datetime(2026, 11, 21, 6, 42, tzinfo=UTC)
BUILTIN = Boundaries.builtin()


@pytest.mark.parametrize("commune", communes(), ids=lambda c: c.code)
def test_the_middle_of_a_commune_lies_in_it(commune: Any) -> None:
    place = BUILTIN.commune_at(commune.lat, commune.lon, NOW)
    assert place is not None
    assert place.code == commune.code
    assert place.approximate
    assert set(place.former_districts) <= set(commune.former_districts)
    near = BUILTIN.nearest(commune.lat, commune.lon)
    assert (near.place.code, near.km) == (commune.code, 0)


@pytest.mark.parametrize(
    ("lat", "lon", "label"),
    [
        (21.594, 105.848, "phường Phan Đình Phùng (thành phố Thái Nguyên cũ)"),
        (21.63, 105.64, "xã Đại Phúc (huyện Đại Từ cũ)"),
        (21.645, 105.625, "xã La Bằng (huyện Đại Từ cũ)"),
        (22.2152, 106.1793, "xã Na Rì (huyện Na Rì, tỉnh Bắc Kạn cũ)"),
        (22.3125, 105.7005, "xã Đồng Phúc (huyện Ba Bể và huyện Chợ Đồn, tỉnh Bắc Kạn cũ)"),
    ],
)
def test_a_known_point_has_its_commune_and_old_district(lat: float, lon: float, label: str) -> None:
    place = BUILTIN.commune_at(lat, lon, NOW)
    assert place is not None
    assert place.label("vi") == label


@pytest.mark.parametrize(
    ("where", "lat", "lon"),
    [
        ("Hà Nội", 21.0285, 105.8542),
        ("Cao Bằng", 22.6657, 106.2579),
        ("Lạng Sơn", 21.8537, 106.7610),
        ("Tuyên Quang", 21.8236, 105.2142),
        ("Bắc Giang", 21.2731, 106.1946),
        ("Vĩnh Yên", 21.3089, 105.6049),
        ("Tam Đảo, 5 km beyond the border", 21.45, 105.56),
        ("nowhere", 0.0, 0.0),
    ],
)
def test_a_point_clearly_outside_is_in_no_commune(where: str, lat: float, lon: float) -> None:
    assert BUILTIN.commune_at(lat, lon, NOW) is None, where


@given(st.floats(21.2, 22.9), st.floats(105.3, 106.4))
def test_a_commune_is_never_far_from_its_point(lat: float, lon: float) -> None:
    place = BUILTIN.commune_at(lat, lon, NOW)
    if place is not None:
        assert distance_km(Point(lat, lon), Point(place.lat, place.lon)) < 12.1  # the longest cell is Nghinh Tường's


def test_the_nearest_middle_is_told_outside_the_province_too() -> None:
    near = BUILTIN.nearest(21.0285, 105.8542)
    assert near.place.name == "Trung Thành"
    assert near.text("vi") == "cách tâm phường Trung Thành 37 km về phía nam"


def test_a_time_without_zone_is_no_time() -> None:
    with pytest.raises(TypeError):
        BUILTIN.commune_at(21.6, 105.8, datetime(2026, 1, 1))  # noqa: DTZ001  # the mistake itself


def test_an_event_of_before_the_merger_has_the_commune_that_is_there_now() -> None:
    place = BUILTIN.commune_at(21.594, 105.848, datetime(2024, 5, 1, tzinfo=UTC))
    assert place is not None
    assert (place.code, place.then) == ("05443", None)


@pytest.mark.parametrize("code", ["05788", "05794"])
def test_codes_of_both_lists_are_understood(code: str) -> None:
    place = BUILTIN.place(code)
    assert place is not None
    assert (place.code, place.name) == ("05788", "Phú Lạc")


def test_an_unknown_code_is_no_place() -> None:
    assert BUILTIN.place("99999") is None


def test_the_built_in_map_is_small_and_always_the_same() -> None:
    text = json.dumps(BUILTIN.cells(), ensure_ascii=False)
    assert text == json.dumps(BUILTIN.cells(), ensure_ascii=False)
    assert len(text.encode()) < 200_000
    features = BUILTIN.cells()["features"]
    assert [f["id"] for f in features] == [c.code for c in communes()]
    assert all(f["properties"]["approximate"] for f in features)
    assert all(shapely.geometry.shape(f["geometry"]).is_valid for f in features)


def square(code: str, west: float, **properties: object) -> dict[str, Any]:
    box = shapely.box(west, 21.0, west + 0.1, 21.1)
    return {"type": "Feature", "properties": {"code": code, **properties}, "geometry": box.__geo_interface__}


def document(*features: object) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


FOREIGN = document(
    square("90001", 105.0, name="Một", type="xã", district="huyện Cũ"),
    square("90002", 105.1, name="Hai", type="phường", former_province="Khác"),
)


def test_communes_of_another_province_come_from_the_file_alone() -> None:
    boundaries = Boundaries.from_geojson(FOREIGN)
    one, two = boundaries.commune_at(21.05, 105.05, NOW), boundaries.commune_at(21.05, 105.15, NOW)
    assert one is not None
    assert two is not None
    assert one.label("vi") == "xã Một (huyện Cũ cũ)"
    assert two.label("vi") == "phường Hai (tỉnh Khác cũ)"
    assert not boundaries.approximate
    assert (one.lat, one.lon) == pytest.approx((21.05, 105.05))


def test_an_unknown_commune_without_a_name_is_refused() -> None:
    with pytest.raises(Permanent) as caught:
        Boundaries.from_geojson(document(square("90001", 105.0)))
    assert (caught.value.code, caught.value.values) == ("boundaries_name", {"commune": "90001"})


def test_a_file_that_lacks_communes_of_the_province_is_refused() -> None:
    with pytest.raises(Permanent) as caught:
        Boundaries.from_geojson(document(square("05818", 105.0)))
    assert caught.value.code == "boundaries_missing"
    assert caught.value.values["count"] == 91


def test_a_later_map_is_valid_from_local_midnight_on() -> None:
    later = document(square("90003", 105.0, name="Ba", type="xã"))
    boundaries = Boundaries.from_geojson(FOREIGN).with_edition(later, date(2027, 1, 1))
    midnight = datetime(2027, 1, 1, tzinfo=LOCAL)
    before = boundaries.commune_at(21.05, 105.05, midnight - timedelta(microseconds=1))
    after = boundaries.commune_at(21.05, 105.05, midnight.astimezone(UTC))
    assert before is not None
    assert after is not None
    assert (before.name, after.name) == ("Một", "Ba")
    assert boundaries.commune_at(21.05, 105.15, midnight) is None
    assert [p.name for p in boundaries.places] == ["Ba"]
    old = boundaries.place("90002")
    assert old is not None
    assert old.name == "Hai"


def test_two_maps_of_one_day_are_refused() -> None:
    with pytest.raises(ValueError, match="two maps"):
        Boundaries.from_geojson(FOREIGN).with_edition(FOREIGN, date(2025, 7, 1))


def test_a_former_map_tells_what_was_there_and_divides_the_districts() -> None:
    former = document(
        square("80001", 104.95, name="Xưa", type="thị trấn", district="Huyện A"),
        square("80002", 105.05, name="Kia", type="xã", district="Huyện B"),
    )
    boundaries = Boundaries.from_geojson(FOREIGN, former=former)
    labels = [
        place.label("vi")
        for lon, at in ((105.02, NOW), (105.07, NOW), (105.07, datetime(2025, 6, 30, 16, 59, 59, tzinfo=UTC)))
        if (place := boundaries.commune_at(21.05, lon, at))
    ]
    assert labels == ["xã Một (huyện A cũ)", "xã Một (huyện B cũ)", "xã Một (huyện B cũ), khi đó là xã Kia"]
    merged = boundaries.commune_at(21.05, 105.07, datetime(2025, 6, 30, 17, tzinfo=UTC))
    assert merged is not None
    assert merged.then is None
    uncovered = boundaries.commune_at(21.05, 105.18, datetime(2024, 1, 1, tzinfo=UTC))
    assert uncovered is not None
    assert uncovered.label("vi") == "phường Hai (tỉnh Khác cũ)"
    assert len(boundaries.cells()["features"]) == 2
