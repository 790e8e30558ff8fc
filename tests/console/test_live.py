from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ioc.alerts.alert import Transition
from ioc.console import live as live_module
from ioc.console.live import Live, Viewer
from ioc.desk import board as desk_board
from ioc.desk.acts.accept import accept
from ioc.desk.acts.act import Asked
from ioc.desk.acts.close import note_ended
from tests.console.room import Room
from tests.desk.made import NOON, alert_name, ended, transition

Told = dict[str, Any]


class Browser:
    """What a page makes of snapshot and stream, as live.js does it."""

    def __init__(self, live: Live) -> None:
        self.live = live
        self.rows: dict[str, Told] = {}
        self.change = -1
        self.epoch = ""
        self.beats: list[Told] = []
        self.resets = 0

    def fresh(self) -> None:
        found = json.loads(self.live.snapshot("vi"))
        self.rows = {row["id"]: row for row in found["rows"]}
        self.change, self.epoch = found["change"], found["epoch"]

    @property
    def last_id(self) -> str:
        return f"{self.epoch}.{self.change}" if self.change >= 0 else ""

    def take(self, message: bytes) -> None:
        head, _, data = message.decode().partition("data: ")
        told = json.loads(data)
        if "event: reset" in head:
            self.resets += 1
            self.fresh()
        elif "event: beat" in head:
            self.beats.append(told)
            assert told["change"] <= self.live.change
        else:
            assert f"id: {self.epoch}.{told['change']}" in head
            if told["after"] > self.change:
                self.resets += 1
                self.fresh()
            elif told["change"] > self.change:
                for row in told["rows"]:
                    self.rows.pop(row["id"], None) if not row["group"] else self.rows.update({row["id"]: row})
                self.change = told["change"]


async def no_facts() -> Told:
    return {}


async def with_live(path: Path, body: Callable[[Room, Live], Coroutine[Any, Any, None]]) -> None:
    room = Room(path)
    live = Live(room.deps, no_facts)
    await live.load()
    try:
        await body(room, live)
    finally:
        live.close()
        room.close()


async def read(stream: AsyncIterator[bytes], count: int) -> list[bytes]:
    async with asyncio.timeout(5):
        return [await anext(stream) for _ in range(count)]


async def test_a_page_hears_each_change_once_under_one_number(tmp_path: Path) -> None:
    async def body(room: Room, live: Live) -> None:
        browser = Browser(live)
        browser.fresh()
        stream = live.stream("vi", browser.last_id)
        browser.take((await read(stream, 1))[0])
        for revision, severity in enumerate(("minor", "severe", "extreme"), 1):
            room.receive(transition(1, revision, severity=severity))
            await live.refresh()
        for message in await read(stream, 3):
            browser.take(message)

        assert (browser.rows[alert_name(1)]["sev"], browser.change, browser.resets) == ("extreme", live.change, 0)

    await with_live(tmp_path, body)


async def test_a_page_that_was_away_gets_what_it_missed(tmp_path: Path) -> None:
    async def body(room: Room, live: Live) -> None:
        room.receive(transition(1), transition(2))
        await live.refresh()
        browser = Browser(live)
        browser.fresh()
        room.receive(ended(1, 2), transition(3))
        with room.office.store.writing() as session:
            note_ended(session, [alert_name(1)], "Lê Thị Bình", NOON)
        await live.refresh()

        for message in await read(live.stream("vi", browser.last_id), 2):
            browser.take(message)

        assert sorted(browser.rows) == [alert_name(2), alert_name(3)]
        assert browser.resets == 0

    await with_live(tmp_path, body)


@pytest.mark.parametrize(
    "last_id", ["other.1", "x", "..", "1", "99999999999999999999", "{epoch}.999", "{epoch}.-1", "{epoch}.0"]
)
async def test_a_number_that_says_nothing_here_leads_to_a_fresh_snapshot(tmp_path: Path, last_id: str) -> None:
    async def body(room: Room, live: Live) -> None:
        room.receive(transition(1))
        await live.load()

        (message,) = await read(live.stream("vi", last_id.format(epoch=live.epoch)), 1)

        assert message == live_module.RESET

    await with_live(tmp_path, body)


async def test_one_message_is_made_for_all_viewers_of_a_language(tmp_path: Path) -> None:
    async def body(room: Room, live: Live) -> None:
        streams = [live.stream(lang, "") for lang in ("vi", "vi", "en")]
        for stream in streams:
            await read(stream, 1)
        room.receive(transition(1))
        await live.refresh()
        one, two, other = [(await read(stream, 1))[0] for stream in streams]

        assert one is two
        assert b"Hotspot near forest" in other
        assert live.viewers == 3

    await with_live(tmp_path, body)


