"""What the screens ask of InfluxDB, as InfluxQL (valid on 1.8, 2.7 and 3), and what its answers say. Pure.

Names are quoted by `identifier`, spans are integers, and every other value travels as a bound parameter: no text of a
feed or of a user is ever part of a statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from ioc.events import DOMAINS, Domain
from ioc.ports import LIVE, CountBy, Freshness, Heard, Reading, Replay, Scope, Step, believed
from ioc.sinks.fields import COMMON_TAGS, DOMAIN_TAGS, EPOCH, HEARD, LABEL, REPLAYS, epoch_ms, plain_tag, tag_value
from ioc.sinks.rollup import DUE, TAGS, Tier


class Question(NamedTuple):
    """One statement with its bound parameters."""

    statement: str
    values: Mapping[str, str]


Row = dict[str, Any]
"""Columns of one row and, beside them, the tags of its series."""
GOOD = "(\"quality\" = 'valid' OR \"quality\" = 'suspect')"
"""Readings that count; calibration and fault do not."""


def identifier(name: str) -> str:
    """A measurement, tag or field name in double quotes."""
    escaped = name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _select(columns: str, measurements: Sequence[str], where: str = "", then: str = "") -> str:
    named = ", ".join(map(identifier, measurements))
    return f"SELECT {columns} FROM {named}{' WHERE ' if where else ''}{where} {then}"  # noqa: S608 - see the module


def _within(scope: Scope) -> tuple[str, dict[str, str]]:
    """The condition that keeps live data, drills and replays apart, and its parameters."""
    condition = '"drill" = ' + ("'1'" if scope.drill else "''")
    if scope.replay:
        return condition + ' AND "replay" = $replay', {"replay": tag_value(scope.replay)}
    return condition, {}


def _span(since: datetime, until: datetime) -> str:
    return f"time >= {epoch_ms(since)}ms AND time < {epoch_ms(until)}ms"


def _columns(domain: Domain) -> str:
    """What a `Reading` needs beside its value: fields and tags of the same point."""
    tags = [tag for tag in ("feed", "unit", "commune", "quality", "severity") if tag in _tags(domain)]
    label = [f'{identifier(LABEL[domain])}::tag AS "label"'] if LABEL[domain] else []
    fields = ("id", "received_ms", "lat", "lon", "flags", "title")
    return ", ".join((*map(identifier, fields), *(f"{identifier(tag)}::tag" for tag in tags), *label))


def _tags(domain: Domain) -> frozenset[str]:
    return frozenset((*COMMON_TAGS, *DOMAIN_TAGS[domain]))


def latest(domain: Domain, scope: Scope) -> Question:
    """Per source and quantity its newest event; those ahead of their receipt apart, for `newest` to judge.

    A descending scan that stops at its first row: LAST() with other columns beside it reads every point there is.
    """
    condition, values = _within(scope)
    columns = f'"value", {_columns(domain)}'
    then = 'GROUP BY "source", "quantity", "ahead" ORDER BY time DESC LIMIT 1'
    return Question(_select(columns, [domain], condition, then), values)


def recent(domain: Domain, since: datetime, limit: int, scope: Scope) -> Question:
    """The last events since a time, newest first."""
    condition, values = _within(scope)
    columns = f'"value", {_columns(domain)}, "source"::tag, "quantity"::tag'
    where = f"{condition} AND time >= {epoch_ms(since)}ms"
    return Question(_select(columns, [domain], where, f"ORDER BY time DESC LIMIT {limit:d}"), values)


def series(
    domain: Domain, source: str, quantity: str, *, since: datetime, until: datetime, step_s: int, scope: Scope
) -> Question:
    """Mean, least, greatest and number per step; steps start at multiples of their width."""
    condition, values = _within(scope)
    named = {"MEAN": "mean", "MIN": "low", "MAX": "high", "COUNT": "events"}
    columns = ", ".join(f'{function}("value") AS "{name}"' for function, name in named.items())
    where = f'{condition} AND "source" = $source AND "quantity" = $quantity AND {GOOD} AND {_span(since, until)}'
    values |= {"source": tag_value(source), "quantity": tag_value(quantity)}
    return Question(_select(columns, [domain], where, f"GROUP BY time({step_s:d}s) fill(none)"), values)


def counts(domain: Domain, *, since: datetime, until: datetime, by: CountBy, scope: Scope) -> Question:
    """Number of events per value of one tag."""
    condition, values = _within(scope)
    tag = _tag_of(domain, by)
    where = f"{condition} AND {_span(since, until)}"
    return Question(
        _select('COUNT("value") AS "events"', [domain], where, f"GROUP BY {identifier(tag)}" if tag else ""), values
    )


def _tag_of(domain: Domain, by: CountBy) -> str:
    tag = LABEL[domain] if by == "label" else by
    return tag if tag in _tags(domain) else ""


def heard() -> Question:
    """When each source was last received."""
    return Question(_select(_LAST_RECEIVED, [HEARD], "", 'GROUP BY "feed", "source"'), {})


def observed() -> Question:
    """The time of each source's newest live event, over all domains."""
    condition, values = _within(LIVE)
    return Question(_select(_LAST_RECEIVED, DOMAINS, condition, 'GROUP BY "feed", "source", "ahead"'), values)


