"""QCVN 05:2023/BTNMT: limits in force, and means held against them."""

from __future__ import annotations

from datetime import date

import pytest

from ioc.indices.air_limits import Averaging, from_ppb, judge, limit_of

BEFORE, SINCE = date(2025, 12, 31), date(2026, 1, 1)


@pytest.mark.parametrize(
    ("quantity", "averaging", "on", "limit"),
    [
        ("pm25", "24h", BEFORE, 50),
        ("pm25", "24h", SINCE, 45),
        ("pm25", "year", SINCE, 25),
        ("pm10", "24h", SINCE, 100),
        ("so2", "1h", SINCE, 350),
        ("no2", "1h", SINCE, 200),
        ("co", "8h", SINCE, 10_000),
        ("o3", "8h", SINCE, 120),
        ("pm10", "1h", SINCE, None),
        ("water_level", "1h", SINCE, None),
    ],
)
def test_limits(quantity: str, averaging: Averaging, on: date, limit: float | None) -> None:
    assert limit_of(quantity, averaging, on) == limit


def test_a_mean_at_its_limit_does_not_exceed_it() -> None:
    at, above = judge("pm25", "24h", 45, SINCE), judge("pm25", "24h", 45.1, SINCE)
    assert at == (45, 1.0, False)
    assert above is not None
    assert above.exceeded


def test_the_same_mean_was_within_the_older_limit() -> None:
    found = judge("pm25", "24h", 47, BEFORE)
    assert found is not None
    assert not found.exceeded


@pytest.mark.parametrize(("gas", "factor"), [("o3", 1.96), ("no2", 1.88), ("so2", 2.62), ("co", 1.145)])
def test_volume_becomes_mass_at_the_conditions_of_the_standard(gas: str, factor: float) -> None:
    assert from_ppb(gas, 1.0) == pytest.approx(factor, rel=0.003)
