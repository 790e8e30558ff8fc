"""Wrong clocks: an hour off, ten years, 1970, a leap second, no zone, a log clock that steps back (R15)."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from ioc.alerts.alert import Transition
from ioc.alerts.engine import Engine
from ioc.alerts.state import State, to_bytes
from ioc.events.codec import REFUSALS, Observed, decode, encode, reasons
from ioc.events.domains import Environment
from tests.alerts.timeline import DEFAULTS, START, START_MS, catalogue, made, rules

MINUTE = 60_000
HOUR = 60 * MINUTE
YEARS = 3_653 * 24 * HOUR
LEVEL: dict[str, Any] = {"id": "level", "hold": "5m", "settle": "2m"}
SILENT: dict[str, Any] = {
    "id": "silent",
    "quantity": [],
    "condition": {"kind": "absence", "period": "late"},
    "severities": {"minor": {"level": 1}},
}
SKEWS = {"an hour ahead": HOUR, "an hour behind": -HOUR, "ten years ahead": YEARS, "four minutes ahead": 4 * MINUTE}
VALUES = (60, 90, 95, 160, 155, 90, 60, 50, 50, 50)


def engine() -> Engine:
    return Engine(rules(LEVEL, SILENT), catalogue("environment", "good", "bad", every=300), "environment")


def at_minute(judge: Engine, state: State, minute: int, skew: int = 0) -> tuple[str, list[Transition]]:
    """The reading of this minute by a clock that is `skew` ms wrong."""
    clock = minute * MINUTE
    event = made("environment", clock + skew, VALUES[minute // 2 % 10], minute, source=state.source, received_ms=clock)
    fate, told = judge.step(state, event, START_MS + clock)
    return fate, list(told)


def watched(bad: int | None) -> list[Transition]:
    """What is told of the good source, beside a bad one or alone."""
    judge = engine()
    good, other = judge.new("good"), judge.new("bad")
    out: list[Transition] = []
    for minute in range(60, 180):
        if bad is not None:
            at_minute(judge, other, minute, bad)
            judge.tick(other, START_MS + minute * MINUTE)
        out += at_minute(judge, good, minute)[1]
        out += judge.tick(good, START_MS + minute * MINUTE)
    return out


@pytest.mark.parametrize("name", SKEWS)
def test_one_bad_clock_changes_nothing_of_another_source(name: str) -> None:
    alone = watched(None)

    assert len(alone) > 10
    assert watched(SKEWS[name]) == alone


@pytest.mark.parametrize(("name", "fate"), [("an hour ahead", "future"), ("ten years ahead", "future")])
def test_what_comes_from_the_future_is_counted_moves_no_time_and_its_source_is_missed(name: str, fate: str) -> None:
    judge = engine()
    state = judge.new("bad")
    fates: Counter[str] = Counter()
    told: list[Transition] = []
    for minute in range(60, 75):
        one, out = at_minute(judge, state, minute, SKEWS[name])
        fates[one] += 1
        told += [*out, *judge.tick(state, START_MS + minute * MINUTE)]

    assert fates == {fate: 15}
    assert state.watermark == 0
    assert [(one.rule, one.change) for one in told] == [("silent", "fired")]


def test_a_source_that_is_always_an_hour_behind_lives_by_its_own_time() -> None:
    judge = engine()
    right, slow = judge.new("good"), judge.new("good")
    told: list[Transition] = []
    late: list[Transition] = []
    for minute in range(120, 240):
        told += at_minute(judge, right, minute)[1]
        fate, out = at_minute(judge, slow, minute, -HOUR)
        late += out
        assert fate == "accepted"

    assert [(one.at - HOUR, one.change, one.severity) for one in told] == [
        (one.at, one.change, one.severity) for one in late
    ]


def test_a_clock_set_right_from_ahead_is_not_held_against_the_source_for_long() -> None:
    """Four minutes ahead is accepted; set right, it lies within lateness and counts at once."""
    judge = engine()
    state = judge.new("bad")
    at_minute(judge, state, 60, SKEWS["four minutes ahead"])

    assert at_minute(judge, state, 61)[0] == "accepted"


def test_a_clock_that_was_never_set_meets_no_rule() -> None:
    judge = engine()
    state = judge.new("bad")

    assert at_minute(judge, state, 60, -START_MS - 2 * HOUR)[0] == "late"
    assert state.watermark == 0


@pytest.mark.parametrize(
    "spelling", ["2026-05-14T10:00:00", "2016-12-31T23:59:60Z", "1970-01-01", "0000-00-00T00:00:00Z"]
)
def test_a_time_without_a_zone_or_that_no_clock_can_show_is_refused_with_its_field(spelling: str) -> None:
    whole = Environment(
        **DEFAULTS["environment"], type="environment", id="0" * 16, feed="tried", source="s", value=1.0,
        observed_at=START, received_at=START + timedelta(seconds=1),
    )  # fmt: skip
    row = json.loads(encode(whole))
    row["observed_at"] = spelling
    raw = json.dumps(row).encode()

    with pytest.raises(REFUSALS):
        decode(raw)
    assert [reason.field for reason in reasons(raw)] == ["observed_at"]


def test_a_log_clock_that_steps_back_ten_minutes_undoes_and_repeats_nothing() -> None:
    judge = engine()
    state = judge.new("good")
    told: list[Transition] = []
    for minute in range(60, 64):
        told += at_minute(judge, state, minute)[1]
    told += judge.tick(state, START_MS + 80 * MINUTE)
    assert [one.rule for one in told if one.change == "fired"] == ["level", "silent"]
    before = to_bytes(state)

    assert list(judge.tick(state, START_MS + 70 * MINUTE)) == []
    assert to_bytes(state) == before


def test_an_event_read_after_the_log_clock_stepped_back_is_judged_by_its_own_time() -> None:
    judge = engine()
    told: list[list[tuple[int, str]]] = []
    for step in (0, -10 * MINUTE):
        state = judge.new("good")
        found: list[Transition] = []
        for minute in range(60, 90):
            event: Observed = made("environment", minute * MINUTE, VALUES[minute // 2 % 10], minute, source="good")
            found += judge.step(state, event, START_MS + minute * MINUTE + (step if minute >= 75 else 0))[1]
        told.append([(one.at, one.change) for one in found])

    assert told[0] == told[1] != []
