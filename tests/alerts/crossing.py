"""Signals for tests of `near`, and a run of the engine over them: every state by itself, as the log keeps them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from ioc.alerts.alert import Position, Transition, alert_id
from ioc.alerts.correlate import NearState, SignalEngine, due, from_bytes, to_bytes
from ioc.alerts.parse import parse
from ioc.alerts.rule import RuleSet
from ioc.alerts.signal import Signal
from ioc.events.envelope import Fate
from tests.alerts.timeline import RULE

NOON = 1_778_734_800_000
MINUTE = 60_000
HOUR = 60 * MINUTE
INPUT = "cd" * 16
LAT, LON = 21.6340, 105.5710
"""Above La Bằng."""
KM = 1 / 111.195
"""Degrees of latitude in a kilometre."""

NEAR: dict[str, Any] = {
    **{key: RULE[key] for key in ("title", "certainty", "steps", "call", "source_of_threshold", "owner")},
    "id": "fire-seen-twice",
    "domain": "hotspot",
    "where": {"rule": "hotspot-fire"},
    "by": ["commune"],
    "condition": {
        "kind": "near",
        "with": {"domain": "camera", "where": {"rule": ["camera-fire-smoke", "camera-smoke"]}},
        "km": 5,
        "minutes": 30,
    },
    "severities": {"severe": {}, "extreme": {"when": {"severity_at_least": "severe"}}},
    "settle": "2h",
}


def rules(*changes: dict[str, Any]) -> RuleSet:
    return parse({"near.yaml": json.dumps({"rules": [{**NEAR, **one} for one in changes or ({},)]})})


def signal(name: str, minute: float = 0, *, km: float | None = 0, **given: Any) -> Signal:
    """The alert `name` begins at a minute after noon, so many km north of La Bằng (None: nobody knows where)."""
    at = NOON + round(minute * MINUTE)
    camera = name.startswith("cam")
    known: dict[str, Any] = {
        "alert_id": alert_id("x", name, ""),
        "revision": 1,
        "change": "fired",
        "rule": "camera-fire-smoke" if camera else "hotspot-fire",
        "title": {"vi": "Camera thấy khói", "en": "Camera sees smoke"}
        if camera
        else {"vi": "Điểm nhiệt", "en": "Hotspot"},
        "domain": "camera" if camera else "hotspot",
        "key": name,
        "source": f"source:{name}",
        "feed": "frigate" if camera else "firms-viirs",
        "severity": "severe" if camera else "moderate",
        "certainty": "likely",
        "since": at,
        "at": at,
        "clock": at,
        "event": f"event-{name}",
        "lat": None if km is None else LAT + km * KM,
        "lon": None if km is None else LON,
        "commune": "05818",
        "input": Position(INPUT, 0, 0),
    }
    return Signal(**{**known, **given})


class Told(NamedTuple):
    """What one transition says, for a test."""

    minute: float
    change: str
    severity: str
    key: str = "05818"


class Crossing:
    """`hears` a signal at its own time or at a `clock`; `waits` lets time pass as ticks do; `reloads` in between."""

    def __init__(self, *changes: dict[str, Any], reload: bool = False) -> None:
        self.engine = SignalEngine(rules(*changes))
        self.states: dict[str, NearState] = {}
        self.transitions: list[Transition] = []
        self.fates: list[Fate] = []
        self._reload = reload
        self.clock = 0

    def hears(self, one: Signal, clock: int | None = None) -> Crossing:
        self.clock = max(self.clock, one.at if clock is None else clock)
        for key in self.engine.keys(one):
            state = self.states.get(key) or self.engine.new(key)
            fate, told = self.engine.step(state, one, self.clock)
            self.fates.append(fate)
            self.transitions += told
            self._keep(key, state)
        return self

    def waits(self, clock: int) -> Crossing:
        """Ticks at each moment that some state waits for, up to `clock`."""
        while wanted := min((due(one) for one in self.states.values() if due(one)), default=0):
            if wanted > clock:
                break
            self.ticks(wanted)
        return self.ticks(clock)

    def ticks(self, clock: int) -> Crossing:
        self.clock = max(self.clock, clock)
        for key, state in self.states.items():
            self.transitions += self.engine.tick(state, self.clock)
            self._keep(key, state)
        return self

    def _keep(self, key: str, state: NearState) -> None:
        self.states[key] = from_bytes(to_bytes(state)) if self._reload else state

    @property
    def told(self) -> list[Told]:
        return [Told((one.at - NOON) / MINUTE, one.change, one.severity, one.key) for one in self.transitions]


def run(arrivals: Iterable[tuple[int, Signal]], until: int, **how: Any) -> Crossing:
    """A whole history, with its ticks."""
    made = Crossing(**how)
    for clock, one in arrivals:
        made.waits(clock).hears(one, clock)
    return made.waits(until)


def changes(told: Sequence[Transition]) -> list[tuple[str, int, str, str, int]]:
    """Transitions without their pictures."""
    return [(one.key, one.at, one.change, one.severity, one.revision) for one in told]
