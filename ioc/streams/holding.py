"""The states of one partition in memory: when each is due, which may be forgotten, how many there may be."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Final

from ioc.alerts.alert import Transition
from ioc.streams.cell import Cell
from ioc.streams.outcome import Outcome
from ioc.streams.repartition import Taken
from ioc.streams.rulebook import Rulebook
from ioc.streams.topics import DAY

FORGET_MS: Final = 14 * DAY
"""An idle key leaves memory when it has left the changelog."""
SECOND: Final = 1_000
MOST_SOURCES: Final = 200_000
"""Sources in one partition beyond which those that remember nothing give way, the longest silent first: whoever makes up
names of sources must not fill the memory. Over twelve partitions more than a province has by far."""
AT_ONCE: Final = 1
"""Due before any tick."""


class Holding:
    """`clock` is the partition's log clock; `forget_ms` how long a key that holds nothing stays."""

    def __init__(self, rules: Rulebook, partitions: int, forget_ms: int) -> None:
        self.cells: dict[str, Cell] = {}
        self.clock = 0
        self._rules = rules
        self._taken = Taken(partitions)
        self._forget_ms = forget_ms
        self._heaps: dict[str, list[tuple[int, str]]] = {}
        self._looked = 0
        self._began = 0
        """Where the present slice begins: all before it is sent."""

    def _book(self, cell: Cell, due: int) -> None:
        if cell.booked and cell.booked <= due:
            return
        cell.booked = due
        heapq.heappush(self._heaps.setdefault(cell.replay, []), (due, cell.key))

    def _book_all(self, unbooked: list[Cell]) -> None:
        due, clock = self._rules.due, self._rules.clock
        for cell in unbooked:
            cell.unbooked = False
            replay = clock(cell.state)
            if cell.replay != replay:
                cell.replay = replay
                cell.booked = 0  # what was booked stands in the heap of another clock
            cell.due = due(cell.state)
            if cell.due:
                self._book(cell, cell.due)
        unbooked.clear()

    def _due_by(self, clock: int, replay: str) -> Iterator[Cell]:
        """Keys that are due on this clock, in order of due time and key."""
        heap = self._heaps.get(replay, [])
        while heap and heap[0][0] <= clock:
            due, key = heapq.heappop(heap)
            cell = self.cells.get(key)
            if cell is None or cell.booked != due or cell.replay != replay:
                continue
            cell.booked = 0
            if due != AT_ONCE and cell.due > clock:
                self._book(cell, cell.due)
            else:
                yield cell

    def _forget(self, cells: Iterable[Cell]) -> None:
        """Let go of these keys; what they had taken in of a first stage stays known."""
        for cell in cells:
            self._taken.forget(cell.origins)
            del self.cells[cell.key]

    def _full(self) -> bool:
        """Whether as many keys are held as may be; idle ones make room, looked for once a second of the log clock."""
        most = self._rules.most
        if not most or len(self.cells) < most:
            return False
        if self.clock - self._looked >= SECOND:
            self._looked = self.clock
            self._forget([one for one in self.cells.values() if one.written and not one.dirty and not one.live])
        return len(self.cells) >= most

    def _make_room(self) -> int:
        """Let go of sources that remember nothing, a tenth more than are too many; how many. Looked at once a second.

        Such a source begins anew when it speaks again: only how late it was known to be is forgotten.
        """
        over = len(self.cells) - MOST_SOURCES
        if over <= 0 or self.clock - self._looked < SECOND:
            return 0
        self._looked = self.clock
        idle = [one for one in self.cells.values() if one.written and not one.dirty and not one.live]
        idle.sort(key=attrgetter("written", "key"))
        gone = idle[: over + MOST_SOURCES // 10]
        self._forget(gone)
        return len(gone)

    def _old(self, cell: Cell, clock: int) -> bool:
        return clock - cell.written >= (FORGET_MS if cell.live else self._forget_ms)

    def _over(self, cell: Cell, clock: int) -> tuple[list[Transition], bool]:
        """Bring a state over to the rules in force: what ends by it, and whether it need not be written for it.

        It need not where it stands in the log, remembers all that it did, and nothing is due: then whoever loads the
        older record brings it over to the same, however many sets have come between. What a set in between would have
        taken away must be written, because the next one may have brought the rule back.
        """
        rules, state = self._rules, cell.state
        if cell.rules == rules.version:
            return [], False
        cell.rules = rules.version
        remembered = rules.remembered(state)
        told = list(rules.end(state, clock))
        whole = not told and rules.remembered(state) == remembered
        due = 0 < rules.due(state) <= clock
        return told, whole and not due and cell.written > 0 and not cell.dirty

    def _thaw(self, out: Outcome, cell: Cell) -> None:
        if cell.state is not None:
            return
        try:
            cell.state = self._rules.from_bytes(cell.raw)
        except Exception:  # noqa: BLE001 - bytes of a version that nobody can read any more
            out.lost_states += 1
            cell.state = self._rules.new(cell.source, cell.replay)
            self._soil(out, cell)
        cell.raw = b""

    def _soil(self, out: Outcome, cell: Cell) -> None:
        if not cell.dirty:
            cell.dirty = True
            if cell.unsent is not None and cell.unsent[0] < self._began:
                cell.unsent = None
            cell.outbox = [] if cell.unsent is None else list(cell.unsent[1])
            cell.size = 0
            out.dirty.append(cell)

    def open_alerts(self) -> list[str]:
        """Ids of the alerts that are open here, in order."""
        return sorted(one for cell in self.cells.values() for one in self._open(cell))

    def _open(self, cell: Cell) -> Sequence[str]:
        return cell.open if cell.state is None else self._rules.open_alerts(cell.state)
