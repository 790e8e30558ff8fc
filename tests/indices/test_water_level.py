"""Alarm levels of the Cau river at Gia Bay and the marks of Nui Coc."""

from __future__ import annotations

import pytest

from ioc.indices.water_level import GIA_BAY, NUI_COC, Gauge, above_zero, alarm_of, check, fullness, standing


@pytest.mark.parametrize(
    ("level", "alarm"), [(20.0, 0), (24.99, 0), (25.0, 1), (26.0, 2), (26.99, 2), (27.0, 3), (29.90, 3)]
)
def test_a_mark_is_reached_at_the_mark(level: float, alarm: int) -> None:
    assert alarm_of(level, GIA_BAY) == alarm


def test_the_forecast_of_september_2024_stood_190_cm_above_alarm_three() -> None:
    found = standing(28.90, GIA_BAY)
    assert found.alarm == 3
    assert found.above == pytest.approx(1.90)
    assert found.to_next is None


def test_below_the_first_mark_it_says_how_far_off_it_is() -> None:
    found = standing(24.20, GIA_BAY)
    assert found.alarm == 0
    assert found.above == pytest.approx(-0.80)
    assert found.to_next == pytest.approx(0.80)


def test_a_level_above_the_sea_is_taken_above_the_gauges_zero() -> None:
    assert above_zero(234.910, 230.000) == pytest.approx(4.91)


@pytest.mark.parametrize(("level", "share"), [(40.0, 0.0), (46.20, 0.0), (47.225, 0.5), (48.25, 1.0), (49.0, 1.0)])
def test_the_flood_zone_of_the_reservoir_fills_from_its_normal_level(level: float, share: float) -> None:
    assert fullness(level, NUI_COC) == pytest.approx(share)


def test_marks_that_do_not_rise_are_refused() -> None:
    check(GIA_BAY)
    with pytest.raises(ValueError, match="rise"):
        check(Gauge((25.0, 25.0, 27.0), None, "-"))
