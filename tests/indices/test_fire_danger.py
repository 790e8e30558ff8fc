"""P of Nesterov and the levels it leads to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.indices.fire_danger import NATIONAL, Day, Table, advance, level_of, nesterov, saturation_deficit

HOT = Day(temperature=35.0, humidity=40.0, rain=0.0)
HUE = Table((5000, 10_000, 15_000, 20_000), "Thừa Thiên Huế 33/2022")
DAYS = st.builds(Day, st.floats(-5, 45), st.floats(0, 100), st.floats(0, 60))


def test_the_deficit_of_air_at_30_degrees_and_half_its_moisture() -> None:
    # Saturation at 30 degrees is 42.4 hPa (Smithsonian tables: 42.43).
    assert saturation_deficit(30.0, 0.0) == pytest.approx(42.43, rel=0.005)
    assert saturation_deficit(30.0, 50.0) == pytest.approx(21.2, rel=0.005)
    assert saturation_deficit(30.0, 100.0) == 0.0


def test_a_sensor_that_says_more_than_all_moisture_does_not_lower_the_index() -> None:
    assert saturation_deficit(25.0, 104.0) == 0.0


def test_dry_days_add_up() -> None:
    one = nesterov([HOT])
    assert one == pytest.approx(35.0 * saturation_deficit(35.0, 40.0))
    assert nesterov([HOT] * 5) == pytest.approx(5 * one)


@pytest.mark.parametrize(("rain", "kept"), [(0.0, True), (4.9, True), (5.0, False), (20.0, False)])
def test_five_millimetres_of_rain_begin_it_anew(rain: float, kept: bool) -> None:
    assert (advance(4000.0, HOT._replace(rain=rain)) > 0) is kept


def test_another_threshold_of_rain_may_be_set() -> None:
    assert advance(4000.0, HOT._replace(rain=6.0), resets_mm=7.0) > 4000


@given(st.lists(DAYS, max_size=40))
def test_the_index_is_never_negative_and_forgets_what_was_before_real_rain(days: list[Day]) -> None:
    found = nesterov(days)
    assert found >= 0
    rained = [nth for nth, day in enumerate(days) if day.rain >= 5]
    if rained:
        assert found == nesterov(days[rained[-1] + 1 :])


@pytest.mark.parametrize(
    ("index", "table", "level"),
    [(0, NATIONAL, 1), (1000, NATIONAL, 1), (1000.5, NATIONAL, 2), (2501, NATIONAL, 3), (5001, NATIONAL, 4),
     (10_000, NATIONAL, 4), (10_001, NATIONAL, 5), (10_001, HUE, 3), (20_001, HUE, 5)],
)  # fmt: skip
def test_levels_by_the_table_of_the_province(index: float, table: Table, level: int) -> None:
    assert level_of(index, table) == level
