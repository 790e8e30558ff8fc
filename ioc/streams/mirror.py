"""The log of a broker in memory, mirrored onto a journal, and written back into the next one (design section 6).

Followed are the changelogs, `ioc.alerts` and the committed offsets of role evaluate. Input events are not: every input
begins at 0 in the next cluster, so no stamp and no generation of the last one means anything there. Written back,
before any worker starts, are

- per key the state that counts, with generation 0, no stamp and no outbox;
- the transitions of an outbox that a crash may have kept back (stamp at or beyond the committed offset), at the end of
  the alert log;
- the alert log as it was; without the lists of open alerts, which speak of the last cluster's offsets;
- per partition the length of all holes in the ticks, the time between the two clusters included: while nothing ran,
  nobody's silence counts.

The turn from one cluster to the next is one transaction on the journal, so a crash at any point of it is harmless.
Committed offsets are asked for *before* the logs are followed to their ends and stored after: so a stored offset never
speaks of a transition that the journal has not got.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple, Protocol, TypeVar

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from ioc.alerts.alert import decode as read_transition
from ioc.errors import Permanent, Retryable
from ioc.events import DOMAINS
from ioc.ports import Clock, Entry, Journal, KeptState
from ioc.streams import changelog, holes
from ioc.streams.brokers import Bootstrap, options
from ioc.streams.changelog import BASE_KEY, NO_STAMP
from ioc.streams.closing import close
from ioc.streams.headers import OPEN
from ioc.streams.holes import CLOCK_KEY, Change, ClockRecord
from ioc.streams.in_force import RULES_KEY
from ioc.streams.inlet import ALL, Inlet, inlet_of
from ioc.streams.publish import Record, TooLarge
from ioc.streams.topics import ALERTS, DAY, SIGNALS
from ioc.words import say

log = logging.getLogger(__name__)
KEPT_MS = 90 * DAY
"""Of the alert log, as its topic keeps it."""
FORGET_MS = 14 * DAY
"""Of a changelog: a live key is written again every two days."""
POLL_MS = 100
MARK_SECONDS = 1.0
"""Between two looks at the committed offsets; what was committed since is sent again after a crash, and known by then."""
FINISH_SECONDS = 2.0
"""For the last look; `ioc up` kills after four seconds."""
ALIVE, PARTITIONS = "alive", "partitions"
Spot = tuple[str, int]
Given = TypeVar("Given")


class Sender(Protocol):
    """The writing half of the log (`ioc.streams.publish.Publisher`)."""

    async def send_batch(self, topic: str, partition: int, records: Sequence[Record]) -> list[int | TooLarge]:
        """Per record its offset once acked, or why it was not sent."""
        ...


class Restored(NamedTuple):
    """What was written back: states, records of the alert log, and of these the transitions that stood in outboxes."""

    states: int
    alerts: int
    kept_back: int
    unreadable: int


class _Look(NamedTuple):
    """Committed offsets, where the logs ended a moment later, and when that was (epoch ms)."""

    committed: Mapping[Spot, int]
    ends: Mapping[Any, int]
    at: int


def kept(journal: Journal) -> set[Inlet]:
    """Inlets of other keys whose states the journal holds, though no rule may be judged there any more."""
    return {inlet for topic, _ in journal.committed() if (inlet := inlet_of(topic))}


class Mirror:
    """`restore` once, on an empty cluster whose topics are made; then `run`. `group` is that of role evaluate.

    `more` are the inlets of other keys than the source: those of the rules, and those that the journal knows (`kept`).
    """

    def __init__(
        self,
        bootstrap: Bootstrap,
        journal: Journal,
        sender: Sender,
        clock: Clock,
        *,
        partitions: int,
        group: str,
        more: Iterable[Inlet] = (),
    ) -> None:
        self._bootstrap = bootstrap
        self._journal = journal
        self._sender = sender
        self._clock = clock
        self._partitions = partitions
        self._group = group
        inlets = (*map(Inlet, DOMAINS), *sorted(set(more)), Inlet(ALL))
        self._inputs = {inlet.changelog: inlet.topic for inlet in inlets}
        self._sizes = {inlet.changelog: 1 if inlet.domain == ALL else partitions for inlet in inlets}
        self._position: dict[Spot, int] = {}
        self._kept_back = self._unreadable = 0

    # --- back into a new cluster

    async def restore(self) -> Restored:
        """Write back what the journal holds; raises Permanent where this cluster is not empty or is cut otherwise."""
        await asyncio.to_thread(self._turn, self._now())
        states = alerts = 0
        for topic in self._inputs:
            pages = self._journal.states(topic)
            while (kept := await asyncio.to_thread(next, pages, None)) is not None:
                for partition, group in groupby(kept, attrgetter("partition")):
                    states += await self._send(
                        topic, partition, [Record(s.key, s.value, (), s.timestamp) for s in group]
                    )
        logged = self._journal.entries(ALERTS)
        while (page := await asyncio.to_thread(next, logged, None)) is not None:
            records = [Record(entry.key, entry.value, entry.headers, entry.timestamp) for entry in page]
            alerts += await self._send(ALERTS, page[0].partition, records)
        return Restored(states, alerts, self._kept_back, self._unreadable)

    async def _send(self, topic: str, partition: int, records: Sequence[Record]) -> int:
        expected = self._position.get((topic, partition), 0)
        for answer in await self._sender.send_batch(topic, partition, records):
            if isinstance(answer, TooLarge):
                log.error("a record of %s[%d] is too large to write back (%d bytes)", topic, partition, answer.size)
            elif answer != expected:
                raise Permanent("journal_not_empty", topic=topic, partition=partition)
            else:
                expected += 1
        sent = expected - self._position.get((topic, partition), 0)
        self._position[topic, partition] = expected
        return sent

    def _now(self) -> int:
        return int(self._clock.now().timestamp() * 1000)

    def _turn(self, now: int) -> None:
        """Make the journal speak of a new cluster: all of it or nothing."""
        journal = self._journal
        with journal.transaction():
            known = journal.marked(PARTITIONS)
            if known not in (None, self._partitions):
                raise Permanent("journal_partitions", found=known, wanted=self._partitions)
            alive = journal.marked(ALIVE)
            absent = 0 if alive is None else max(0, now - alive)
            committed = journal.committed()
            for topic, source in self._inputs.items():
                self._turn_states(topic, {part: at for (name, part), at in committed.items() if name == source}, now)
                self._turn_clocks(topic, absent, now)
            journal.renumber(ALERTS, now - KEPT_MS)
            journal.commit({})
            journal.mark(PARTITIONS, self._partitions)
            journal.mark(ALIVE, now)

    def _turn_states(self, topic: str, committed: Mapping[int, int], now: int) -> None:
        kept_back: list[tuple[int, int, bytes, KeptState, list[bytes]]] = []
        for page in self._journal.states(topic):
            settled, dropped = [], []
            for state in page:
                if state.key == CLOCK_KEY:
                    continue
                try:
                    record = changelog.decode(state.value)
                except msgspec.MsgspecError:
                    self._unreadable += 1
                    dropped.append(state)
                    continue
                if record.outbox and record.offset >= committed.get(state.partition, 0):
                    kept_back.append((state.partition, record.offset, state.key, state, record.outbox))
                elif not record.live and state.timestamp < now - FORGET_MS:
                    dropped.append(state)
                    continue
                bare = msgspec.structs.replace(record, generation=0, topic_id="", offset=NO_STAMP, outbox=[])
                if self._inputs[topic] == SIGNALS or inlet_of(
                    self._inputs[topic]
                ):  # what it took in stood in topics that are made anew
                    bare.origins = []
                settled.append(state._replace(rank=(0, NO_STAMP), value=changelog.encode(bare)))
            self._journal.put_states(topic, settled)
            self._journal.drop_states(topic, dropped)
        # In the order of the input, as a loader would send them.
        kept_back.sort(key=lambda one: one[:3])
        entries = [entry for *_, state, outbox in kept_back for entry in self._transitions(state, outbox)]
        self._journal.append(ALERTS, entries)
        self._kept_back += len(entries)

    def _transitions(self, state: KeptState, outbox: Sequence[bytes]) -> Iterator[Entry]:
        for raw in outbox:
            try:
                told = read_transition(raw)
            except msgspec.MsgspecError:
                self._unreadable += 1
                continue
            if told.emit != "signal":
                yield Entry(state.partition, 0, told.alert_id.encode(), raw, (), state.timestamp)

    def _turn_clocks(self, topic: str, absent: int, now: int) -> None:
        lost = dict.fromkeys(range(self._sizes[topic]), 0)
        for page in self._journal.states(topic):
            for state in page:
                if state.key == CLOCK_KEY:
                    lost[state.partition] = holes.decode(state.value).lost
        made = []
        for partition, before in lost.items():
            record = ClockRecord(0, "", partition, NO_STAMP, [Change(NO_STAMP, before + absent, 0)])
            made.append(KeptState(partition, CLOCK_KEY, (0, NO_STAMP), holes.encode(record), now))
        self._journal.put_states(topic, made)

    # --- out of a running one

    async def run(self, stop: asyncio.Event) -> None:
        """Follow until told to stop; then to the end of what stands in the logs, two seconds at most."""
        sizes = {**self._sizes, ALERTS: self._partitions}
        spots = [TopicPartition(topic, n) for topic, size in sizes.items() for n in range(size)]
        consumer = await self._open(spots)
        try:
            loop = asyncio.get_running_loop()
            look: _Look | None = None
            due, deadline = loop.time(), float("inf")
            while loop.time() < deadline:
                if stop.is_set() and deadline == float("inf"):
                    deadline, look, due = loop.time() + FINISH_SECONDS, None, loop.time()
                if look is None and loop.time() >= due:
                    look = await self._look(consumer, spots)
                if look is not None and await self._reached(consumer, look):
                    await self._patiently(stop, self._store, look)
                    look, due = None, loop.time() + MARK_SECONDS
                    if deadline != float("inf"):
                        return
                await self._keep(await consumer.getmany(timeout_ms=POLL_MS), stop)
            log.error("%s", say("journal.unfinished", "en"))
        finally:
            await close(consumer)

    async def _open(self, spots: Sequence[Any]) -> Any:
        consumer = AIOKafkaConsumer(
            **options(self._bootstrap),
            client_id="ioc-journal",
            group_id=self._group,  # to ask for its offsets; a reader that is assigned by hand joins nothing
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=POLL_MS,
        )
        try:
            await consumer.start()
        except KafkaError as error:
            await close(consumer)
            reason = type(error).__name__
            raise Retryable("kafka_unreachable", bootstrap=self._bootstrap, reason=reason) from error
        consumer.assign(spots)
        for spot in spots:
            consumer.seek(spot, self._position.get((spot.topic, spot.partition), 0))
        return consumer

    async def _look(self, consumer: Any, spots: Sequence[Any]) -> _Look:
        at = self._now()
        # Not for the signals, which another group reads: what its outboxes hold is told once more at the next start,
        # and the desk knows it already.
        inputs = [(topic, n) for topic in self._inputs.values() if topic != SIGNALS for n in range(self._partitions)]
        found = await asyncio.gather(*(consumer.committed(TopicPartition(*spot)) for spot in inputs))
        committed = {spot: offset for spot, offset in zip(inputs, found, strict=True) if offset is not None}
        return _Look(committed, await consumer.end_offsets(spots), at)

    async def _reached(self, consumer: Any, look: _Look) -> bool:
        """Whether all that stood in the logs at the look is in the journal.

        `end_offsets` may be that of the last batch's first record (Tansu); the fetch that brings this batch brings the
        whole of it, and the highwater with it.
        """
        for spot, end in look.ends.items():
            position = await consumer.position(spot)
            if position < end or position < (consumer.highwater(spot) or 0):
                return False
        return True

    def _store(self, look: _Look) -> None:
        with self._journal.transaction():
            self._journal.commit(look.committed)
            self._journal.mark(ALIVE, look.at)

    async def _keep(self, fetched: Mapping[Any, Sequence[Any]], stop: asyncio.Event) -> None:
        if fetched:
            await self._patiently(stop, self._take, fetched)

    def _take(self, fetched: Mapping[Any, Sequence[Any]]) -> None:
        with self._journal.transaction():
            for spot, records in fetched.items():
                if spot.topic == ALERTS:
                    self._journal.keep_entries(ALERTS, list(_entries(spot.partition, records)))
                else:
                    self._journal.keep_states(spot.topic, list(_states(spot.partition, records)))

    async def _patiently(self, stop: asyncio.Event, work: Callable[[Given], None], given: Given) -> None:
        """Do the work in a thread; a full disk is waited for, and raised at the stop."""
        told = False
        while True:
            try:
                await asyncio.to_thread(work, given)
            except Retryable as error:
                if stop.is_set():
                    raise
                if not told:
                    log.warning("%s", say(error.key, "en", **error.values))
                told = True
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), error.retry_after)
            else:
                if told:
                    log.warning("%s", say("record.works_again", "en"))
                return


def _entries(partition: int, records: Sequence[Any]) -> Iterator[Entry]:
    for one in records:
        if not any(name == OPEN for name, _ in one.headers):
            yield Entry(partition, one.offset, one.key, one.value, one.headers, one.timestamp)


def _states(partition: int, records: Sequence[Any]) -> Iterator[KeptState]:
    """States and clock records with their ranks; what cannot be read is no state, as a loader sees it."""
    for one in records:
        if one.key is None or one.value is None or one.key in (BASE_KEY, RULES_KEY):
            continue  # generations and offsets of this log mean nothing in the next
        try:
            read = holes.decode if one.key == CLOCK_KEY else changelog.decode
            record = read(one.value)
        except msgspec.MsgspecError:
            continue
        yield KeptState(partition, one.key, (record.generation, record.offset), one.value, one.timestamp)
