"""Public holidays as the province lists them: `config/holidays.yaml`, for rules with `active: {holidays: ...}`.

Holidays by the solar calendar come every year; those by the lunar calendar, and the days that the Prime Minister adds
each year, are listed by their dates (Bộ luật Lao động 45/2019/QH14, Điều 112).
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from ioc.alerts.active import local_day
from ioc.catalogue import Title

FROZEN = ConfigDict(frozen=True, extra="forbid")
EPOCH: Final = date(1970, 1, 1)
YEARS: Final = range(1990, 2100)
"""Years for which the yearly holidays are laid out."""


class Yearly(BaseModel):
    """A holiday by the solar calendar."""

    model_config = FROZEN
    month: Annotated[int, Field(ge=1, le=12)]
    day: Annotated[int, Field(ge=1, le=31)]
    title: Title


class Dated(BaseModel):
    """A holiday of one year; `decided` is False while the authorities have not fixed it."""

    model_config = FROZEN
    on: date
    title: Title
    decided: bool = True


class Holidays(BaseModel):
    """All public holidays; `law` says what they rest on."""

    model_config = FROZEN
    law: Annotated[str, Field(min_length=5, max_length=400)]
    yearly: tuple[Yearly, ...] = ()
    dated: tuple[Dated, ...] = ()

    @property
    def days(self) -> frozenset[int]:
        """Numbers of the days that are holidays, as `ioc.alerts.active.local_day` counts them."""
        found = {(one.on - EPOCH).days for one in self.dated}
        for one in self.yearly:
            found |= {(date(year, one.month, one.day) - EPOCH).days for year in YEARS if _exists(year, one)}
        return frozenset(found)

    def title(self, ms: int) -> Title | None:
        """What the day of this moment (epoch ms) is called; None on other days."""
        number = local_day(ms)
        for dated in self.dated:
            if (dated.on - EPOCH).days == number:
                return dated.title
        day = date.fromordinal(EPOCH.toordinal() + number)
        return next((one.title for one in self.yearly if (one.month, one.day) == (day.month, day.day)), None)


def _exists(year: int, one: Yearly) -> bool:
    try:
        date(year, one.month, one.day)
    except ValueError:
        return False
    return True
