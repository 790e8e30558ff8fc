"""A test of a rule as its author writes it: events at relative times, and the changes that must come of them.

    tests:
      - case: {vi: "Bụi 168 đủ 30 phút thì báo mức Cao", en: "168 for 30 min is severe"}
        rule: pm25-high
        every: 10m
        values: 60 168x4 _x3 50
        expect:
          - 40m fired severe
          - 2h30m cleared severe

`values` is a series: one event every `every` from 0, `_` none, `168x4` four times. `events` are single ones, short
(`0m 0.7 kind=smoke`) or long (`{at: 0m, value: 0.7, kind: smoke, times: 3, every: 30s}`); `fields` are common to all
events of the case. `expect: nothing` demands silence until the time runs out, at `until` or with the last event.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, NamedTuple, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from ioc.alerts.alert import Change
from ioc.alerts.duration import Duration, refuse, seconds
from ioc.alerts.rule import RuleId
from ioc.catalogue import Expect
from ioc.events.envelope import SEVERITIES

FROZEN = ConfigDict(frozen=True, extra="forbid")
MAX_EVENTS = 10_000
"""Events of one case."""
MAX_CASES = 1_000
"""Cases of one file."""
CHANGES: tuple[Change, ...] = get_args(Change)


def _text(given: Any) -> Any:
    """A series of one number is a number to YAML."""
    return str(given) if isinstance(given, (int, float)) and not isinstance(given, bool) else given


def spelled(time: int) -> str:
    """Seconds as an author writes them: 5400 -> `1h30m`."""
    parts = []
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, time = divmod(time, size)
        parts += [f"{count}{unit}"] if count else []
    return "".join(parts) or "0s"


class Words(BaseModel):
    """What the case shows, in both languages."""

    model_config = FROZEN
    vi: Annotated[str, Field(min_length=5, max_length=200)]
    en: Annotated[str, Field(min_length=5, max_length=200)]


class Expected(NamedTuple):
    """One change: seconds from the start, what happened, how grave; `key` empty where any group will do."""

    at: int
    change: str
    severity: str
    key: str = ""


class Plan(BaseModel):
    """When data of the case's source are due, for rules of absence."""

    model_config = FROZEN
    every: Duration = 600
    grace: Duration = 0
    lost: Duration = 1800
    expect: Expect | None = None


class Case(BaseModel):
    """One test of one rule; times are seconds from `start`, which is a time of day at +07:00 (Thursday 14 May 2026)."""

    model_config = FROZEN
    case: Words
    rule: RuleId
    start: Annotated[str, Field(pattern=r"^(2\d{3}-\d\d-\d\d )?([01]\d|2[0-3]):[0-5]\d$")] = "08:00"
    source: Annotated[str, Field(min_length=1, max_length=128)] = ""
    schedule: Plan = Plan()
    fields: dict[str, Any] = {}
    every: Duration = 0
    values: Annotated[str, BeforeValidator(_text)] = ""
    events: tuple[dict[str, Any], ...] = ()
    until: Duration = 0
    expect: tuple[Expected, ...]

    @field_validator("events", mode="before")
    @classmethod
    def _short(cls, given: Any) -> Any:
        if not isinstance(given, list):
            return given
        return [short(one, nth) if isinstance(one, str) else one for nth, one in enumerate(given)]

    @field_validator("expect", mode="before")
    @classmethod
    def _changes(cls, given: Any) -> Any:
        if given == "nothing":
            return ()
        if not isinstance(given, list) or not given:
            raise refuse("expect")
        return [expected(one, nth) for nth, one in enumerate(given)]

    @model_validator(mode="after")
    def _series(self) -> Case:
        if self.values and not self.every:
            raise refuse("series_every", "values")
        return self

    @property
    def fires(self) -> bool:
        """Whether it shows the rule firing; the others show when it does not."""
        return any(one.change == "fired" for one in self.expect)


class File(BaseModel):
    """One file of tests."""

    model_config = FROZEN
    tests: Annotated[tuple[Case, ...], Field(max_length=MAX_CASES)]


def short(text: str, nth: int = 0) -> dict[str, Any]:
    """`0m 0.7 kind=smoke title='a b'` as a mapping; raises the mistake `short_event`."""
    try:
        at, *rest = shlex.split(text)
        seconds(at)
    except ValueError:
        raise refuse("short_event", str(nth)) from None
    found: dict[str, Any] = {"at": at}
    for one in rest:
        name, equals, value = one.partition("=")
        found["value" if not equals else name] = value if equals else name
    return found


def expected(text: Any, nth: int = 0) -> Expected:
    """`40m fired severe` and, after it, the group where it matters; raises the mistake `expect`."""
    parts = str(text).split(maxsplit=3)
    if len(parts) < 3 or parts[1] not in CHANGES or parts[2] not in SEVERITIES:
        raise refuse("expect", str(nth))
    try:
        return Expected(seconds(parts[0]), parts[1], parts[2], "".join(parts[3:]))
    except ValueError:
        raise refuse("expect", str(nth)) from None


class Moment(NamedTuple):
    """One event of a case: milliseconds from the start, how long ago it was observed then, what it says."""

    at: int
    ago: int
    fields: Mapping[str, Any]


def moments(case: Case) -> list[Moment]:
    """All events of a case in the order of their times; raises the mistakes `series` and `short_event`."""
    every = case.every * 1000
    found = [Moment(nth * every, 0, {**case.fields, "value": value}) for nth, value in _series(case.values)]
    for nth, one in enumerate(case.events):
        fields = {**case.fields, **one}
        try:
            at, ago = seconds(fields.pop("at", None)), seconds(fields.pop("ago", "0s"))
            every, times = seconds(fields.pop("every", "1s")), int(fields.pop("times", 1))
        except (ValueError, TypeError):
            raise refuse("short_event", f"events.{nth}") from None
        found += [Moment((at + each * every) * 1000, ago * 1000, fields) for each in range(min(times, MAX_EVENTS + 1))]
    if len(found) > MAX_EVENTS:
        raise refuse("too_many", "events", limit=MAX_EVENTS)
    return sorted(found, key=lambda one: one.at)


def _series(text: str) -> Iterator[tuple[int, float]]:
    nth = 0
    for token in text.split():
        value, _, times = token.partition("x")
        try:
            count = int(times or 1)
            if not 1 <= count <= MAX_EVENTS:
                raise refuse("series", "values", token=token)
            if value != "_":
                number = float(value)
                yield from ((nth + each, number) for each in range(count))
        except ValueError:
            raise refuse("series", "values", token=token) from None
        nth += count


Missing = Literal["firing", "calm"]
"""Which sort of case a rule lacks."""
