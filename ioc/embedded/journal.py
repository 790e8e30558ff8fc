"""The journal of a broker that keeps its log in memory: one SQLite file, which one process may hold (`ioc.ports.Journal`).

It stores and gives back; what a state means and what must be written back is for `ioc.streams.mirror` to know. The
file is held with SQLite's exclusive lock, which the kernel takes away with the process, whatever ended it.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from ioc.errors import IocError, Permanent, Retryable
from ioc.ports import Entry, KeptState

SCHEMA = """
CREATE TABLE IF NOT EXISTS state (
    topic TEXT NOT NULL, partition INTEGER NOT NULL, key BLOB NOT NULL, generation INTEGER NOT NULL,
    stamp INTEGER NOT NULL, value BLOB NOT NULL, timestamp INTEGER NOT NULL, PRIMARY KEY (topic, partition, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS entry (
    topic TEXT NOT NULL, partition INTEGER NOT NULL, offset INTEGER NOT NULL, key BLOB, value BLOB,
    headers BLOB NOT NULL, timestamp INTEGER NOT NULL, PRIMARY KEY (topic, partition, offset)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS committed (
    topic TEXT NOT NULL, partition INTEGER NOT NULL, offset INTEGER NOT NULL, PRIMARY KEY (topic, partition)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS mark (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
"""
PUT_STATE = "INSERT OR REPLACE INTO state VALUES (?, ?, ?, ?, ?, ?, ?)"
KEEP_STATE = """
INSERT INTO state VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET generation = excluded.generation,
    stamp = excluded.stamp, value = excluded.value, timestamp = excluded.timestamp
WHERE (excluded.generation, excluded.stamp) >= (generation, stamp)
"""
STATES = """
SELECT partition, key, generation, stamp, value, timestamp FROM state
WHERE topic = ? AND (partition, key) > (?, ?) ORDER BY partition, key LIMIT ?
"""
ENTRIES = """
SELECT partition, offset, key, value, headers, timestamp FROM entry
WHERE topic = ? AND partition = ? AND offset > ? ORDER BY offset LIMIT ?
"""
RENUMBERED = """
SELECT partition, offset, row_number() OVER (PARTITION BY partition ORDER BY offset) - 1 FROM entry
WHERE topic = ? ORDER BY partition, offset
"""
PAGE = 2_000
FULL_WAIT_S = 10.0

_headers = msgspec.msgpack.Encoder().encode
_read_headers = msgspec.msgpack.Decoder(list[tuple[str, bytes]]).decode


def _failure(error: sqlite3.Error, path: Path) -> IocError:
    """What a caller should do, by SQLite's result code (sqlite.org/rescode.html)."""
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_FULL | sqlite3.SQLITE_IOERR:
            return Retryable("journal_disk", retry_after=FULL_WAIT_S, path=path, detail=str(error))
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return Permanent("journal_locked", path=path)
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return Permanent("journal_not_writable", path=path)
    return Permanent("journal_corrupt", path=path, detail=str(error))


class Journal:
    """Opened at once; raises Permanent where another process holds the file, or nobody may write it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._inside = False
        with self._told():
            self._connection = sqlite3.connect(path, timeout=0.0, isolation_level=None, check_same_thread=False)
        try:
            with self._told():
                self._connection.execute("PRAGMA locking_mode = EXCLUSIVE")
                self._connection.execute("PRAGMA journal_mode = WAL")
                self._connection.execute("PRAGMA synchronous = FULL")
                self._connection.execute("PRAGMA journal_size_limit = 67108864")
                self._connection.executescript(f"BEGIN IMMEDIATE; {SCHEMA} COMMIT;")
        except IocError:
            self._connection.close()
            raise

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise _failure(error, self._path) from error

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """See `ioc.ports.Journal`."""
        with self._told():
            self._connection.execute("BEGIN IMMEDIATE")
        self._inside = True
        try:
            yield
            with self._told():
                self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        finally:
            self._inside = False

    def _write(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
        if not rows:
            return
        with contextlib.nullcontext() if self._inside else self.transaction(), self._told():
            self._connection.executemany(statement, rows)

    def _read(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._told():
            return self._connection.execute(statement, values).fetchall()

    def keep_states(self, topic: str, states: Sequence[KeptState]) -> None:
        """See `ioc.ports.Journal`."""
        self._write(KEEP_STATE, [(topic, s.partition, s.key, *s.rank, s.value, s.timestamp) for s in states])

    def put_states(self, topic: str, states: Sequence[KeptState]) -> None:
        """See `ioc.ports.Journal`."""
        self._write(PUT_STATE, [(topic, s.partition, s.key, *s.rank, s.value, s.timestamp) for s in states])

    def drop_states(self, topic: str, states: Sequence[KeptState]) -> None:
        """See `ioc.ports.Journal`."""
        named = [(topic, s.partition, s.key) for s in states]
        self._write("DELETE FROM state WHERE topic = ? AND partition = ? AND key = ?", named)

    def states(self, topic: str) -> Iterator[Sequence[KeptState]]:
        """See `ioc.ports.Journal`."""
        after: tuple[int, bytes] = (-1, b"")
        while rows := self._read(STATES, topic, *after, PAGE):
            page = [KeptState(part, key, (gen, stamp), value, at) for part, key, gen, stamp, value, at in rows]
            after = page[-1].partition, page[-1].key
            yield page

    def keep_entries(self, topic: str, entries: Sequence[Entry]) -> None:
        """See `ioc.ports.Journal`."""
        rows = [(topic, e.partition, e.offset, e.key, e.value, _headers(e.headers), e.timestamp) for e in entries]
        self._write("INSERT OR REPLACE INTO entry VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    def append(self, topic: str, entries: Sequence[Entry]) -> None:
        """See `ioc.ports.Journal`."""
        ends = dict(self._read("SELECT partition, max(offset) FROM entry WHERE topic = ? GROUP BY partition", topic))
        placed = []
        for entry in entries:
            ends[entry.partition] = ends.get(entry.partition, -1) + 1
            placed.append(entry._replace(offset=ends[entry.partition]))
        self.keep_entries(topic, placed)

    def entries(self, topic: str) -> Iterator[Sequence[Entry]]:
        """See `ioc.ports.Journal`."""
        for (partition,) in self._read("SELECT DISTINCT partition FROM entry WHERE topic = ? ORDER BY 1", topic):
            after = -1
            while rows := self._read(ENTRIES, topic, partition, after, PAGE):
                page = [Entry(p, offset, key, value, _read_headers(h), at) for p, offset, key, value, h, at in rows]
                after = page[-1].offset
                yield page

    def renumber(self, topic: str, oldest: int) -> None:
        """See `ioc.ports.Journal`."""
        self._write("DELETE FROM entry WHERE topic = ? AND timestamp < ?", [(topic, oldest)])
        # In rising order each new offset is at most the old one and free by then.
        moved = [(new, topic, part, old) for part, old, new in self._read(RENUMBERED, topic) if new != old]
        self._write("UPDATE entry SET offset = ? WHERE topic = ? AND partition = ? AND offset = ?", moved)

    def mark(self, name: str, value: int) -> None:
        """See `ioc.ports.Journal`."""
        self._write("INSERT OR REPLACE INTO mark VALUES (?, ?)", [(name, value)])

    def marked(self, name: str) -> int | None:
        """See `ioc.ports.Journal`."""
        found = self._read("SELECT value FROM mark WHERE name = ?", name)
        return int(found[0][0]) if found else None

    def commit(self, offsets: Mapping[tuple[str, int], int]) -> None:
        """See `ioc.ports.Journal`."""
        with contextlib.nullcontext() if self._inside else self.transaction():
            with self._told():
                self._connection.execute("DELETE FROM committed")
            self._write("INSERT INTO committed VALUES (?, ?, ?)", [(*spot, offset) for spot, offset in offsets.items()])

    def committed(self) -> Mapping[tuple[str, int], int]:
        """See `ioc.ports.Journal`."""
        return {(topic, part): at for topic, part, at in self._read("SELECT topic, partition, offset FROM committed")}
