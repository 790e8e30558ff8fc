"""Rules that are judged by another key than the source, in a backtest: the second stage of one domain.

What the first stage accepted is kept until all sources have been judged, then put in the order of the clock - of events
of one moment, in that of the file - and judged key by key, as one log that never lags. No key knows of another, so they
may be shared out among processes, each key with the events of all sources.
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter
from typing import NamedTuple
from zlib import crc32

from ioc.alerts.alert import Transition
from ioc.alerts.engine import Engine
from ioc.alerts.rule import RuleSet
from ioc.alerts.stage import Keys, by_stage
from ioc.alerts.state import State
from ioc.catalogue import Catalogue
from ioc.events.codec import Observed
from ioc.events.domains import Domain


class Passed(NamedTuple):
    """One event on its way: the clock at which its source's state met it, its line in the file, the key it goes to.

    `line` counts where a file was shared out; where it was not, events come in its order.
    """

    clock: int
    line: int
    field: str
    key: str
    event: Observed

    def share(self, of: int) -> int:
        """Which of so many processes judges its key."""
        return crc32(f"{self.field}\x1f{self.key}".encode()) % of


class Onward:
    """Events wait here (`passed`); `judge` is called once. Memory: a reference for each event that a rule of a field could count."""

    def __init__(self, rules: RuleSet, catalogue: Catalogue, domain: Domain) -> None:
        self._keys = Keys(rules, domain)
        self._engines = {field: Engine(rules, catalogue, domain, by_stage(field)) for field in self._keys.fields}
        self.passed: list[Passed] = []

    def __bool__(self) -> bool:
        """Whether any rule is judged by a field."""
        return bool(self._engines)

    def take(self, event: Observed, clock: int, line: int) -> None:
        """An event that its source's clock accepted."""
        self.passed += [Passed(clock, line, field, key, event) for field, key in self._keys.of(event)]

    def judge(self, end: int) -> Iterator[Transition]:
        """Every transition up to the clock `end`."""
        states: dict[tuple[str, str], State] = {}
        clocks: dict[tuple[str, str], int] = {}
        for clock, _, field, key, event in sorted(self.passed, key=itemgetter(0, 1)):
            engine, one = self._engines[field], (field, key)
            state = states.get(one)
            if state is None:
                state = states[one] = engine.new(key)
            yield from let_pass(engine, state, clocks.get(one, clock), clock)
            clocks[one] = clock
            yield from engine.step(state, event, clock)[1]
        for one, state in states.items():
            yield from let_pass(self._engines[one[0]], state, clocks[one], end)


def let_pass(engine: Engine, state: State, clock: int, until: int) -> Iterator[Transition]:
    """Tick a key from `clock` to `until`, whenever something is due."""
    while 0 < state.due <= until:
        clock = max(state.due, clock)
        yield from engine.tick(state, clock)
