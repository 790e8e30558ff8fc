"""Role evaluate: events of one domain -> states, transitions, rejects; nothing lost, nothing twice.

Per chunk: judge in memory; write the ids that were seen, acked; write the changed states with their outboxes, acked;
write transitions, signals and rejects, acked; ack the chunk. Whatever fails leaves as an exception, and the process ends
without committing (`ioc.streams.agents`): the next owner loads, sends again what the outboxes hold, and goes on.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing

import msgspec

from ioc import metrics
from ioc.alerts import open_alerts
from ioc.alerts.open_alerts import OpenAlerts
from ioc.errors import Permanent
from ioc.events import Domain
from ioc.streams import rejects, seen, slices, telling
from ioc.streams import signals as signals_out
from ioc.streams.cell import Cell
from ioc.streams.changelog import BASE_KEY, Fold, write_base
from ioc.streams.editions import Editions
from ioc.streams.fetched import Fetched, Finish, LogRecord, first_offset
from ioc.streams.headers import CLOCK, OPEN, TICK, value_of
from ioc.streams.holes import HOLE_MS
from ioc.streams.inlet import Inlet
from ioc.streams.inlet_rules import InletRules
from ioc.streams.outcome import Outcome
from ioc.streams.partition import Partition
from ioc.streams.patient import Sender
from ioc.streams.publish import Record, TooLarge
from ioc.streams.reading import Reader
from ioc.streams.repartition import Onward, batches
from ioc.streams.rulebook import Rulebook
from ioc.streams.signals import Outflow
from ioc.streams.tenure import Tenure
from ioc.streams.topics import ALERTS, REJECTED, REWRITE_MS, SEEN_MS

log = logging.getLogger(__name__)
NEWS_SECONDS = 30.0
"""How long a worker that meets records of a later generation waits to hear that the group has gone on without it: a few
heartbeats and a rebalance, well below the watchdog's minute."""
TIME_RECORDS = 5_000
"""Read back for the time, and more only where no tick is among so many."""


async def _leave_offsets(_topic: str, _partition: int) -> None:
    """Nothing: who reads without a group has no offset to take back."""


Committed = Callable[[str, int], Awaitable[int | None]]
"""Topic, partition -> the group's committed offset."""


class Skipped(Exception):
    """Records that are still there were passed over: only a restart from the committed offset reads them."""


class MadeAnew(Exception):
    """The input topic is, or may be, another one than was read: to be begun again from what is committed."""


class Overtaken(Exception):
    """While a partition was loaded it went to another worker, which has written already."""


