import copy
import json
import math
from typing import Any

import pytest
import shapely

from ioc.errors import Permanent
from ioc.places.geojson import feature_collection, read_areas
from ioc.places.place import Place
from ioc.places.table import communes
from ioc.places.unit import Unit
from ioc.words import LANGS, say

RING = [[105.6, 21.6], [105.7, 21.6], [105.7, 21.7], [105.6, 21.7], [105.6, 21.6]]


def feature(code: object = "05818", **properties: object) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"code": code, **properties},
        "geometry": {"type": "Polygon", "coordinates": [copy.deepcopy(RING)]},
    }


def document(*features: object) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


def moved(ring: list[list[float]]) -> dict[str, Any]:
    return {**feature(), "geometry": {"type": "Polygon", "coordinates": [ring]}}


def test_a_feature_is_read_with_what_it_says() -> None:
    (area,) = read_areas(document(feature(name="La Bằng", type="Xã", district="Huyện Đại Từ", former_province="X")))
    assert area.code == "05818"
    assert area.unit == Unit("xã", "La Bằng")
    assert area.district == Unit("huyện", "Đại Từ")
    assert area.province == Unit("tỉnh", "X")
    assert area.shape.area == pytest.approx(0.01)


def test_a_code_written_as_a_number_or_by_another_list_is_understood() -> None:
    assert [a.code for a in read_areas(document(feature(5794)), {"05794": "05788"})] == ["05788"]


def test_heights_are_dropped_and_islands_kept() -> None:
    high = [[x, y, 100.0] for x, y in RING]
    both = {"type": "MultiPolygon", "coordinates": [[high], [[[x + 0.2, y, 90.0] for x, y in RING]]]}
    (area,) = read_areas(document({**feature(), "geometry": both}))
    assert not area.shape.has_z
    assert area.shape.area == pytest.approx(0.02)


def test_an_outline_with_a_spike_is_mended() -> None:
    spiked = [*RING[:2], [105.8, 21.6], *RING[1:]]
    (area,) = read_areas(document(moved(spiked)))
    assert area.shape.is_valid
    assert area.shape.area == pytest.approx(0.01)


NAN = [[105.6, math.nan], *RING[1:]]
MISTAKES: list[tuple[str, object, str]] = [
    ("a list instead of an object", [feature()], "boundaries_collection"),
    ("a single feature", feature(), "boundaries_collection"),
    ("no features", document(), "boundaries_collection"),
    ("features that are an object", {"type": "FeatureCollection", "features": {"a": 1}}, "boundaries_collection"),
    ("a feature that is text", document(feature("05818"), "x"), "boundaries_feature"),
    ("a feature without properties", document({**feature(), "properties": None}), "boundaries_feature"),
    ("no code", document(feature(None)), "boundaries_code"),
    ("a code of four digits", document(feature("5818")), "boundaries_code"),
    ("a code with other digits", document(feature("٠٥٨١٨")), "boundaries_code"),
    ("a code that is true", document(feature(True)), "boundaries_code"),
    ("the same code twice", document(feature("05818"), feature("05818")), "boundaries_twice"),
    ("no geometry", document({**feature(), "geometry": None}), "boundaries_geometry"),
    (
        "a point",
        document({**feature(), "geometry": {"type": "Point", "coordinates": [105.6, 21.6]}}),
        "boundaries_geometry",
    ),
    ("coordinates that are text", document(moved([["a", "b"]] * 4)), "boundaries_geometry"),  # type: ignore[list-item]  # the mistake itself
    ("a ring of two points", document(moved(RING[:2])), "boundaries_geometry"),
    (
        "an empty polygon",
        document({**feature(), "geometry": {"type": "Polygon", "coordinates": []}}),
        "boundaries_geometry",
    ),
    ("metres of VN-2000", document(moved([[x * 5600, y * 110_000] for x, y in RING])), "boundaries_degrees"),
    ("latitude first", document(moved([[y, x] for x, y in RING])), "boundaries_degrees"),
    ("a longitude of elsewhere", document(moved([[x - 100, y] for x, y in RING])), "boundaries_degrees"),
    ("not a number", document(moved(NAN)), "boundaries_geometry"),
    (
        "a square with a twisted corner",
        document(moved([RING[0], RING[1], [105.61, 21.72], [105.63, 21.72], RING[0]])),
        "boundaries_crossing",
    ),
    (
        "a bow tie",
        document(moved([[105.6, 21.6], [105.7, 21.7], [105.7, 21.6], [105.6, 21.7], [105.6, 21.6]])),
        "boundaries_crossing",
    ),
]


@pytest.mark.parametrize(("data", "code"), [m[1:] for m in MISTAKES], ids=[m[0] for m in MISTAKES])
def test_a_mistake_is_named_in_one_sentence_with_its_feature(data: object, code: str) -> None:
    with pytest.raises(Permanent) as caught:
        read_areas(data)
    assert caught.value.code == code
    for lang in LANGS:
        sentence = say(caught.value.key, lang, **caught.value.values)
        assert sentence.endswith((".", "?"))
        if "index" in caught.value.values:
            assert str(caught.value.values["index"]) in sentence


def test_the_second_feature_is_counted_as_two() -> None:
    with pytest.raises(Permanent) as caught:
        read_areas(document(feature("05818"), feature("05818")))
    assert caught.value.values == {"index": 2, "commune": "05818", "first": 1}


PLACE = Place.of(communes()[0], approximate=True)


def test_a_map_feature_carries_what_the_console_shows() -> None:
    (one,) = feature_collection([(PLACE, shapely.box(105.8, 22.1, 105.9, 22.2))])["features"]
    assert one["id"] == "01840"
    assert one["properties"] == {
        "code": "01840",
        "name": "Đức Xuân",
        "kind": "phường",
        "former_district": "thành phố Bắc Kạn",
        "former_province": "Bắc Kạn",
        "approximate": True,
        "lat": PLACE.lat,
        "lon": PLACE.lon,
    }


def test_outer_rings_run_counter_clockwise_and_are_closed() -> None:
    clockwise = shapely.Polygon([(105.8, 22.1), (105.8, 22.2), (105.9, 22.2), (105.9, 22.1)])
    (one,) = feature_collection([(PLACE, clockwise)])["features"]
    (ring,) = one["geometry"]["coordinates"]
    assert shapely.LinearRing(ring).is_ccw
    assert ring[0] == ring[-1]


def test_parts_smaller_than_the_rounding_fall_away() -> None:
    speck = shapely.box(106, 22, 106.00001, 22.00001)
    both = shapely.MultiPolygon([shapely.box(105.8, 22.1, 105.9, 22.2), speck])
    (one,) = feature_collection([(PLACE, both)])["features"]
    assert one["geometry"]["type"] == "Polygon"
    json.dumps(one, allow_nan=False)
