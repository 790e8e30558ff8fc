from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest

from ioc.catalogue import Feed
from ioc.errors import Permanent, Retryable, Unreadable
from ioc.events import Domain, Event, Rejected
from ioc.intake import Judged
from ioc.streams import intake as module
from ioc.streams import patient, rejects
from ioc.streams.circuit import LEAST
from ioc.streams.fetched import Fetched, LogRecord, Unread
from ioc.streams.headers import Origin
from ioc.streams.intake import Intake
from ioc.streams.patient import Patient
from ioc.streams.publish import Record, TooLarge
from ioc.streams.topics import REJECTED, feed_topic
from tests.streams.memory_log import Row
from tests.streams.small_rules import catalogue, reading

FEED = catalogue().feeds[0]
TOPIC = feed_topic(FEED.name)
AT = 1_700_000_000_000


class Log:
    def __init__(self) -> None:
        self.events: list[tuple[Domain, str, Origin]] = []
        self.rejected: list[rejects.RejectedRecord] = []
        self.too_large = False
        self.sent: list[int] = []

    async def send_batch(self, topic: str, partition: int, records: Sequence[Record]) -> list[int | TooLarge]:
        assert (topic, partition) == (REJECTED, 0)
        self.rejected += [rejects.decode(record.value or b"") for record in records]
        return list(range(len(records)))

    async def publish_events(
        self, domain: Domain, events: Sequence[Event], replay: str = "", origins: Sequence[Origin] = ()
    ) -> None:
        assert replay == ""
        self.sent.append(len(events))
        self.events += [(domain, event.source, origin) for event, origin in zip(events, origins, strict=True)]
        if self.too_large:
            raise Permanent("record_too_large", topic="t", size=9, limit=5, keys="s1")


def judge(raw: bytes, feed: Feed, received_at: datetime) -> Iterator[Judged]:
    """A format of our own: words; `bad` is refused, `noise` ignored, `?` is not the format at all."""
    assert feed is FEED
    if raw == b"boom":
        yield Judged(record=1, fate="accepted", events=(reading("before", AT, 1),))
        raise ZeroDivisionError("a fault of the format's reader")
    assert received_at == datetime.fromtimestamp(AT / 1000, UTC)
    if raw == b"?":
        raise Unreadable("unreadable", adapter="words")
    for number, word in enumerate(raw.decode().split(), 1):
        if word == "bad":
            why = Rejected(record=number, field="word", code="unknown_value")
            yield Judged(record=number, fate="rejected", rejected=(why,))
        elif word == "partly":
            why = Rejected(record=number, field="pm25", code="out_of_range")
            yield Judged(record=number, fate="accepted", events=(reading(word, AT, 1),), rejected=(why,))
        elif word == "noise":
            yield Judged(record=number, fate="ignored")
        else:
            events = tuple(reading(word, AT, 1, nth=nth) for nth in range(2 if word == "two" else 1))
            yield Judged(record=number, fate="accepted", events=events)


def intake(log: Log) -> Intake:
    return Intake(judge, {FEED.name: FEED}, {TOPIC: "ab" * 16}, log)


async def take(log: Log, *values: bytes | None) -> None:
    rows = [Row(10 + nth, AT, None, value) for nth, value in enumerate(values)]
    finish = await intake(log)(Fetched(TOPIC, 3, 1, rows))
    assert finish is not None
    await finish


async def test_events_carry_the_record_they_come_from_and_their_number_in_it() -> None:
    log = Log()
    await take(log, b"a two b", b"c")
    assert log.events == [
        ("environment", "a", Origin("ab" * 16, 3, 10, 0)),
        ("environment", "two", Origin("ab" * 16, 3, 10, 1)),
        ("environment", "two", Origin("ab" * 16, 3, 10, 2)),
        ("environment", "b", Origin("ab" * 16, 3, 10, 3)),
        ("environment", "c", Origin("ab" * 16, 3, 11, 0)),
    ]


async def test_what_is_refused_is_told_with_its_place_and_stops_nothing() -> None:
    log = Log()
    await take(log, b"a bad noise", b"?", None, b"b")

    assert [source for _, source, _ in log.events] == ["a", "b"]
    assert [(one.feed, one.offset, one.reasons[0].code) for one in log.rejected] == [
        ("trial", 10, "unknown_value"),
        ("trial", 11, "not_this_format"),
    ]


async def test_a_batch_that_cannot_be_unpacked_is_refused_once_and_the_others_are_judged() -> None:
    log = Log()
    unread = Unread(10, 14, AT, "offsets 10 to 14 cannot be unpacked")
    rows: list[LogRecord] = [Row(9, AT, None, b"a"), unread, Row(15, AT, None, b"b")]
    finish = await intake(log)(Fetched(TOPIC, 3, 1, rows))
    assert finish is not None
    await finish

    assert [source for _, source, _ in log.events] == ["a", "b"]
    (told,) = log.rejected
    assert (told.topic, told.partition, told.offset, told.reasons[0].code) == (TOPIC, 3, 14, "not_this_format")
    assert told.note == "offsets 10 to 14 cannot be unpacked"


