"""Three rules that make every kind of trouble for delivery: many transitions of one key, a count, an absence."""

from __future__ import annotations

from datetime import UTC, datetime

from ioc.alerts.engine import Engine
from ioc.alerts.parse import parse
from ioc.alerts.rule import RuleSet
from ioc.catalogue import Catalogue, Feed, Owner, Schedule, Source, Title
from ioc.events import Environment, event_id
from ioc.streams.rulebook import EngineRules

TITLE = "{vi: Thử, en: Trial}"
TAIL = f"""
    certainty: observed
    settle: 0s
    steps: [{TITLE}]
    call: {TITLE}
    source_of_threshold: giá trị khởi đầu
    owner: {TITLE}
"""
RULES = f"""
rules:
  - id: high
    title: {TITLE}
    domain: environment
    quantity: pm25
    condition: {{kind: threshold, compare: above}}
    severities: {{moderate: {{level: 50, clear: 40}}, severe: {{level: 90, clear: 80}}}}
    hold: 0s{TAIL}
  - id: often
    title: {TITLE}
    domain: environment
    quantity: pm10
    condition: {{kind: count, window: 60s}}
    severities: {{minor: {{level: 3, clear: 1}}}}{TAIL}
  - id: silent
    title: {TITLE}
    domain: environment
    condition: {{kind: absence, period: late}}
    severities: {{severe: {{level: 1}}}}{TAIL}
"""
WATCHED = ("w0", "w1", "never")


def catalogue() -> Catalogue:
    """Two stations that speak and one that never does; each is missed after 20 s."""
    title = Title(vi="Thử", en="Trial")
    sources = tuple(Source(id=name, title=title) for name in WATCHED)
    feed = Feed(
        name="trial",
        adapter="readings",
        domain="environment",
        title=title,
        owner=Owner(unit=title),
        schedule=Schedule(every=15, grace=5),
        lateness=30,
        sources=sources,
    )
    return Catalogue(feeds=(feed,))


def ruleset() -> RuleSet:
    return parse({"small.yaml": RULES})


def rulebook() -> EngineRules:
    return EngineRules(Engine(ruleset(), catalogue(), "environment"))


def reading(source: str, at_ms: int, value: float, quantity: str = "pm25", nth: object = 0) -> Environment:
    at = datetime.fromtimestamp(at_ms / 1000, UTC)
    return Environment(
        type="environment",
        id=event_id(source, at_ms, quantity, nth),
        feed="trial",
        source=source,
        observed_at=at,
        received_at=at,
        quantity="pm10" if quantity == "pm10" else "pm25",
        value=value,
        unit="ug/m3",
    )
