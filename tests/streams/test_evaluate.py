from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

import pytest

from ioc.alerts import open_alerts
from ioc.errors import Permanent
from ioc.events.codec import encode
from ioc.streams import changelog, evaluate, publish, rejects, slices
from ioc.streams.changelog import StateRecord
from ioc.streams.evaluate import Evaluate, Skipped
from ioc.streams.fetched import Fetched, Unread
from ioc.streams.headers import OPEN, TICK, Header, clock_header, value_of
from ioc.streams.publish import Record, TooLarge
from ioc.streams.tenure import Tenure
from ioc.streams.topics import ALERTS, REJECTED, REWRITE_MS, SIGNALS, changelog_topic, input_topic, seen_topic
from tests.streams.memory_log import Door, MemoryLog
from tests.streams.small_rules import reading, rulebook

TOPIC = input_topic("environment")
CHANGELOG = changelog_topic("environment")
TOPIC_ID = "ab" * 16


class Strict(Door):
    """Refuses records beyond a size, and remembers the order of topics."""

    limit = publish.BATCH_BYTES

    def __init__(self, log: MemoryLog) -> None:
        super().__init__(log)
        self.order: list[str] = []
        self.limits: dict[str, int] = {}

    async def send_batch(self, topic: str, partition: int, records: Sequence[Record]) -> list[int | TooLarge]:
        if records:
            self.order.append(topic)
        found: list[int | TooLarge] = []
        for record in records:
            size = len(record.value or b"")
            fits = size <= self.limits.get(topic, self.limit)
            found += await super().send_batch(topic, partition, [record]) if fits else [TooLarge(size, self.limit)]
        return found


class Scene(NamedTuple):
    log: MemoryLog
    door: Strict
    tenure: Tenure
    worker: Evaluate

    async def take(self, start: int, stop: int, generation: int = 1) -> bool:
        finish = await self.worker.handle(Fetched(TOPIC, 0, generation, self.log.rows[TOPIC, 0][start:stop]))
        if finish is not None:
            await finish
        return finish is not None

    def add(self, source: str, value: float, nth: int = 0) -> None:
        self.log.now += 1000
        self.log.append(TOPIC, 0, source.encode(), encode(reading(source, self.log.now, value, nth=nth)))

    def lists(self) -> list[open_alerts.OpenAlerts]:
        rows = [row for row in self.log.rows[ALERTS, 0] if value_of(row.headers, OPEN) is not None]
        return [open_alerts.decode(row.value or b"") for row in rows]


def scene(log: MemoryLog | None = None, committed: int | None = None) -> Scene:
    log = log or MemoryLog()
    door, tenure = Strict(log), Tenure()
    tenure.assigned(1, [(TOPIC, 0)])

    async def known(_topic: str, _partition: int) -> int | None:
        return committed

    worker = Evaluate(
        "environment",
        rulebook(),
        sender=door,
        reader=log,
        tenure=tenure,
        committed=known,
        topic_id=TOPIC_ID,
        partitions=1,
    )
    return Scene(log, door, tenure, worker)


async def test_ids_then_states_then_transitions_then_signals_then_rejects() -> None:
    made = scene()
    made.add("a", 60)
    made.log.append(TOPIC, 0, b"x", b"not an event")
    assert await made.take(0, 2)

    assert made.door.order == [ALERTS, seen_topic("environment"), CHANGELOG, ALERTS, SIGNALS, REJECTED]
    assert made.lists()[0].alerts == ()  # the first is the list after the load
    (row,) = made.log.rows[REJECTED, 0]
    refused = rejects.decode(row.value or b"")
    assert (refused.topic, refused.partition, refused.offset) == (TOPIC, 0, 1)


async def test_a_load_tells_the_desk_what_is_open_and_from_which_offset_on() -> None:
    first = scene()
    first.add("a", 60)
    first.add("b", 10)
    await first.take(0, 2)
    first.add("b", 11)
    again = scene(first.log, committed=2)
    await again.take(2, 3)

    listed = again.lists()[-1]
    assert len(listed.alerts) == 1
    assert (listed.topic_id, listed.partition, listed.offset, listed.generation) == (TOPIC_ID, 0, 2, 1)


async def test_a_chunk_of_an_earlier_ownership_is_left_alone() -> None:
    made = scene()
    made.add("a", 60)
    made.tenure.assigned(2, [(TOPIC, 0)])
    assert not await made.take(0, 1, generation=1)
    assert made.door.order == []