async def test_a_reader_of_the_format_that_throws_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    log = Log()
    await take(log, b"a", b"boom", b"b")

    assert [source for _, source, _ in log.events] == ["a", "before", "b"]
    (told,) = log.rejected
    assert (told.offset, told.reasons[0].record, told.reasons[0].code) == (11, 2, "not_this_format")
    assert told.reasons[0].values == {"reason": "ZeroDivisionError"}
    assert "trial" in caplog.text


async def test_a_record_stamped_in_microseconds_is_refused_and_the_others_are_judged() -> None:
    log = Log()
    rows = [Row(10, AT * 1_000, None, b"a"), Row(11, AT, None, b"b")]
    finish = await intake(log)(Fetched(TOPIC, 3, 1, rows))
    assert finish is not None
    await finish

    assert [source for _, source, _ in log.events] == ["b"]
    (told,) = log.rejected
    assert (told.offset, told.reasons[0].field, told.reasons[0].code) == (10, "timestamp", "not_a_time")
    assert told.reasons[0].excerpt == str(AT * 1_000)


async def test_an_event_too_large_for_the_log_is_told() -> None:
    log = Log()
    log.too_large = True
    await take(log, b"a")
    assert [one.reasons[0].code for one in log.rejected] == ["too_long"]


class Flaky:
    def __init__(self, *troubles: Exception) -> None:
        self.troubles = list(troubles)
        self.sent: list[int] = []

    async def send_batch(self, _topic: str, _partition: int, records: Sequence[Record]) -> list[int | TooLarge]:
        if self.troubles:
            raise self.troubles.pop(0)
        self.sent.append(len(records))
        return list(range(len(records)))


async def test_kafkas_outage_is_waited_for_and_said_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(patient, "LONGEST_SECONDS", 0.001)
    flaky = Flaky(*(Retryable("kafka_unavailable", topic="t", reason="x") for _ in range(3)))
    assert await Patient(flaky).send_batch("t", 0, [Record(None, b"v")]) == [0]  # type: ignore[arg-type]  # a double

    assert flaky.sent == [1]
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == [
        "waiting for Kafka",
        "Kafka takes records again",
    ]


async def test_what_kafka_refuses_for_good_is_not_waited_for() -> None:
    flaky = Flaky(Permanent("kafka_refused", reason="no"))
    with pytest.raises(Permanent):
        await Patient(flaky).send_batch("t", 0, [])  # type: ignore[arg-type]  # a double


async def test_a_feed_that_floods_is_refused_in_sums_and_its_good_records_are_accepted() -> None:
    log = Log()
    made = intake(log)
    for nth in range(3):
        rows = [Row(nth * 1_000 + at, AT, None, b"?") for at in range(1_000)]
        rows[-1] = rows[-1]._replace(value=b"s1" if nth == 2 else b"?")
        finish = await made(Fetched(TOPIC, 3, 1, rows))
        assert finish is not None
        await finish

    assert [one.kind for one in log.rejected] == ["rejected"] * (LEAST - 1) + ["flood"] * 3
    assert log.rejected[-1].note == "999 records refused, offsets 2000 to 2998: not_this_format 999"
    assert [source for _, source, _ in log.events] == ["s1"]


async def test_a_chunk_of_very_many_records_is_published_in_parts_and_said_to_move(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A million small records compress into one chunk; judged as one it would never be done within the minute."""
    monkeypatch.setattr(module, "PART", 250)
    log, moved = Log(), list[tuple[str, int]]()
    made = Intake(judge, {FEED.name: FEED}, {TOPIC: "ab" * 16}, log, lambda *spot: moved.append(spot))
    rows = [Row(nth, AT, None, b"bad" if nth % 10 == 9 else b"a b") for nth in range(1_000)]
    finish = await made(Fetched(TOPIC, 3, 1, rows))
    assert finish is not None
    await finish

    assert max(log.sent) <= 251
    assert [origin for _, _, origin in log.events] == [
        Origin("ab" * 16, 3, nth, at) for nth in range(1_000) if nth % 10 != 9 for at in range(2)
    ]
    assert [one.offset for one in log.rejected] == [nth for nth in range(1_000) if nth % 10 == 9]
    assert moved == [(TOPIC, 3)] * 10


async def test_what_is_accepted_in_part_is_told_by_itself_though_its_feed_floods() -> None:
    log = Log()
    made = intake(log)
    for first, values in ((0, [b"?"] * LEAST), (LEAST, [b"?", b"partly", b"?"])):
        finish = await made(Fetched(TOPIC, 3, 1, [Row(first + nth, AT, None, one) for nth, one in enumerate(values)]))
        assert finish is not None
        await finish

    told = [(one.kind, one.offset, one.reasons[0].code) for one in log.rejected[LEAST:]]
    assert told == [("rejected", LEAST + 1, "out_of_range"), ("flood", LEAST, "not_this_format")]
    assert log.rejected[-1].note.startswith("2 records refused")