def replays() -> Question:
    """When each replay was last written."""
    return Question(_select('LAST("written_ms") AS "written_ms"', [REPLAYS], "", 'GROUP BY "replay"'), {})


def create(bucket: str, seconds: int) -> Question:
    """A database of InfluxDB 1.8, or for `name/policy` a retention policy of one, that keeps points so long; 0 = for ever."""
    duration = f"{seconds}s" if seconds else "INF"
    database, _, policy = bucket.partition("/")
    if policy:
        what = f"CREATE RETENTION POLICY {identifier(policy)} ON {identifier(database)} DURATION {duration}"
        return Question(f"{what} REPLICATION 1", {})
    return Question(f"CREATE DATABASE {identifier(database)} WITH DURATION {duration}", {})


def due(since: datetime, until: datetime) -> Question:
    """Windows of five minutes in which something was written, and what their rollups knew."""
    where = f"time >= {epoch_ms(since)}ms AND time <= {epoch_ms(until)}ms"
    return Question(_select('"due_ms", "done_ms"', [DUE], where, 'GROUP BY "domain"'), {})


def gather(domain: Domain, tier: Tier, start_s: int, finer: Tier | None = None) -> Question:
    """One window of a width: from the events themselves, or from the rollups of a `finer` width."""
    where = f"time >= {start_s}s AND time < {start_s + tier.width_s}s"
    named = {"events": "COUNT", "total": "SUM", "low": "MIN", "high": "MAX"}
    if finer is None:
        columns = ", ".join(f'{function}("value") AS "{name}"' for name, function in named.items())
        condition, _ = _within(LIVE)
        where = f"{condition} AND {GOOD} AND {where}"
        source = identifier(domain)
    else:
        columns = 'SUM("events") AS "events", SUM("sum") AS "total", MIN("low") AS "low", MAX("high") AS "high"'
        source = f"{identifier(finer.name)}.{identifier(domain)}"
    split = ", ".join((f"time({tier.width_s}s)", *map(identifier, TAGS[domain])))
    return Question(f"SELECT {columns} FROM {source} WHERE {where} GROUP BY {split} fill(none)", {})  # noqa: S608 - as above


def rolled(domain: Domain, tier: Tier, source: str, quantity: str, *, since: datetime, until: datetime) -> Question:
    """Windows of one source and quantity, over all other tags."""
    columns = (
        'SUM("sum") / SUM("events") AS "mean", MIN("low") AS "low", MAX("high") AS "high", SUM("events") AS "events"'
    )
    values = {"source": tag_value(source), "quantity": tag_value(quantity)}
    return Question(
        f"SELECT {columns} FROM {identifier(tier.name)}.{identifier(domain)} "  # noqa: S608 - as above
        f'WHERE "source" = $source AND "quantity" = $quantity AND {_span(since, until)} '
        f"GROUP BY time({tier.width_s}s) fill(none)",
        values,
    )


