"""Where an alert goes: the shape of `config/routing.yaml`, and the first route that takes an alert.

    duties:   {truc-ban: {vi: Trực ban, en: Duty officer}}
    channels: {sms: gsm, zalo: internet}            # each way out, and the path it needs
    areas:    {vung-rung: ["05818", "05809"]}       # communes that a route may name together
    chains:
      thuong:
        steps:
          - {after: 0s, tell: [truc-ban], by: [sms, zalo]}
          - {after: 30m, tell: [truong-ca], by: [sms]}
        repeat: 1h
    routes:
      - {id: rung-dem, match: {domain: [hotspot], area: [vung-rung], active: {hours: "18:00-06:00"}}, chain: thuong}
      - {id: con-lai, chain: thuong}

Routes are asked in the order of the file; the first that matches takes the alert, and the last one takes whatever is
left, so that no alert goes to nobody. Durations are kept in seconds.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Annotated, Literal, NamedTuple, Protocol

from pydantic import BaseModel, Field

from ioc.alerts.active import Active, ActiveAt, compile_active
from ioc.alerts.duration import Duration
from ioc.alerts.kinds import FROZEN
from ioc.alerts.rule import Short
from ioc.events.domains import Domain
from ioc.events.envelope import Certainty, Severity

Name = Annotated[str, Field(pattern=r"^[a-z0-9](-?[a-z0-9]){0,31}$")]
RulePattern = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,47}\*?$")]
Path = Literal["local", "gsm", "line", "internet"]
"""What a channel needs to reach somebody: nothing beyond this machine, a mobile network by a modem of ours, a leased
line, or the internet. When the backbone is cut, all that needs the internet dies together."""
MAX_ROUTES = 500
"""Routes of one file: more than a person can read in order."""


class Match(BaseModel):
    """Which alerts a route takes: all that is named must hold; a list holds where one of it does."""

    model_config = FROZEN
    severity: tuple[Severity, ...] = ()
    certainty: tuple[Certainty, ...] = ()
    domain: tuple[Domain, ...] = ()
    commune: tuple[Annotated[str, Field(pattern=r"^\d{5}$")], ...] = ()
    area: tuple[Name, ...] = ()
    rule: tuple[RulePattern, ...] = ()
    """Ids of rules; one that ends in `*` means all that begin so."""
    feed: tuple[Annotated[str, Field(min_length=1, max_length=64)], ...] = ()
    drill: bool | None = None
    active: Active | None = None
    """Hours, days, holidays at +07:00."""

    @property
    def everything(self) -> bool:
        """Whether it names nothing."""
        return self == Match()


class Step(BaseModel):
    """One step of a chain: so long after its begin, whoever is on these duties is told by these channels."""

    model_config = FROZEN
    after: Duration
    tell: Annotated[tuple[Name, ...], Field(min_length=1, max_length=8)]
    by: Annotated[tuple[Name, ...], Field(min_length=1, max_length=8)]


class Chain(BaseModel):
    """Who is told, one after the other, until somebody accepts; then it stops."""

    model_config = FROZEN
    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=12)]
    repeat: Duration = 0
    """Told again this long after the last message, while nobody has accepted; 0: never again."""
    times: Annotated[int, Field(ge=1, le=100)] | None = None
    """How often at most; without it until somebody accepts or it ends."""


class Group(BaseModel):
    """Alerts that a person gets in one message."""

    model_config = FROZEN
    by: Annotated[tuple[Literal["rule", "commune", "domain", "source", "feed"], ...], Field(min_length=1)]
    wait: Duration = 30
    """How long the first one waits for others."""
    every: Duration = 300
    """How long until the next message of the same group."""


class Route(BaseModel):
    """Alerts that match go down this chain."""

    model_config = FROZEN
    id: Name
    match: Match = Match()
    chain: Name
    group: Group | None = None
    alone: bool = False
    """Always by itself and at once: no silence, no group, no storm holds it back (SOS)."""


class Limits(BaseModel):
    """How much one person gets; extreme alerts and routes that are `alone` are told beyond it, the rest is counted."""

    model_config = FROZEN
    per_hour: Annotated[int, Field(ge=1, le=1000)] = 20
    apart: Duration = 120
    """In a storm, at least this long between two messages to one person."""
    digest: Duration = 900
    """In a storm, how often what is minor or moderate is summed up."""
    storm_over: Annotated[int, Field(ge=1, le=100_000)] = 60
    """New alerts within an hour beyond which storm mode is offered."""


class RoutingFile(BaseModel):
    """The whole file."""

    model_config = FROZEN
    duties: Annotated[dict[Name, Short], Field(min_length=1, max_length=32)]
    channels: Annotated[dict[Name, Path], Field(min_length=1, max_length=32)]
    areas: dict[Name, Annotated[tuple[str, ...], Field(min_length=1, max_length=200)]] = {}
    limits: Limits = Limits()
    chains: Annotated[dict[Name, Chain], Field(min_length=1, max_length=100)]
    routes: Annotated[tuple[Route, ...], Field(min_length=1, max_length=MAX_ROUTES)]


class Routable(Protocol):
    """What a route looks at; a transition of an alert has it."""

    @property
    def severity(self) -> Severity: ...  # noqa: D102 - named as the alert names it
    @property
    def certainty(self) -> Certainty: ...  # noqa: D102
    @property
    def domain(self) -> str: ...  # noqa: D102
    @property
    def commune(self) -> str | None: ...  # noqa: D102
    @property
    def rule(self) -> str: ...  # noqa: D102
    @property
    def feed(self) -> str: ...  # noqa: D102
    @property
    def source(self) -> str: ...  # noqa: D102
    @property
    def drill(self) -> bool: ...  # noqa: D102


class Try(NamedTuple):
    """One route that was asked: the first of its conditions that did not hold; "" where it took the alert."""

    route: Route
    failed: str


class Routing:
    """A file that was read and found right, ready to be asked."""

    def __init__(self, file: RoutingFile, holidays: Collection[int] = ()) -> None:
        self.file = file
        self.routes = file.routes
        self._active: dict[str, ActiveAt] = {
            one.id: compile_active(one.match.active, holidays) for one in file.routes if one.match.active is not None
        }
        self._communes = {
            one.id: frozenset((*one.match.commune, *(code for name in one.match.area for code in file.areas[name])))
            for one in file.routes
        }

    @cached_property
    def by_id(self) -> Mapping[str, Route]:
        """Routes by their ids."""
        return {one.id: one for one in self.routes}

    def chain(self, route: Route) -> Chain:
        """The chain of a route."""
        return self.file.chains[route.chain]

    def route(self, alert: Routable, at: int) -> Route:
        """The first route that takes this alert at a moment (epoch ms)."""
        return next(one for one in self.routes if not self._failed(one, alert, at))

    def tries(self, alert: Routable, at: int) -> list[Try]:
        """Every route down to the one that takes it, and why those before did not."""
        found: list[Try] = []
        for one in self.routes:
            found.append(Try(one, self._failed(one, alert, at)))
            if not found[-1].failed:
                break
        return found

    def _failed(self, route: Route, alert: Routable, at: int) -> str:
        """The first condition that does not hold, "" where all do."""
        match = route.match
        codes = self._communes[route.id]
        tests = (
            ("severity", not match.severity or alert.severity in match.severity),
            ("certainty", not match.certainty or alert.certainty in match.certainty),
            ("domain", not match.domain or alert.domain in match.domain),
            ("area" if match.area else "commune", not codes or alert.commune in codes),
            ("rule", not match.rule or any(_means(pattern, alert.rule) for pattern in match.rule)),
            ("feed", not match.feed or alert.feed in match.feed),
            ("drill", match.drill is None or match.drill == alert.drill),
            ("active", route.id not in self._active or self._active[route.id](at)),
        )
        return next((name for name, holds in tests if not holds), "")


def _means(pattern: str, rule: str) -> bool:
    return rule.startswith(pattern[:-1]) if pattern.endswith("*") else rule == pattern


def group_key(route: Route, alert: Routable) -> str:
    """Under which alerts of this route come in one message; "" where each comes by itself."""
    if route.group is None or route.alone:
        return ""
    parts = {
        "rule": alert.rule,
        "commune": alert.commune or "-",
        "domain": alert.domain,
        "source": alert.source,
        "feed": alert.feed,
    }
    drill = "D|" if alert.drill else ""
    return f"{route.id}|{drill}" + "|".join(parts[name] for name in route.group.by)
