"""What a restart of the broker in memory leaves: with the real broker, a real journal, and records as evaluate writes them."""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from ioc.alerts.alert import decode, encode
from ioc.embedded.broker import Broker
from ioc.embedded.journal import Journal
from ioc.errors import Permanent, Retryable
from ioc.streams import admin, changelog, holes, in_force
from ioc.streams.changelog import NO_STAMP
from ioc.streams.headers import OPEN
from ioc.streams.holes import CLOCK_KEY, Change, ClockRecord
from ioc.streams.in_force import RULES_KEY, InForce, Since
from ioc.streams.inlet import ALL, Inlet
from ioc.streams.mirror import Mirror, kept
from ioc.streams.publish import Publisher, Record
from ioc.streams.topics import ALERTS, input_topic, table
from tests.sinks.history_events import FrozenClock
from tests.streams.mirrored import GROUP, MS, NOW, PARTITIONS, TOPIC, cluster, state, transition


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


async def test_each_keys_winner_comes_back_with_generation_0_and_no_stamp(path: Path) -> None:
    async with cluster(path) as first:
        await first.send(TOPIC, state("a", 1, 5), state("a", 1, 9), state("b", 2, 3), state("b", 1, 90))
        await first.send(TOPIC, state("c", 1, 1, partition=1), partition=1)

    async with cluster(path) as second:
        found = await second.fold()
        assert {key: one.record.state for key, one in found.winners.items()} == {"a": b"1/9", "b": b"2/3"}
        assert (found.highest, found.unreadable) == (0, 0)
        assert {(one.record.generation, one.record.offset) for one in found.winners.values()} == {(0, NO_STAMP)}
        assert (await second.winners(partition=1))["c"].state == b"1/1"
        # And a clock record per partition of each domain, and one of the signals.
        assert second.restored.states == 3 + 4 * PARTITIONS + 1
        await second.send(TOPIC, state("a", 1, 0))

    async with cluster(path) as third:
        assert (await third.winners())["a"].state == b"1/0"


async def test_an_outbox_comes_back_only_from_where_it_was_not_committed(path: Path) -> None:
    old, kept, also = transition("old", 1), transition("kept", 1), transition("also", 1)
    async with cluster(path) as first:
        await first.send(TOPIC, state("also", 1, 11, also), state("old", 1, 9, old), state("kept", 1, 10, kept))
        await first.send(ALERTS, Record(old.alert_id.encode(), encode(old)))
        await first.commit(input_topic("netsec"), 0, 10)

    async with cluster(path) as second:
        assert [decode(one.value).key for one in await second.alerts()] == ["old", "kept", "also"]
        assert [one.key for one in await second.alerts()] == [one.alert_id.encode() for one in (old, kept, also)]
        assert second.restored.kept_back == 2
        assert all(one.outbox == [] for one in (await second.winners()).values())

    async with cluster(path) as third:
        assert [decode(one.value).key for one in await third.alerts()] == ["old", "kept", "also"]
        assert third.restored.kept_back == 0


async def test_states_of_another_key_come_back_without_the_origins_of_the_last_cluster(path: Path) -> None:
    by_address = Inlet("netsec", "src_ip")
    async with cluster(path, more=[by_address]) as first:
        record = state("203.0.113.1", 3, 7, transition("203.0.113.1", 1), at=MS)
        held = changelog.decode(record.value or b"")
        held.origins = [("0" * 32, 0, 5, 0)]
        await first.send(by_address.changelog, record._replace(value=changelog.encode(held)))
        await first.commit(by_address.topic, 0, 8)

    with contextlib.closing(Journal(path)) as journal:
        assert kept(journal) == {by_address}

    async with cluster(path, more=[by_address]) as second:
        found = await second.winners(by_address.changelog)
        assert [(one.state, one.origins, one.offset) for one in found.values()] == [(b"3/7", [], NO_STAMP)]


