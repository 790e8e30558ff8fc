"""A test as a timeline: minutes on the clock, events and ticks at them, and the changes that came of them.

    line = Timeline(THRESHOLD_RULE)
    line.at(0).reads(90)
    line.at(30).ticks()
    assert line.told == [(30, "fired", "moderate")]

Event time and log clock run together from START unless a call says otherwise. Between any two calls the state can be
saved and loaded (`reload`), as after a crash.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from ioc.alerts.alert import Transition
from ioc.alerts.engine import Engine
from ioc.alerts.parse import parse
from ioc.alerts.rule import RuleSet
from ioc.alerts.stage import SOURCE
from ioc.alerts.state import State, from_bytes, to_bytes
from ioc.catalogue import Catalogue, Feed, Owner, Schedule, Source, Title
from ioc.events.codec import Observed, decode, encode
from ioc.events.domains import MODELS, Domain, Event
from ioc.events.envelope import Fate, Location, event_id

START = datetime(2026, 5, 14, tzinfo=UTC)
START_MS = round(START.timestamp() * 1000)
MINUTE = 60_000

RULE: dict[str, Any] = {
    "id": "tried",
    "title": {"vi": "Thử", "en": "Tried"},
    "domain": "environment",
    "quantity": "pm25",
    "condition": {"kind": "threshold", "compare": "above"},
    "severities": {"moderate": {"level": 80, "clear": 70}, "severe": {"level": 150, "clear": 130}},
    "certainty": "observed",
    "hold": "0s",
    "settle": "0s",
    "steps": [{"vi": "Gọi", "en": "Call"}],
    "call": {"vi": "114", "en": "114"},
    "source_of_threshold": "giá trị khởi đầu",
    "owner": {"vi": "IOC", "en": "IOC"},
}

DEFAULTS: dict[Domain, dict[str, Any]] = {
    "environment": {"quantity": "pm25", "unit": "ug/m3"},
    "hotspot": {"quantity": "fire_frp", "unit": "MW", "satellite": "N", "instrument": "VIIRS", "confidence": 0.6},
    "camera": {"quantity": "status", "unit": "1", "kind": "online", "phase": "state"},
    "netsec": {"quantity": "ids_alert", "unit": "1", "severity": "severe", "action": "allowed"},
}


def rules(*changes: Mapping[str, Any]) -> RuleSet:
    """RULE with each set of changes in turn."""
    return parse({"tried.yaml": json.dumps({"rules": [{**RULE, **one} for one in changes]})})


def catalogue(
    domain: Domain = "environment",
    *sources: str,
    every: int = 600,
    grace: int = 0,
    lateness: int = 600,
    ahead: int = 300,
) -> Catalogue:
    """One feed `tried` with these registered sources."""
    title = Title(vi="Trạm", en="Station")
    feed = Feed(
        name="tried",
        adapter="readings",
        domain=domain,
        title=title,
        owner=Owner(unit=title),
        schedule=Schedule(every=every, grace=grace, lost=every),
        lateness=lateness,
        ahead=ahead,
        sources=tuple(Source(id=name, title=title, lat=21.6, lon=105.8) for name in sources),
    )
    return Catalogue(feeds=(feed,))


def made(domain: Domain, at_ms: int, value: float = 1.0, number: int = 0, **fields: Any) -> Observed:
    """One event of a domain as the hot path sees it; times are milliseconds from START."""
    observed = START + timedelta(milliseconds=at_ms)
    source = fields.pop("source", "s")
    commune = fields.pop("commune", "05443")
    received = START + timedelta(milliseconds=fields.pop("received_ms", at_ms))
    whole = {
        **DEFAULTS[domain],
        "type": domain,
        "id": event_id(source, at_ms, value, number, *sorted(map(str, fields.items()))),
        "feed": "tried",
        "source": source,
        "value": float(value),
        "observed_at": observed,
        "received_at": received,
        "location": Location(lat=21.6, lon=105.8, commune=commune) if commune != "nowhere" else None,
        **fields,
    }
    event: Event = MODELS[domain](**whole)
    return decode(encode(event))


class Timeline:
    """One source under the given rules; `told` lists (minute of the change, change, severity)."""

    def __init__(
        self,
        *changes: Mapping[str, Any],
        registry: Catalogue | None = None,
        source: str = "s",
        ruleset: RuleSet | None = None,
        stage: str = SOURCE,
    ) -> None:
        self.rules = ruleset or rules(*(changes or ({},)))
        self.domain: Domain = self.rules.rules[0].domain
        self.engine = Engine(self.rules, registry or catalogue(self.domain), self.domain, stage)
        self.state: State = self.engine.new(source)
        self.transitions: list[Transition] = []
        self.fates: list[Fate] = []
        self._clock = START_MS
        self._count = 0
        self.lost = 0

    def at(self, minute: float, second: float = 0) -> Timeline:
        """Move the log clock, and with it the event time of what follows."""
        self._clock = START_MS + round(minute * MINUTE + second * 1000)
        return self

    def reads(self, value: float = 1.0, *, ago: float = 0, replay: str = "", **fields: Any) -> Timeline:
        """One event observed `ago` minutes before the clock."""
        self._count += 1
        at = self._clock - START_MS - round(ago * MINUTE)
        event = made(self.domain, at, value, self._count, **{"source": self.state.source, **fields})
        return self.takes(event, replay=replay)

    def takes(self, event: Observed, *, replay: str = "") -> Timeline:
        """This very event, now."""
        fate, out = self.engine.step(self.state, event, self._clock, replay, self.lost)
        self.fates.append(fate)
        self.transitions += out
        return self

    def ticks(self, replay: str = "") -> Timeline:
        """A tick at the clock."""
        self.transitions += self.engine.tick(self.state, self._clock, replay, self.lost)
        return self

    def reload(self) -> Timeline:
        """Save the state and go on with what was stored."""
        self.state = from_bytes(to_bytes(self.state))
        return self

    def under(self, ruleset: RuleSet, registry: Catalogue | None = None) -> Timeline:
        """Go on under other rules, as after a restart with a changed configuration."""
        self.engine = Engine(ruleset, registry or catalogue(self.domain), self.domain)
        return self.reload()

    @property
    def told(self) -> list[tuple[float, str, str]]:
        """(minute, change, severity) of every transition so far."""
        return [((one.at - START_MS) / MINUTE, one.change, one.severity) for one in self.transitions]

    @property
    def last(self) -> Transition:
        """The newest transition."""
        return self.transitions[-1]
