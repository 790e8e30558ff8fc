"""A case of a rule that puts domains together: its events are signals, and it is judged as role correlate judges them.

Short form: `0m domain=camera`, `12m km=2.1 severity=extreme`, `1h ago=50m`. What a case does not say is a signal of the
rule's own side (or, with another `domain`, of the other side) by the first rule that the side names. `km` lies so far
north of the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ioc.alerts.alert import Position, Transition, alert_id
from ioc.alerts.correlate import NearState, SignalEngine, due
from ioc.alerts.duration import refuse
from ioc.alerts.kinds import Near
from ioc.alerts.rule import Rule, RuleSet
from ioc.alerts.signal import READABLE, Signal
from ioc.places.geometry import KM_PER_DEGREE
from ioc.workshop.case import Case, Moment, moments

LAT, LON, COMMUNE = 21.6, 105.8, "05443"
"""Where cases take place: inside the province."""
_HERE: Final = Position("", 0, 0)
_OWN: Final = frozenset({"km", "value", "drill", "change"})


def play(rule: Rule, case: Case, begin: int, last: int) -> Sequence[Transition]:
    """What the rule says of the case's signals, ticks until `last` included; raises the mistake `event_field`."""
    engine = SignalEngine(RuleSet([rule]))
    states: dict[str, NearState] = {}
    told: list[Transition] = []
    for nth, one in enumerate(moments(case)):
        signal = _signal(rule, one, begin, nth)
        told += _tick(engine, states, signal.clock)
        for key in engine.keys(signal):
            state = states.setdefault(key, engine.new(key))
            told += engine.step(state, signal, signal.clock)[1]
    told += _tick(engine, states, last)
    return sorted(told, key=lambda one: one.clock)


def _tick(engine: SignalEngine, states: Mapping[str, NearState], until: int) -> list[Transition]:
    told: list[Transition] = []
    for state in states.values():
        while 0 < (wanted := due(state)) <= until:
            told += engine.tick(state, wanted)
    return told


def _signal(rule: Rule, one: Moment, begin: int, nth: int) -> Signal:
    fields = {"domain": rule.domain, **one.fields}
    unknown = next((name for name in fields if name not in READABLE and name not in _OWN), None)
    if unknown is not None or not isinstance(rule.condition, Near):
        raise refuse("event_field", f"events.{nth}", name=unknown, domain="signal", nearest="")
    where = rule.where if fields["domain"] == rule.domain else rule.condition.partner.where
    named = where.get("rule", "test")
    clock = begin + one.at
    at = clock - one.ago
    source = str(fields.get("source", f"test:{nth + 1}"))
    said: dict[str, Any] = {
        name: str(fields[name]) for name in ("commune", "feed", "key", "certainty") if name in fields
    }
    return Signal(
        alert_id=alert_id("case", source, str(nth)),
        revision=1,
        change="fired",
        rule=str(fields.get("rule", named[0] if isinstance(named, list) else named)),
        title={"vi": "Thử", "en": "Test"},
        domain=str(fields["domain"]),
        source=source,
        severity=fields.get("severity", "severe"),
        since=at,
        at=at,
        clock=clock,
        event=alert_id("event", source, str(nth)),
        lat=LAT + float(fields.get("km", 0)) / KM_PER_DEGREE,
        lon=LON,
        drill=str(fields.get("drill", "false")) == "true",
        input=_HERE,
        **{"commune": COMMUNE, "feed": "test", "key": source, "certainty": "likely", **said},
    )
