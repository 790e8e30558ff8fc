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
from ioc.alerts.signal import signal_of
from ioc.workshop.order import order


def across(rules: RuleSet, transitions: Iterable[Transition], end: int) -> Iterator[Transition]:
    """Every transition of the rules that are moved by signals, up to the clock `end`."""
    if all(rule.condition.moved_by != "signals" for rule in rules.rules):
        return
    engine = SignalEngine(rules)
    states: dict[str, NearState] = {}
    for nth, told in enumerate(sorted(transitions, key=lambda one: (one.clock, *order(one)))):
        signal = signal_of(msgspec.structs.replace(told, input=Position("", 0, nth)))
        if signal is None:
            continue
        for key in engine.keys(signal):
            state = states.get(key)
            if state is None:
                state = states[key] = engine.new(key)
            yield from _pass(engine, state, told.clock)
            try:
                yield from engine.step(state, signal, told.clock)[1]
            except NoRoom as full:
                yield from full.told
    for state in states.values():
        yield from _pass(engine, state, end)


def _pass(engine: SignalEngine, state: NearState, until: int) -> Iterator[Transition]:
    while 0 < state.due <= until:
        before = state.due
        yield from engine.tick(state, before)
        if state.due == before:  # nothing moved: whatever is due comes with the next signal
            return
