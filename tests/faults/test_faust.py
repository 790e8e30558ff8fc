"""R23: the faults of Faust that our streams walk around, shown in the version that is installed.

A test that fails here after an upgrade says that Faust has changed what our own code relies on or makes up for: read
what the test names before the walk-around is taken away.
"""

from __future__ import annotations

import asyncio
import inspect
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from weakref import WeakSet

import faust
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from faust.serializers.codecs import codecs
from faust.tables.base import Collection
from faust.transport.consumer import Consumer as StockConsumer
from faust.transport.drivers import aiokafka as driver
from faust.transport.producer import ProducerBuffer
from faust.types import TP
from intervaltree import IntervalTree  # type: ignore[import-untyped]  # Faust's own helper

from ioc.embedded.broker import Broker
from ioc.runtime.clock import RealClock
from ioc.streams import admin
from ioc.streams.app import Part, Shape, create_app
from ioc.streams.publish import Publisher, Record
from ioc.streams.tenure import Tenure
from ioc.streams.topics import Topic
from ioc.streams.transport import Consumer as OurConsumer
from ioc.streams.watchdog import Watchdog
from tests.faults.fleet import ROOT

SPOT = TP("t", 0)
EVENTS = 12
THROWN_ON = 4
"""`stock_agent.FATAL`: how many others `take` had gathered with it is a matter of time."""
QUIET_SECONDS = 6.0
"""Thirty commit intervals of the app, and twelve times what a batch waits for, without a word."""


class Message:
    def __init__(self, offset: int) -> None:
        self.tp, self.topic, self.offset, self.generation_id, self.acked = SPOT, "t", offset, 4, False


def consumer(kind: type[Any], committed: int | None) -> Any:
    """Only what acks and commits need of a consumer."""
    made: Any = object.__new__(kind)
    made.app = SimpleNamespace(
        consumer_generation_id=4, topics=SimpleNamespace(acks_enabled_for=lambda _topic: True), monitor=None
    )
    made._acked, made._acked_index = defaultdict(list), defaultdict(set)
    made._gap, made._n_acked = defaultdict(IntervalTree), 0
    made._committed_offset = defaultdict(lambda: committed)
    made._unacked_messages = WeakSet()
    made._waiting_for_ack = None
    made._acked_in = {}
    return made


def committed_after(kind: type[Any], committed: int | None, *acked: int) -> int | None:
    made = consumer(kind, committed)
    for offset in acked:
        made.ack(Message(offset))
    found: int | None = made._new_offset(SPOT)
    return found


# --- acks and commits


def test_stock_commits_past_a_message_that_is_still_in_flight() -> None:
    """34 is the next to be judged and is not acked; committing 36 loses it at a crash. Ours acks in order only."""
    assert committed_after(driver.Consumer, 34, 35) == 36


def test_stock_commits_to_whatever_was_acked_first_where_nothing_was_committed() -> None:
    assert committed_after(driver.Consumer, None, 500) == 501


async def test_stock_commits_past_a_batch_that_is_not_acked_where_offsets_have_a_gap() -> None:
    made = consumer(driver.Consumer, 10)
    await made._add_gap(SPOT, 11, 20)
    made.ack(Message(20))  # 10 is still being judged

    assert made._new_offset(SPOT) == 21


def test_stock_freezes_for_ever_after_a_chunk_of_one_record() -> None:
    """So our transport does its own arithmetic (`Consumer._new_offset`)."""
    made = consumer(driver.Consumer, None)
    made.ack(Message(0))
    made._committed_offset[SPOT] = made._new_offset(SPOT)
    made.ack(Message(500))

    assert made._new_offset(SPOT) is None
    assert committed_after(OurConsumer, 1, 500) == 501


def test_stock_counts_an_ack_of_any_generation() -> None:
    stock, ours = (consumer(kind, 10) for kind in (driver.Consumer, OurConsumer))
    for made in (stock, ours):
        late = Message(77)
        late.generation_id = 3
        made.ack(late)

    assert stock._new_offset(SPOT) is None or stock._acked_index[SPOT]
    assert ours._new_offset(SPOT) is None
    assert not ours._acked_index[SPOT]


# --- an exception that leaves an agent's body


@pytest.fixture(scope="module")
def tansu() -> Iterator[str]:
    with Broker() as broker:
        yield broker.address


