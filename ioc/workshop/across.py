"""Rules of kind `near` in a backtest: what the alerts of all domains tell each other, as role correlate does it.

Works on the transitions of the other rules alone, so it gives the same whatever the processes that judged those. They
come in the order of the clock at which they were told; of one clock, in that of event time, alert id and revision.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from ioc.alerts.alert import Position, Transition
from ioc.alerts.correlate import NearState, NoRoom, SignalEngine
from ioc.alerts.rule import RuleSet
from ioc.alerts.signal import Signal, signal_of
from ioc.workshop.order import order


def signals(transitions: Iterable[Transition]) -> Iterator[tuple[Transition, Signal]]:
    """Those that are evidence, in the order in which they are judged."""
    for nth, told in enumerate(sorted(transitions, key=lambda one: (one.clock, *order(one)))):
        signal = signal_of(msgspec.structs.replace(told, input=Position("", 0, nth)))
        if signal is not None:
            yield told, signal


class Across:
    """The states of all rules that are moved by signals, as they come to be."""

    def __init__(self, engine: SignalEngine) -> None:
        self._engine = engine
        self._states: dict[str, NearState] = {}

    def meet(self, signal: Signal, clock: int) -> Iterator[tuple[NearState, list[Transition]]]:
        """The states that a signal goes into, as it finds them, and what the time until then brought."""
        for key in self._engine.keys(signal):
            state = self._states.get(key)
            if state is None:
                state = self._states[key] = self._engine.new(key)
            yield state, list(_pass(self._engine, state, clock))

    def take(self, signal: Signal, clock: int) -> Iterator[Transition]:
        """Judge it."""
        for state, passed in self.meet(signal, clock):
            yield from passed
            try:
                yield from self._engine.step(state, signal, clock)[1]
            except NoRoom as full:
                yield from full.told

    def finish(self, end: int) -> Iterator[Transition]:
        """Let time pass up to `end`."""
        for state in self._states.values():
            yield from _pass(self._engine, state, end)


def crosses(rules: RuleSet) -> bool:
    """Whether any rule is moved by signals."""
    return any(rule.condition.moved_by == "signals" for rule in rules.rules)


def across(rules: RuleSet, transitions: Iterable[Transition], end: int) -> Iterator[Transition]:
    """Every transition of the rules that are moved by signals, up to the clock `end`."""
    if not crosses(rules):
        return
    states = Across(SignalEngine(rules))
    for told, signal in signals(transitions):
        yield from states.take(signal, told.clock)
    yield from states.finish(end)


def _pass(engine: SignalEngine, state: NearState, until: int) -> Iterator[Transition]:
    while 0 < state.due <= until:
        before = state.due
        yield from engine.tick(state, before)
        if state.due == before:  # nothing moved: whatever is due comes with the next signal
            return
