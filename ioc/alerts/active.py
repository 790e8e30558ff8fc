"""When a rule may begin anything: hours, days of the week, public holidays, all at +07:00.

    active: {hours: "22:00-05:00", days: [mon, tue, wed, thu, fri], holidays: never}

All that is named must hold. Hours run from the first, included, to the second, not included; past midnight they belong
to the day on which they began, and so do `days` and `holidays`. Outside, an event reaches no severity, but it still
contradicts one: what is open ends as ever.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Any, Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from ioc.alerts.duration import refuse

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: Final[tuple[Weekday, ...]] = get_args(Weekday)

MINUTE_MS: Final = 60_000
DAY_MS: Final = 86_400_000
LOCAL_MS: Final = 7 * 3_600_000
"""+07:00 all year."""
_FIRST_WEEKDAY: Final = 3
"""Day 0 of the epoch, 1 January 1970, was a Thursday."""
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)", re.ASCII)

ActiveAt = Callable[[int], bool]


class Active(BaseModel):
    """The times at which a rule may fire; an empty list of days means every day."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    hours: str | None = None
    days: tuple[Weekday, ...] = ()
    holidays: Literal["any", "only", "never"] = "any"

    @field_validator("hours")
    @classmethod
    def _span(cls, given: str | None) -> str | None:
        if given is not None:
            minutes(given)
        return given

    @model_validator(mode="before")
    @classmethod
    def _says_something(cls, given: Any) -> Any:
        if given == {}:
            raise refuse("empty_condition")
        return given


def minutes(hours: str) -> tuple[int, int]:
    """`22:00-05:00` -> minutes of the day of start and end (24:00 is 1440); raises the mistake `hours`."""
    found = _HOURS.fullmatch(hours)
    if found is not None:
        start = int(found[1]) * 60 + int(found[2])
        end = 1440 if found[3] is None else int(found[3]) * 60 + int(found[4])
        if start != end:
            return start, end
    raise refuse("hours")


def local_day(ms: int) -> int:
    """Number of the day at +07:00, counted from 1 January 1970."""
    return (ms + LOCAL_MS) // DAY_MS


def compile_active(active: Active, holidays: Collection[int]) -> ActiveAt:
    """A closure over epoch milliseconds; `holidays` holds the numbers of days (`local_day`) that are holidays."""
    start, end = minutes(active.hours) if active.hours is not None else (0, 1440)
    days = frozenset(WEEKDAYS.index(name) for name in active.days or WEEKDAYS)
    wanted = active.holidays
    known = frozenset(holidays)

    def on(ms: int) -> bool:
        day, rest = divmod(ms + LOCAL_MS, DAY_MS)
        minute = rest // MINUTE_MS
        if start < end:
            if not start <= minute < end:
                return False
        elif minute < end:
            day -= 1
        elif minute < start:
            return False
        if (day + _FIRST_WEEKDAY) % 7 not in days:
            return False
        return wanted == "any" or (day in known) == (wanted == "only")

    return on