async def run(bootstrap: str, mode: str, place: Path, *, whole: bool) -> tuple[set[int], int | None]:
    """Which of the events the body finished with, and what the group has committed in the end.

    `whole` says that the last event will come.
    """
    topic = f"r23.{mode}.{os.urandom(3).hex()}"
    row = Topic(topic, "-", 1, "delete", 3_600_000, "-", "-")
    await asyncio.to_thread(admin.ensure, bootstrap, [row])
    async with Publisher(bootstrap, 1) as publisher:
        await publisher.send_batch(topic, 0, [Record(None, str(nth).encode()) for nth in range(EVENTS)])
    said = place / "said"
    with said.open("wb") as out, (place / "log").open("wb") as log:
        command = (sys.executable, "-m", "tests.faults.stock_agent", bootstrap, topic, mode)
        app = await asyncio.to_thread(subprocess.Popen, command, cwd=ROOT, stdout=out, stderr=log)
    reader = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=f"{topic}-{mode}", enable_auto_commit=False)
    await reader.start()
    committed: int | None = None
    try:
        async with asyncio.timeout(90):
            last, since = "", time.monotonic()
            while not last or time.monotonic() - since < QUIET_SECONDS or (whole and committed != EVENTS):
                assert app.poll() is None, (place / "log").read_text()
                await asyncio.sleep(0.1)
                words = said.read_text()
                committed = await reader.committed(TopicPartition(topic, 0))
                if f"{words}{committed}" != last and words:
                    last, since = f"{words}{committed}", time.monotonic()
    finally:
        await reader.stop()
        app.terminate()
        await asyncio.to_thread(app.wait, 30)
    return {int(word) for word in said.read_text().split()}, committed


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["plain", "take"])
async def test_stock_commits_past_what_its_body_threw_on(tansu: str, mode: str, tmp_path: Path) -> None:
    """So no exception may leave our agents' bodies (`ioc.streams.turns`).

    What the agent had taken up beyond that when it was started anew may be lost with it, more or less of it each time.
    """
    finished, committed = await run(tansu, mode, tmp_path, whole=True)

    assert THROWN_ON in set(range(EVENTS)) - finished
    assert committed == EVENTS


@pytest.mark.slow
async def test_stock_judges_nothing_more_after_its_body_threw_where_it_acks_by_itself(
    tansu: str, tmp_path: Path
) -> None:
    """The batch is given to nobody again, and what came after it neither, without a word and without an end."""
    finished, committed = await run(tansu, "noack_take", tmp_path, whole=False)

    assert finished == {0, 1, 2}
    assert committed is None or committed <= 3


# --- sending


async def test_stock_flush_gives_up_while_messages_wait() -> None:
    """So nothing of ours counts as sent before its own acknowledgement was awaited."""
    buffer = ProducerBuffer()
    buffer.app = faust.App("r23", store="memory://")
    buffer._started.set()
    for _ in range(10):
        buffer.pending.put_nowait(object())  # never sent: the broker is slow

    await buffer.flush()
    assert buffer.size == 10


async def test_stock_only_logs_a_send_that_failed() -> None:
    topic = faust.App("r23", store="memory://").topic("t")
    failed: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    failed.set_exception(OSError("refused"))
    heard: list[BaseException] = []
    message: Any = SimpleNamespace(message=SimpleNamespace(channel=topic, callback=None), set_exception=heard.append)

    sent: Any = topic
    sent._on_published(failed, message, None, None)
    assert [type(one) for one in heard] == [OSError]


# --- tables


def test_a_windowed_table_keeps_one_entry_for_each_update_of_one_key() -> None:
    app = faust.App("r23", store="memory://")
    table: Any = app.Table("counts", default=int).tumbling(10.0, expires=60.0).table
    for _ in range(1_000):
        table._maybe_set_key_ttl(("one key", (0.0, 9.9)), 0)

    assert len(table._partition_timestamps[0]) == 1_000


def test_a_windowed_table_never_finds_the_keys_of_a_window_that_closed() -> None:
    """What is written under (partition, end of the window) is looked up under something else."""
    code = inspect.getsource(Collection._del_old_keys)
    assert "this lookup can never hit" in code


# --- defaults that would lose or leak, each of which our app sets otherwise


def ours(place: Path) -> faust.App:
    shape = Shape(role="r23", bootstrap="127.0.0.1:1", data=place)
    return create_app(shape, Part(agents={}, tenure=Tenure(), watchdog=Watchdog(now=RealClock().now().timestamp)))


def test_defaults_of_stock_that_ours_must_not_take(tmp_path: Path) -> None:
    stock, mine = faust.App("r23", store="memory://").conf, ours(tmp_path).conf
    assert stock.web_enabled
    assert not mine.web_enabled
    assert stock.producer_request_timeout == 1200.0
    assert mine.producer_request_timeout == 30.0
    assert stock.broker_session_timeout == 60.0
    assert mine.broker_session_timeout == 10.0
    assert not stock.broker_max_poll_records
    assert mine.broker_max_poll_records == 8_000
    assert "at_least_once" in str(mine.processing_guarantee).lower()
    assert not mine.stream_wait_empty
    assert not mine.stream_publish_on_commit
    assert not mine.producer_threaded
    assert (str(mine.key_serializer), str(mine.value_serializer)) == ("raw", "raw")


def test_stock_knows_a_codec_that_runs_what_a_message_says() -> None:
    assert "pickle" in codecs


def test_stock_wraps_each_message_in_tasks_of_its_own() -> None:
    """Seventy microseconds an event: why a message carries a whole chunk."""
    assert "wait_first" in inspect.getsource(StockConsumer._drain_messages)
