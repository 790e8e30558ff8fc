"""Backtest, diff and explain over what a running system keeps: the log by when it took an event, history by when it was seen."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ioc.cli.app import run
from ioc.embedded.broker import Broker
from ioc.events import Event
from ioc.events.codec import encode
from ioc.settings import Settings, dump
from ioc.settings.tree import History, Kafka, SqliteHistory
from ioc.sinks import sqlite
from ioc.streams import admin
from ioc.streams.publish import Publisher
from ioc.streams.topics import table
from tests.sinks.history_events import FrozenClock
from tests.streams.two_hops import attack
from tests.workshop.made import written

NOW = 1_778_700_000_000
MANY = {
    "id": "many",
    "domain": "netsec",
    "quantity": "ids_alert",
    "condition": {"kind": "count", "window": "10m"},
    "severities": {"severe": {"level": 3}},
}


def told(names: str, start: int) -> list[Event]:
    return [attack(f"ids:{name}", "203.0.113.7", NOW + 1000 * (start + nth), nth) for nth, name in enumerate(names)]


FIRST, SECOND, REPLAYED = told("aabab", 0), told("abcccc", 100), told("ddddd", 50)


async def publish(bootstrap: str, events: Sequence[Event], replay: str = "") -> None:
    async with Publisher(bootstrap, 2) as publisher:
        await publisher.publish_events("netsec", events, replay)
        await publisher.publish_ticks("netsec")


class Place:
    """A system with a log and a history, rules, and files of the same events."""

    def __init__(self, folder: Path, bootstrap: str) -> None:
        self.folder = folder
        given = Settings.model_validate(
            {
                "data": folder,
                "kafka": Kafka(bootstrap=bootstrap, partitions=2),
                "history": History(kind="sqlite", sqlite=SqliteHistory(path=folder / "history.sqlite")),
            }
        )
        self.settings = folder / "settings.toml"
        self.settings.write_text(dump(given), encoding="utf-8")
        self.rules = folder / "rules"
        self.rules.mkdir()
        (self.rules / "tried.yaml").write_text(written(MANY), encoding="utf-8")

    def file(self, *parts: Sequence[Event]) -> str:
        path = self.folder / "events.ndjson"
        path.write_bytes(b"".join(encode(one) + b"\n" for part in parts for one in part))
        return str(path)

    def call(self, *given: str) -> list[str]:
        return ["rules", *given, "--settings", str(self.settings), "--lang", "en"]

    def backtest(self, capfdbinary: pytest.CaptureFixture[bytes], *given: str) -> bytes:
        assert run(self.call("backtest", "--rules", str(self.rules), "--events", *given)) == 0
        self.said = capfdbinary.readouterr()
        return self.said.out


@pytest.fixture(scope="module")
def log() -> Iterator[tuple[str, str]]:
    """A broker that took the first events, a replay, and later the second; when it was between them."""
    with Broker() as broker:
        admin.ensure(broker.address, [row for row in table(2) if row.name.endswith("ioc.netsec")])
        asyncio.run(publish(broker.address, FIRST))
        asyncio.run(publish(broker.address, REPLAYED, "old"))
        last = datetime.now(UTC) + timedelta(milliseconds=1)  # noqa: TID251 - the broker's own clock is the real one
        while datetime.now(UTC) <= last:  # noqa: TID251 - as above
            time.sleep(0.001)
        asyncio.run(publish(broker.address, SECOND))
        yield broker.address, last.isoformat()


@pytest.fixture
def place(tmp_path: Path, log: tuple[str, str]) -> Place:
    return Place(tmp_path, log[0])


def test_a_log_gives_the_bytes_that_a_file_of_its_events_gives(
    place: Place, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    wanted = place.backtest(capfdbinary, place.file(FIRST, SECOND))
    assert {json.loads(one)["source"] for one in wanted.splitlines()} == {"ids:a", "ids:b", "ids:c"}
    assert place.backtest(capfdbinary, "kafka") == wanted, "what was replayed is left out"
    assert b"11 events taken from Kafka." in place.said.err
    assert place.backtest(capfdbinary, "kafka:netsec", "--jobs", "2") == wanted
    assert place.backtest(capfdbinary, "kafka:camera") == b""


def test_a_log_is_cut_by_when_it_took_an_event(
    place: Place, log: tuple[str, str], capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    first = place.backtest(capfdbinary, place.file(FIRST))
    assert place.backtest(capfdbinary, "kafka", "--to", log[1]) == first
    second = place.backtest(capfdbinary, place.file(SECOND))
    assert place.backtest(capfdbinary, "kafka", "--from", log[1]) == second
    assert first != second


def test_an_event_of_the_log_is_explained(place: Place, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(place.call("explain", FIRST[3].id, "--rules", str(place.rules), "--events", "kafka:netsec")) == 0
    assert "  many: its alert changes" in capfd.readouterr().out


def test_history_is_cut_by_when_an_event_was_seen(place: Place, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    now = datetime.fromtimestamp(NOW / 1000, UTC)

    async def write() -> None:
        made = sqlite.SqliteHistory(sqlite.SqliteConfig(path=place.folder / "history.sqlite"), FrozenClock(now))
        await made.prepare()
        await made.write([*SECOND, *FIRST])
        await made.write(REPLAYED, "old")
        await made.close()

    asyncio.run(write())
    whole = place.backtest(capfdbinary, place.file(FIRST, SECOND))
    assert place.backtest(capfdbinary, "history") == whole
    assert b"11 events taken from history." in place.said.err
    later = (now + timedelta(seconds=100)).isoformat()
    assert place.backtest(capfdbinary, "history:netsec", "--from", later) == place.backtest(
        capfdbinary, place.file(SECOND)
    )
    assert place.backtest(capfdbinary, "history", "--to", later) == place.backtest(capfdbinary, place.file(FIRST))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["kafka:cameras"], "cameras"),
        (["kafka", "--from", "yesterday"], "“yesterday” is no time"),
        (["events.ndjson", "--from", "2026-11-20"], "--from and --to go with --events kafka or history"),
        (["history"], "cannot be read"),
    ],
    ids=["no such domain", "no time", "a span of a file", "no history there"],
)
def test_what_cannot_be_taken_is_one_sentence(
    place: Place, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, given: list[str], said: str
) -> None:
    monkeypatch.setenv("IOC_LANG", "en")
    assert run(place.call("backtest", "--rules", str(place.rules), "--events", *given)) == 1
    told = capfd.readouterr()
    assert (told.out, len(told.err.splitlines())) == ("", 1)
    assert said in told.err
