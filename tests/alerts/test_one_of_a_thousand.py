"""One of a thousand sources falls silent: one alert, in time, and nobody else's time stands still (R16)."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ioc.alerts.alert import Transition
from ioc.alerts.engine import Engine
from ioc.alerts.state import State
from tests.alerts.timeline import START_MS, catalogue, made, rules

SECOND = 1000
EVERY = 60
SILENT: dict[str, Any] = {
    "id": "silent",
    "quantity": [],
    "condition": {"kind": "absence", "period": "lost"},
    "severities": {"minor": {"level": 1}},
}
LEVEL: dict[str, Any] = {"id": "level", "hold": "2m"}
NAMES = [f"station-{n:03}" for n in range(1000)]
STOPPED, STOPPED_AT = "station-417", 300


def test_exactly_one_alert_within_its_time_and_five_seconds() -> None:
    engine = Engine(rules(SILENT, LEVEL), catalogue("environment", *NAMES, every=EVERY), "environment")
    states: dict[str, State] = {name: engine.new(name) for name in NAMES}
    told: list[Transition] = []
    for second in range(0, 900, 5):
        clock = START_MS + second * SECOND
        for place, name in enumerate(NAMES):
            speaks = second % EVERY == place % 12 * 5
            if speaks and not (name == STOPPED and second >= STOPPED_AT):
                # Station 7 has been above its level since minute ten: its hold ends though another is silent.
                value = 200 if place == 7 and second >= 600 else 10
                told += engine.step(states[name], made("environment", second * SECOND, value, source=name), clock)[1]
            if 0 < states[name].due <= clock:
                told += engine.tick(states[name], clock)

    silent = [one for one in told if one.rule == "silent"]
    assert [(one.source, one.change) for one in silent] == [(STOPPED, "fired")]
    last = max(second for second in range(STOPPED_AT) if second % EVERY == 417 % 12 * 5)
    assert silent[0].at == START_MS + (last + EVERY) * SECOND
    assert 0 <= silent[0].clock - silent[0].at <= 5 * SECOND

    level = [(one.source, one.change, one.at) for one in told if one.rule == "level"]
    assert level == [("station-007", "fired", START_MS + (600 + 35 + 120) * SECOND)]
    behind = Counter(START_MS + 900 * SECOND - state.watermark <= EVERY * SECOND for state in states.values())
    assert behind == {True: 999, False: 1}
