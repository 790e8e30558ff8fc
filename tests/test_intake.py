"""Intake: place, marks, overrides, duplicates within a call, times ahead of receipt."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ioc import intake
from ioc.adapters.defaults import default_feed
from ioc.catalogue import Catalogue, Columns, Feed, KnownHeat, Override, Source, Title
from ioc.errors import Unreadable
from ioc.intake import Judged, judge
from ioc.places.boundaries import Boundaries

NOW = datetime(2026, 5, 14, 10, tzinfo=UTC)
MAP = Boundaries.builtin()
CITY = (21.594, 105.844)
LAOS = (19.9, 102.1)
NAME = Title(vi="Trạm", en="Station")


def station(name: str, lat: float | None = None, lon: float | None = None, **more: Any) -> Source:
    return Source(id=f"aqi:{name}", names=(name,), title=NAME, lat=lat, lon=lon, **more)


def air(*sources: Source, **more: Any) -> Feed:
    columns = Columns(time="t", source="s", parameter="p", value="v", lat="lat", lon="lon", ingest_time="heard")
    return default_feed("readings").model_copy(update={"columns": columns, "sources": sources} | more)


def row(**more: Any) -> dict[str, Any]:
    return {"t": "2026-05-14T09:00:00Z", "s": "a", "p": "pm25", "v": 31} | more


def judged(feed: Feed, *rows: dict[str, Any], heat: tuple[KnownHeat, ...] = ()) -> list[Judged]:
    raw = "\n".join(json.dumps(one) for one in rows).encode()
    return list(judge(raw, feed, Catalogue(feeds=(feed,), heat=heat), MAP, NOW))


def flags(found: Judged) -> tuple[str, ...]:
    return found.events[0].flags


def test_coordinates_of_the_record_give_the_commune() -> None:
    (found,) = judged(air(), row(lat=CITY[0], lon=CITY[1]))
    location = found.events[0].location
    assert location
    expected = MAP.commune_at(*CITY, NOW)
    assert expected
    assert location.commune == expected.code
    assert "place_from_source" not in flags(found)


def test_a_record_without_place_stands_where_its_source_is_registered() -> None:
    (found,) = judged(air(station("a", *CITY)), row())
    location = found.events[0].location
    assert location
    assert (location.lat, location.lon) == CITY
    assert location.commune
    assert "place_from_source" in flags(found)


def test_outside_the_province_there_is_no_commune_but_a_mark() -> None:
    (found,) = judged(air(), row(lat=LAOS[0], lon=LAOS[1]))
    location = found.events[0].location
    assert location
    assert location.commune is None
    assert "out_of_area" in flags(found)


def test_without_any_place_nothing_is_said_of_it() -> None:
    (found,) = judged(air(), row())
    assert found.events[0].location is None
    assert "out_of_area" not in flags(found)


def test_two_names_on_one_coordinate_are_marked_from_the_second_on() -> None:
    here = {"lat": CITY[0], "lon": CITY[1]}
    found = judged(air(), row(s="a", **here), row(s="b", **here), row(s="a", t="2026-05-14T09:10:00Z", **here))
    assert ["shared_coordinates" in flags(one) for one in found] == [False, True, True]


def test_twins_that_the_catalogue_knows_are_marked_from_the_start() -> None:
    feed = air(station("a", *CITY), station("b", *CITY))
    (found,) = judged(feed, row(s="a", lat=CITY[0], lon=CITY[1]))
    assert "shared_coordinates" in flags(found)


def test_cameras_on_one_mast_are_no_twins() -> None:
    feed = default_feed("frigate").model_copy(update={"sources": (station("a", *CITY), station("b", *CITY))})
    raw = b'{"topic":"frigate/a/status/detect","payload":"online"}'
    (found,) = judge(raw, feed, Catalogue(), MAP, NOW)
    assert flags(found) == ("place_from_source",)


AHEAD = {
    "a second": (1, "accepted", False),
    "a minute": (60, "accepted", False),
    "a minute and a second": (61, "accepted", True),
    "the feed's limit": (300, "accepted", True),
    "beyond the feed's limit": (301, "future", True),
    "six hours": (6 * 3600, "future", True),
}


@pytest.mark.parametrize(("seconds", "fate", "marked"), AHEAD.values(), ids=AHEAD)
def test_ahead_of_its_receipt_by(seconds: int, fate: str, marked: bool) -> None:
    (found,) = judged(air(), row(t=(NOW + timedelta(seconds=seconds)).isoformat()))
    assert found.fate == fate
    assert ("time_ahead" in flags(found)) == marked


def test_a_rows_own_time_of_receipt_counts_before_the_calls() -> None:
    (found,) = judged(air(), row(t="2026-05-14T09:00:00Z", heard="2026-05-14T03:00:00Z"))
    assert found.fate == "future"
    assert found.received_at == found.events[0].received_at == datetime(2026, 5, 14, 3, tzinfo=UTC)


def test_the_same_reading_twice_in_one_call_is_a_duplicate_and_published_once() -> None:
    found = judged(air(), row(), row(v=99), row(t="2026-05-14T09:10:00Z"))
    assert [one.fate for one in found] == ["accepted", "duplicate", "accepted"]
    assert [len(one.events) for one in found] == [1, 0, 1]


def test_a_record_with_one_new_event_among_old_ones_is_accepted_for_it() -> None:
    wide = Columns(time="t", source="s", quantities={"pm25": "pm25", "pm10": "pm10"})
    feed = air(columns=wide)
    found = judged(
        feed,
        {"t": "2026-05-14T09:00:00Z", "s": "a", "pm25": 1},
        {"t": "2026-05-14T09:00:00Z", "s": "a", "pm25": 1, "pm10": 2},
    )
    assert [one.fate for one in found] == ["accepted", "accepted"]
    assert [event.quantity for event in found[1].events] == ["pm10"]


def test_what_is_remembered_for_duplicates_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "REMEMBERED", 3)
    times = [row(t=f"2026-05-14T09:0{minute}:00Z") for minute in range(8)]
    fates = [one.fate for one in judged(air(), *times, times[7], times[0])]
    assert fates == ["accepted"] * 8 + ["duplicate", "accepted"]


MILL = KnownHeat(title=NAME, lat=21.557, lon=105.872, radius_km=2)


@pytest.mark.parametrize(("lat", "known"), [(21.557, True), (21.5745, True), (21.576, False)])
def test_a_hotspot_within_the_radius_of_a_steel_mill_is_marked(lat: float, known: bool) -> None:
    raw = json.dumps(
        {
            "latitude": lat,
            "longitude": 105.872,
            "acq_date": "2026-05-14",
            "acq_time": "0638",
            "satellite": "N20",
            "confidence": "n",
            "frp": 3,
        }
    ).encode()
    feed = default_feed("firms")
    (found,) = judge(raw, feed, Catalogue(heat=(MILL,)), MAP, NOW)
    assert ("static_heat_source" in flags(found)) == known


OVERRIDES: dict[str, tuple[dict[str, Override], dict[str, Any], tuple[float, str, str, tuple[str, ...]]]] = {
    "a wrong label is replaced": (
        {"temp": Override(unit="Cel")},
        {"p": "temp", "u": "µg/m³"},
        (31, "Cel", "valid", ("unit_overridden",)),
    ),
    "the same label is no correction": (
        {"temp": Override(unit="Cel")},
        {"p": "temp", "u": "°C"},
        (31, "Cel", "valid", ()),
    ),
    "another label that converts": (
        {"temp": Override(unit="°F")},
        {"p": "temp", "u": "°C"},
        (-0.555555556, "Cel", "valid", ("unit_overridden",)),
    ),
    "a scale multiplies after the unit": (
        {"co": Override(scale=2)},
        {"p": "co", "u": "mg/m3"},
        (62_000, "ug/m3", "valid", ()),
    ),
    "a mark and a quality": (
        {"co": Override(flag="scale_suspect", quality="suspect")},
        {"p": "co", "u": "ug/m3"},
        (31, "ug/m3", "suspect", ("scale_suspect",)),
    ),
    "all parameters at once": (
        {"*": Override(quality="suspect")},
        {"p": "pm10", "u": "ug/m3"},
        (31, "ug/m3", "suspect", ()),
    ),
    "a parameter's word before that for all": (
        {"*": Override(quality="suspect"), "pm10": Override(quality="fault")},
        {"p": "pm10", "u": "ug/m3"},
        (31, "ug/m3", "fault", ()),
    ),
    "a parameter keeps what only all say": (
        {"*": Override(quality="suspect"), "pm10": Override(scale=2)},
        {"p": "pm10", "u": "ug/m3"},
        (62, "ug/m3", "suspect", ()),
    ),
}


@pytest.mark.parametrize(("table", "sent", "expected"), OVERRIDES.values(), ids=OVERRIDES)
def test_override(
    table: dict[str, Override], sent: dict[str, Any], expected: tuple[float, str, str, tuple[str, ...]]
) -> None:
    columns = Columns(time="t", source="s", parameter="p", value="v", unit="u")
    (found,) = judged(air(columns=columns, overrides=table).model_copy(update={"ahead": 0}), row(**sent))
    (event,) = found.events
    assert event.value == pytest.approx(expected[0])
    assert (event.unit, event.quality, event.flags) == expected[1:]


def test_a_sources_override_stands_before_its_feeds() -> None:
    source = station("a", overrides={"pm25": Override(quality="fault")})
    feed = air(source, overrides={"pm25": Override(quality="suspect", scale=2)})
    (found,) = judged(feed, row())
    assert (found.events[0].quality, found.events[0].value) == ("fault", 62)


def test_an_override_for_all_marks_other_domains_too() -> None:
    feed = default_feed("suricata").model_copy(update={"overrides": {"*": Override(quality="suspect")}})
    raw = b'{"timestamp":"2026-05-14T09:00:00Z","event_type":"anomaly","anomaly":{"type":"stream"}}'
    (found,) = judge(raw, feed, Catalogue(), MAP, NOW)
    assert found.events[0].quality == "suspect"


def test_a_station_file_is_told_by_its_name() -> None:
    feed = default_feed("station_text").model_copy(update={"sources": (station("TN_01", *CITY), station("TN_02"))})
    raw = b"PM10\t61.3\tug/Nm3\t20260514093500\t00\r\n"
    found = {
        name: next(judge(raw, feed, Catalogue(), MAP, NOW, origin=name)).events[0].source
        for name in ("in/TN_01_20260514093500.txt", "TN_02_202605140935.TXT", "NEW_20260514093500.txt", "notes.txt", "")
    }
    assert list(found.values()) == [
        "aqi:TN_01",
        "aqi:TN_02",
        "station_text:NEW",
        "station_text:station_text",
        "station_text:station_text",
    ]


def test_an_unreadable_input_is_said_before_anything_is_judged() -> None:
    with pytest.raises(Unreadable):
        next(judge(b"<html>", default_feed("suricata"), Catalogue(), MAP, NOW))


def test_fates_of_a_mixed_input_add_up() -> None:
    found = judged(air(), row(), row(), row(v="x"), row(v=""), row(t="2026-05-15T09:00:00Z"))
    assert [one.fate for one in found] == ["accepted", "duplicate", "rejected", "ignored", "future"]
