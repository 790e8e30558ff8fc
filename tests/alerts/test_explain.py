"""Why and why not: the explanation of an event never disagrees with what the step then does."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest

from ioc.alerts.engine import Engine
from ioc.alerts.explain import Explanation, Recorder, Verdict
from ioc.alerts.state import State, from_bytes, to_bytes
from ioc.events.codec import Observed
from tests.alerts.timeline import MINUTE, START_MS, catalogue, made, rules

RULES = rules(
    {"id": "held", "hold": "5m", "settle": "10m"},
    {"id": "at-once", "settle": "3m"},
    {"id": "low", "condition": {"kind": "threshold", "compare": "below"}, "severities": {"minor": {"level": 20, "clear": 30}}},
    {"id": "moment", "condition": {"kind": "threshold", "compare": "at_least", "persists": False}, "settle": "5m",
     "severities": {"severe": {"level": 100}}},
    {"id": "picked", "where": {"commune": {"within": "province"}, "flags": {"not": "static_heat_source"}}},
    {"id": "counted", "condition": {"kind": "count", "window": "10m"}, "severities": {"minor": {"level": 4, "clear": 2}}},
    {"id": "by-commune", "by": ["source", "commune"], "condition": {"kind": "count", "window": "10m"},
     "severities": {"minor": {"level": 3}}},
    {"id": "other", "quantity": "pm10"},
    {"id": "said", "quantity": [], "condition": {"kind": "match", "when": {"quality": "suspect"}}, "settle": "5m",
     "severities": {"minor": {}}},
)  # fmt: skip
REGISTRY = catalogue("environment", "s")


def events(seed: int, count: int) -> list[Observed]:
    """Readings of one source, some late, of calibration, of another quantity, outside the province, of drills."""
    dice = random.Random(seed)
    minute = 0.0
    found = []
    for number in range(count):
        minute += dice.choice((0, 0.5, 1, 2, 15))
        late = dice.choice((0, 0, 0, 0, 1, 5, 20))
        fields: dict[str, Any] = {
            "quantity": dice.choice(("pm25", "pm25", "pm25", "pm10", "no2")),
            "quality": dice.choice(("valid", "valid", "valid", "suspect", "fault")),
            "commune": dice.choice(("05443", "05455", "nowhere")),
            "flags": dice.choice(((), (), ("static_heat_source",))),
            "drill": dice.random() < 0.1,
            "received_ms": round(minute * MINUTE),
        }
        value = dice.choice((5, 25, 60, 75, 85, 100, 140, 200))
        found.append(made("environment", round(max(0.0, minute - late) * MINUTE) + 1, value, number, **fields))
    return found


def agrees(told: Explanation, verdict: Verdict, before: State, after: State, event: Observed) -> None:
    """One rule's explanation against what the step did."""
    plain = verdict.code
    spoke = [
        one
        for one in told.transitions
        if one.rule == verdict.rule and one.key == verdict.group and one.drill == event.drill
    ]
    assert (plain == "changed") == bool(spoke)
    suffix = "|!" if event.drill else ""
    key = {"by-commune": f"by-commune|{verdict.group.partition('|')[2]}"}.get(verdict.rule, verdict.rule) + suffix
    memory = after.memories.get(key)
    level = 0 if memory is None else memory.level
    assert bool(verdict.open) == bool(level)
    if plain == "not_judged":
        assert told.fate != "accepted"
    if plain in ("where", "quantity", "quality", "not_judged"):
        was = before.memories.get(key)
        assert (0 if was is None else len(was.clues)) >= (0 if memory is None else len(memory.clues)), (
            "nothing was taken in"
        )
    if plain == "held":
        assert memory is not None
        assert memory.pending
        assert verdict.left_ms > 0
    if plain == "stands":
        assert level
    if plain in ("not_reached", "nothing_said"):
        assert not level
        assert memory is None or not memory.pending
    if plain == "not_reached":
        assert verdict.gap is not None
        assert verdict.gap >= 0
    if plain == "where":
        assert verdict.field in RULES.by_id[verdict.rule].where
    if plain == "quantity":
        assert event.quantity not in RULES.by_id[verdict.rule].quantity


