"""Numbers, units, durations and times as people here read them."""

from __future__ import annotations

import pytest

from ioc.alerts.figures import duration, measured, moment, number
from ioc.events.quantities import UNITS
from tests.alerts.timeline import START_MS


@pytest.mark.parametrize(
    ("value", "vi", "en"),
    [
        (168.0, "168", "168"),
        (168.04, "168", "168"),
        (168.25, "168,2", "168.2"),
        (1240, "1.240", "1,240"),
        (30000, "30.000", "30,000"),
        (1234567.8, "1.234.568", "1,234,568"),
        (0.7, "0,7", "0.7"),
        (0.853, "0,85", "0.85"),
        (0, "0", "0"),
        (-0.001, "0", "0"),
        (-3.5, "-3,5", "-3.5"),
        (999.96, "1.000", "1,000"),
    ],
)
def test_number(value: float, vi: str, en: str) -> None:
    assert (number(value, "vi"), number(value, "en")) == (vi, en)


@pytest.mark.parametrize(
    ("value", "unit", "vi"),
    [
        (29.9, "m", "29,90 m"),
        (25, "m", "25,00 m"),
        (168, "ug/m3", "168 µg/m³"),
        (39.5, "Cel", "39,5 °C"),
        (38, "MW", "38 MW"),
        (5.5, "1", "5,5"),
        (17.2, "m/s", "17,2 m/s"),
    ],
)
def test_measured(value: float, unit: str, vi: str) -> None:
    assert measured(value, unit, "vi") == vi


@pytest.mark.parametrize("unit", UNITS)
def test_no_unit_is_shown_in_machine_spelling(unit: str) -> None:
    shown = measured(2, unit, "vi")

    assert "Cel" not in shown
    assert "m3" not in shown
    assert "ug" not in shown


@pytest.mark.parametrize(
    ("seconds", "vi", "en"),
    [
        (0, "0 giây", "0 s"),
        (45, "45 giây", "45 s"),
        (120, "2 phút", "2 min"),
        (150, "2 phút 30 giây", "2 min 30 s"),
        (3600, "1 giờ", "1 h"),
        (7800, "2 giờ 10 phút", "2 h 10 min"),
        (7859.9, "2 giờ 10 phút", "2 h 10 min"),
        (3601, "1 giờ", "1 h"),
        (90000, "1 ngày 1 giờ", "1 d 1 h"),
        (86400 * 3 + 59, "3 ngày", "3 d"),
        (-5, "0 giây", "0 s"),
    ],
)
def test_duration(seconds: float, vi: str, en: str) -> None:
    assert (duration(seconds, "vi"), duration(seconds, "en")) == (vi, en)


def test_times_are_shown_at_plus_seven() -> None:
    assert moment(START_MS) == "07:00 14/05"
    assert moment(START_MS + 18 * 3_600_000) == "01:00 15/05"