async def test_what_was_put_together_of_signals_comes_back_without_origins(path: Path) -> None:
    signals = Inlet(ALL)
    told = transition("both", 1)
    async with cluster(path) as first:
        record = state("both|1:2", 3, 7, told, at=MS)
        held = changelog.decode(record.value or b"")
        held.origins = [("0" * 32, 0, 5, 77)]
        await first.send(signals.changelog, record._replace(value=changelog.encode(held)))

    async with cluster(path) as second:
        found = await second.winners(signals.changelog)
        assert [(one.state, one.origins, one.offset) for one in found.values()] == [(b"3/7", [], NO_STAMP)]
        assert [decode(one.value).key for one in await second.alerts()] == ["both"]


async def test_an_outbox_keeps_what_is_only_a_signal_out_of_the_alerts(path: Path) -> None:
    quiet = msgspec.structs.replace(transition("quiet", 1), emit="signal")
    async with cluster(path) as first:
        await first.send(TOPIC, state("a", 1, 0, quiet, transition("loud", 1)))

    async with cluster(path) as second:
        assert [decode(one.value).key for one in await second.alerts()] == ["loud"]


async def test_an_outbox_of_a_group_that_never_committed_comes_back(path: Path) -> None:
    async with cluster(path) as first:
        await first.send(TOPIC, state("a", 1, 0, transition("a", 1), transition("a", 2)))

    async with cluster(path) as second:
        assert [decode(one.value).revision for one in await second.alerts()] == [1, 2]


async def test_the_alert_log_comes_back_as_it_was_but_for_lists_of_open_alerts(path: Path) -> None:
    made = [
        Record(b"k1", encode(transition("a", 1)), [("h", b"\x00\xff")], MS - 5),
        Record(b"k2", encode(transition("b", 1)), (), MS - 4),
        Record(b"open", b"{}", [(OPEN, b"")], MS - 3),
        Record(b"k1", encode(transition("a", 2)), (), MS - 2),
    ]
    async with cluster(path) as first:
        await first.send(ALERTS, *made)
        await first.send(ALERTS, made[0], partition=1)

    for _ in range(2):
        async with cluster(path) as again:
            found = await again.alerts()
            assert [(one.key, one.value, list(one.headers), one.timestamp) for one in found] == [
                (one.key, one.value, list(one.headers), one.timestamp) for one in (made[0], made[1], made[3])
            ]
            assert [one.offset for one in found] == [0, 1, 2]
            assert len(await again.alerts(1)) == 1
            assert again.restored.alerts == 4


async def test_what_came_after_a_restart_stands_after_what_came_before(path: Path) -> None:
    for n in range(3):
        async with cluster(path) as one:
            await one.send(ALERTS, Record(b"k", encode(transition("a", n))))

    async with cluster(path) as last:
        assert [decode(one.value).revision for one in await last.alerts()] == [0, 1, 2]


async def test_alerts_older_than_their_topic_keeps_them_leave(path: Path) -> None:
    async with cluster(path) as first:
        await first.send(
            ALERTS, Record(b"k", encode(transition("a", 1)), (), MS), Record(b"k", b"x", (), MS + 86_400_000)
        )

    async with cluster(path, NOW + timedelta(days=90, seconds=1)) as later:
        assert [one.value for one in await later.alerts()] == [b"x"]


async def test_an_idle_key_is_forgotten_after_its_changelogs_retention_and_a_live_one_is_not(path: Path) -> None:
    async with cluster(path) as first:
        await first.send(TOPIC, state("idle", 1, 1, live=False), state("live", 1, 2))

    async with cluster(path, NOW + timedelta(days=13)) as soon:
        assert set(await soon.winners()) == {"idle", "live"}
    async with cluster(path, NOW + timedelta(days=15)) as late:
        assert set(await late.winners()) == {"live"}


