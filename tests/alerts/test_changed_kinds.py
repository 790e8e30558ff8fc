"""A rule that changes in the middle of a history, for every kind: promoted, raised, reshaped and gone."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

import msgspec
import pytest

from ioc.alerts.alert import Transition
from ioc.alerts.engine import Engine
from ioc.alerts.state import State, from_bytes, open_alerts, to_bytes
from tests.alerts.histories import history
from tests.alerts.naive.heard import Heard
from tests.alerts.playing import event_of, registry, ruleset, written
from tests.alerts.trials import KINDS, PLANS, Dice, Rule, Trial, grouped

ROUNDS = 5
EVENTS = 120


class Line:
    """One source under rules that change."""

    def __init__(self, trial: Trial, rule: Rule) -> None:
        self.trial = trial
        self.engine = self.engine_of(rule)
        self.state: State = self.engine.new("s")

    def engine_of(self, *rules: Rule) -> Engine:
        return Engine(ruleset(*rules), registry(self.trial), self.trial.domain)

    def play(self, log: Sequence[Heard]) -> list[Transition]:
        out: list[Transition] = []
        for one in log:
            if one.id:
                out += self.engine.step(self.state, event_of(one, self.trial.domain), one.clock)[1]
            else:
                out += self.engine.tick(self.state, one.clock)
        return out

    def under(self, *rules: Rule, clock: int) -> list[Transition]:
        """Go over to other rules, as at the tick that orders them; the state is what a changelog holds of it."""
        self.engine = self.engine_of(*rules)
        self.state = from_bytes(to_bytes(self.state))
        return list(self.engine.end(self.state, clock))


def cases(kind: str) -> list[tuple[Trial, list[Heard], int]]:
    """Trials with their histories, and where in them the rule changes: anywhere, or while something is open."""
    found = []
    for seed in range(ROUNDS):
        dice: Dice = random.Random(f"{kind}-{seed}")
        trial = grouped(dice, PLANS[kind](dice))
        log = history(trial, dice, EVENTS)
        line, standing = Line(trial, written(trial)), list[int]()
        for nth, one in enumerate(log[:-1], start=1):
            line.play([one])
            if open_alerts(line.state):
                standing.append(nth)
        found.append((trial, log, dice.choice(standing or range(1, len(log)))))
        found.append((trial, log, dice.randrange(1, len(log))))
    return found


def plain(told: Sequence[Transition]) -> list[Transition]:
    """Without what is meant to differ between a rule on trial and one that is not."""
    return [msgspec.structs.replace(one, shadow=False, rule_version="", title={}) for one in told]


@pytest.mark.parametrize("kind", KINDS)
def test_a_rule_that_is_promoted_goes_on_as_if_it_had_never_been_on_trial(kind: str) -> None:
    """Windows, counts, holds and open alerts: what comes after the promotion is what an old rule would have told."""
    halves = 0
    for trial, log, turn in cases(kind):
        rule = written(trial)
        old, tried = Line(trial, rule), Line(trial, {**rule, "shadow": True})
        before, on_trial = old.play(log[:turn]), tried.play(log[:turn])
        halves += bool(tried.state.memories)
        assert tried.under(rule, clock=log[turn - 1].clock) == []

        after, promoted = old.play(log[turn:]), tried.play(log[turn:])

        assert plain(on_trial) == plain(before)
        assert plain(promoted) == plain(after)
        assert all(one.shadow for one in on_trial)
        assert not any(one.shadow for one in promoted)
    assert halves  # something was remembered over a promotion


@pytest.mark.parametrize("kind", KINDS)
def test_a_reshaped_rule_ends_what_is_open_with_that_reason_and_begins_with_an_empty_memory(kind: str) -> None:
    told: Counter[str] = Counter()
    for trial, log, turn in cases(kind):
        rule = written(trial)
        line = Line(trial, rule)
        line.play(log[:turn])
        was_open, clock = set(open_alerts(line.state)), log[turn - 1].clock
        reshaped = {**rule, "where": {**rule.get("where", {}), "feed": "tried"}}
        emptied = Line(trial, reshaped)
        emptied.state = from_bytes(to_bytes(line.state))
        emptied.state.memories = {}
        emptied.under(reshaped, clock=clock)

        ended = line.under(reshaped, clock=clock)

        assert {one.alert_id for one in ended} == was_open
        assert all((one.change, one.status) == ("rule_reshaped", "resolved") for one in ended)
        assert not line.state.memories
        assert line.play(log[turn:]) == emptied.play(log[turn:])
        told.update(one.change for one in ended)
    assert told["rule_reshaped"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_rule_that_is_gone_ends_what_is_open_and_leaves_nothing(kind: str) -> None:
    for trial, log, turn in cases(kind):
        line = Line(trial, written(trial))
        line.play(log[:turn])
        was_open = set(open_alerts(line.state))

        ended = line.under(clock=log[turn - 1].clock)

        assert {one.alert_id for one in ended} == was_open
        assert all((one.change, one.status) == ("rule_removed", "resolved") for one in ended)
        assert not line.state.memories
        assert line.play(log[turn:]) == []
