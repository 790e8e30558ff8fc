"""Out of order: twenty permutations of a shuffled hour, a tenth of it too late, judged as the sorted hour is (R14)."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from ioc.alerts.alert import Transition
from ioc.alerts.engine import Engine
from tests.alerts.timeline import START_MS, catalogue, made, rules

LATENESS_S = 60
MINUTE = 60_000
DETECTION: dict[str, Any] = {
    "id": "detected",
    "condition": {"kind": "threshold", "compare": "above", "persists": False},
    "settle": "5m",
}
BURST: dict[str, Any] = {
    "id": "burst",
    "condition": {"kind": "count", "window": "10m"},
    "severities": {"moderate": {"level": 8, "clear": 4}, "severe": {"level": 15, "clear": 10}},
}
LEVEL: dict[str, Any] = {"id": "level", "quantity": "pm10", "condition": {"kind": "threshold", "compare": "above"}}
Arrival = tuple[int, int, float, str, int]
"""Minutes aside, in ms: log clock, event time, value, quantity, number."""


def burst(dice: random.Random, begin: int) -> tuple[list[Arrival], list[Arrival]]:
    """Forty readings of one minute, and five that come while it lasts and are more than a minute older than it."""
    rows = []
    for number in range(40):
        at = begin + dice.randrange(MINUTE)
        rows.append((at, at, dice.choice((10.0, 75.0, 90.0, 160.0)), "pm25", number))
    late = []
    for number in range(40, 45):
        clock = begin + MINUTE + dice.randrange(MINUTE)
        late.append((clock, begin - LATENESS_S * 1000 - 1 - dice.randrange(MINUTE), 200.0, "pm25", number))
    return rows, late


def shuffled(dice: random.Random, rows: Sequence[Arrival]) -> list[Arrival]:
    return [(at + dice.randrange(MINUTE), at, value, quantity, number) for _, at, value, quantity, number in rows]


def heard(arrivals: Sequence[Arrival]) -> tuple[list[Transition], Counter[str]]:
    engine = Engine(rules(DETECTION, BURST, LEVEL), catalogue(lateness=LATENESS_S), "environment")
    state = engine.new("s")
    out: list[Transition] = []
    fates: Counter[str] = Counter()
    for clock, at, value, quantity, number in sorted(arrivals):
        event = made("environment", at, value, number, quantity=quantity, received_ms=max(clock, at))
        fate, told = engine.step(state, event, START_MS + clock)
        fates[fate] += 1
        out += told
    out += engine.tick(state, START_MS + max(arrivals)[0] + 3_600_000)
    return out, fates


def episodes(told: Sequence[Transition]) -> list[tuple[str, str, int, str]]:
    """Rule, gravest severity, when it ended and how; which event came first may differ, and so the id."""
    found: dict[str, list[Transition]] = {}
    for one in told:
        found.setdefault(one.alert_id, []).append(one)
    gravest = ("minor", "moderate", "severe").index
    return sorted(
        (all_of[0].rule, max((one.severity for one in all_of), key=gravest), all_of[-1].at, all_of[-1].change)
        for all_of in found.values()
    )


@pytest.fixture(scope="module")
def hour() -> tuple[list[Arrival], list[Arrival], list[Arrival]]:
    """Four bursts a quarter of an hour apart, what is late among them, and the readings of a station in their order."""
    dice = random.Random(14)
    rows, late = [], []
    for begin in range(0, 60 * MINUTE, 15 * MINUTE):
        one, older = burst(dice, begin + 60 * MINUTE)
        rows += one
        late += older
    station = [
        (60 * MINUTE + n * 20_000, 60 * MINUTE + n * 20_000, dice.choice((60.0, 90.0, 160.0)), "pm10", 1000 + n)
        for n in range(180)
    ]
    return rows, late, station


def test_what_lies_within_lateness_is_judged_as_if_sorted_and_what_is_later_is_counted(
    hour: tuple[list[Arrival], list[Arrival], list[Arrival]],
) -> None:
    rows, late, station = hour
    wanted, fates = heard([*rows, *station])
    assert fates == {"accepted": len(rows) + len(station)}
    assert Counter(one.rule for one in wanted).keys() == {"detected", "burst", "level"}

    for seed in range(20):
        # The station's clock runs with the log's; the others' delays leave it ahead of them by less than lateness.
        arrivals = [*shuffled(random.Random(seed), rows), *late, *station]
        told, fates = heard(arrivals)

        assert episodes(told) == episodes(wanted)
        assert fates == {"accepted": len(rows) + len(station), "late": len(late)}
        assert fates.total() == len(arrivals)


def test_a_late_contrary_reading_newer_than_all_that_its_group_said_ends_the_hold() -> None:
    """Another commune's reading is newer still; the hold must not go on over the contrary one."""
    held = {"id": "held", "hold": "60s", "by": ["source", "commune"]}
    engine = Engine(rules(held), catalogue(lateness=LATENESS_S), "environment")
    state = engine.new("s")
    told: list[Transition] = []
    for number, (at, clock, value, commune) in enumerate(
        [(76, 76, 90.0, "05443"), (100, 100, 10.0, "05444"), (93, 102, 10.0, "05443"), (200, 200, 10.0, "05444")]
    ):
        event = made("environment", at * 1000, value, number, commune=commune, received_ms=clock * 1000)
        told += engine.step(state, event, START_MS + clock * 1000)[1]

    assert told == []
