"""Laws of rules on windows over whole histories: disorder, ticks, cuts, reloads; memory within its bounds."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.alerts.alert import Transition
from ioc.alerts.engine import Engine
from ioc.alerts.parse import parse
from ioc.alerts.state import State, open_alerts, to_bytes
from ioc.events.codec import decode
from tests.alerts.timeline import RULE, START_MS, catalogue, made
from tests.laws.cuts import holds_however_cut

MINUTE = 60_000


def rule(name: str, condition: dict[str, Any], level: float, clear: float, **more: Any) -> dict[str, Any]:
    return {
        **RULE,
        "id": name,
        "condition": condition,
        "severities": {"moderate": {"level": level, "clear": clear}},
        **more,
    }


def aggregate(kind: str, compare: str = "at_least", **more: Any) -> dict[str, Any]:
    return {"kind": "threshold", "compare": compare, "aggregate": kind, "window": "10m", **more}


RULES = (
    rule("mean", aggregate("mean"), 50, 40),
    rule("mean-low", aggregate("mean", "below", min_events=2), 20, 30, settle="2m"),
    rule("sum", aggregate("sum"), 150, 100, hold="1m"),
    rule("least", aggregate("min"), 30, 20),
    rule("greatest-low", aggregate("max", "at_most"), 30, 40),
    rule("last", aggregate("last", min_events=2), 60, 50),
    rule("median", aggregate("percentile", percentile=50), 50, 40),
    rule("change", {"kind": "change", "over": "10m", "direction": "either"}, 40, 20),
    rule("share", {"kind": "percentage", "of": {"value": {"above": 45}}, "window": "10m", "min_events": 3}, 60, 40),
    rule("places", {"kind": "cardinality", "field": "commune", "window": "10m"}, 3, 2),
)
"""Each of the kinds, at levels that the values below cross all the time."""
VALUES = (0, 10, 25, 30, 45, 50, 60, 100)
GAPS = (0, 500, 10_000, 59_999, 60_000, 150_000, 600_000, 1_800_000)
COMMUNES = ("05443", "05444", "05445", "nowhere")


class Heard(NamedTuple):
    """One event, or a tick where `value` is None; milliseconds from START."""

    clock: int
    at: int = 0
    value: float | None = None
    commune: str = ""
    number: int = 0


@cache
def engine(*names: str) -> Engine:
    chosen = [one for one in RULES if not names or one["id"] in names]
    return Engine(parse({"tried.yaml": json.dumps({"rules": chosen})}), catalogue("environment", "s"), "environment")


@st.composite
def histories(draw: st.DrawFn) -> list[Heard]:
    clock, log = 3_600_000, []
    for number in range(draw(st.integers(1, 40))):
        clock += draw(st.sampled_from(GAPS))
        if draw(st.integers(0, 4)) == 0:
            log.append(Heard(clock))
            continue
        ago = draw(st.sampled_from((0, 0, 0, 5_000, 60_000, 599_000)))
        log.append(Heard(clock, clock - ago, draw(st.sampled_from(VALUES)), draw(st.sampled_from(COMMUNES)), number))
    return log


def play(log: Sequence[Heard], state: State, judge: Engine | None = None) -> list[Transition]:
    judge = judge or engine()
    out: list[Transition] = []
    for one in log:
        if one.value is None:
            out += judge.tick(state, START_MS + one.clock)
        else:
            event = made("environment", one.at, one.value, one.number, source="s", commune=one.commune)
            out += judge.step(state, event, START_MS + one.clock)[1]
    return out


@settings(max_examples=40, deadline=None)
@given(histories(), st.data())
def test_any_cut_is_the_whole_and_a_replayed_batch_tells_the_same_again(log: list[Heard], data: st.DataObject) -> None:
    holds_however_cut(log, data, play, lambda: engine().new("s"))


@settings(max_examples=40, deadline=None)
@given(histories())
def test_a_rule_tells_the_same_whatever_stands_beside_it(log: list[Heard]) -> None:
    together = play(log, engine().new("s"))

    for one in RULES:
        alone = play(log, engine(one["id"]).new("s"), engine(one["id"]))
        assert [told for told in together if told.rule == one["id"]] == alone


@settings(max_examples=40, deadline=None)
@given(histories())
def test_what_is_told_is_an_alert_from_its_first_revision_on_and_each_has_a_name(log: list[Heard]) -> None:
    state = engine().new("s")
    told = play(log, state)

    revisions: dict[str, list[int]] = {}
    for one in told:
        revisions.setdefault(one.alert_id, []).append(one.revision)
        assert one.evidence
    assert all(found == list(range(1, len(found) + 1)) for found in revisions.values())
    ended = {one.alert_id for one in told if one.status == "resolved"}
    assert sorted(open_alerts(state)) == sorted(revisions.keys() - ended)


@settings(max_examples=40, deadline=None)
@given(histories(), st.lists(st.integers(0, 7_200_000), max_size=6))
def test_a_tick_before_anything_is_due_changes_nothing(log: list[Heard], ticks: list[int]) -> None:
    state = engine().new("s")
    play(log, state)
    stored = to_bytes(state)

    for clock in ticks:
        if START_MS + clock < state.due:
            assert not engine().tick(state, START_MS + clock)
            assert to_bytes(state) == stored


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 599_000), st.sampled_from(VALUES)), min_size=1, max_size=25), st.randoms())
def test_the_figures_of_a_window_do_not_depend_on_the_order_of_what_came(
    readings: list[tuple[int, float]], dice: Any
) -> None:
    """The newest comes first, so that every order has the same source time throughout."""
    log = [Heard(3_600_000, 3_600_000 - ago, value, COMMUNES[0], n) for n, (ago, value) in enumerate(readings)]
    newest = [Heard(3_600_000, 3_600_000, 45, COMMUNES[0], 99)]
    shuffled = list(log)
    dice.shuffle(shuffled)

    first, second = engine().new("s"), engine().new("s")
    play(newest + log, first)
    play(newest + shuffled, second)
    values = [{key: memory.value for key, memory in one.memories.items()} for one in (first, second)]
    assert values[0] == values[1]


@pytest.mark.parametrize("name", [one["id"] for one in RULES])
def test_one_rule_and_key_takes_no_more_than_three_kilobytes_in_use(name: str) -> None:
    """Sixty panes full, nothing open; measured as what a hundred states cost with the rule more than without it."""

    times = [number * 10_000 for number in range(60)]
    raw = [
        msgspec.json.encode(made("environment", at, 30.123 + at % 13, commune=f"{5443 + at % 3:05d}")) for at in times
    ]

    def cost(judge: Engine) -> float:
        tracemalloc.start()
        states = [judge.new("s") for _ in range(10)]
        for state in states:
            for at, one in zip(times, raw, strict=True):
                judge.step(state, decode(one), START_MS + at)
        held, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return held / len(states)

    judge = engine(name)
    cost(judge)
    assert cost(judge) - cost(Engine(parse({}), catalogue("environment", "s"), "environment")) <= 3 * 1024
