"""VN_AQI against the examples printed in Decision 1459/QD-TCMT and against its table read as a table."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.indices.air_quality import (
    BANDS,
    BREAKPOINTS,
    INDEX,
    Pollutant,
    band_of,
    daily,
    highest_mean,
    hourly,
    nowcast,
    sub_index,
)

PRINTED_DUST = [26.9, 24.7, 20.5, 23.5, 19.5, 16.5, 19.0, 16.5, 20.3, 22.4, 19.6, 20.6]
"""09:00 to 20:00, as printed."""
PRINTED_OZONE = [
    15.7, 14.2, 17.7, 18.9, 19.3, 15.7, 19.7,
    22.6, 27.1, 29.0, 31.9, 25.3, 34.7, 35.2, 41.6, 45.7, 49.2, 55.8, 69.6,
    78.3, 91.5, 97.7, 81.2, 71.8, 43.5, 34.3, 21.5, 20.5, 19.4, 20.4, 21.3,
]  # fmt: skip
"""18:00 of the day before to 24:00, as printed."""
HOUR = st.one_of(st.none(), st.floats(0, 600))


def test_nowcast_of_the_printed_hours_is_the_printed_one() -> None:
    assert nowcast(PRINTED_DUST[::-1]) == pytest.approx(20.3, abs=0.05)


@pytest.mark.parametrize(
    ("scale", "concentration", "index"),
    [
        ("o3", 136.1, 43),
        ("pm25", 20.3, 41),
        ("o3_8h", 89.3, 45),
        ("o3", 114.6, 36),
        ("no2", 130.8, 65),
        ("pm25", 55.7, 110),
        # The decision prints 60 for this one; its own formula gives 59.35.
        ("no2", 118.7, 59),
    ],
)
def test_printed_examples(scale: str, concentration: float, index: int) -> None:
    found = sub_index(scale, concentration)
    assert found is not None
    assert int(found + 0.5) == index


def test_the_printed_eight_hour_ozone_has_the_printed_highest() -> None:
    assert highest_mean(PRINTED_OZONE, 8) == pytest.approx(74.4, abs=0.05)


def test_eight_hours_reach_back_into_the_day_before() -> None:
    day: dict[Pollutant, list[float | None]] = {"pm25": [10.0] * 24, "o3": [0.0] * 24}
    alone, with_before = daily(day), daily(day, [120.0] * 7)
    assert alone is not None
    assert with_before is not None
    assert alone.parts["o3"] == 0
    # Seven hours of 120 and one of 0: a mean of 105.
    assert with_before.parts["o3"] == 63


def test_a_day_is_named_by_its_worst_pollutant() -> None:
    found = daily({"pm25": [55.7] * 24, "no2": [130.8, *[10.0] * 23], "o3": [114.6, *[60.0] * 23]})
    assert found is not None
    assert (found.value, found.pollutant, found.band.name) == (110, "pm25", "poor")
    assert found.parts["no2"] == 65


@pytest.mark.parametrize("scale", BREAKPOINTS)
def test_every_printed_break_point_gives_its_index(scale: str) -> None:
    for index, point in zip(INDEX, BREAKPOINTS[scale], strict=False):
        assert sub_index(scale, point) == index


@pytest.mark.parametrize("scale", ["o3", "co", "so2", "no2", "pm10", "pm25"])
def test_what_lies_beyond_the_scale_is_500(scale: str) -> None:
    assert sub_index(scale, BREAKPOINTS[scale][-1] * 3) == 500


def test_eight_hour_ozone_beyond_its_scale_says_nothing() -> None:
    assert sub_index("o3_8h", 400.1) is None
    found = daily({"pm25": [10.0] * 24, "o3": [450.0] * 24})
    assert found is not None
    assert found.parts["o3"] == 213  # by the hour alone: 200 + 100 * 50 / 400, half up


@pytest.mark.parametrize(
    ("situation", "latest_first", "known"),
    [
        ("the two newest of three are there", [10.0, 10.0, None, 10.0], True),
        ("the present hour is missing, the two before are there", [None, 10.0, 10.0], True),
        ("only the present hour is there", [10.0, None, None, 10.0, 10.0], False),
        ("none of the newest three is there", [None, None, None, *[10.0] * 9], False),
        ("the station has just begun", [10.0, 10.0], True),
        ("there is no hour at all", [], False),
    ],
)
def test_nowcast_needs_two_of_the_newest_three_hours(
    situation: str, latest_first: list[float | None], known: bool
) -> None:
    assert (nowcast(latest_first) is not None) is known, situation


def test_a_missing_hour_does_not_make_the_air_cleaner() -> None:
    whole = nowcast([100.0, 40.0, *[10.0] * 10])
    gap = nowcast([100.0, 40.0, *[10.0] * 4, None, *[10.0] * 5])
    assert whole is not None
    assert gap is not None
    assert gap >= whole


@given(st.lists(HOUR, max_size=12))
def test_nowcast_lies_between_the_least_and_the_greatest_hour(hours: list[float | None]) -> None:
    found = nowcast(hours)
    present = [hour for hour in hours if hour is not None]
    if found is not None:
        assert min(present) - 1e-9 <= found <= max(present) + 1e-9


@given(st.sampled_from(["o3", "co", "so2", "no2", "pm10", "pm25"]), st.floats(0, 2e5), st.floats(0, 2e5))
def test_more_of_a_pollutant_is_never_a_lower_index(scale: str, one: float, other: float) -> None:
    low, high = sub_index(scale, min(one, other)), sub_index(scale, max(one, other))
    assert low is not None
    assert high is not None
    assert 0 <= low <= high <= 500


@pytest.mark.parametrize(
    ("value", "band"),
    [(0, "good"), (50, "good"), (51, "moderate"), (100, "moderate"), (101, "poor"), (150, "poor"), (151, "bad"),
     (200, "bad"), (201, "very_bad"), (300, "very_bad"), (301, "hazardous"), (500, "hazardous")],
)  # fmt: skip
def test_bands_end_where_the_decision_says(value: int, band: str) -> None:
    assert band_of(value).name == band


def test_bands_have_the_official_colours() -> None:
    assert [band.colour for band in BANDS] == [
        (0, 228, 0), (255, 255, 0), (255, 126, 0), (255, 0, 0), (143, 63, 151), (126, 0, 35)
    ]  # fmt: skip


def test_gases_alone_make_no_index() -> None:
    assert hourly({"no2": [50.0], "o3": [60.0]}) is None
    assert daily({"no2": [50.0] * 24, "pm25": [None] * 24}) is None


def test_one_dust_is_enough() -> None:
    found = hourly({"pm10": [50.0] * 12, "no2": [150.0]})
    assert found is not None
    assert (found.value, found.pollutant, found.parts) == (75, "no2", {"pm10": 50, "no2": 75})


def test_a_day_needs_three_quarters_of_its_hours_of_dust() -> None:
    assert daily({"pm25": [30.0] * 18 + [None] * 6}) is not None
    assert daily({"pm25": [30.0] * 17 + [None] * 7}) is None
