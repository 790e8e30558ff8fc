"""The memory of `ioc.signals`, and the judgement of its records in order: as of a domain's partition, with other keys.

A signal goes into the state of every cell in which it can matter. Each of them takes it in by itself, by its own stamp
and by the origins that it knows, so it does not matter which of them were written before a crash.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from ioc.alerts import signal as signals
from ioc.alerts.correlate import NoRoom
from ioc.alerts.signal import Signal
from ioc.events import Domain, Fate, Rejected
from ioc.events.envelope import clip
from ioc.streams.cell import Cell
from ioc.streams.fetched import LogRecord
from ioc.streams.headers import ORIGIN, RULES, Origin, value_of
from ioc.streams.inlet import ALL
from ioc.streams.outcome import Outcome
from ioc.streams.partition import Partition
from ioc.streams.signal_rules import SignalRules
from ioc.streams.slices import EARLY, LOOK, never

REFUSED: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_WORTH: Final[Sequence[Fate]] = ("accepted", "late", "duplicate")


class Crossing(Partition):
    """The one partition of `ioc.signals`; `topic_id` is its own."""

    _rules: SignalRules

    def __init__(self, rules: SignalRules, topic_id: str) -> None:
        super().__init__(ALL, rules, topic_id, 0, 1)

    @staticmethod
    def _decoder(domain: Domain) -> Callable[[bytes], Any]:  # noqa: ARG004 - see Partition
        return signals.decode

    def judge(self, records: Sequence[LogRecord], start: int = 0, enough: Callable[[], bool] = never) -> Outcome:
        """See `Partition.judge`."""
        out = Outcome()
        self._began = self.next_offset
        self.holes.begin(records[start].timestamp)
        unbooked: list[Cell] = []
        index, full, early = start, False, start + EARLY
        while index < len(records) and not full:
            record = records[index]
            index += 1
            full = (index < early or not index % LOOK) and enough()
            if record.offset < self.next_offset:
                out.again += 1
                continue
            self.next_offset = record.offset + 1
            self.clock = max(self.clock, record.timestamp)
            told = self._told(record)
            if isinstance(told, Rejected):
                self._refuse(out, record, [told])
                continue
            clock, _, origin = told
            if record.value is None:
                self._book_all(unbooked)
                full |= self._pass(out, record, clock)
            else:
                full |= self._signal(out, record, origin, unbooked)
        self._book_all(unbooked)
        out.stop = index
        return out

    def _pass(self, out: Outcome, record: LogRecord, clock: int) -> bool:
        out.ticks += 1
        self.holes.tick(clock, record.offset)
        if (raw := value_of(record.headers, RULES)) is not None:
            self._order(out, record.offset, raw)
        return self._tick(out, record.offset, clock, "")

    def _signal(self, out: Outcome, record: LogRecord, origin: Origin | None, unbooked: list[Cell]) -> bool:
        """Judge one signal in every state that it goes to; it has the best fate that it met."""
        try:
            one = signals.decode(record.value or b"")
        except REFUSED as error:
            self._refuse(out, record, [Rejected(record=1, field="-", code="contract", excerpt=clip(str(error), 200))])
            return False
        if origin is None:
            self._refuse(out, record, [Rejected(record=1, field=ORIGIN, code="missing")])
            return False
        fates, full = set[Fate](), False
        keys = self._rules.route(one)
        for key in keys:
            cell = self.cells.get(key) or self._cell(key, "")
            if cell is None or record.offset <= cell.stamp:
                continue
            fate, filled = self._into(out, cell, one, origin, record.offset)
            fates.add(fate)
            full |= filled
            if not cell.unbooked:
                cell.unbooked = True
                unbooked.append(cell)
        if keys and not fates:
            out.again += 1
        else:
            out.fates[one.feed, next((fate for fate in _WORTH if fate in fates), "ignored")] += 1
        return full

    def _into(self, out: Outcome, cell: Cell, one: Signal, origin: Origin, offset: int) -> tuple[Fate, bool]:
        """What one state makes of a signal, and whether its outbox is full."""
        fresh = cell.newer(origin)
        full = self._wake(out, cell, offset, self.clock)
        cell.stamp = offset
        if not fresh:
            return "duplicate", full
        try:
            fate, transitions = self._rules.step(cell.state, one, self.clock)
        except NoRoom as error:
            self._complain(out, offset, one.feed, error)
            fate, transitions = "accepted", error.told
        except Exception as error:  # noqa: BLE001 - whatever a rule does, the next state and signal are judged
            self._complain(out, offset, one.feed, error)
            fate, transitions = "accepted", ()
        self._soil(out, cell)
        return fate, self._note(out, cell, transitions, offset) or full
