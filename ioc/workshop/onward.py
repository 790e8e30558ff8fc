"""Rules that are judged by another key than the source, in a backtest: the second stage of one domain.

What the first stage accepted is kept until all sources have been judged, then put in the order of the clock - of events
of one moment, in that of the file - and judged key by key, as one log that never lags.
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter
from typing import NamedTuple

from ioc.alerts.alert import Transition
from ioc.alerts.engine import Engine
from ioc.alerts.rule import RuleSet
from ioc.alerts.stage import Keys, by_stage
from ioc.alerts.state import State
from ioc.catalogue import Catalogue
from ioc.events.codec import Observed
from ioc.events.domains import Domain


class Passed(NamedTuple):
    """One event on its way: the clock at which its source's state met it, and the key it goes to."""

    clock: int
    field: str
    key: str
    event: Observed


class Onward:
    """Events wait here; `judge` is called once. Memory: a reference for each event that a rule of a field could count."""

    def __init__(self, rules: RuleSet, catalogue: Catalogue, domain: Domain) -> None:
        self._keys = Keys(rules, domain)
        self._engines = {field: Engine(rules, catalogue, domain, by_stage(field)) for field in self._keys.fields}
        self._passed: list[Passed] = []

    def __bool__(self) -> bool:
        """Whether any rule is judged by a field."""
        return bool(self._engines)

    def take(self, event: Observed, clock: int) -> None:
        """An event that its source's clock accepted."""
        self._passed += [Passed(clock, field, key, event) for field, key in self._keys.of(event)]

    def judge(self, end: int) -> Iterator[Transition]:
        """Every transition up to the clock `end`."""
        states: dict[tuple[str, str], State] = {}
        clocks: dict[tuple[str, str], int] = {}
        for clock, field, key, event in sorted(self._passed, key=itemgetter(0)):
            engine, one = self._engines[field], (field, key)
            state = states.get(one)
            if state is None:
                state = states[one] = engine.new(key)
            yield from _pass(engine, state, clocks.get(one, clock), clock)
            clocks[one] = clock
            yield from engine.step(state, event, clock)[1]
        for one, state in states.items():
            yield from _pass(self._engines[one[0]], state, clocks[one], end)


def _pass(engine: Engine, state: State, clock: int, until: int) -> Iterator[Transition]:
    while 0 < state.due <= until:
        clock = max(state.due, clock)
        yield from engine.tick(state, clock)
