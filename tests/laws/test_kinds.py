"""Laws of every kind of rule over random histories: replay, cuts, late events, the order of arrival. Seeded."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from ioc.alerts.engine import Engine
from ioc.alerts.state import State, from_bytes, to_bytes
from tests.alerts import histories, oracle_run, playing
from tests.alerts.histories import LATENESS
from tests.alerts.naive.heard import Heard
from tests.alerts.trials import KINDS, Rule, Trial

SEEDS = 4 * int(os.environ.get("IOC_EXAMPLES", "1"))
"""The long form runs this many times as many."""
EVENTS = 300
SILENT = ("absence", "schedule")
WINDOWS = ("count", "aggregate", "percentile", "percentage", "cardinality", "change", "spike")


def lone(seed: int, kind: str) -> tuple[Trial, random.Random]:
    """A rule over the source as one group."""
    trial, dice = oracle_run.trial_of(seed, kind)
    return replace(trial, rule={key: value for key, value in trial.rule.items() if key != "by"}), dice


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_history_gives_the_same_ids_however_cut_crashed_and_loaded(kind: str) -> None:
    told = 0
    for seed in range(SEEDS):
        trial, dice = oracle_run.trial_of(seed, kind)
        log = histories.history(trial, dice, EVENTS)
        first, left = playing.play(oracle_run.engine_of(trial), trial.domain, log, random.Random(1))
        again, also = playing.play(oracle_run.engine_of(trial), trial.domain, log, random.Random(2))

        assert again == first
        assert to_bytes(also) == to_bytes(left)
        assert len({(one.alert_id, one.revision) for one in first}) == len(first)
        told += len(first)
    assert told > 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_late_event_takes_nothing_back_and_fires_nothing(kind: str) -> None:
    for seed in range(SEEDS):
        trial, dice = oracle_run.trial_of(seed, kind)
        engine = oracle_run.engine_of(trial)
        log = histories.history(trial, dice, EVENTS)
        _, state = playing.play(engine, trial.domain, log, dice)
        before = to_bytes(state)
        for number in range(20):
            fields = {name: dice.choice(menu) for name, menu in trial.fields.items()}
            at = state.watermark - LATENESS - 1 - dice.randrange(3_600_000)
            event = Heard(log[-1].clock, f"{number:032d}", at, dice.choice(trial.values), fields=fields)
            event = replace(event, quantity=histories.OWN[trial.domain])
            fate, told = engine.step(state, playing.event_of(event, trial.domain), log[-1].clock)
            assert (fate, list(told)) == ("late", [])
        assert to_bytes(state) == before


@pytest.mark.parametrize("kind", KINDS)
def test_a_tick_before_it_is_due_changes_not_a_byte(kind: str) -> None:
    for seed in range(SEEDS):
        trial, dice = oracle_run.trial_of(seed, kind)
        engine = oracle_run.engine_of(trial)
        state = engine.new("s")
        for one in histories.history(trial, dice, EVENTS):
            if one.id:
                engine.step(state, playing.event_of(one, trial.domain), one.clock)
            before = to_bytes(state)
            early = one.clock if state.due > one.clock or not state.due else state.due - 1
            assert list(engine.tick(state, early)) == []
            assert to_bytes(state) == before


def test_whatever_the_order_within_lateness_a_missing_half_is_told_alike() -> None:
    told = 0
    for seed in range(5 * SEEDS):
        trial, dice = lone(seed, "missing")
        engine = oracle_run.engine_of(trial)
        events = {one.id: one for one in histories.history(trial, dice, EVENTS) if one.id and one.at <= one.clock}
        end = Heard(max(one.at for one in events.values()) + 10 * LATENESS)
        orders = []
        for disorder in (0, LATENESS // 2, LATENESS):
            log = sorted(
                (replace(one, clock=one.at + dice.randint(0, disorder)) for one in events.values()),
                key=lambda one: (one.clock, one.id),
            )
            orders.append(playing.told(playing.play(engine, trial.domain, [*log, end], dice)[0]))

        assert orders[1] == orders[0]
        assert orders[2] == orders[0]
        told += sum(map(len, orders[0].values()))
    assert told > 0


def plain(rule: Rule) -> Rule:
    """Without whatever remembers how a figure came about: holds, clear levels, flapping, hours."""
    bare = {key: value for key, value in rule.items() if key not in ("flap", "active", "hold", "settle", "by")}
    if "min_events" in rule["condition"]:  # what says nothing leaves standing whatever stood
        bare["condition"] = {**rule["condition"], "min_events": 1}
    return {**bare, "severities": {name: {"level": one["level"]} for name, one in rule["severities"].items()}}


def standing(engine: Engine, state: State, trial: Trial, log: Sequence[Heard]) -> list[str]:
    """The severity that stands after each record."""
    found, now = [], ""
    for one in log:
        if one.id:
            out = engine.step(state, playing.event_of(one, trial.domain), one.clock)[1]
        else:
            out = engine.tick(state, one.clock)
        for each in out:
            if not each.drill:
                now = each.severity if each.status == "firing" else ""
        found.append(now)
    return found


@pytest.mark.parametrize("kind", WINDOWS)
def test_whatever_the_order_within_lateness_a_window_comes_to_the_same(kind: str) -> None:
    severities: set[str] = set()
    for seed in range(3 * SEEDS):
        trial, dice = lone(seed, kind)
        trial = replace(trial, rule=plain(trial.rule))
        engine = oracle_run.engine_of(trial)
        log = [one for one in histories.history(trial, dice, EVENTS) if one.id and one.at <= one.clock]
        begin = log[len(log) // 2].at
        body = [one for one in log if begin - LATENESS < one.at <= begin]
        rest = [one for one in log if one.at > begin]
        end = max(one.clock for one in body) + LATENESS
        rest = [replace(one, clock=max(one.clock, end)) for one in rest]
        after = []
        for order in (body, dice.sample(body, len(body)), body[::-1]):
            state = engine.new("s")
            standing(engine, state, trial, [replace(one, clock=end) for one in order])
            state = from_bytes(to_bytes(state))
            after.append(standing(engine, state, trial, rest))
        settled = len(after[0]) // 2
        assert after[0][settled:] == after[1][settled:] == after[2][settled:]
        severities |= set(after[0][settled:])
    assert len(severities) > 1