_LAST_RECEIVED = 'LAST("received_ms") AS "received_ms"'


def rows(answer: Mapping[str, Any]) -> Iterator[Row]:
    """The rows of an answer to one statement (`epoch=ns`), each with the tags of its series as they are stored."""
    for one in answer.get("results", ()):
        for found in one.get("series", ()):
            for values in found["values"]:
                yield dict(zip(found["columns"], values, strict=True)) | found.get("tags", {})


def mistake(answer: Mapping[str, Any]) -> str:
    """What an answer says is wrong with the statement; "" when nothing is."""
    said = [answer.get("error", ""), *(one.get("error", "") for one in answer.get("results", ()))]
    return next(filter(None, said), "")


def _moment(nanoseconds: int) -> datetime:
    """The event's own time: the offset below one millisecond is ours."""
    return _at_ms(nanoseconds // 1_000_000)


def _at_ms(milliseconds: int) -> datetime:
    return EPOCH + timedelta(milliseconds=milliseconds)


def _text(row: Row, tag: str) -> str:
    return plain_tag(row.get(tag) or "")


def reading(domain: Domain, row: Row) -> Reading:
    """One row of `latest` or `recent`."""
    return Reading(
        domain=domain,
        feed=_text(row, "feed"),
        source=_text(row, "source"),
        quantity=_text(row, "quantity"),
        value=float(row["value"]),
        unit=_text(row, "unit"),
        observed_at=_moment(row["time"]),
        received_at=_at_ms(row["received_ms"]),
        event_id=row["id"],
        lat=row["lat"],
        lon=row["lon"],
        commune=_text(row, "commune") or None,
        quality=_text(row, "quality"),
        flags=tuple((row["flags"] or "").split()),
        severity=row.get("severity") or None,
        label=_text(row, "label"),
        title=row["title"],
    )


def newest(readings: Iterable[Reading], limit: int) -> Sequence[Reading]:
    """One reading per source and quantity, ordered by them."""
    kept: dict[tuple[str, str], Reading] = {}
    for one in readings:
        key = (one.source, one.quantity)
        if key not in kept or believed(kept[key]) < believed(one):
            kept[key] = one
    return [kept[key] for key in sorted(kept)][:limit]


def freshness(observed: Iterable[Row], heard: Iterable[Row]) -> Freshness:
    """Answers to `observed` and `heard` -> the newest of each source and of each feed."""
    sources: dict[str, Heard] = {}
    feeds: dict[str, Heard] = {}

    def hear(row: Row, at: datetime, received: datetime) -> None:
        for known, name in ((sources, _text(row, "source")), (feeds, _text(row, "feed"))):
            old = known.get(name, Heard(at, received))
            known[name] = Heard(max(old.observed_at, at), max(old.received_at, received))

    for row in observed:
        received = _at_ms(row["received_ms"])
        at = _moment(row["time"])
        hear(row, min(at, received) if row["ahead"] else at, received)
    for row in heard:
        source = sources.get(_text(row, "source"))
        if source is not None:
            hear(row, source.observed_at, _at_ms(row["received_ms"]))
    return Freshness(feeds, sources)


def step(row: Row) -> Step:
    """One row of `series`."""
    return Step(_moment(row["time"]), float(row["mean"]), float(row["low"]), float(row["high"]), int(row["events"]))


def count(domain: Domain, by: CountBy, row: Row) -> tuple[str, int]:
    """One row of `counts`."""
    return _text(row, _tag_of(domain, by)), int(row["events"])


def replay(row: Row) -> Replay:
    """One row of `replays`."""
    return Replay(_text(row, "replay"), _at_ms(row["written_ms"]))
