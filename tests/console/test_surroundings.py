"""What is measured around, as walls are told of it: official scales by their own names, gaps never filled."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from ioc.catalogue import Catalogue
from ioc.console import surroundings
from ioc.histories import AirPoint, Listed
from ioc.places.boundaries import Boundaries
from ioc.ports import Reading, Step
from ioc.settings import load_catalogue
from tests.console.room import Room, catalogue

NOON = datetime(2026, 5, 20, 5, tzinfo=UTC)
KNOWN: Catalogue = catalogue()


def reading(source: str, quantity: str, value: float) -> Reading:
    return Reading(
        domain="environment", feed="f", source=source, quantity=quantity, value=value, unit="", observed_at=NOON,
        received_at=NOON, event_id="e", lat=None, lon=None, commune=None, quality="valid", flags=(), severity=None,
        label="", title=None,
    )  # fmt: skip


def vi(lines: list[Listed]) -> list[tuple[str, str]]:
    return [(one.figure["vi"], one.line["vi"]) for one in lines]


def test_a_river_stands_by_its_alarm_and_without_known_levels_says_so() -> None:
    levels = [reading("kttv:cha", "water_level", 8.12), reading("kttv:gia-bay", "water_level", 26.0)]
    assert vi(surroundings.water(levels, KNOWN)) == [
        ("▣ 26,00 m", "kttv:gia-bay · báo động II"),
        ("· 8,12 m", "kttv:cha · chưa có mức báo động"),
    ]
    assert vi(surroundings.water([reading("kttv:gia-bay", "water_level", 24.99)], KNOWN)) == [
        ("· 24,99 m", "kttv:gia-bay · dưới báo động I")
    ]


@pytest.mark.parametrize(("mean", "sign"), [(45.0, "·"), (45.2, "▣")])
def test_a_mean_is_above_its_limit_only_beyond_it(mean: float, sign: str) -> None:
    (line,) = surroundings.limits({("a", "pm25"): mean}, KNOWN, date(2026, 5, 20))
    assert line.figure["vi"] == f"{sign} 45 / 45"
    assert ("vượt giới hạn" in line.line["vi"]) == (sign == "▣")


def test_the_furthest_above_its_limit_stands_first() -> None:
    means = {("a", "pm25"): 50.0, ("b", "so2"): 250.0, ("c", "co"): 9.0}
    found = surroundings.limits(means, KNOWN, date(2026, 5, 20))
    assert [one.figure["vi"] for one in found] == ["▣ 250 / 125", "▣ 50 / 45"], "CO has no limit of 24 hours"


def test_the_driest_station_stands_first() -> None:
    found = surroundings.weather(
        [reading("a", "humidity", 70), reading("b", "humidity", 40), reading("b", "wind_speed", 3.25)], KNOWN
    )
    assert vi(found) == [("· 40 % · 3,2 m/s", "b"), ("· 70 %", "a")]


def steps(values: list[float], *, days: int, hour: int = 13) -> list[Step]:
    """A value at this local hour of each of the last days."""
    at = datetime(2026, 5, 20, hour - 7, tzinfo=UTC)
    return [
        Step(at - timedelta(days=nth), value, value, value, 1) for nth, value in zip(range(days), values, strict=False)
    ]


def test_days_in_a_row_end_at_the_first_gap() -> None:
    warm, damp, rain = (steps([value] * 9, days=9) for value in (30.0, 60.0, 0.0))
    assert len(surroundings.whole_days(warm, damp, rain)) == 9
    del damp[4]
    assert len(surroundings.whole_days(warm, damp, rain)) == 4
    assert surroundings.whole_days(warm, steps([60.0] * 9, days=9, hour=12), rain) == []


def test_danger_bears_its_own_name_and_how_many_days_it_knows() -> None:
    assert vi([surroundings.danger(6200.0, 12, "a", KNOWN)]) == [("▣ Cấp cháy rừng IV · P 6.200", "a · 12 ngày")]
    assert surroundings.danger(900.0, 3, "a", KNOWN).figure["vi"].startswith("· Cấp cháy rừng I ")


def test_an_index_stands_with_its_band() -> None:
    (one,) = surroundings.named([AirPoint("a", NOON, 168, "pm25")], KNOWN, Boundaries.builtin(), NOON)
    assert (one.line["vi"], one.line["en"]) == ("Xấu · a", "Bad · a")


def test_an_index_stands_with_its_stations_commune() -> None:
    real = load_catalogue()
    point = AirPoint(real.by_feed["tn-aqi"].sources[0].id, NOON, 30, "so2")
    (one,) = surroundings.named([point], real, Boundaries.builtin(), NOON)
    assert one.line["vi"].startswith("Tốt · Trạm ")
    assert one.line["vi"].count(" · ") == 2


async def test_what_nobody_measured_is_no_data(room: Room) -> None:
    found = await surroundings.boards(room.history, room.catalogue, room.clock.now())
    assert {name: lines[0].figure["vi"] for name, lines in found.items()} == dict.fromkeys(
        ("weather", "water", "limits", "fire"), "✖ MẤT DỮ LIỆU"
    )
