import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from ioc.errors import Permanent, Retryable
from ioc.events.codec import Observed
from ioc.ports import Refusal, Scope
from ioc.sinks.sqlite import SqliteConfig, SqliteHistory
from ioc.streams import rejects
from ioc.streams.fetched import Fetched
from ioc.streams.headers import Header, clock_header
from ioc.streams.publish import Record, TooLarge
from ioc.streams.record import Recorder, sort_out
from tests.sinks.history_events import FrozenClock, event

AT = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)


class Row(NamedTuple):
    """A record of the log."""

    offset: int
    value: bytes | None
    headers: Sequence[Header] = ()
    key: bytes | None = b"s"
    timestamp: int = 1_795_000_000_000


def row(offset: int, one: Observed, headers: Sequence[Header] = ()) -> Row:
    return Row(offset, msgspec.json.encode(one), [("ce_id", one.id.encode()), *headers])


def chunk(*rows: Row) -> Fetched:
    return Fetched("ioc.environment", 3, 1, rows)


TICK = Row(1, None, [("ioc-tick", b"")])


class ScriptedHistory(SqliteHistory):
    """A real history that first raises what it is told to, and refuses the sources it is told to."""

    def __init__(self, path: Path) -> None:
        super().__init__(SqliteConfig(path=path), FrozenClock(AT))
        self.troubles: list[Exception] = []
        self.refuse: dict[str, str] = {}
        self.calls = 0
        self.unprepared: list[Exception] = []
        self.preparations = 0

    async def prepare(self) -> None:
        self.preparations += 1
        if self.unprepared:
            raise self.unprepared.pop(0)
        await super().prepare()

    async def write(self, events: Sequence[Observed], replay: str = "") -> Sequence[Refusal]:
        self.calls += 1
        if self.troubles:
            raise self.troubles.pop(0)
        bad = [
            Refusal(nth, one.id, one.source, "expired" if self.refuse[one.source] == "old" else "not_taken", "no room")
            for nth, one in enumerate(events)
            if one.source in self.refuse
        ]
        good = [one for one in events if one.source not in self.refuse]
        return [*bad, *await super().write(good, replay)]


class Sent:
    """The sending half of a publisher, with its own troubles."""

    def __init__(self) -> None:
        self.records: list[tuple[str, int, Record]] = []
        self.troubles: list[Exception] = []

    async def send_batch(self, topic: str, partition: int, records: Sequence[Record]) -> list[int | TooLarge]:
        if self.troubles:
            raise self.troubles.pop(0)
        self.records += [(topic, partition, one) for one in records]
        return list(range(len(records)))


