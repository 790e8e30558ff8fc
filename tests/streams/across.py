"""Two domains whose alerts meet: rules that fire on every event, and one that asks for both near each other."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from functools import cache

from ioc.alerts.correlate import SignalEngine
from ioc.alerts.parse import parse
from ioc.alerts.rule import RuleSet
from ioc.catalogue import Catalogue, Feed, Owner, Schedule, Title
from ioc.events import Camera, Event, Hotspot, Location, event_id
from ioc.streams.rulebook import EngineRules
from ioc.streams.signal_rules import SignalRules
from tests.streams.small_rules import TITLE

TAIL = f"""
    certainty: observed
    steps: [{TITLE}]
    call: {TITLE}
    source_of_threshold: giá trị khởi đầu
    owner: {TITLE}
"""
RULES = f"""
rules:
  - id: hot
    title: {TITLE}
    domain: hotspot
    quantity: fire_frp
    condition: {{kind: threshold, compare: above, persists: false}}
    severities: {{moderate: {{level: 5}}, severe: {{level: 50}}}}
    settle: 3m{TAIL}
  - id: smoke
    title: {TITLE}
    domain: camera
    quantity: object
    condition: {{kind: match, when: {{kind: smoke}}}}
    severities: {{severe: {{}}}}
    settle: 2m{TAIL}
  - id: quiet-smoke
    title: {TITLE}
    domain: camera
    quantity: object
    condition: {{kind: match, when: {{kind: fire}}}}
    severities: {{severe: {{}}}}
    emit: signal
    settle: 2m{TAIL}
  - id: both
    title: {TITLE}
    domain: hotspot
    where: {{rule: hot}}
    by: [source]
    condition:
      kind: near
      with: {{domain: camera, where: {{rule: [smoke, quiet-smoke]}}}}
      km: 5
      minutes: 10
    severities: {{severe: {{}}, extreme: {{when: {{severity: severe}}}}}}
    settle: 20m{TAIL}
"""
LAT, LON = 21.6, 105.5


@cache
def ruleset() -> RuleSet:
    return parse({"across.yaml": RULES})


@cache
def catalogue() -> Catalogue:
    title = Title(vi="Thử", en="Trial")

    def feed(name: str, domain: str, adapter: str) -> Feed:
        return Feed.model_validate(
            {
                "name": name,
                "adapter": adapter,
                "domain": domain,
                "title": title,
                "owner": Owner(unit=title),
                "schedule": Schedule(every=15, grace=5),
                "lateness": 600,
            }
        )

    return Catalogue(feeds=(feed("satellites", "hotspot", "firms"), feed("cameras", "camera", "frigate")))


@cache
def rulebook(domain: str) -> EngineRules:
    return EngineRules.of(ruleset(), catalogue(), "hotspot" if domain == "hotspot" else "camera")


@cache
def crossing() -> SignalRules:
    return SignalRules(SignalEngine(ruleset()))


def at_ms(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def place(km: float) -> Location:
    return Location(lat=LAT + km / 111.195, lon=LON, commune="05818", error_m=10)


def pixel(source: str, ms: int, km: float, frp: float, nth: object = 0) -> Hotspot:
    return Hotspot(
        type="hotspot",
        id=event_id(source, ms, nth),
        feed="satellites",
        source=source,
        observed_at=at_ms(ms),
        received_at=at_ms(ms),
        location=place(km),
        quantity="fire_frp",
        value=frp,
        unit="MW",
        satellite="N20",
        instrument="VIIRS",
        confidence=0.8,
    )


def sight(source: str, ms: int, km: float, kind: str, nth: object = 0) -> Camera:
    return Camera(
        type="camera",
        id=event_id(source, ms, nth),
        feed="cameras",
        source=source,
        observed_at=at_ms(ms),
        received_at=at_ms(ms),
        location=place(km),
        quantity="object",
        value=0.9,
        unit="1",
        kind="fire" if kind == "fire" else "smoke",
        phase="new",
    )


def happening(random_: random.Random, ms: int, nth: int) -> Event:
    """One event of either domain: each satellite and camera has a place of its own."""
    number = random_.randrange(4)
    if random_.random() < 0.5:
        return pixel(f"satellite-{number}", ms, number * 3.0, random_.choice((2.0, 10.0, 80.0)), nth)
    return sight(f"camera-{number}", ms, number * 3.5, random_.choice(("smoke", "fire")), nth)
