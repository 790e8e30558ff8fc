"""The memory of one input partition, and the judgement of its records in order: no broker, no clock, no waiting.

The same records give the same states, transitions and fates, however they are cut into chunks and however often they
come: a record below `next_offset`, or at or below its key's stamp, was judged before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Any

import msgspec

from ioc.alerts import alert
from ioc.alerts.alert import Position, Transition
from ioc.alerts.fields import readable
from ioc.alerts.signal import signal_of
from ioc.events import Domain, Rejected
from ioc.events.codec import REFUSALS, Observed, decoder, reasons
from ioc.events.envelope import clip
from ioc.streams import holes, in_force, rejects
from ioc.streams.cell import Cell, cell_key
from ioc.streams.changelog import Fold
from ioc.streams.fetched import LogRecord, note_of
from ioc.streams.headers import (
    CLOCK,
    ORIGIN,
    RULES,
    TICK,
    Header,
    Origin,
    read_clock,
    read_order,
    read_origin,
    value_of,
)
from ioc.streams.holding import AT_ONCE, FORGET_MS, Holding
from ioc.streams.holes import CLOCK_KEY, HOLE_MS, Holes
from ioc.streams.in_force import MANY, RULES_KEY, InForce
from ioc.streams.inlet import Inlet
from ioc.streams.outcome import Outcome
from ioc.streams.repartition import IDLE_MS, Onwards
from ioc.streams.rulebook import Rulebook
from ioc.streams.seen import Seen, hash64
from ioc.streams.slices import EARLY, LOOK, never
from ioc.streams.topics import HOUR, REWRITE_MS, partition_of

OUTBOX_BYTES = 200_000
"""A chunk is cut where one key's transitions pass this, so that a state record stays far below a batch's size."""
SWEEP_MS = HOUR


class Partition(Holding):
    """One partition of one domain's topic; `topic_id` is the input topic's, `partitions` their number.

    `rules` are those in force before the first record. `books` must hold those of every edition that a tick puts into
    force before `judge` meets it; one that is not there is passed over.
    """

    def __init__(  # noqa: PLR0917 - its place in the log
        self, domain: Domain, rules: Rulebook, topic_id: str, partition: int, partitions: int, by: str = ""
    ) -> None:
        super().__init__(rules, partitions, forget_ms=IDLE_MS if by else FORGET_MS)
        self.seen = Seen()
        self.clocks: dict[str, int] = {}
        self.holes = Holes()
        self.in_force = InForce()
        self.books: dict[str, Rulebook] = {}
        self.next_offset = 0
        self._inlet = Inlet(domain, by)
        self._topic_id = topic_id
        self._number = partition
        self._partitions = partitions
        self._decode = self._decoder(domain)
        self._read = readable(domain)[by].read if by else None
        self._onwards = Onwards(topic_id, partition, partitions)
        self._swept = 0

    @staticmethod
    def _decoder(domain: Domain) -> Callable[[bytes], Any]:
        found: Callable[[bytes], Any] = decoder(domain)
        return found

    # --- loading

    def restore(self, fold: Fold, committed: int, before: Iterable[LogRecord] = ()) -> None:
        """Take in the states of the changelog; the next record is that at `committed`.

        `before` are the last records below it, which tell the time: what the log clock was, and when it last ticked.
        """
        self.next_offset = committed
        self.holes.restore(fold.clock, committed)
        earliest = 0
        for record in before:
            self.clock = max(self.clock, record.timestamp)
            earliest = earliest or self.clock
            told = self._told(record)
            if record.value is None and not isinstance(told, Rejected) and not told[1]:
                self.holes.ticked = max(self.clock, self.holes.ticked)
        self.holes.begin(earliest)
        for key, winner in fold.winners.items():
            cell, state = Cell.restored(key, winner), winner.record
            if state.outbox and winner.rank[1] >= committed:
                cell.unsent = winner.rank[1], state.outbox
            if self._read and not state.live and winner.rank[1] < committed and self._old(cell, self.clock):
                self._taken.forget(cell.origins)
                continue
            # What is open under rules of another version must end though its source may never speak again.
            due = AT_ONCE if state.live and state.rules != self._rules.version else state.due
            if due:
                self._book(cell, due)
            self.cells[key] = cell
        self._expect()

    def _meet(self, replay: str, clock: int) -> None:
        self.clocks[replay] = max(clock, self.clocks.get(replay, 0))

    def _expect(self) -> None:
        for source, state in self._rules.expect():
            if source not in self.cells and partition_of(source, self._partitions) == self._number:
                cell = self.cells[source] = Cell(source, state, self._rules.version)
                self._book(cell, AT_ONCE)

    # --- judging

    def judge(  # noqa: PLR0912, PLR0915 - the hot loop: calls would cost more than they explain
        self, records: Sequence[LogRecord], start: int = 0, enough: Callable[[], bool] = never
    ) -> Outcome:
        """Judge records from index `start`: all of them, or up to where one key's outbox is full, or it is `enough`."""
        out = Outcome()
        self._began = self.next_offset
        self.holes.begin(records[start].timestamp)
        fates, decode, cells = out.fates, self._decode, self.cells
        first, step, known, lost = self.seen.first, self._rules.step, self.holes, self.holes.until
        read, keys = self._read, self._rules.keys
        unbooked: list[Cell] = []
        index, full, early = start, False, start + EARLY
        while index < len(records) and not full:
            record = records[index]
            index += 1
            full = (index < early or not index % LOOK) and enough()
            offset = record.offset
            if offset < self.next_offset:
                out.again += 1
                continue
            self.next_offset = offset + 1
            if record.timestamp > self.clock:  # noqa: PLR1730 - max() is a call, for every record
                self.clock = record.timestamp
            clock, replay, origin = self.clock, "", None
            headers, value = record.headers, record.value
            if value is None or (headers and headers[-1][0].startswith("ioc-")):
                told = self._told(record)
                if isinstance(told, Rejected):
                    self._refuse(out, record, [told])
                    continue
                clock, replay, origin = told
                if value is None:
                    out.ticks += 1
                    if not replay:
                        self.holes.tick(clock, offset)
                    self.seen.advance(self.clock)
                    self._book_all(unbooked)
                    if not replay and (raw := value_of(headers, RULES)) is not None:
                        self._order(out, offset, raw)
                        step, keys = self._rules.step, self._rules.keys
                    if replay and self._rules.fields:
                        out.onward += self._onwards.tick(self._rules.fields, offset, replay, clock)
                    full |= self._tick(out, offset, clock, replay)
                    continue
            try:
                event: Observed = decode(value)
            except REFUSALS:
                self._refuse(out, record, reasons(value or b"", 1))
                continue
            if read is None:
                name = event.source
                identity = hash64(event.id)
                if not first(identity, offset):
                    fates[event.feed, "duplicate"] += 1
                    continue
                out.seen.append((identity, offset))
            else:
                name = read(event) or ""
                if origin is None:
                    self._refuse(out, record, [Rejected(record=1, field=ORIGIN, code="missing")])
                    continue
            cell, crowded = cells.get(cell_key(name, replay) if replay else name), False
            if cell is None:
                if read is not None and origin is not None and self._taken.knows(origin):
                    fates[event.feed, "duplicate"] += 1
                    continue
                crowded = read is not None and self._full()
                cell = self._cell(name, replay, crowded=crowded)
                if cell is None:
                    self._refuse(out, record, [rejects.misplaced(name)])
                    continue
            if offset <= cell.stamp:
                out.again += 1
                if not replay:
                    lost(clock, offset)  # a hole that opens here must be known to the next loader too
                continue
            if origin is not None and not cell.newer(origin):
                fates[event.feed, "duplicate"] += 1
                continue
            if cell.state is None or cell.rules != self._rules.version:
                full |= self._wake(out, cell, offset, clock)
            try:
                if crowded:
                    fate, transitions = "accepted", self._rules.crowd(cell.state, event, clock, replay)
                else:
                    # What `lost` says of nearly every event, without the call.
                    hole = 0 if replay else known.lost if clock - known.ticked <= HOLE_MS else lost(clock, offset)
                    fate, transitions = step(cell.state, event, clock, replay, hole)
            except Exception as error:  # noqa: BLE001 - whatever a rule does, the next event is judged
                self._complain(out, offset, event.feed, error)
                fate, transitions = "accepted", ()
            fates[event.feed, fate] += 1
            if keys is not None and fate == "accepted":
                out.onward += self._onwards.event(keys(event), record)
            cell.stamp = offset
            if not cell.unbooked:
                cell.unbooked = True
                unbooked.append(cell)
            if not cell.dirty:
                self._soil(out, cell)
            if transitions:
                full |= self._note(out, cell, transitions, offset)
        self._book_all(unbooked)
        out.stop = index
        return out

    def _told(self, record: LogRecord) -> tuple[int, str, Origin | None] | Rejected:
        """Clock, name of the clock and origin, as headers say; or what is wrong with them."""
        headers: Sequence[Header] = record.headers
        if record.value is None and value_of(headers, TICK) is None:
            return Rejected(record=1, field="-", code="empty")
        origin = clock = None
        if (raw := value_of(headers, ORIGIN)) is not None and (origin := read_origin(raw)) is None:
            return Rejected(record=1, field=ORIGIN, code="contract", excerpt=clip(raw.decode("utf-8", "replace"), 200))
        if (raw := value_of(headers, CLOCK)) is None:
            return self.clock, "", origin
        if (clock := read_clock(raw)) is None:
            return Rejected(record=1, field=CLOCK, code="contract", excerpt=clip(raw.decode("utf-8", "replace"), 200))
        name, at = clock
        if self._read is not None and record.value is None:
            return self._taken.tick(name, at, origin), name, origin
        self._meet(*clock)
        return self.clocks[name], name, origin

    def _refuse(self, out: Outcome, record: LogRecord, why: Sequence[Rejected]) -> None:
        out.refuse(self.clock, (self._inlet.topic, self._number, record.offset), why, note_of(record))

    def _complain(self, out: Outcome, offset: int, feed: str, error: Exception) -> None:
        out.complain(self.clock, (self._inlet.topic, self._number, offset), feed, error)

    def _cell(self, source: str, replay: str, *, crowded: bool = False) -> Cell | None:
        if not source or partition_of(source, self._partitions) != self._number:
            return None
        if crowded:
            source = f"{self._inlet.field}[{self._number}]"  # one for all that are too many
        key = cell_key(source, replay)
        cell = self.cells.get(key)
        if cell is None:
            cell = self.cells[key] = Cell(key, self._rules.new(source, replay), self._rules.version)
        return cell

    def _wake(self, out: Outcome, cell: Cell, offset: int, clock: int) -> bool:
        """Bring a state from its bytes, and end what other rules had open in it."""
        self._thaw(out, cell)
        if cell.rules == self._rules.version:
            return False
        cell.rules = self._rules.version
        transitions = self._rules.end(cell.state, clock)
        self._soil(out, cell)
        return self._note(out, cell, transitions, offset)

    def _order(self, out: Outcome, offset: int, raw: bytes) -> None:
        """Let the edition that a tick names judge from here on.

        What is open or waited for is brought over by the next tick of its clock, this one where it is the broker's:
        its end must be told though its source may never speak again. All else is when it is next touched.
        """
        order = read_order(raw)
        if order is None or (order[1] not in self.books and order[1] != self.in_force.now.name):
            return  # it is known already, or nobody has that edition any more
        if not self.in_force.order(offset, *order):
            return
        out.switches += 1
        rules = self._rules = self.books[order[1]]
        expected = {source for source, _ in rules.expect()}
        for cell in self.cells.values():
            if cell.key in expected or (cell.live if cell.state is None else rules.live(cell.state)):
                self._book(cell, AT_ONCE)
        self._expect()

    def _note(self, out: Outcome, cell: Cell, transitions: Sequence[Transition], offset: int) -> bool:
        """Take transitions into the outbox; whether it is full."""
        position = Position(self._topic_id, self._number, offset, self._inlet.stage)
        for transition in transitions:
            told = msgspec.structs.replace(transition, input=position)
            raw = alert.encode(told)
            cell.outbox.append(raw)
            cell.size += len(raw)
            if told.emit != "signal":
                out.transitions.append((told.alert_id.encode(), raw))
            if (signal := signal_of(told)) is not None:
                out.signals.append(signal)
        return cell.size > OUTBOX_BYTES

    # --- time

    def _tick(self, out: Outcome, offset: int, clock: int, replay: str) -> bool:
        """Let time pass for the keys that are due on this clock, in order of due time and key."""
        full = False
        touched: list[Cell] = []
        for cell in self._due_by(clock, replay):
            touched.append(cell)
            if cell.stamp >= offset:
                continue
            self._thaw(out, cell)
            cell.stamp = offset
            try:
                transitions, same = self._over(cell, clock)
                if same:
                    continue
                transitions += self._rules.tick(cell.state, clock, replay, 0 if replay else self.holes.lost)
            except Exception as error:  # noqa: BLE001 - whatever a rule does, the next key is judged
                self._complain(out, offset, "", error)
                transitions = []
            self._soil(out, cell)
            full |= self._note(out, cell, transitions, offset)
        for cell in touched:
            cell.due = self._rules.due(cell.state) if cell.state is not None else cell.due
            if cell.due:
                self._book(cell, cell.due)
        if self._read is None:
            out.forgotten += self._make_room()
        if not replay and clock - self._swept >= SWEEP_MS:
            self._swept = clock
            self._sweep(out, clock)
            self.in_force.renew(clock)
            self.holes.renew(clock)
        return full

    def _sweep(self, out: Outcome, clock: int) -> None:
        """Write live keys again before the changelog forgets them; forget idle ones with it."""
        settled = [cell for cell in self.cells.values() if cell.written and not cell.dirty]
        # What a replay left open when it was cut off, and nobody finished, must not stay for ever.
        fading = [cell for cell in settled if cell.live and not cell.replay and clock - cell.written >= REWRITE_MS]
        for cell in sorted(fading, key=attrgetter("key")):
            self._soil(out, cell)
        self._forget([cell for cell in settled if (cell.replay or not cell.live) and self._old(cell, clock)])

    # --- writing

    def records(self, cells: Sequence[Cell], generation: int) -> list[tuple[bytes, bytes]]:
        """Key and value of the state record of each of these; they are clean from then on."""
        made = []
        for cell in cells:
            made.append(cell.write(self._rules, generation, self._topic_id, self._number))
            cell.written = self.clock
        return made

    def clock_record(self, generation: int) -> tuple[bytes, bytes] | None:
        """Key and value of the record that keeps the holes, where something about them has changed."""
        if not self.holes.changed:
            return None
        return CLOCK_KEY, holes.encode(self.holes.record(generation, self._topic_id, self._number))

    def rules_record(self, generation: int) -> tuple[bytes, bytes] | None:
        """Key and value of the record that keeps which rules held from where, where something about it has changed."""
        if not self.in_force.changed:
            return None
        return RULES_KEY, in_force.encode(self.in_force.record(generation, self._topic_id, self._number))

    @property
    def wordy(self) -> bool:
        """Whether it is worth asking how far the group has committed."""
        return len(self.in_force.changes) > MANY or len(self.holes.changes) > MANY

    def prune(self, committed: int) -> None:
        """Forget of rules and holes what no loader can ask for any more."""
        self.in_force.prune(committed)
        self.holes.prune(committed)

    def lose(self, cell: Cell) -> None:
        """Begin this source anew: its state cannot be kept."""
        cell.lose(self._rules)
