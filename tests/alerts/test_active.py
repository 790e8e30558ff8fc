"""Hours, days and holidays at +07:00, against calendar arithmetic done by the standard library."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ioc.alerts.active import DAY_MS, WEEKDAYS, Active, compile_active

HERE = timezone(timedelta(hours=7))
VICTORY = (date(2026, 4, 30) - date(1970, 1, 1)).days


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=HERE).timestamp() * 1000)


# name -> (active, local time, whether the rule may fire)
CASES: dict[str, tuple[dict[str, Any], str, bool]] = {
    "the first minute of the hours": ({"hours": "08:00-17:00"}, "2026-11-18T08:00:00", True),
    "a millisecond before the hours": ({"hours": "08:00-17:00"}, "2026-11-18T07:59:59.999", False),
    "the last millisecond of the hours": ({"hours": "08:00-17:00"}, "2026-11-18T16:59:59.999", True),
    "the end itself is outside": ({"hours": "08:00-17:00"}, "2026-11-18T17:00:00", False),
    "a night before midnight": ({"hours": "22:00-05:00"}, "2026-11-18T23:59:00", True),
    "a night after midnight": ({"hours": "22:00-05:00"}, "2026-11-18T04:59:59", True),
    "noon is not of the night": ({"hours": "22:00-05:00"}, "2026-11-18T12:00:00", False),
    "until midnight": ({"hours": "18:00-24:00"}, "2026-11-18T23:59:59.999", True),
    "midnight is the next day": ({"hours": "18:00-24:00"}, "2026-11-19T00:00:00", False),
    "a working day": ({"days": ["mon", "tue", "wed", "thu", "fri"]}, "2026-11-20T23:59:59", True),
    "Saturday begins here, not in Greenwich": ({"days": ["sat"]}, "2026-11-21T00:00:00", True),
    "Sunday is none": ({"days": ["sat"]}, "2026-11-22T00:00:00", False),
    "the small hours after Friday night are Friday's": (
        {"hours": "22:00-05:00", "days": ["fri"]}, "2026-11-21T04:00:00", True),
    "the small hours of Friday are Thursday's": ({"hours": "22:00-05:00", "days": ["fri"]}, "2026-11-20T04:00:00", False),
    "a holiday": ({"holidays": "only"}, "2026-04-30T00:00:00", True),
    "the day before a holiday": ({"holidays": "only"}, "2026-04-29T23:59:59", False),
    "never on a holiday": ({"holidays": "never"}, "2026-04-30T12:00:00", False),
    "the night that began on a holiday": ({"hours": "22:00-05:00", "holidays": "only"}, "2026-05-01T04:00:00", True),
    "the night that began before it": ({"hours": "22:00-05:00", "holidays": "only"}, "2026-04-30T04:00:00", False),
    "holidays do not matter": ({"hours": "00:00-24:00", "holidays": "any"}, "2026-04-30T12:00:00", True),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_rule_may_fire_only_while_it_is_active(name: str) -> None:
    given_, at, wanted = CASES[name]

    assert compile_active(Active.model_validate(given_), {VICTORY})(ms(at)) is wanted


@given(
    moment=st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1)),  # noqa: DTZ001 - local times by intent
    start=st.integers(0, 1439),
    length=st.integers(1, 1439),
    days=st.sets(st.sampled_from(WEEKDAYS), min_size=1),
    holidays=st.sampled_from(["any", "only", "never"]),
    free=st.sets(st.dates(date(2025, 1, 1), date(2028, 1, 1)), max_size=400),
)
def test_it_agrees_with_a_search_for_the_span_that_holds_the_moment(  # noqa: PLR0917
    moment: datetime, start: int, length: int, days: set[Any], holidays: Any, free: set[date]
) -> None:
    end = (start + length) % 1440
    hours = f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}"
    active = Active(hours=hours, days=tuple(sorted(days)), holidays=holidays)
    on = compile_active(active, {(one - date(1970, 1, 1)).days for one in free})

    wanted = False
    for began in (moment.date() - timedelta(days=1), moment.date()):
        first = datetime.combine(began, time()) + timedelta(minutes=start)
        if first <= moment < first + timedelta(minutes=length):
            fits = holidays == "any" or (began in free) == (holidays == "only")
            wanted = wanted or (fits and WEEKDAYS[began.weekday()] in days)

    assert on(round(moment.replace(tzinfo=HERE).timestamp() * 1000)) is wanted


def test_a_day_is_as_long_as_a_day() -> None:
    assert datetime.fromtimestamp(VICTORY * DAY_MS / 1000, UTC).date() == date(2026, 4, 30)


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "nothing at all": ({}, "empty_condition"),
    "an hour that is none": ({"hours": "25:00-05:00"}, "hours"),
    "one time only": ({"hours": "22:00"}, "hours"),
    "a span of no length": ({"hours": "08:00-08:00"}, "hours"),
    "a start at 24:00": ({"hours": "24:00-05:00"}, "hours"),
    "a day nobody knows": ({"days": ["thứ hai"]}, "literal_error"),
    "a word for holidays that is none": ({"holidays": "yes"}, "literal_error"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_time_is_refused(name: str) -> None:
    given_, code = BAD[name]

    with pytest.raises(ValidationError) as caught:
        Active.model_validate(given_)

    assert [one["type"] for one in caught.value.errors()] == [code]
