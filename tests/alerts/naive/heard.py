"""The log as the naive evaluator sees it: who is judged at all, and at which time of its source.

Nothing of the engine is imported anywhere in this folder. Times are epoch milliseconds UTC.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

IDLE: Final = 60_000
RANKS: Final = ("", "minor", "moderate", "severe", "extreme")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}

Rule = Mapping[str, Any]
"""A rule as its author writes it."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One record of one source: an event, or without an id a tick. `at` event time, `clock` log time and receipt."""

    clock: int
    id: str = ""
    at: int = 0
    value: float = 0.0
    quantity: str = "pm25"
    drill: bool = False
    quality: str = "valid"
    fields: Mapping[str, Any] = field(default_factory=dict)

    def read(self, name: str) -> Any:
        """A field by the name a rule gives it."""
        if name in ("value", "quantity", "drill", "quality", "id"):
            return getattr(self, name)
        return self.fields.get(name)


class Judged(NamedTuple):
    """An event that counts, its source's time once it had arrived, and whether a newer one of its quantity was known."""

    told: int
    event: Heard
    past: bool = False

    @property
    def at(self) -> int:
        """Event time."""
        return self.event.at


class Log(NamedTuple):
    """`events` in the order of arrival, each once; `horizon` the source's time at the end."""

    events: Sequence[Judged]
    horizon: int


class Told(NamedTuple):
    """One transition."""

    at: int
    change: str
    severity: str


def ms(text: str | int) -> int:
    """`1h30m` in milliseconds."""
    return sum(int(n) * _SECONDS[unit] for n, unit in re.findall(r"(\d+)([dhms])", str(text))) * 1000


def arrived(log: Sequence[Heard], lateness: int, ahead: int) -> Log:
    """Whatever is neither a duplicate nor late nor from the future, with the source's time."""
    watermark = marked = 0
    latest: dict[tuple[str, bool], int] = {}
    ids: set[str] = set()
    events = []
    for one in log:
        if not one.id or one.id in ids:
            continue
        ids.add(one.id)
        if one.at > one.clock + ahead or one.at < watermark - lateness or one.at <= 0:
            continue
        if one.at > watermark:
            watermark, marked = one.at, one.clock
        if one.quality not in ("valid", "suspect"):
            events.append(Judged(watermark, one))
            continue
        newest = latest.get((one.quantity, one.drill), 0)
        events.append(Judged(watermark, one, one.at < newest))
        latest[one.quantity, one.drill] = max(one.at, newest)
    quiet = log[-1].clock - marked if log else 0
    return Log(events, watermark + (quiet if quiet >= IDLE else 0))


def fulfils(event: Heard, where: Mapping[str, Any]) -> bool:
    """Field -> value, list of values, or above/below."""
    for name, wanted in where.items():
        found = event.read(name)
        if isinstance(wanted, Mapping):
            if found is None:
                return False
            if "above" in wanted and not found > wanted["above"]:
                return False
            if "below" in wanted and not found < wanted["below"]:
                return False
        elif found not in (wanted if isinstance(wanted, list) else [wanted]):
            return False
    return True


def beyond(compare: str, value: float, level: float) -> bool:
    """The four comparisons."""
    if compare == "above":
        return value > level
    if compare == "below":
        return value < level
    return value >= level if compare == "at_least" else value <= level


def levels(rule: Rule) -> dict[int, tuple[float, float]]:
    """Rank -> (level, clear)."""
    found = {}
    for name, one in rule["severities"].items():
        level = one.get("level", 1)
        found[RANKS.index(name)] = (level, one.get("clear", level))
    return dict(sorted(found.items()))


def ranked(rule: Rule, compare: str, figure: float) -> tuple[int, int]:
    """The highest severity that is reached, and the highest that would still be held."""
    reached = held = 0
    for rank, (level, clear) in levels(rule).items():
        reached = rank if beyond(compare, figure, level) else reached
        held = rank if beyond(compare, figure, clear) else held
    return reached, held
