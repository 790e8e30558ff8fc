"""A test of the routing as its author writes it: an alert, a time, who is on duty, and who must be told when.

    people:
      an: {sms: "+84900000001", zalo: an}
    duty:
      truc-ban: [an]
    tests:
      - case: {vi: "Cháy rừng ban đêm báo trực ban ngay", en: "A forest fire by night is told at once"}
        alert: {severity: extreme, domain: hotspot, commune: "05818", rule: hotspot-fire}
        at: "02:30"
        accepted: 15m
        route: khan-cap
        expect:
          - 0m an alert sms,zalo
          - 10m binh escalated sms,voice

`expect: nothing` demands that nobody is told before `until`. `silence` mutes what it names, up to a severity.
"""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple, get_args

from pydantic import BaseModel, Field, field_validator

from ioc.alerts.duration import Duration, refuse, seconds
from ioc.alerts.kinds import FROZEN
from ioc.alerts.message import Occasion
from ioc.alerts.routing import Name
from ioc.events.domains import Domain
from ioc.events.envelope import Certainty, Severity
from ioc.workshop.case import Words

MAX_CASES = 1_000
OCCASIONS: tuple[Occasion, ...] = get_args(Occasion)


class Expected(NamedTuple):
    """Seconds from the start, who, why, by which channels (in the order of the alphabet)."""

    at: int
    person: str
    occasion: str
    channels: str


class Given(BaseModel):
    """The alert as a route sees it."""

    model_config = FROZEN
    severity: Severity = "severe"
    certainty: Certainty = "likely"
    domain: Domain = "hotspot"
    commune: str | None = None
    rule: str = "any"
    feed: str = "any"
    source: str = "any"
    drill: bool = False


class Muting(BaseModel):
    """A silence that is on from the start."""

    model_config = FROZEN
    rule: str = ""
    source: str = ""
    communes: tuple[str, ...] = ()
    up_to: Severity = "severe"
    until: Duration


class RouteCase(BaseModel):
    """One test; durations from its start, which is a time at +07:00."""

    model_config = FROZEN
    case: Words
    alert: Given
    at: Annotated[str, Field(pattern=r"^(2\d{3}-\d\d-\d\d )?([01]\d|2[0-3]):[0-5]\d$")] = "08:00"
    accepted: Duration | None = None
    ended: Duration | None = None
    silence: Muting | None = None
    until: Duration = 4 * 3600
    route: str = ""
    """Id of the route that must take it; any, where nothing is said."""
    duty: dict[Name, tuple[str, ...]] = {}
    """Who is on duty in this case; else as the file says."""
    expect: tuple[Expected, ...]

    @field_validator("expect", mode="before")
    @classmethod
    def _told(cls, given: Any) -> Any:
        if given == "nothing":
            return ()
        if not isinstance(given, list) or not given:
            raise refuse("route_expect")
        return [_expected(one, nth) for nth, one in enumerate(given)]


class RouteFile(BaseModel):
    """One file of tests."""

    model_config = FROZEN
    people: dict[str, dict[Name, str]]
    duty: dict[Name, tuple[str, ...]]
    tests: Annotated[tuple[RouteCase, ...], Field(max_length=MAX_CASES)]


def _expected(text: Any, nth: int) -> Expected:
    parts = str(text).split()
    if len(parts) != 4 or parts[2] not in OCCASIONS:
        raise refuse("route_expect", str(nth))
    try:
        return Expected(seconds(parts[0]), parts[1], parts[2], ",".join(sorted(parts[3].split(","))))
    except ValueError:
        raise refuse("route_expect", str(nth)) from None