async def test_while_nothing_ran_nobodys_silence_counts(path: Path) -> None:
    async with cluster(path) as first:
        known = ClockRecord(1, "0" * 32, 0, 7, [Change(7, 60_000, 5)])
        await first.send(TOPIC, Record(CLOCK_KEY, holes.encode(known)))
        first.clock.at = NOW + timedelta(hours=1)
        await first.commit(input_topic("netsec"), 0, 1)

    off = 3_600_000
    async with cluster(path, NOW + timedelta(hours=2)) as second:
        clock = (await second.fold()).clock
        other = (await second.fold(partition=1)).clock
        assert clock is not None
        assert other is not None
        assert (clock.lost, clock.offset) == (60_000 + off, NO_STAMP)
        assert other.lost == off

    async with cluster(path, NOW + timedelta(hours=3)) as third:
        clock = (await third.fold()).clock
        assert clock is not None
        assert clock.lost == 60_000 + 2 * off


async def test_which_rules_held_from_where_is_forgotten_with_the_log_it_speaks_of(path: Path) -> None:
    async with cluster(path) as first:
        held = InForce(Since(-1, 5, "a"), Since(7, 6, "b"))
        await first.send(TOPIC, state("a", 1, 1), Record(RULES_KEY, in_force.encode(held.record(1, "0" * 32, 0))))

    async with cluster(path, NOW + timedelta(hours=1)) as second:
        fold = await second.fold()
        assert (fold.rules, fold.unreadable, set(fold.winners)) == (None, 0, {"a"})


async def test_a_state_that_cannot_be_read_is_left_out_and_counted(path: Path) -> None:
    async with cluster(path) as first:
        await first.send(TOPIC, state("a", 1, 1), Record(b"b", b"\xc1 no state"), state("c", 1, 2))

    async with cluster(path) as second:
        assert set(await second.winners()) == {"a", "c"}


async def test_a_cluster_that_is_not_empty_is_refused(path: Path) -> None:
    async with cluster(path) as first:
        await first.send(TOPIC, state("a", 1, 1))
    with Broker() as broker, contextlib.closing(Journal(path)) as journal:
        await asyncio.to_thread(admin.ensure, broker.address, table(PARTITIONS))
        async with Publisher(broker.address, PARTITIONS) as publisher:
            await publisher.send_batch(TOPIC, 0, [state("x", 1, 1)])
            mirror = Mirror(broker.address, journal, publisher, FrozenClock(NOW), partitions=PARTITIONS, group=GROUP)
            with pytest.raises(Permanent) as caught:
                await mirror.restore()

    assert caught.value.code == "journal_not_empty"


async def test_another_number_of_partitions_is_refused(path: Path) -> None:
    async with cluster(path):
        pass
    with contextlib.closing(Journal(path)) as journal:
        mirror = Mirror("-", journal, Publisher("-"), FrozenClock(NOW), partitions=3, group=GROUP)
        with pytest.raises(Permanent) as caught:
            await mirror.restore()

    assert (caught.value.code, caught.value.values) == ("journal_partitions", {"found": 2, "wanted": 3})


async def test_a_crash_in_the_middle_of_writing_back_loses_nothing(path: Path) -> None:
    async with cluster(path) as first:
        await first.send(TOPIC, *[state(f"k{n}", 1, n, transition(f"k{n}", 1)) for n in range(10)])

    class Fails:
        async def send_batch(self, topic: str, partition: int, records: Any) -> Any:
            raise Retryable("kafka_unavailable", topic=topic, reason=f"{len(records)} to {partition} are lost")

    with contextlib.closing(Journal(path)) as journal:
        mirror = Mirror("-", journal, Fails(), FrozenClock(NOW), partitions=PARTITIONS, group=GROUP)
        with pytest.raises(Retryable):
            await mirror.restore()

    async with cluster(path) as second:
        assert [decode(one.value).key for one in await second.alerts()] == [f"k{n}" for n in range(10)]
        assert len(await second.winners()) == 10