async def test_a_viewer_that_does_not_read_is_told_to_start_anew_and_holds_nobody_up(tmp_path: Path) -> None:
    async def body(room: Room, live: Live) -> None:
        slow, quick = Browser(live), Browser(live)
        for browser in (slow, quick):
            browser.fresh()
        slow_stream, quick_stream = live.stream("vi", slow.last_id), live.stream("vi", quick.last_id)
        await read(slow_stream, 1)
        await read(quick_stream, 1)
        for revision in range(1, live_module.QUEUE + 10):
            room.receive(transition(1, revision))
            await live.refresh()
            quick.take((await read(quick_stream, 1))[0])
        while slow.change < live.change:
            slow.take((await read(slow_stream, 1))[0])

        assert quick.resets == 0
        assert slow.resets == 1
        assert slow.rows == quick.rows

    await with_live(tmp_path, body)


async def test_a_full_queue_becomes_one_word() -> None:
    viewer = Viewer("vi")
    for nth in range(live_module.QUEUE + 1):
        viewer.put(b"%d" % nth)
    viewer.end()

    assert [message async for message in viewer.messages()] == [live_module.RESET]


async def test_streams_end_when_the_server_stops(tmp_path: Path) -> None:
    async def body(_room: Room, live: Live) -> None:
        stream = live.stream("vi", "")
        await read(stream, 1)
        live.close()
        assert [message async for message in stream] == []
        assert live.viewers == 0

    await with_live(tmp_path, body)


async def test_beats_tell_the_time_and_go_on_when_the_board_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_module, "BEAT_S", 0.02)
    monkeypatch.setattr(live_module, "LOOK_S", 0.02)

    async def body(room: Room, live: Live) -> None:
        def broken(*_given: object) -> object:
            raise ZeroDivisionError("a fault of ours")

        monkeypatch.setattr(desk_board, "changes", broken)
        tasks = [asyncio.create_task(live.run()), asyncio.create_task(live.beats())]
        stream = live.stream("vi", "")
        told: Told = {}
        while not told.get("failing"):
            told = json.loads((await read(stream, 1))[0].partition(b"data: ")[2])
        assert (told["failing"], told["now"]) == ("internal", NOON)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    await with_live(tmp_path, body)


async def test_many_changes_at_once_are_a_snapshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_module, "RESUME_ROWS", 5)

    async def body(room: Room, live: Live) -> None:
        browser = Browser(live)
        browser.fresh()
        stream = live.stream("vi", browser.last_id)
        await read(stream, 1)
        room.receive(*(transition(n) for n in range(1, 8)))
        await live.refresh()
        for message in await read(stream, 1):
            browser.take(message)

        assert (len(browser.rows), browser.resets) == (7, 1)

    await with_live(tmp_path, body)


Move = tuple[str, int]
moves = st.lists(
    st.tuples(
        st.sampled_from(["fires", "worsens", "ends", "accept", "seen", "refresh", "away", "read"]), st.integers(1, 4)
    ),
    max_size=40,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(moves)
def test_whatever_happens_a_page_ends_with_the_desks_board(
    tmp_path_factory: pytest.TempPathFactory, life: list[Move]
) -> None:
    async def body(room: Room, live: Live) -> None:
        browser = Browser(live)
        browser.fresh()
        stream: AsyncIterator[bytes] | None = None
        known: dict[int, Transition] = {}
        for what, nth in life:
            if what == "fires" and nth not in known:
                known[nth] = transition(nth)
                room.receive(known[nth])
            elif what in {"worsens", "ends"} and nth in known:
                make = ended if what == "ends" else transition
                known[nth] = make(nth, known[nth].revision + 1)
                room.receive(known[nth])
            elif what == "accept" and nth in known and known[nth].status == "firing":
                with room.office.store.writing() as session:
                    accept(session, alert_name(nth), Asked("Nguyễn Văn An", NOON))
            elif what == "seen" and nth in known:
                with room.office.store.writing() as session:
                    note_ended(session, [alert_name(nth)], "Nguyễn Văn An", NOON)
            elif what == "refresh":
                await live.refresh()
            elif what == "away" and stream:
                await stream.aclose()  # type: ignore[attr-defined]  # a generator
                stream = None
            elif what == "read":
                fresh = stream is None
                stream = stream or live.stream("vi", browser.last_id)
                waits = 1 if fresh else next(iter(live._viewers))._queue.qsize()
                for message in await read(stream, waits):
                    browser.take(message)
        await live.refresh()
        if stream:
            await stream.aclose()  # type: ignore[attr-defined]  # a generator
        stream = live.stream("vi", browser.last_id)
        while browser.change < live.change or not browser.beats:
            browser.take((await read(stream, 1))[0])
        await stream.aclose()  # type: ignore[attr-defined]  # a generator

        expected = Browser(live)
        expected.fresh()
        assert browser.rows == expected.rows

    asyncio.run(with_live(tmp_path_factory.mktemp("live"), body))
