"""Whole events out of the SQLite history: `ioc.ports.Past`. What it leaves out is pictures.

What no screen asks for lies in a table of its own, `more`, as JSON; most readings of stations have no row there. Times
come back in whole milliseconds.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec

from ioc.errors import Permanent
from ioc.events import Domain
from ioc.events.codec import Observed
from ioc.sinks.fields import DOMAIN_FIELDS, DOMAIN_TAGS, EPOCH, LABEL, domain_of, epoch_ms

PAGE: Final = 5_000
TABLES: Final = """
CREATE TABLE IF NOT EXISTS more (
    source TEXT NOT NULL, quantity TEXT NOT NULL, at INTEGER NOT NULL, id TEXT NOT NULL, replay TEXT NOT NULL,
    said TEXT NOT NULL, PRIMARY KEY (source, quantity, at, id, replay)
) WITHOUT ROWID;
CREATE TRIGGER IF NOT EXISTS more_of_event AFTER DELETE ON event BEGIN
    DELETE FROM more WHERE source = old.source AND quantity = old.quantity AND at = old.at AND id = old.id
        AND replay = old.replay;
END;
"""
KEEP: Final = "INSERT INTO more VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET said = excluded.said"
_READ: Final = """
SELECT e.at, e.id, e.feed, e.source, e.quantity, e.unit, e.value, e.received, e.lat, e.lon, e.commune, e.quality,
    e.flags, e.severity, e.label, e.title, e.drill, m.said
FROM event e LEFT JOIN more m USING (source, quantity, at, id, replay)
WHERE e.replay = '' AND e.domain = ? AND (e.at, e.id) > (?, ?) AND e.at < ? ORDER BY e.at, e.id LIMIT ?
"""
_encode = msgspec.json.Encoder().encode
_NAMES: dict[Domain, tuple[str, ...]] = {
    domain: (
        *(tag for tag in DOMAIN_TAGS[domain] if tag not in (LABEL[domain], "severity")),
        *(field.attribute or field.name for field in DOMAIN_FIELDS[domain]),
    )
    for domain in DOMAIN_TAGS
}


def more(event: Observed, row: Sequence[Any]) -> Sequence[tuple[Any, ...]]:
    """The row of `more` beside an event's row of `event`, which begins with the same key; none where nothing more was said."""
    said = {name: value for name in _NAMES[domain_of(event)] if (value := getattr(event, name)) not in (None, ())}
    place = event.location
    if place is not None and place.error_m is not None:
        said["error_m"] = place.error_m
    return [(*row[:5], _encode(said).decode())] if said else []


def whole(domain: Domain, row: Sequence[Any]) -> dict[str, Any]:
    """The event of one row, as JSON has it."""
    at, id_, feed, source, quantity, unit, value, received, lat, lon, commune, *others = row
    quality, flags, severity, label, title, drill, said = others
    made: dict[str, Any] = {"type": domain, "id": id_, "feed": feed, "source": source, "quantity": quantity}
    made |= {"unit": unit, "value": value, "quality": quality, "drill": bool(drill)}
    made |= {"observed_at": _at(at // 1_000_000), "received_at": _at(received), "flags": flags.split()}
    more = {} if said is None else msgspec.json.decode(said)
    error = more.pop("error_m", None)
    if lat is not None:
        place = {"lat": lat, "lon": lon, "commune": commune, "error_m": error}
        made["location"] = {name: one for name, one in place.items() if one is not None}
    if severity is not None:
        made["severity"] = severity
    if label and LABEL[domain]:
        made[LABEL[domain]] = label
    if title is not None:
        made["title"] = title
    return made | more


def _at(milliseconds: int) -> datetime:
    return EPOCH + timedelta(milliseconds=milliseconds)


class SqlitePast:
    """`ioc.ports.Past` beside whoever writes the file; opens it for reading only."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def close(self) -> None:
        """Nothing is held between two pages."""

    async def events(
        self, domain: Domain, since: datetime, until: datetime, limit: int = PAGE
    ) -> AsyncGenerator[Sequence[bytes], None]:
        """See `ioc.ports.Past`; raises Permanent where the file cannot be read."""
        begin: tuple[int, str] = (epoch_ms(since) * 1_000_000, "")
        end = epoch_ms(until) * 1_000_000
        while True:
            rows = await asyncio.to_thread(self._page, (domain, *begin, end, limit))
            if rows:
                yield [_encode(whole(domain, row)) for row in rows]
            if len(rows) < limit:
                return
            begin = rows[-1][0], rows[-1][1]

    def _page(self, values: Iterable[Any]) -> list[tuple[Any, ...]]:
        try:
            with closing(sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True, timeout=5.0)) as opened:
                return opened.execute(_READ, tuple(values)).fetchall()
        except sqlite3.Error as error:
            raise Permanent("history_unread", path=self._path, detail=str(error)) from error
