"""The shipped holidays are those of the law: its eleven days a year, the lunar ones where the moon puts them."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from ioc.settings.holidays import load_holidays
from ioc.settings.mistake import ConfigMistakes

HERE = timezone(timedelta(hours=7))
EPOCH = date(1970, 1, 1)
NEW_YEAR = {2025: date(2025, 1, 29), 2026: date(2026, 2, 17), 2027: date(2027, 2, 6)}


def new_moon_day(near: date) -> date:
    """Day at +07:00 of the new moon nearest to a day (Meeus, Astronomical Algorithms, chapter 49, main terms)."""
    k = round((near - date(2000, 1, 6)).days / 29.530588861)
    t = k / 1236.85
    julian = 2451550.09766 + 29.530588861 * k + 0.00015437 * t * t
    sun = math.radians(2.5534 + 29.10535670 * k)
    moon = math.radians(201.5643 + 385.81693528 * k + 0.0107582 * t * t)
    node = math.radians(160.7108 + 390.67050284 * k - 0.0016118 * t * t)
    julian += (
        -0.40720 * math.sin(moon) + 0.17241 * math.sin(sun) + 0.01608 * math.sin(2 * moon)
        + 0.01039 * math.sin(2 * node) + 0.00739 * math.sin(moon - sun) - 0.00514 * math.sin(moon + sun)
        + 0.00208 * math.sin(2 * sun) - 0.00111 * math.sin(moon - 2 * node)
    )  # fmt: skip
    # Terrestrial time runs about 70 s ahead of UTC in these years.
    seconds = (julian - 2440587.5) * 86400 - 70
    return datetime.fromtimestamp(seconds, UTC).astimezone(HERE).date()


def dates(year: int) -> set[date]:
    found = {EPOCH + timedelta(days=number) for number in load_holidays().days}
    return {one for one in found if one.year == year}


@pytest.mark.parametrize("year", NEW_YEAR)
def test_the_lunar_year_begins_with_a_new_moon(year: int) -> None:
    first = NEW_YEAR[year]

    assert new_moon_day(first) == first
    assert {first + timedelta(days=after) for after in (-1, 0, 1, 2)} <= dates(year)
    lunar = {one for one in dates(year) if abs((one - first).days) < 6}
    assert len(lunar) == 5


@pytest.mark.parametrize("year", NEW_YEAR)
def test_hung_kings_day_is_the_tenth_of_the_third_moon(year: int) -> None:
    third = new_moon_day(NEW_YEAR[year] + timedelta(days=59))

    assert third + timedelta(days=9) in dates(year)


@pytest.mark.parametrize(("year", "days"), [(2025, 11), (2026, 12), (2027, 11)])
def test_a_year_has_the_eleven_days_of_the_law_and_those_in_lieu(year: int, days: int) -> None:
    assert len(dates(year)) == days


def test_a_day_has_its_name() -> None:
    noon = round(datetime(2026, 2, 17, 12, tzinfo=HERE).timestamp() * 1000)
    victory = round(datetime(2031, 4, 30, 0, 0, 1, tzinfo=HERE).timestamp() * 1000)

    named = load_holidays().title(noon)
    yearly = load_holidays().title(victory)
    assert named is not None
    assert named.vi == "Tết Nguyên đán (mùng 1)"
    assert yearly is not None
    assert yearly.vi == "Ngày Chiến thắng"
    assert load_holidays().title(noon - 6 * 86_400_000) is None


def test_a_mistake_names_its_line(tmp_path: Path) -> None:
    file = tmp_path / "holidays.yaml"
    file.write_text("law: Bộ luật Lao động\ndated:\n  - {on: tomorrow, title: {vi: Tết, en: Tet}}\n", encoding="utf-8")

    with pytest.raises(ConfigMistakes) as caught:
        load_holidays(file)

    assert [(one.line, one.field) for one in caught.value.mistakes] == [(3, "dated.1.on")]