@pytest.mark.parametrize("seed", range(10))
def test_explanation_and_verdict_never_disagree_on_a_thousand_random_events(seed: int) -> None:
    engine, recorder = Engine(RULES, REGISTRY, "environment"), Recorder(RULES, REGISTRY, "environment")
    state = engine.new("s")
    codes: Counter[str] = Counter()
    for event in events(seed, 1000):
        clock = max(state.marked, round(event.received_at.timestamp() * 1000))
        engine.tick(state, clock)
        raw = to_bytes(state)
        explained = recorder.explain(state, event, clock)
        assert to_bytes(state) == raw, "explaining changes nothing"
        before = from_bytes(raw)
        fate, told = engine.step(state, event, clock)
        assert (explained.fate, list(explained.transitions)) == (fate, list(told))
        assert [one.rule for one in explained.verdicts] == sorted(RULES.by_id)
        for verdict in explained.verdicts:
            agrees(explained, verdict, before, state, event)
            codes[verdict.code] += 1
    assert codes.keys() >= {
        "not_judged", "quality", "quantity", "where", "not_counted", "nothing_said", "not_reached", "held", "stands", "changed",
    }  # fmt: skip


def explained(value: float, **fields: Any) -> dict[str, Verdict]:
    recorder = Recorder(RULES, REGISTRY, "environment")
    found = recorder.explain(recorder.new("s"), made("environment", 0, value, **fields), START_MS)
    return {one.rule: one for one in found.verdicts}


def test_a_level_that_was_missed_says_by_how_much() -> None:
    one = explained(75)["at-once"]
    assert (one.code, one.figure, one.level, one.gap, one.severity) == ("not_reached", 75, 80, 5, "moderate")
    low = explained(26)["low"]
    assert (low.code, low.gap) == ("not_reached", 6)


def test_a_hold_says_how_long_it_still_takes() -> None:
    one = explained(160)["held"]
    assert (one.code, one.severity, one.left_ms, one.since) == ("held", "severe", 5 * MINUTE, START_MS)


def test_a_count_says_how_many_are_there() -> None:
    one = explained(1)["counted"]
    assert (one.code, one.figure, one.level, one.gap) == ("not_reached", 1, 4, 3)


def test_a_part_of_where_says_what_it_wanted_and_what_it_got() -> None:
    one = explained(160, flags=("static_heat_source",))["picked"]
    assert (one.code, one.field, one.wanted, one.got) == (
        "where",
        "flags",
        "not static_heat_source",
        "static_heat_source",
    )
    assert explained(160, commune="nowhere")["picked"][:5] == ("picked", "where", "s", "commune", "within province")


def test_an_alert_that_changes_carries_its_transitions() -> None:
    one = explained(160)["at-once"]
    assert (one.code, one.severity, [told.change for told in one.transitions]) == ("changed", "severe", ["fired"])
    assert one.open == one.transitions[0].alert_id


def test_a_group_beyond_the_limit_says_so() -> None:
    capped = rules({"by": ["source", "commune"], "max_groups": 1})
    recorder = Recorder(capped, REGISTRY, "environment")
    state = recorder.new("s")
    recorder.step(state, made("environment", 0, 90, commune="05443"), START_MS)

    (own, other) = recorder.explain(state, made("environment", MINUTE, 90, commune="05455"), START_MS + MINUTE).verdicts

    assert (own.rule, own.code) == ("rule-overflow", "changed")
    assert (other.rule, other.code, other.wanted) == ("tried", "no_room", "1")


def test_outside_its_hours_a_rule_says_so_unless_it_stands() -> None:
    night = rules({"active": {"hours": "07:00-07:05"}})  # the timelines begin at 07:00 here
    recorder = Recorder(night, REGISTRY, "environment")
    state = recorder.new("s")

    late = recorder.explain(state, made("environment", 6 * MINUTE, 90), START_MS + 6 * MINUTE)
    recorder.step(state, made("environment", 0, 90), START_MS)
    open_ = recorder.explain(state, made("environment", 6 * MINUTE, 95), START_MS + 6 * MINUTE)

    assert [one.code for one in late.verdicts] == ["outside_hours"]
    assert [one.code for one in open_.verdicts] == ["stands"]


def test_a_rule_that_throws_says_so() -> None:
    recorder = Recorder(RULES, REGISTRY, "environment")
    plan = recorder._plans["at-once"]

    def broken(_: Observed) -> int:
        raise ZeroDivisionError

    plan.read = broken
    recorder._wrap(plan)
    found = recorder.explain(recorder.new("s"), made("environment", 0, 160), START_MS)
    codes = {one.rule: one.code for one in found.verdicts}
    assert codes["at-once"] == "threw"
    assert codes["rule-error"] == "changed"
    assert codes["held"] == "held"
