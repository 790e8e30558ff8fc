"""Rules that are judged by the attacker's address, sensors that tell of attackers, and what should come of it.

`many` counts with a window longer than any test, so that its window holds the number of events of an address that were
ever taken in; `often` speaks and ends again and again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache

from ioc.alerts.parse import parse
from ioc.alerts.rule import RuleSet
from ioc.alerts.state import State
from ioc.alerts.window import Window
from ioc.catalogue import Catalogue, Feed, Owner, Schedule, Title
from ioc.events import Netsec, event_id
from ioc.events.codec import Observed, decode
from ioc.streams.headers import ORIGIN, value_of
from ioc.streams.rulebook import EngineRules
from tests.streams.small_rules import TAIL, TITLE

FIELD = "src_ip"
LATENESS_MS = 30_000
RULES = f"""
rules:
  - id: many
    title: {TITLE}
    domain: netsec
    by: [src_ip]
    condition: {{kind: count, window: 7d}}
    severities: {{minor: {{level: 1000000}}}}{TAIL}
  - id: often
    title: {TITLE}
    domain: netsec
    where: {{severity: severe}}
    by: [src_ip]
    condition: {{kind: count, window: 60s}}
    severities: {{minor: {{level: 3, clear: 1}}}}{TAIL}
  - id: sensor
    title: {TITLE}
    domain: netsec
    condition: {{kind: count, window: 60s}}
    severities: {{minor: {{level: 5, clear: 1}}}}{TAIL}
"""


def ruleset(most: int = 1000) -> RuleSet:
    """`most` keys may be held in a partition."""
    return parse({"hops.yaml": RULES.replace("by: [src_ip]", f"by: [src_ip]\n    max_groups: {most}")})


def catalogue() -> Catalogue:
    title = Title(vi="Thử", en="Trial")
    schedule = Schedule(every=15, grace=5)
    feed = Feed(
        name="trial",
        adapter="suricata",
        domain="netsec",
        title=title,
        owner=Owner(unit=title),
        schedule=schedule,
        lateness=LATENESS_MS // 1000,
    )
    return Catalogue(feeds=(feed,))


@cache
def rulebook(by: str = "", most: int = 1000) -> EngineRules:
    """Holds nothing that changes."""
    return EngineRules.of(ruleset(most), catalogue(), "netsec", by)


def attack(source: str, address: str | None, at_ms: int, nth: object = 0, *, severe: bool = True) -> Netsec:
    at = datetime.fromtimestamp(at_ms / 1000, UTC)
    return Netsec(
        type="netsec",
        id=event_id(source, at_ms, address, nth),
        feed="trial",
        source=source,
        observed_at=at,
        received_at=at,
        quantity="ids_alert",
        value=1.0,
        unit="1",
        severity="severe" if severe else "minor",
        src_ip=address,
    )


def counted(state: State) -> int:
    """How many events of an address its state has taken in."""
    memory = state.memories.get("many")
    return memory.keep.total if memory is not None and isinstance(memory.keep, Window) else 0


def wanted(partitions: Iterable[Iterable[bytes | None]]) -> Counter[str]:
    """Address -> events that its state must have counted: each id once, late ones of a sensor never."""
    found: Counter[str] = Counter()
    for values in partitions:
        seen: set[str] = set()
        newest: dict[str, int] = {}
        for raw in values:
            if raw is None:
                continue
            event: Observed = decode(raw)
            at = round(event.observed_at.timestamp() * 1000)
            if event.id in seen:
                continue
            seen.add(event.id)
            if at < newest.get(event.source, 0) - LATENESS_MS:
                continue
            newest[event.source] = max(at, newest.get(event.source, 0))
            address = getattr(event, FIELD)
            if address is not None:
                found[address] += 1
    return found


def repeated(rows: Iterable[object]) -> int:
    """How many records of the second topic say that they were there before."""
    origins = [value_of(getattr(row, "headers"), ORIGIN) for row in rows if getattr(row, "value") is not None]  # noqa: B009
    return len(origins) - len(set(origins))
