"""Due times by the clock of the day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.alerts.conditions.schedule import nth_due
from ioc.catalogue import Expect

HERE = timezone(timedelta(hours=7))
HOURLY = {"every": "1h", "at": "5m", "grace": "20m"}
PASSES = {"times": ["13:30", "01:30"], "grace": "3h"}


def expect(given: dict[str, Any]) -> Expect:
    return Expect.model_validate(given)


def ms(text: str) -> int:
    """`21 09:30` of November 2026 in +07:00, with seconds where they are given."""
    return round(datetime.strptime(f"2026-11-{text}", "%Y-%m-%d %H:%M:%S").replace(tzinfo=HERE).timestamp() * 1000)


CASES = {
    "an hourly gauge is due at five past": (HOURLY, "21 09:30:00", 1, "21 10:05:00"),
    "what is due now is not due after now": (HOURLY, "21 10:05:00", 1, "21 11:05:00"),
    "one second sooner it is": (HOURLY, "21 10:04:59", 1, "21 10:05:00"),
    "the third one": (HOURLY, "21 22:30:00", 3, "22 01:05:00"),
    "a pass of the night": (PASSES, "21 00:00:00", 1, "21 01:30:00"),
    "a pass of the afternoon": (PASSES, "21 01:30:00", 1, "21 13:30:00"),
    "the night of the next day": (PASSES, "21 13:30:00", 1, "22 01:30:00"),
    "seven passes on": (PASSES, "21 13:29:00", 8, "25 01:30:00"),
    "the evening before seven o'clock is yesterday in UTC": (PASSES, "21 06:59:59", 1, "21 13:30:00"),
    "once a day at midnight": ({"every": "24h", "grace": "1h"}, "21 12:00:00", 1, "22 00:00:00"),
}


@pytest.mark.parametrize(("given", "after", "nth", "due"), CASES.values(), ids=CASES.keys())
def test_the_nth_due_time(given: dict[str, Any], after: str, nth: int, due: str) -> None:
    assert nth_due(expect(given), ms(after), nth) == ms(due)


@given(
    st.sampled_from([HOURLY, PASSES, {"every": "10m", "grace": "1m"}, {"times": ["00:00", "23:59"], "grace": "1m"}]),
    st.integers(0, 4 * 86_400_000),
    st.integers(1, 40),
)
def test_due_times_are_those_of_a_list_made_by_hand(given: dict[str, Any], offset: int, nth: int) -> None:
    known = expect(given)
    midnight = datetime(2026, 11, 20, tzinfo=HERE)
    made = [
        round((midnight + timedelta(days=day, seconds=one)).astimezone(UTC).timestamp() * 1000)
        for day in range(30)
        for one in known.of_day
    ]
    after = round((midnight + timedelta(days=1)).timestamp() * 1000) + offset

    assert nth_due(known, after, nth) == [one for one in made if one > after][nth - 1]