async def test_records_passed_over_by_the_fetcher_end_the_process() -> None:
    made = scene()
    for nth in range(6):
        made.add("a", 10, nth)
    await made.take(0, 2)
    with pytest.raises(Skipped):
        await made.take(4, 6)


async def test_a_batch_that_cannot_be_unpacked_is_refused_and_is_no_hole() -> None:
    made = scene()
    for nth in range(6):
        made.add("a", 60, nth)
    assert await made.take(0, 2)
    rows = made.log.rows[TOPIC, 0]
    unread = Unread(2, 4, rows[4].timestamp, "offsets 2 to 4 cannot be unpacked")
    finish = await made.worker.handle(Fetched(TOPIC, 0, 1, [unread]))
    assert finish is not None
    await finish
    assert await made.take(5, 6)

    (row,) = made.log.rows[REJECTED, 0]
    refused = rejects.decode(row.value or b"")
    assert (refused.topic, refused.partition, refused.offset) == (TOPIC, 0, 4)
    assert refused.note == "offsets 2 to 4 cannot be unpacked"


async def test_records_that_retention_took_are_told_and_the_rest_is_judged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    made = scene()
    for nth in range(6):
        made.add("a", 10, nth)

    async def oldest(_topic: str, _partition: int) -> int:
        return 4

    await made.take(0, 2)
    monkeypatch.setattr(made.log, "first_offset", oldest)
    assert await made.take(4, 6)
    assert "retention took 2 records" in caplog.text


async def test_a_new_group_on_a_log_that_begins_late_has_missed_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    made = scene()
    for nth in range(6):
        made.add("a", 10, nth)

    async def oldest(_topic: str, _partition: int) -> int:
        return 4

    monkeypatch.setattr(made.log, "first_offset", oldest)
    assert await made.take(4, 6)
    assert "retention" not in caplog.text


async def test_a_new_group_whose_first_chunk_is_not_the_logs_ends_the_process() -> None:
    made = scene()
    for nth in range(6):
        made.add("a", 10, nth)
    with pytest.raises(Skipped):
        await made.take(4, 6)


async def test_a_first_chunk_after_a_load_that_is_beyond_the_commit_ends_the_process() -> None:
    first = scene()
    for nth in range(6):
        first.add("a", 10, nth)
    await first.take(0, 2)
    again = scene(first.log, committed=2)
    with pytest.raises(Skipped):
        await again.take(4, 6)


async def test_a_state_that_no_record_can_hold_begins_anew_and_its_alerts_are_no_longer_listed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    made = scene()
    made.add("a", 60)
    await made.take(0, 1)
    made.door.limit = 400
    made.add("a", 61)
    made.add("b", 10)
    await made.take(1, 3)

    assert "too large to keep" in caplog.text
    assert made.lists()[-1].alerts == ()
    assert made.lists()[-1].offset == 3


async def test_generations_above_the_groups_own_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluate, "NEWS_SECONDS", 0.05)
    made = scene()
    ahead = StateRecord(7, TOPIC_ID, 0, 3, 0, False, "", "v", b"", [], [], [])
    made.log.append(CHANGELOG, 0, b"a", changelog.encode(ahead))
    made.add("a", 60)
    with pytest.raises(Permanent) as refused:
        await made.take(0, 1)
    assert refused.value.code == "generation_behind"

    made.log.append(CHANGELOG, 0, changelog.BASE_KEY, changelog.write_base(7))
    assert await made.take(0, 1)
    record = changelog.decode(made.log.rows[CHANGELOG, 0][-1].value or b"")
    assert record.generation == 8


async def test_a_partition_that_went_to_another_while_it_was_loaded_is_left_to_it() -> None:
    """The new owner may have written already; to take that for a lost group would end this process for good."""
    made = scene()
    made.add("a", 60)
    made.tenure.assigned(1, [(TOPIC, 0)])

    async def committed(_topic: str, _partition: int) -> int | None:
        made.tenure.assigned(2, [])
        other = StateRecord(2, TOPIC_ID, 0, 0, 0, False, "", "v", b"", [], [], [])
        made.log.append(CHANGELOG, 0, b"a", changelog.encode(other))
        return None

    made.worker._committed = committed
    assert not await made.take(0, 1)
    assert made.log.rows[ALERTS, 0] == []


