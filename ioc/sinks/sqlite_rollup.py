"""Rollups in the SQLite file (`ioc.sinks.rollup`): tables, marks, working out, asking. All inside one transaction each."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from ioc.events import DOMAINS
from ioc.sinks.rollup import EDGE_S, FIVE_MINUTES, HOUR, SETTLE_S, TIERS, Tier, window_of

Row = tuple[Any, ...]

TABLES = """
CREATE TABLE IF NOT EXISTS rollup (
    width INTEGER NOT NULL, source TEXT NOT NULL, quantity TEXT NOT NULL, start INTEGER NOT NULL, domain TEXT NOT NULL,
    feed TEXT NOT NULL, unit TEXT NOT NULL, commune TEXT NOT NULL, severity TEXT NOT NULL, label TEXT NOT NULL,
    events INTEGER NOT NULL, total REAL NOT NULL, low REAL NOT NULL, high REAL NOT NULL,
    PRIMARY KEY (width, source, quantity, start, domain, feed, unit, commune, severity, label)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS rollup_by_start ON rollup (width, domain, start);
CREATE TABLE IF NOT EXISTS rollup_due (domain TEXT NOT NULL, start INTEGER NOT NULL, PRIMARY KEY (start, domain)) WITHOUT ROWID;
"""
"""`start` is epoch s. A mark in `rollup_due` is written with its events and taken away with its rollup."""

WORK_OUT = """
INSERT OR REPLACE INTO rollup
SELECT :width, source, quantity, :start, domain, feed, unit, ifnull(commune, ''), ifnull(severity, ''), label,
    count(*), sum(value), min(value), max(value) FROM event
WHERE replay = '' AND domain = :domain AND at >= :since AND at < :until AND drill = 0 AND quality IN ('valid', 'suspect')
GROUP BY source, quantity, feed, unit, 8, 9, label
"""
SUM_UP = """
INSERT OR REPLACE INTO rollup
SELECT :width, source, quantity, :start, domain, feed, unit, commune, severity, label,
    sum(events), sum(total), min(low), max(high) FROM rollup
WHERE width = :finer AND domain = :domain AND start >= :start AND start < :start + :width
GROUP BY source, quantity, feed, unit, commune, severity, label
"""
ROLLED = """
SELECT start, sum(total) / sum(events), min(low), max(high), sum(events) FROM rollup
WHERE width = ? AND source = ? AND quantity = ? AND start >= ? AND start < ? AND domain = ? GROUP BY start ORDER BY start
"""
AT_ONCE = 48
"""Windows of one transaction: writes wait for it, so it is short."""


def mark(connection: sqlite3.Connection, points: Iterable[tuple[str, int]]) -> None:
    """Windows (domain, time in ns) in which something was written."""
    connection.executemany(
        "INSERT OR IGNORE INTO rollup_due (domain, start) VALUES (?, ?)",
        {(domain, window_of(at)) for domain, at in points},
    )


def work_out(connection: sqlite3.Connection, now_s: int, oldest_s: int) -> int:
    """Work out the oldest windows that are due, and their hours; how many windows it were."""
    connection.execute("DELETE FROM rollup_due WHERE start < ?", (oldest_s + EDGE_S,))
    ended = now_s - SETTLE_S - FIVE_MINUTES.width_s
    due: Sequence[Row] = connection.execute(
        "SELECT domain, start FROM rollup_due WHERE start <= ? ORDER BY start LIMIT ?", (ended, AT_ONCE)
    ).fetchall()
    for domain, start in due:
        span = {"since": start * 1_000_000_000, "until": (start + FIVE_MINUTES.width_s) * 1_000_000_000}
        connection.execute(WORK_OUT, {"width": FIVE_MINUTES.width_s, "start": start, "domain": domain, **span})
    for domain, start in sorted({(domain, window_of(start * 1_000_000_000, HOUR)) for domain, start in due}):
        asked = {"width": HOUR.width_s, "finer": FIVE_MINUTES.width_s, "start": start, "domain": domain}
        connection.execute(SUM_UP, asked)
    connection.executemany("DELETE FROM rollup_due WHERE domain = ? AND start = ?", due)
    if due:
        for tier in TIERS:
            _forget(connection, tier, now_s)
    return len(due)


def _forget(connection: sqlite3.Connection, tier: Tier, now_s: int) -> None:
    oldest = now_s - tier.days * 86_400
    old = [(tier.width_s, domain, oldest) for domain in DOMAINS]
    connection.executemany("DELETE FROM rollup WHERE width = ? AND domain = ? AND start < ?", old)
