"""What all open pages share: the rows of the board, one number that orders their changes, one message for everybody.

The number is the desk's own (the order of its commits), so a page that was away asks for what came after the last
number it saw (Last-Event-ID) and misses nothing; where that cannot be told any more (another database, too long ago)
it is told to take a fresh snapshot. A message is encoded once per language, however many look on. A viewer that does
not read is not waited for: its queue is bounded, and when it is full the viewer is told to start anew.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

import orjson

from ioc.console.deps import Deps
from ioc.console.hidden import parents
from ioc.console.row import Row, rows
from ioc.desk import board
from ioc.desk.board import Matter
from ioc.errors import Retryable
from ioc.words import Lang

log = logging.getLogger(__name__)

BEAT_S = 5.0
"""Pages cover themselves after 12 s without a beat: one may be lost, two may not."""
LOOK_S = 1.0
"""How often another process's changes are looked for; this process's own come at once."""
QUEUE = 64
"""Messages that wait for one viewer: five minutes of beats."""
RESUME_ROWS = 2_000
"""More than this is quicker as a snapshot."""
GONE_KEPT = 20_000
"""Alerts that left the board, remembered for pages that were away."""

RESET = b"event: reset\ndata: {}\n\n"
Facts = Callable[[], Awaitable[Mapping[str, Any]]]
"""What a beat tells beside the time."""


class Line(NamedTuple):
    """One alert, as the desk has it and as each language shows it."""

    matter: Matter
    rows: Mapping[Lang, Row]
    encoded: Mapping[Lang, bytes]
    changed: int
    """Number of the change since which it looks as it does: its own, or that of the alert that explains it."""


class Viewer:
    """One open page."""

    def __init__(self, lang: Lang) -> None:
        self.lang = lang
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue(QUEUE)

    def put(self, message: bytes) -> None:
        """Hand over a message; a full queue becomes one word: start anew."""
        try:
            self._queue.put_nowait(message)
        except asyncio.QueueFull:
            while not self._queue.empty():
                self._queue.get_nowait()
            self._queue.put_nowait(RESET)

    def end(self) -> None:
        """Close the stream once what waits is read."""
        with suppress(asyncio.QueueFull):
            self._queue.put_nowait(None)

    async def messages(self) -> AsyncIterator[bytes]:
        """Messages until the end."""
        while (message := await self._queue.get()) is not None:
            yield message


def event(kind: str, data: bytes, id_: str = "") -> bytes:
    """One server-sent event (HTML standard, section 9.2); `data` holds no line break."""
    head = f"event: {kind}\n" + (f"id: {id_}\n" if id_ else "")
    return head.encode() + b"data: " + data + b"\n\n"


class Live:
    """The board as all pages of this process see it."""

    def __init__(self, deps: Deps, facts: Facts) -> None:
        self._deps = deps
        self._facts = facts
        self._rows: dict[str, Line] = {}
        self._gone: dict[str, int] = {}
        self._hidden: dict[str, str] = {}
        self._snapshots: dict[Lang, tuple[int, bytes]] = {}
        self._viewers: set[Viewer] = set()
        self._closed = False
        self._floor = 0
        self.change = 0
        self.failing: str | None = None
        """Why the board cannot follow the desk now."""

    @property
    def epoch(self) -> str:
        """The database that the numbers belong to."""
        return self._deps.desk.store.epoch

    async def load(self) -> None:
        """Read all that needs a person; raises Retryable when the database cannot be read."""
        found = await self._deps.desk.read(board.snapshot)
        self._hidden = parents(found.matters)
        made = await asyncio.to_thread(self._made, found.matters, found.change)
        self._rows = {line.matter.alert_id: line for line in made}
        self._gone.clear()
        self.change = self._floor = found.change

    def _made(self, matters: Iterable[Matter], change: int) -> list[Line]:
        made = []
        for matter in matters:
            both = rows(matter, self._deps.boundaries, self._deps.catalogue, self._hidden.get(matter.alert_id))
            made.append(Line(matter, both, {lang: orjson.dumps(row) for lang, row in both.items()}, change))
        return made

    def _looks_otherwise(self, changed: list[Matter]) -> list[Matter]:
        """What changed, and what another alert explains since then, or no longer."""
        matters = {alert_id: line.matter for alert_id, line in self._rows.items()}
        news = {matter.alert_id: matter for matter in changed}
        matters |= news
        before, self._hidden = self._hidden, parents(one for one in matters.values() if one.state != "closed")
        differ = {name for name in before.keys() | self._hidden.keys() if before.get(name) != self._hidden.get(name)}
        return [*changed, *(matters[name] for name in sorted(differ - news.keys()) if name in matters)]

    def rows(self, lang: Lang) -> list[Row]:
        """All rows of the board in the order of the list."""
        ordered = sorted(self._rows.values(), key=lambda line: line.matter.order)
        return [line.rows[lang] for line in ordered]

    async def run(self) -> None:
        """Follow the desk's changes until cancelled; an unreadable database is waited for."""
        waiter = self._deps.desk.bell.waiter()
        while True:
            await waiter.wait(LOOK_S)
            try:
                await self.refresh()
                self.failing = None
            except Retryable as error:
                log.warning("the board cannot be read: %s", error)
                self.failing = error.code
            except Exception:
                # A fault of ours must not stop the beats, and the beats must not hide it.
                log.exception("the board cannot be brought up to date")
                self.failing = "internal"

    async def refresh(self) -> None:
        """Take over what changed, and tell all viewers."""
        found = await self._deps.desk.read(lambda session: board.changes(session, self.change))
        if found.change <= self.change:
            return
        made = await asyncio.to_thread(self._made, self._looks_otherwise(found.matters), found.change)
        before, self.change = self.change, found.change
        for line in made:
            alert_id = line.matter.alert_id
            self._gone.pop(alert_id, None)
            if line.matter.state == "closed":
                self._rows.pop(alert_id, None)
                self._gone[alert_id] = line.matter.changed
            else:
                self._rows[alert_id] = line
        while len(self._gone) > GONE_KEPT:
            self._floor = max(self._floor, self._gone.pop(next(iter(self._gone))))
        for lang in {viewer.lang for viewer in self._viewers}:
            few = len(made) <= RESUME_ROWS
            message = self._change(before, [line.encoded[lang] for line in made]) if few else RESET
            for viewer in self._viewers:
                if viewer.lang == lang:
                    viewer.put(message)

    def _change(self, before: int, parts: list[bytes]) -> bytes:
        data = b'{"after":%d,"change":%d,"rows":[%b]}' % (before, self.change, b",".join(parts))
        return event("change", data, f"{self.epoch}.{self.change}")

    def snapshot(self, lang: Lang) -> bytes:
        """All rows as JSON, with the number of the last change they contain; encoded once per change."""
        known = self._snapshots.get(lang)
        if known is None or known[0] != self.change:
            body = b",".join(line.encoded[lang] for line in self._rows.values())
            data = b'{"epoch":"%b","change":%d,"rows":[%b]}' % (self.epoch.encode(), self.change, body)
            known = self._snapshots[lang] = (self.change, data)
        return known[1]

    def _missed(self, last_id: str, lang: Lang) -> list[bytes]:
        """What a page that saw `last_id` last has not seen."""
        epoch, _, number = last_id.rpartition(".")
        if not number.isdigit() or len(number) > 18 or epoch != self.epoch:
            return [RESET]
        after = int(number)
        if after == self.change:
            return []
        lines = [line for line in self._rows.values() if line.changed > after]
        gone = [alert_id for alert_id, changed in self._gone.items() if changed > after]
        if after > self.change or after < self._floor or len(lines) + len(gone) > RESUME_ROWS:
            return [RESET]
        left = [orjson.dumps({"id": alert_id, "group": ""}) for alert_id in gone]
        return [self._change(after, [*(line.encoded[lang] for line in lines), *left])]

    async def stream(self, lang: Lang, last_id: str) -> AsyncIterator[bytes]:
        """Events for one page, from what it saw last on; ends when the server stops."""
        viewer = Viewer(lang)
        beat = await self._beat()
        # From here to the set nothing is awaited: no change can slip between what was missed and what comes.
        for message in self._missed(last_id, lang) if last_id else []:
            viewer.put(message)
        viewer.put(beat)
        self._viewers.add(viewer)
        if self._closed:
            viewer.end()
        try:
            async for message in viewer.messages():
                yield message
        finally:
            self._viewers.discard(viewer)

    async def beats(self) -> None:
        """Tell all pages that the server lives, every 5 s, until cancelled."""
        while True:
            await asyncio.sleep(BEAT_S)
            beat = await self._beat()
            for viewer in self._viewers:
                viewer.put(beat)

    async def _beat(self) -> bytes:
        now = self._deps.desk.now()
        known = {"now": now, "change": self.change, "epoch": self.epoch, **await self._facts()}
        if self.failing:
            known["failing"] = self.failing
        return event("beat", orjson.dumps(known))

    def close(self) -> None:
        """End all streams, so that the server can stop."""
        self._closed = True
        for viewer in self._viewers:
            viewer.end()

    @property
    def viewers(self) -> int:
        """Open pages."""
        return len(self._viewers)
