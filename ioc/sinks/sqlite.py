"""History in one SQLite file: the embedded door, and the one for a single machine.

One thread writes and one reads, each with a connection of its own, so the event loop never waits for the disk and a
wall's question never waits for a write (WAL). Writing an event again changes nothing: its key is its source, quantity,
time and id. Live events leave after the retention, a few with every write; replays stay.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from ioc.errors import IocError, Permanent, Retryable
from ioc.events import DOMAINS, Domain
from ioc.events.codec import Observed
from ioc.ports import (
    LATEST_LIMIT,
    LIVE,
    Clock,
    CountBy,
    Freshness,
    Heard,
    Reading,
    Refusal,
    Replay,
    Scope,
    Step,
    believed,
    chart_step,
)
from ioc.sinks import sqlite_past, sqlite_rollup
from ioc.sinks.fields import EPOCH, LABEL, domain_of, epoch_ms, number, point_ns

Answer = TypeVar("Answer")
Row = tuple[Any, ...]
Rows = Sequence[Row]

SCHEMA = """
CREATE TABLE IF NOT EXISTS event (
    source TEXT NOT NULL, quantity TEXT NOT NULL, at INTEGER NOT NULL, id TEXT NOT NULL, replay TEXT NOT NULL,
    domain TEXT NOT NULL, feed TEXT NOT NULL, drill INTEGER NOT NULL, value REAL NOT NULL, unit TEXT NOT NULL,
    received INTEGER NOT NULL, lat REAL, lon REAL, commune TEXT, quality TEXT NOT NULL, flags TEXT NOT NULL,
    severity TEXT, label TEXT NOT NULL, title TEXT,
    PRIMARY KEY (source, quantity, at, id, replay)
);
CREATE INDEX IF NOT EXISTS event_by_time ON event (replay, domain, at);
CREATE TABLE IF NOT EXISTS latest (
    domain TEXT NOT NULL, replay TEXT NOT NULL, drill INTEGER NOT NULL, source TEXT NOT NULL, quantity TEXT NOT NULL,
    feed TEXT NOT NULL, believed INTEGER NOT NULL, at INTEGER NOT NULL, id TEXT NOT NULL, heard INTEGER NOT NULL,
    PRIMARY KEY (domain, replay, drill, source, quantity)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS replay (name TEXT PRIMARY KEY, written INTEGER NOT NULL) WITHOUT ROWID;
"""
"""`at` is the time of the event's point in ns (`fields.point_ns`); `received`, `believed`, `heard`, `written` epoch ms.
`latest` names the newest event per key: a wall costs one look-up per source, whatever history holds."""

KEEP = """
INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET domain = excluded.domain, feed = excluded.feed, drill = excluded.drill,
    value = excluded.value, unit = excluded.unit, received = excluded.received, lat = excluded.lat, lon = excluded.lon,
    commune = excluded.commune, quality = excluded.quality, flags = excluded.flags, severity = excluded.severity,
    label = excluded.label, title = excluded.title
"""
HEAR = """
INSERT INTO latest VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET heard = max(heard, excluded.heard),
    feed = iif((excluded.believed, excluded.at) >= (believed, at), excluded.feed, feed),
    id = iif((excluded.believed, excluded.at) >= (believed, at), excluded.id, id),
    at = iif((excluded.believed, excluded.at) >= (believed, at), excluded.at, at),
    believed = max(believed, excluded.believed)
"""
READING = """
SELECT e.domain, e.feed, e.source, e.quantity, e.value, e.unit, e.at, e.received, e.id, e.lat, e.lon, e.commune,
    e.quality, e.flags, e.severity, e.label, e.title
"""
LATEST = f"""{READING} FROM latest l JOIN event e USING (source, quantity, at, id, replay)
WHERE l.domain = ? AND l.replay = ? AND l.drill = ? ORDER BY l.source, l.quantity LIMIT ?
"""
RECENT = (
    f"""{READING} FROM event e WHERE replay = ? AND domain = ? AND at >= ? AND drill = ? ORDER BY at DESC LIMIT ?"""
)
SERIES = """
SELECT (at - (at % :step + :step) % :step) AS start, avg(value), min(value), max(value), count(*) FROM event
WHERE source = :source AND quantity = :quantity AND at >= :since AND at < :until AND +replay = :replay
    AND drill = :drill AND +domain = :domain AND quality IN ('valid', 'suspect') GROUP BY start ORDER BY start
"""
"""The plus signs keep SQLite from searching by time through all sources (sqlite.org/optoverview.html)."""
OUTDATED = """
DELETE FROM event WHERE rowid IN (SELECT rowid FROM event WHERE replay = '' AND domain = ? AND at < ? LIMIT ?)
"""
COUNTS = """
SELECT {by}, count(*) FROM event WHERE replay = ? AND domain = ? AND at >= ? AND at < ? AND drill = ? GROUP BY 1
"""
"""`by` is one of `CountBy`, which are column names here."""
PRUNED = 1_000
"""Rows that a write of its own size may also delete: a backlog of old rows never holds up a write for long."""
ROW_AT_FAULT = (
    sqlite3.IntegrityError,
    sqlite3.DataError,
    sqlite3.ProgrammingError,
    sqlite3.InterfaceError,
    OverflowError,
)
"""No event that passed the contract comes to this; if one does, it must not stop those beside it."""
A_PERSON_IS_NEEDED_S = 10.0


class SqliteConfig(BaseModel):
    """Where the file lies and how long it keeps live data."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    path: Path
    retention_days: Annotated[int, Field(gt=0)] = 30


def _failure(error: sqlite3.Error, path: Path) -> IocError:
    """What a caller should do, by SQLite's result code (sqlite.org/rescode.html)."""
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_FULL:
            return Retryable("history_disk_full", retry_after=A_PERSON_IS_NEEDED_S, path=path)
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return Retryable("history_locked", path=path)
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return Permanent("history_not_writable", path=path)
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return Permanent("history_corrupt", path=path)
    return Retryable("history_disk_failing", retry_after=A_PERSON_IS_NEEDED_S, path=path, detail=str(error))


class _Connection:
    """One connection in one thread of its own; opened at first use, opened anew after a failure."""

    def __init__(self, path: Path, name: str) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._open: sqlite3.Connection | None = None

    async def call(self, work: Callable[[sqlite3.Connection], Answer]) -> Answer:
        """Do the work in one transaction in the thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._call, work)

    def _call(self, work: Callable[[sqlite3.Connection], Answer]) -> Answer:
        try:
            if self._open is None:
                self._open = self._connect()
            with self._open as connection:
                return work(connection)
        except sqlite3.Error as error:
            self._shut()
            raise _failure(error, self._path) from error

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=5.0, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA journal_size_limit = 67108864")
            connection.executescript(SCHEMA + sqlite_past.TABLES + sqlite_rollup.TABLES)
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _shut(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None

    async def close(self) -> None:
        """Close in the thread, then end it."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._shut)
        self._thread.shutdown()


class SqliteHistory:
    """`ioc.ports.History` in one file; several processes may open it, one at a time writes."""

    def __init__(self, config: SqliteConfig, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._writer = _Connection(config.path, "history-write")
        self._reader = _Connection(config.path, "history-read")

    async def prepare(self) -> None:
        """Open the file; raises Permanent where that cannot work."""
        await self._writer.call(lambda connection: connection.execute("SELECT 1 FROM event LIMIT 1").fetchall())

    async def close(self) -> None:
        """Let go of the file."""
        await self._reader.close()
        await self._writer.close()

    async def write(self, events: Sequence[Observed], replay: str = "") -> Sequence[Refusal]:
        """See `History.write`."""
        now = self._clock.now()
        oldest = epoch_ms(now - timedelta(days=self._config.retention_days)) * 1_000_000
        refusals: list[Refusal] = []
        rows: list[Row] = []
        places: list[int] = []
        for nth, event in enumerate(events):
            try:
                row = _row(event, replay)
            except ValueError as error:
                refusals.append(Refusal(nth, event.id, event.source, "not_taken", str(error)))
                continue
            if row[2] < oldest and not replay:
                refusals.append(Refusal(nth, event.id, event.source, "expired"))
            else:
                rows.append(row)
                places.append(nth)
        marks = [(replay, epoch_ms(now))] if replay and rows else []
        more = [one for row, nth in zip(rows, places, strict=True) for one in sqlite_past.more(events[nth], row)]
        bad = await self._writer.call(lambda connection: _write(connection, rows, more, marks, oldest))
        for at, why in bad.items():
            event = events[places[at]]
            refusals.append(Refusal(places[at], event.id, event.source, "not_taken", why))
        return refusals

    async def latest(self, domain: Domain, limit: int = LATEST_LIMIT, scope: Scope = LIVE) -> Sequence[Reading]:
        """See `History.latest`."""
        rows = await self._ask(LATEST, (domain, scope.replay, scope.drill, limit))
        return [_reading(row) for row in rows]

    async def recent(
        self, domain: Domain, since: datetime, limit: int = LATEST_LIMIT, scope: Scope = LIVE
    ) -> Sequence[Reading]:
        """See `History.recent`."""
        rows = await self._ask(RECENT, (scope.replay, domain, _ns(since), scope.drill, limit))
        return sorted(map(_reading, rows), key=believed, reverse=True)

    async def freshness(self) -> Freshness:
        """See `History.freshness`."""
        heard = "SELECT {}, max(believed), max(heard) FROM latest WHERE replay = '' AND drill = 0 GROUP BY 1"
        found = [await self._ask(heard.format(name), ()) for name in ("feed", "source")]
        feeds, sources = ({name: Heard(_at(at), _at(received)) for name, at, received in rows} for rows in found)
        return Freshness(feeds, sources)

    async def series(
        self,
        domain: Domain,
        source: str,
        quantity: str,
        *,
        since: datetime,
        until: datetime,
        step_s: int,
        scope: Scope = LIVE,
    ) -> Sequence[Step]:
        """See `History.series`."""
        asked = {"domain": domain, "source": source, "quantity": quantity, "since": _ns(since), "until": _ns(until)}
        step = chart_step(since, until, step_s) * 1_000_000_000
        rows = await self._ask(SERIES, {**asked, "step": step, "replay": scope.replay, "drill": scope.drill})
        return [Step(_at(start // 1_000_000), mean, low, high, events) for start, mean, low, high, events in rows]

    async def counts(
        self, domain: Domain, *, since: datetime, until: datetime, by: CountBy, scope: Scope = LIVE
    ) -> Mapping[str, int]:
        """See `History.counts`."""
        asked = (scope.replay, domain, _ns(since), _ns(until), scope.drill)
        return {name or "": events for name, events in await self._ask(COUNTS.format(by=by), asked)}

    async def roll(self) -> int:
        """See `ioc.histories.Rollups.roll`."""
        now_s = epoch_ms(self._clock.now()) // 1000
        oldest_s = now_s - self._config.retention_days * 86_400
        return await self._writer.call(lambda connection: sqlite_rollup.work_out(connection, now_s, oldest_s))

    async def rolled(
        self,
        domain: Domain,
        source: str,
        quantity: str,
        *,
        since: datetime,
        until: datetime,
        step_s: Literal[300, 3600],
    ) -> Sequence[Step]:
        """See `ioc.histories.Rollups.rolled`."""
        asked = (step_s, source, quantity, epoch_ms(since) // 1000, epoch_ms(until) // 1000, domain)
        rows = await self._ask(sqlite_rollup.ROLLED, asked)
        return [Step(_at(start * 1000), mean, low, high, events) for start, mean, low, high, events in rows]

    async def replays(self) -> Sequence[Replay]:
        """See `History.replays`."""
        rows = await self._ask("SELECT name, written FROM replay ORDER BY written DESC, name", ())
        return [Replay(name, _at(written)) for name, written in rows]

    async def _ask(self, statement: str, values: Mapping[str, Any] | Sequence[Any]) -> list[Row]:
        return await self._reader.call(lambda connection: connection.execute(statement, values).fetchall())


def _at(milliseconds: int) -> datetime:
    return EPOCH + timedelta(milliseconds=milliseconds)


def _ns(at: datetime) -> int:
    return epoch_ms(at) * 1_000_000


def _stored(text: str) -> str:
    """Text as UTF-8 can hold it: a lone surrogate becomes a question mark."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _row(event: Observed, replay: str) -> Row:
    """The columns of `event`; ValueError for a number that is none, which SQLite would keep as nothing at all."""
    domain = domain_of(event)
    place = event.location
    title = event.title
    number(event.value)
    if place is not None:
        number(place.lat + place.lon)
    return (
        _stored(event.source),
        event.quantity,
        point_ns(event),
        _stored(event.id),
        _stored(replay),
        domain,
        _stored(event.feed),
        event.drill,
        event.value,
        event.unit,
        epoch_ms(event.received_at),
        None if place is None else place.lat,
        None if place is None else place.lon,
        None if place is None else place.commune,
        event.quality,
        " ".join(event.flags),
        getattr(event, "severity", None),
        _stored(getattr(event, LABEL[domain], None) or "") if LABEL[domain] else "",
        None if title is None else _stored(title),
    )


def _write(connection: sqlite3.Connection, rows: Rows, more: Rows, marks: Rows, oldest: int) -> Mapping[int, str]:
    """One transaction: the events, what is newest by them, and a few of those that are too old by now.

    Give the places of rows that the table refuses, with its reason.
    """
    bad: dict[int, str] = {}
    try:
        connection.executemany(KEEP, rows)
    except ROW_AT_FAULT:
        for place, row in enumerate(rows):
            try:
                connection.execute(KEEP, row)
            except ROW_AT_FAULT as error:
                bad[place] = str(error)
        rows = [row for place, row in enumerate(rows) if place not in bad]
    connection.executemany(sqlite_past.KEEP, more)
    sqlite_rollup.mark(connection, ((row[5], row[2]) for row in rows if not (row[4] or row[7])))
    newest: dict[Row, Row] = {}
    for source, quantity, at, name, replay, domain, feed, drill, _, _, received, *_, flags, _, _, _ in rows:
        key = (domain, replay, drill, source, quantity)
        trusted = min(at // 1_000_000, received) if "time_ahead" in flags.split() else at // 1_000_000
        mine = (trusted, at, name, received, feed)
        old = newest.get(key, mine)
        best = max(old[:3], mine[:3])
        newest[key] = (*best, max(old[3], received), feed if best == mine[:3] else old[4])
    hear = [(*key, feed, trusted, at, name, heard) for key, (trusted, at, name, heard, feed) in newest.items()]
    connection.executemany(HEAR, hear)
    connection.executemany(
        "INSERT INTO replay VALUES (?, ?) ON CONFLICT DO UPDATE SET written = excluded.written", marks
    )
    gone = sum(connection.execute(OUTDATED, (domain, oldest, PRUNED + len(rows))).rowcount for domain in DOMAINS)
    if gone:
        connection.execute("DELETE FROM latest WHERE replay = '' AND at < ?", (oldest,))
    return bad


def _reading(row: Row) -> Reading:
    domain, feed, source, quantity, value, unit, at, received, name, lat, lon, commune, quality, flags, *rest = row
    severity, label, title = rest
    return Reading(
        domain=domain,
        feed=feed,
        source=source,
        quantity=quantity,
        value=value,
        unit=unit,
        observed_at=_at(at // 1_000_000),
        received_at=_at(received),
        event_id=name,
        lat=lat,
        lon=lon,
        commune=commune,
        quality=quality,
        flags=tuple(flags.split()),
        severity=severity,
        label=label,
        title=title,
    )