class FullForAWhile(Journal):
    """A journal whose disk is full three times."""

    full = 3
    room = threading.Event()

    def keep_entries(self, topic: str, entries: Any) -> None:
        if entries and not self.full:
            self.room.set()
        if entries and self.full:
            self.full -= 1
            raise Retryable("journal_disk", retry_after=0.01, path="x", detail="full")
        super().keep_entries(topic, entries)


async def test_a_full_disk_is_waited_for(path: Path) -> None:
    with Broker() as broker, contextlib.closing(FullForAWhile(path)) as journal:
        await asyncio.to_thread(admin.ensure, broker.address, table(PARTITIONS))
        async with Publisher(broker.address, PARTITIONS) as publisher:
            mirror = Mirror(broker.address, journal, publisher, FrozenClock(NOW), partitions=PARTITIONS, group=GROUP)
            await mirror.restore()
            stop = asyncio.Event()
            following = asyncio.create_task(mirror.run(stop))
            await publisher.send_batch(ALERTS, 0, [Record(b"k", encode(transition("a", 1)))])
            await asyncio.to_thread(journal.room.wait)
            stop.set()
            await following
        assert [one.offset for page in journal.entries(ALERTS) for one in page] == [0]


FOLLOWER = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
from ioc.embedded.journal import Journal
from ioc.streams.mirror import Mirror
from ioc.streams.publish import Publisher
class Clock:
    def now(self): return datetime(2026, 11, 21, tzinfo=UTC)
class Telling(Journal):
    def commit(self, offsets):
        super().commit(offsets)
        if offsets:
            Path(sys.argv[2] + ".stored").touch()  # it is at work, not still starting
mirror = Mirror(sys.argv[1], Telling(Path(sys.argv[2])), Publisher(sys.argv[1]), Clock(), partitions=2, group="ioc-evaluate")
asyncio.run(mirror.run(asyncio.Event()))
"""


@pytest.fixture
def broker() -> Iterator[Broker]:
    with Broker() as made:
        yield made


async def test_killed_at_any_moment_the_journal_holds_every_transition_below_its_committed_offset(
    broker: Broker, tmp_path: Path
) -> None:
    """State, then transition, then commit: what the journal takes for committed must stand in its alert log."""
    seeded = random.Random(11)
    await asyncio.to_thread(admin.ensure, broker.address, table(PARTITIONS))
    spot = TopicPartition(input_topic("netsec"), 0)
    consumer = AIOKafkaConsumer(bootstrap_servers=broker.address, group_id=GROUP, enable_auto_commit=False)
    await consumer.start()
    consumer.assign([spot])
    written, reached = 0, []
    async with Publisher(broker.address, PARTITIONS) as publisher:
        for kill in range(3):
            path = tmp_path / f"{kill}.sqlite"
            marker = path.with_name(f"{path.name}.stored")
            command = [sys.executable, "-c", FOLLOWER, broker.address, str(path)]
            follower = await asyncio.create_subprocess_exec(*command, cwd=Path(__file__).parents[2])
            last = written + seeded.randrange(100, 250)
            stored, more = False, 7 * kill  # not always right after a store: some way into the next one
            while written < last or not stored or more > 0:
                stored = stored or marker.exists()
                more -= stored
                made = transition(f"k{written % 5}", written)
                await publisher.send_batch(TOPIC, 0, [state(made.key, 1, written, made)])
                await publisher.send_batch(ALERTS, 0, [Record(made.alert_id.encode(), encode(made))])
                written += 1
                await consumer.commit({spot: written})
            follower.send_signal(signal.SIGKILL)
            await follower.wait()

            with contextlib.closing(Journal(path)) as journal:
                committed = journal.committed().get((spot.topic, spot.partition), 0)
                known = {decode(one.value or b"").revision for page in journal.entries(ALERTS) for one in page}
                assert set(range(committed)) <= known
                reached.append(committed)
    await consumer.stop()
    assert max(reached) > 0, "the follower never got to store an offset"