async def test_who_was_frozen_while_it_loaded_waits_to_hear_that_its_partition_went_to_another() -> None:
    """The new owner's records are there before this process has heard of it: its group is not lost, only its turn."""
    made = scene()
    other = StateRecord(2, TOPIC_ID, 0, 0, 0, False, "", "v", b"", [], [], [])
    made.log.append(CHANGELOG, 0, b"a", changelog.encode(other))
    made.add("a", 60)
    taking = asyncio.create_task(made.take(0, 1))
    for _ in range(20):
        await asyncio.sleep(0)
    assert not taking.done()

    made.tenure.assigned(2, [])

    assert not await taking
    assert made.log.rows[ALERTS, 0] == []


async def test_from_where_generations_count_is_written_again_before_the_changelog_forgets_it() -> None:
    made = scene()
    base = changelog.write_base(7)
    made.log.append(CHANGELOG, 0, changelog.BASE_KEY, base)
    made.log.now = 1_700_000_000_000

    async def bases() -> list[bytes | None]:
        made.log.rows[CHANGELOG, 0].clear()
        made.add("a", 60, nth=len(made.log.rows[TOPIC, 0]))
        end = len(made.log.rows[TOPIC, 0])
        await made.take(end - 1, end)
        return [row.value for row in made.log.rows[CHANGELOG, 0] if row.key == changelog.BASE_KEY]

    made.add("a", 60)
    await made.take(0, 1)
    assert [row.value for row in made.log.rows[CHANGELOG, 0][1:] if row.key == changelog.BASE_KEY] == [base]
    assert await bases() == []
    made.log.now += REWRITE_MS
    assert await bases() == [base]


async def test_a_replays_ticks_do_not_hide_when_time_last_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluate, "TIME_RECORDS", 3)
    log = MemoryLog()

    def tick(clock: Sequence[Header] = (), wait: int = 1000) -> None:
        log.now += wait
        log.append(TOPIC, 0, None, None, [(TICK, b""), *clock])

    tick()
    tick(wait=60_000)
    first = scene(log)
    await first.take(0, 2)
    assert first.worker._held[0].partition.holes.lost == 59_000
    for _ in range(60):
        tick()
    for nth in range(4):
        tick([clock_header("may", 1_000 + nth)], wait=0)
        log.append(TOPIC, 0, b"a", None)
    tick()
    again = scene(log, committed=len(log.rows[TOPIC, 0]) - 1)
    await again.take(len(log.rows[TOPIC, 0]) - 1, len(log.rows[TOPIC, 0]))
    assert again.worker._held[0].partition.holes.lost == 59_000


async def test_ids_that_nobody_can_read_do_not_keep_the_partition_from_being_judged() -> None:
    first = scene()
    first.add("a", 60)
    await first.take(0, 1)
    first.log.append(seen_topic("environment"), 0, None, b"junk")
    first.log.append(TOPIC, 0, b"a", first.log.rows[TOPIC, 0][0].value)
    again = scene(first.log, committed=1)
    assert await again.take(1, 2)
    assert len(again.worker._held[0].partition.seen) == 1


async def test_partitions_that_went_to_others_leave_memory() -> None:
    made = scene()
    made.add("a", 60)
    await made.take(0, 1)
    made.worker.release({0})
    assert made.worker._held
    made.worker.release(set())
    assert not made.worker._held


async def test_a_chunk_whose_partition_went_to_another_between_two_slices_is_judged_no_further(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The new owner judges it from the commit; what this one still wrote would be of an older generation."""
    made = scene()
    for nth in range(3):
        made.add("abc"[nth], 60)
    monkeypatch.setattr(slices.Slice, "__call__", lambda _: True)
    made.worker._loading = lambda _: made.tenure.assigned(2, [])

    assert await made.take(0, 3)

    assert [row.key for row in made.log.rows[CHANGELOG, 0] if row.key in {b"a", b"b", b"c"}] == [b"a"]


async def test_a_chunk_that_a_rebalance_cut_off_between_two_slices_is_finished_when_it_comes_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = scene()
    for nth in range(3):
        made.add("abc"[nth], 60)
    monkeypatch.setattr(slices.Slice, "__call__", lambda _: True)
    made.worker._loading = lambda _: made.tenure.assigned(2, [(TOPIC, 0)])
    await made.take(0, 3)
    made.worker._loading = lambda _: None

    assert await made.take(0, 3, generation=2)

    keys = [row.key for row in made.log.rows[CHANGELOG, 0] if row.key in {b"a", b"b", b"c"}]
    assert keys == [b"a", b"b", b"c"]