class Evaluate:
    """One domain's agent, or that of another key of it (`by`, a field). `topic_id`, `partitions`: its input topic's.

    `loading` hears the topic whenever a load has come further. `begin_anew` takes the committed offset of topic and
    partition back to the beginning.
    """

    role = "evaluate"
    """As metrics name it."""

    def __init__(
        self,
        domain: Domain,
        rules: Rulebook | Editions,
        *,
        sender: Sender,
        reader: Reader,
        tenure: Tenure,
        committed: Committed,
        topic_id: str,
        partitions: int,
        by: str = "",
        loading: Callable[[str], None] = lambda _: None,
        begin_anew: Callable[[str, int], Awaitable[None]] = _leave_offsets,
    ) -> None:
        self.domain = domain
        self.inlet = Inlet(domain, by)
        self.topic = self.inlet.topic
        self._rules = InletRules(self.inlet, rules, reader)
        self._sender = sender
        self._reader = reader
        self._tenure = tenure
        self._committed = committed
        self._topic_id = topic_id
        self._partitions = partitions
        self._loading = loading
        self._begin_anew = begin_anew
        self._held: dict[int, Memory] = {}

    async def handle(self, fetched: Fetched) -> Finish | None:
        """Judge a chunk; what is given back writes it down. A chunk of an earlier ownership is left alone."""
        if self._tenure.over(fetched.generation):
            return None
        try:
            memory = await self._memory(fetched)
        except Overtaken:
            return None
        first = first_offset(fetched.records[0])
        if first > memory.partition.next_offset:
            await self._hole(fetched, memory.partition, first)
        memory.partition.books = await self._rules.ordered(memory.partition.in_force, fetched.records)
        part = slices.Slice()
        outcome = memory.partition.judge(fetched.records, enough=part)
        return self._finish(fetched, memory, outcome, part)

    def release(self, partitions: Mapping[int, object] | set[int]) -> None:
        """Let go of the memory of partitions that are not among these."""
        for number in self._held.keys() - partitions:
            del self._held[number]

    # --- writing

    async def _finish(self, fetched: Fetched, memory: Memory, outcome: Outcome, part: slices.Slice) -> None:
        while True:
            await self._write(fetched.partition, memory, outcome)
            self._count(outcome)
            if outcome.stop >= len(fetched.records):
                newest = fetched.records[-1].timestamp / 1000
                metrics.JUDGED_SECONDS.labels(fetched.topic, str(fetched.partition)).set(newest)
                return
            self._loading(self.topic)
            await part.rest()
            if self._tenure.over(fetched.generation):
                return  # its ack counts for nothing; what was not judged comes again to whoever owns it now
            part = slices.Slice()
            outcome = memory.partition.judge(fetched.records, outcome.stop, part)

    async def _write(self, number: int, memory: Memory, outcome: Outcome) -> None:
        send = self._sender.send_batch
        if outcome.seen:
            packed = seen.pack(self._topic_id, number, outcome.seen)
            await send(self.inlet.seen, number, [Record(None, packed)])
        if memory.partition.wordy:
            memory.partition.prune(await self._committed(self.topic, number) or 0)
        await self._pass_on(number, memory, outcome.onward)
        own = memory.partition.clock_record(memory.generation), memory.partition.rules_record(memory.generation)
        base = memory.base_record()
        await send(self.inlet.changelog, number, [Record(*one) for one in (base, *own) if one is not None])
        lost = await self._write_states(number, memory, outcome.dirty)
        spot = telling.Spot(self.domain, self.topic, number, memory.partition.clock)
        if outcome.transitions:
            await telling.tell(self._sender, spot, outcome.transitions)
        signals = memory.signals.ready(outcome.signals, memory.partition.next_offset)
        if signals:
            await telling.signal(self._sender, spot, signals_out.PARTITION, signals)
        if outcome.rejected:
            key = self.topic.encode()
            await send(REJECTED, number, [Record(key, rejects.encode(one)) for one in outcome.rejected])
        if lost:
            await self._list_open(number, memory)

    async def _pass_on(self, number: int, memory: Memory, onward: Sequence[Onward]) -> None:
        """Send what is judged again by another key: before the states say that it was judged here."""
        sending = batches(self.domain, onward)
        answers = await asyncio.gather(*(self._sender.send_batch(*one) for one in sending))
        for (topic, _, _), found in zip(sending, answers, strict=True):
            if large := sum(isinstance(one, TooLarge) for one in found):
                log.error("%d records were too large for %s", large, topic)
                refused = rejects.not_passed_on(memory.partition.clock, self.topic, number, topic, large)
                await self._sender.send_batch(REJECTED, number, [Record(topic.encode(), rejects.encode(refused))])

    async def _write_states(self, number: int, memory: Memory, cells: Sequence[Cell]) -> bool:
        """Write states; those that no record can hold begin anew. Whether there were such."""
        if not cells:
            return False
        topic = self.inlet.changelog
        made = memory.partition.records(cells, memory.generation)
        answers = await self._sender.send_batch(topic, number, [Record(key, value) for key, value in made])
        lost = [cell for cell, answer in zip(cells, answers, strict=True) if isinstance(answer, TooLarge)]
        if lost:
            for cell in lost:
                log.error("state of %s in %s is too large to keep; it begins anew", cell.key, self.topic)
                memory.partition.lose(cell)
            metrics.STATES_LOST.labels(self.domain).inc(len(lost))
            again = memory.partition.records(lost, memory.generation)
            await self._sender.send_batch(topic, number, [Record(key, value) for key, value in again])
        metrics.STATES.labels(self.domain).inc(len(cells))
        return bool(lost)

    def _count(self, outcome: Outcome) -> None:
        if outcome.forgotten:
            log.error("%s has more sources than can be held: %d gave way", self.topic, outcome.forgotten)
        for (feed, fate), number in outcome.fates.items():
            role = f"by-{self.inlet.field}" if self.inlet.field else self.role
            metrics.RECORDS.labels(role, self.domain, feed, fate).inc(number)
        for counter, number in (
            (metrics.AGAIN, outcome.again),
            (metrics.TRANSITIONS, len(outcome.transitions)),
            (metrics.STATES_LOST, outcome.lost_states),
            (metrics.RULE_ERRORS, outcome.rule_errors),
            (metrics.KEYS_FORGOTTEN, outcome.forgotten),
            (metrics.RULES_SWITCHED, outcome.switches),
        ):
            if number:
                counter.labels(self.domain).inc(number)

    # --- loading

    def _partition(self, rules: Rulebook, number: int) -> Partition:
        return Partition(self.domain, rules, self._topic_id, number, self._partitions, self.inlet.field)

    async def _memory(self, fetched: Fetched) -> Memory:
        """The partition's memory: kept over generations without a gap, else loaded."""
        number, generation = fetched.partition, fetched.generation
        held = self._held.get(number)
        if held is not None and self._tenure.kept((self.topic, number), held.owned, generation):
            held.owned = generation
            held.generation = held.base + generation
            self._one_log(fetched, held)
            return held
        self._held.pop(number, None)
        held = self._held[number] = await self._load(number, generation, first_offset(fetched.records[0]))
        held.fetched = generation, fetched.records[-1].offset
        return held

    def _one_log(self, fetched: Fetched, held: Memory) -> None:
        """Offsets go back: a topic made anew, or a fetch begun before a rebalance's seek. A load tells which of them."""
        before, held.fetched = held.fetched, (fetched.generation, fetched.records[-1].offset)
        first = first_offset(fetched.records[0])
        if before[0] == fetched.generation and first <= before[1]:
            raise MadeAnew(f"{self.topic}[{fetched.partition}] goes back from offset {before[1]} to {first}")

    async def _anew(self, number: int, offset: int) -> None:
        log.error("%s[%d] was made anew: what is known up to offset %d is of another log", self.topic, number, offset)
        await self._begin_anew(self.topic, number)
        raise MadeAnew(f"{self.topic}[{number}]")

    async def _load(self, number: int, generation: int, first: int) -> Memory:
        began = time.monotonic()
        known = await self._committed(self.topic, number)
        committed = known or 0
        fold = Fold(self._topic_id, number)
        async for records in self._reader.read(self.inlet.changelog, number):
            for record in records:
                fold.add(record.key, record.value, record.timestamp)
            self._loading(self.topic)
            await asyncio.sleep(0)  # heartbeats and other partitions' sends go on
        if fold.highest > fold.base + generation:
            if await self._tenure.ends(generation, NEWS_SECONDS):
                raise Overtaken
            raise Permanent(
                "generation_behind",
                topic=self.inlet.changelog,
                partition=number,
                highest=fold.highest,
                own=fold.base + generation,
            )
        if first < committed or (committed and fold.foreign and not fold.own):
            await self._anew(number, committed)
        held, rules = await self._rules.at(number, fold, committed)
        partition = self._partition(rules, number)
        partition.in_force = held
        partition.restore(fold, committed, await self._before(number, committed))
        if known is None:  # a new group begins where the log does: a chunk from farther on was preceded by others
            partition.next_offset = await self._reader.first_offset(self.topic, number)
        await self._recall(partition, number, committed)
        memory = Memory(partition, generation, fold.base)
        await self._settle(memory, number, fold, committed)
        await self._list_open(number, memory)
        if fold.unreadable:
            metrics.STATES_LOST.labels(self.domain).inc(fold.unreadable)
            log.error("%d records of %s[%d] cannot be read", fold.unreadable, self.inlet.changelog, number)
        metrics.LOAD_SECONDS.labels(self.domain).observe(time.monotonic() - began)
        metrics.KEYS.labels(self.domain, str(number)).set(len(partition.cells))
        log.info("%s[%d] loaded: %d keys, generation %d", self.topic, number, len(partition.cells), generation)
        return memory

    async def _before(self, number: int, committed: int) -> list[LogRecord]:
        """The last records below the committed offset, back to a tick or to where a hole would have been noticed."""
        if not committed:
            return []
        start = max(0, committed - TIME_RECORDS)
        found = await self._span(number, start, committed)
        # Not by time: on Tansu a look-up by time can end at the beginning of the log.
        noticed = found[0].timestamp - HOLE_MS if found else 0
        while found and start and found[0].timestamp > noticed and not any(map(_live_tick, found)):
            stop, start = start, max(0, start - TIME_RECORDS)
            if not (more := await self._span(number, start, stop)):
                break  # retention took what was before
            found = more + found
        return found

    async def _span(self, number: int, start: int, stop: int) -> list[LogRecord]:
        found: list[LogRecord] = []
        async with aclosing(self._reader.read(self.topic, number, start=start)) as chunks:
            async for records in chunks:
                self._loading(self.topic)
                found += [record for record in records if record.offset < stop]
                if records[-1].offset >= stop - 1:
                    break
        return found

    async def _recall(self, partition: Partition, number: int, committed: int) -> None:
        topic = self.inlet.seen
        if not topic:
            return
        async for records in self._reader.read(topic, number, since=max(0, partition.clock - SEEN_MS)):
            self._loading(self.topic)
            for record in records:
                if record.value is not None:
                    try:
                        pairs = seen.unpack(record.value, self._topic_id, number)
                    except (msgspec.MsgspecError, ValueError):
                        log.exception("a record of %s[%d] cannot be read", topic, number)
                        continue
                    partition.seen.recall(pairs, committed)

    async def _settle(self, memory: Memory, number: int, fold: Fold, committed: int) -> None:
        """Write again what would not last, then send again what a crash may have kept back; signals in their order."""
        unsettled = [Record(key, value) for key, value in fold.unsettled(committed, memory.generation)]
        await self._sender.send_batch(self.inlet.changelog, number, unsettled)
        kept_back, unknown = telling.readable(fold.outboxes(committed))
        spot = telling.Spot(self.domain, self.inlet.changelog, number, memory.partition.clock)
        alerts = [(told.alert_id.encode(), raw) for told, raw in kept_back if told.emit != "signal"]
        await telling.tell(self._sender, spot, alerts)
        await telling.untold(self._sender, spot, unknown, "this version of the program cannot read them")
        memory.signals.recall(told for told, _ in kept_back)

    async def _list_open(self, number: int, memory: Memory) -> None:
        """Tell the desk which alerts are open here, so that it can end those whose state is lost."""
        found = memory.partition.open_alerts()
        listed = OpenAlerts(
            domain=self.domain,
            topic_id=self._topic_id,
            partition=number,
            offset=memory.partition.next_offset,
            generation=memory.generation,
            alerts=tuple(found),
            topic=self.inlet.stage,
        )
        record = Record(f"open|{self.topic}|{number}".encode(), open_alerts.encode(listed), [(OPEN, b"")])
        (answer,) = await self._sender.send_batch(ALERTS, number, [record])
        if isinstance(answer, TooLarge):
            log.error("%d open alerts of %s[%d] make a list too large to send", len(found), self.topic, number)
        metrics.OPEN_ALERTS.labels(self.domain, str(number)).set(len(found))

    async def _hole(self, fetched: Fetched, partition: Partition, first: int) -> None:
        """Between the last record and this one some are missing: taken by retention, or skipped by the fetcher."""
        oldest = await self._reader.first_offset(fetched.topic, fetched.partition)
        expected = partition.next_offset
        if oldest <= expected:
            raise Skipped(f"{fetched.topic}[{fetched.partition}]: {expected} to {first - 1} were not delivered")
        metrics.EVENTS_LOST.labels(fetched.topic).inc(first - expected)
        log.error(
            "%s[%d]: retention took %d records before they were judged (offsets %d to %d)",
            fetched.topic,
            fetched.partition,
            first - expected,
            expected,
            first - 1,
        )


class Memory:
    """A partition in memory, the group's generation it was last owned in, and the generation its records carry."""

    def __init__(self, partition: Partition, owned: int, base: int) -> None:
        self.partition = partition
        self.signals = Outflow()
        self.owned = owned
        self.fetched = (-1, -1)
        """Generation and last offset of the chunk before."""
        self.base = base
        self.generation = base + owned
        self._based = 0

    def base_record(self) -> tuple[bytes, bytes] | None:
        """Key and value of the base record, where the changelog might forget it: then no worker could start any more."""
        if not self.base or self.partition.clock - self._based < REWRITE_MS:
            return None
        self._based = self.partition.clock
        return BASE_KEY, write_base(self.base)


def _live_tick(record: LogRecord) -> bool:
    headers = record.headers
    return record.value is None and value_of(headers, TICK) is not None and value_of(headers, CLOCK) is None
