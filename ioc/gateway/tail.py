"""A file that another program appends to (Suricata's `eve.json`): read on, line by line, through rotations.

Where reading stands is kept in a small file of our own, written only after Kafka has the lines, so a restart reads on
without a hole; lines read twice count once. A file renamed by its writer is read to its end, and `GRACE` seconds more,
before the new one; a file cut to nothing is read from its start. A CSV's first line goes before each part.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import msgspec

from ioc.catalogue import Feed
from ioc.errors import Retryable
from ioc.gateway.keys import write_private
from ioc.gateway.receive import Receiver

EVERY = 1.0
"""Seconds between looks at a file that has no more to give."""
PART = 1024 * 1024
"""Bytes read at once, up to the last whole line."""
LINE = 4 * PART
"""A line longer than this is given as it is and refused; a camera's longest message is a hundredth of it."""
GRACE = 5.0
"""Seconds a renamed file is still watched: its writer goes on until it is told to open the new one."""
STRAYS = 50
"""Lines at the start of a part that may be refused one by one, before what follows is refused as a whole."""
FIRST = 256
"""Bytes at a file's start by which it is known again; its number alone may be another file's by then."""
TABLES = ("readings", "firms")
"""Formats that may be CSV, whose first line names the columns."""
_log = logging.getLogger("ioc.gateway")


class _Mark(msgspec.Struct, frozen=True):
    """Where reading stands: which file, how it begins (bytes and their digest), how far."""

    inode: int = 0
    offset: int = 0
    first: int = 0
    digest: str = ""


@dataclass(slots=True)
class _Open:
    stream: BinaryIO
    inode: int
    offset: int
    head: bytes
    left_at: datetime | None = None
    """Since when the path has led to another file while this one did not grow."""


class Tail:
    """Follows one file for one feed; `look` reads one part and is all that tests need."""

    def __init__(self, path: Path, feed: Feed, receiver: Receiver, state: Path, *, every: float = EVERY) -> None:
        self.path = path
        self._feed = feed
        self._receiver = receiver
        self._state = state
        self._every = every
        self._open: _Open | None = None

    async def run(self) -> None:
        """Look until cancelled."""
        try:
            while True:
                wait = self._every
                try:
                    if await self.look():
                        continue
                except Retryable as error:
                    wait = error.retry_after
                except Exception:  # noqa: BLE001 - the next look may succeed, and other doors must stay open
                    _log.exception("reading %s", self.path)
                    wait = 10.0
                await asyncio.sleep(wait)
        finally:
            self.close()

    def close(self) -> None:
        """Let go of the file."""
        if self._open is not None:
            self._open.stream.close()
            self._open = None

    async def look(self) -> bool:
        """Read and publish one part; False when there is nothing more now. Raises Retryable as `Receiver` does."""
        now = await asyncio.to_thread(self._opened)
        if now is None:
            return False
        part, length = await asyncio.to_thread(_part, now, finished=False)
        if length:
            now.left_at = None
        elif await asyncio.to_thread(self._over, now):
            part, length = await asyncio.to_thread(_part, now, finished=True)
            if not length:
                await asyncio.to_thread(self._let_go)
                return True
        else:
            return False
        await self._receive(now.head, part)
        now.offset += length
        await asyncio.to_thread(self._note, now)
        return True

    async def _receive(self, head: bytes, part: bytes) -> None:
        """Publish a part. Where it cannot be read, its first line is what was refused, and the rest is tried again."""
        for _ in range(STRAYS):
            unreadable = False
            if part.strip():
                async for received in self._receiver.receive_in_parts(self._feed, head + part, name=self.path.name):
                    unreadable = received.unreadable is not None
            _, newline, part = part.partition(b"\n")
            if not unreadable or not newline:
                return

    def _opened(self) -> _Open | None:
        """The file being read; after a restart the one the mark names, wherever rotation has put it."""
        if self._open is not None:
            return self._open
        mark = self._mark()
        beside = [path for path in self.path.parent.iterdir() if path.name.startswith(self.path.name)]
        for path in (self.path, *sorted(beside)) if mark.inode else ():
            with contextlib.suppress(OSError):
                if path.stat().st_ino == mark.inode and _first(path, mark.first) == mark.digest:
                    return self._take_up(path, mark.offset)
        return self._take_up(self.path, 0)

    def _take_up(self, path: Path, offset: int) -> _Open | None:
        try:
            stream = path.open("rb")
        except OSError:
            return None
        found = os.fstat(stream.fileno())
        head = b""
        if self._feed.adapter in TABLES:
            first = stream.readline(PART)
            if first[:1] not in {b"{", b"["} and len(first) < PART:
                if not first.endswith(b"\n"):
                    # The line of columns is still being written.
                    stream.close()
                    return None
                head = first
                offset = max(offset, len(first))
        if found.st_size < offset:
            offset = len(head)
        self._open = _Open(stream, found.st_ino, offset, head)
        return self._open

    def _over(self, now: _Open) -> bool:
        """Whether nothing more will come from the file we read: it was cut, or its writer has gone on to another."""
        if os.fstat(now.stream.fileno()).st_size < now.offset:
            return True
        try:
            if self.path.stat().st_ino == now.inode:
                now.left_at = None
                return False
        except OSError:
            return False
        clock = self._receiver.clock.now()
        now.left_at = now.left_at or clock
        return (clock - now.left_at).total_seconds() >= GRACE

    def _let_go(self) -> None:
        self.close()
        write_private(self._state, msgspec.json.encode(_Mark()))

    def _note(self, now: _Open) -> None:
        first = min(FIRST, now.offset)
        now.stream.seek(0)
        digest = hashlib.sha256(now.stream.read(first)).hexdigest()
        write_private(self._state, msgspec.json.encode(_Mark(now.inode, now.offset, first, digest)))

    def _mark(self) -> _Mark:
        try:
            return msgspec.json.decode(self._state.read_bytes(), type=_Mark)
        except FileNotFoundError:
            return _Mark()
        except (OSError, msgspec.MsgspecError):
            _log.warning("%s cannot be read; %s is read from its start", self._state, self.path)
            return _Mark()


def _first(path: Path, size: int) -> str:
    with path.open("rb") as stream:
        return hashlib.sha256(stream.read(size)).hexdigest()


def _part(now: _Open, *, finished: bool) -> tuple[bytes, int]:
    """Whole lines from where reading stands, and how many bytes they are; of a finished file also its last piece."""
    now.stream.seek(now.offset)
    raw = now.stream.read(PART)
    end = raw.rfind(b"\n") + 1
    while not end and len(raw) < LINE:
        more = now.stream.read(PART)
        if not more:
            break
        at = more.rfind(b"\n") + 1
        end = len(raw) + at if at else 0
        raw += more
    if not end and (finished or len(raw) >= LINE):
        end = len(raw)
    return raw[:end], end
