"""Active hours by the province's clock."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

LOCAL = timedelta(hours=7)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def local(at: int) -> datetime:
    """Wall time in +07:00, without its zone."""
    return (datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=at) + LOCAL).replace(tzinfo=None)


def active(wanted: Mapping[str, Any] | None, at: int, holidays: Collection[date] = ()) -> bool:
    """Whether a happening at `at` can reach anything; a span past midnight belongs to the day it began."""
    if not wanted:
        return True
    when = local(at)
    minute = when.hour * 60 + when.minute
    begun = when.date()
    if "hours" in wanted:
        first, last = (int(part[:2]) * 60 + int(part[3:]) for part in wanted["hours"].split("-"))
        if first <= last:
            if not first <= minute < last:
                return False
        elif minute < last:
            begun -= timedelta(days=1)
        elif minute < first:
            return False
    if "days" in wanted and DAYS[begun.weekday()] not in wanted["days"]:
        return False
    rest: str = wanted.get("holidays", "any")
    return rest == "any" or (rest == "only") == (begun in holidays)