class Pauses(list[float]):
    """Time that passes at once, and how much of it."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)
        await asyncio.sleep(0)


@pytest.fixture
async def history(tmp_path: Path) -> ScriptedHistory:
    return ScriptedHistory(tmp_path / "history.sqlite")


async def run(recorder: Recorder, fetched: Fetched) -> None:
    finish = await recorder(fetched)
    if finish is not None:
        await finish


def test_events_are_told_from_what_is_none() -> None:
    live, replayed = event(at=AT), event(at=AT, source="old")
    rows = [
        TICK,
        row(2, live),
        Row(3, b"{broken", ()),
        row(4, replayed, [clock_header("2019", 5)]),
        row(5, replayed, [("ioc-clock", b"no clock")]),
        Row(6, None, ()),
        row(7, live),
    ]

    found = sort_out(rows)

    assert {replay: [one.record.offset for one in placed] for replay, placed in found.items()} == {
        "": [2, 7],
        "2019": [4],
    }
    assert found["2019"][0].event == replayed


async def test_a_chunk_of_ticks_leaves_nothing_to_do(history: ScriptedHistory) -> None:
    assert await Recorder(history, Sent())(chunk(TICK, TICK)) is None
    assert history.calls == 0


async def test_a_chunk_is_done_when_its_events_are_kept_live_and_replayed_apart(history: ScriptedHistory) -> None:
    recorder = Recorder(history, Sent())

    await run(recorder, chunk(TICK, row(2, event(at=AT)), row(3, event(at=AT, value=7.0), [clock_header("2019", 5)])))

    assert [one.value for one in await history.latest("environment")] == [35.5]
    assert [one.value for one in await history.latest("environment", scope=Scope("2019"))] == [7.0]
    assert recorder.counts == {"kept": 2}
    await history.close()


async def test_an_outage_only_makes_the_chunk_wait(history: ScriptedHistory) -> None:
    pauses = Pauses()
    history.troubles = [Retryable("history_unreachable", url="http://x", detail="refused") for _ in range(8)]
    recorder = Recorder(history, Sent(), pauses)

    await run(recorder, chunk(row(2, event(at=AT))))

    assert pauses == [1, 2, 4, 8, 16, 30, 30, 30]
    assert len(await history.latest("environment")) == 1
    assert recorder.counts == {"kept": 1}
    assert recorder.waiting is None
    await history.close()


async def test_history_that_is_not_there_at_the_start_is_waited_for_too(history: ScriptedHistory) -> None:
    pauses = Pauses()
    history.unprepared = [Retryable("history_unreachable", url="http://x", detail="refused") for _ in range(2)]

    await run(Recorder(history, Sent(), pauses), chunk(row(2, event(at=AT))))

    assert pauses == [1, 2]
    assert len(await history.latest("environment")) == 1
    await history.close()


async def test_chunks_that_come_together_prepare_history_once(history: ScriptedHistory) -> None:
    recorder = Recorder(history, Sent())

    await asyncio.gather(*(run(recorder, chunk(row(2, event(at=AT, n=n)))) for n in range(5)))

    assert history.preparations == 1
    await history.close()


async def test_a_server_that_says_how_long_is_obeyed(history: ScriptedHistory) -> None:
    pauses = Pauses()
    busy = Retryable("history_busy", retry_after=120, url="http://x", status=429, detail="slow down")
    history.troubles = [busy]

    await run(Recorder(history, Sent(), pauses), chunk(row(2, event(at=AT))))

    assert pauses == [120]
    await history.close()


async def test_while_history_is_out_the_recorder_says_so(history: ScriptedHistory) -> None:
    entered, let_go = asyncio.Event(), asyncio.Event()

    async def pause(_: float) -> None:
        entered.set()
        await let_go.wait()

    history.troubles = [Retryable("history_locked", path="x")]
    recorder = Recorder(history, Sent(), pause)
    writing = asyncio.create_task(run(recorder, chunk(row(2, event(at=AT)))))
    await entered.wait()

    assert recorder.waiting is not None
    assert recorder.waiting.code == "history_locked"
    assert not writing.done()

    let_go.set()
    await writing
    assert recorder.waiting is None
    await history.close()


async def test_chunks_that_wait_do_not_hold_up_the_others(history: ScriptedHistory) -> None:
    all_wait, let_go = asyncio.Event(), asyncio.Event()

    async def pause(_: float) -> None:
        if not history.troubles:
            all_wait.set()
        await let_go.wait()

    history.troubles = [Retryable("history_locked", path="x") for _ in range(6)]
    recorder = Recorder(history, Sent(), pause)
    stuck = [asyncio.create_task(run(recorder, chunk(row(2, event(at=AT, n=n))))) for n in range(6)]
    await all_wait.wait()

    await run(recorder, chunk(row(9, event(at=AT, source="other"))))

    assert not any(one.done() for one in stuck)
    let_go.set()
    await asyncio.gather(*stuck)
    await history.close()


async def test_what_only_a_person_can_mend_is_raised(history: ScriptedHistory) -> None:
    history.troubles = [Permanent("history_corrupt", path="x")]

    with pytest.raises(Permanent):
        await run(Recorder(history, Sent()), chunk(row(2, event(at=AT))))


async def test_refused_events_stand_in_rejected_before_the_chunk_is_done(history: ScriptedHistory) -> None:
    sent, pauses = Sent(), Pauses()
    sent.troubles = [Retryable("kafka_unavailable", topic="ioc.rejected", reason="x")]
    history.refuse = {"bad": "no room", "ancient": "old"}
    rows = [
        row(5, event(at=AT, source="good")),
        row(6, event(at=AT, source="bad", feed="f")),
        row(7, event(at=AT, source="ancient")),
    ]
    recorder = Recorder(history, sent, pauses)

    await run(recorder, chunk(*rows))

    ((topic, partition, record),) = sent.records
    told = rejects.decode(record.value or b"")
    assert (topic, partition) == ("ioc.rejected", 3)
    assert (told.kind, told.feed, told.topic, told.partition, told.offset) == ("not_kept", "f", "ioc.environment", 3, 6)
    assert told.note == "no room"
    assert recorder.counts == {"kept": 1, "expired": 1, "not_taken": 1}
    assert pauses == [1]
    await history.close()


async def test_a_chunk_that_comes_again_changes_nothing(history: ScriptedHistory) -> None:
    recorder = Recorder(history, Sent())
    rows = [row(n, event(at=AT, n=n)) for n in range(50)]

    for _ in range(2):
        await run(recorder, chunk(*rows))

    counted = await history.counts("environment", since=AT, until=AT + timedelta(1), by="feed")
    assert counted == {"tn-air": 50}
    await history.close()


async def test_an_outage_is_over_when_the_last_of_those_that_wait_has_its_answer(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """One partition's write may wait its half minute although another's was taken: no time to call it dead."""
    history = ScriptedHistory(tmp_path / "history.sqlite")
    await history.prepare()
    history.troubles = [Retryable("history_unreachable", url="http://x", detail="gone") for _ in range(2)]
    pauses = [asyncio.Event(), asyncio.Event()]
    waiting = iter(pauses)

    async def pause(_seconds: float) -> None:
        await next(waiting).wait()

    recorder = Recorder(history, Sent(), pause)
    made = [await recorder(chunk(row(0, event(at=AT, source=name)))) for name in ("a", "b")]
    tasks = [asyncio.ensure_future(one) for one in made if one is not None]
    while history.troubles:  # noqa: ASYNC110 - both tasks run by themselves
        await asyncio.sleep(0)
    pauses[0].set()
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    assert recorder.waiting is not None
    assert "works again" not in caplog.text

    pauses[1].set()
    await asyncio.gather(*tasks)
    assert recorder.waiting is None
    assert caplog.text.count("works again") == 1
    await history.close()
