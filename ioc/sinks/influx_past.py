"""Whole events out of InfluxDB, as they were accepted: `ioc.ports.Past`. What a line leaves out is pictures.

Times come back in whole milliseconds, and a zone or flag with a space in it as two.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from ioc.events import Domain
from ioc.sinks.fields import COMMON_FIELDS, DOMAIN_FIELDS, DOMAIN_TAGS, EPOCH, PLACE_FIELDS, Field, epoch_ms, plain_tag
from ioc.sinks.influx_door import InfluxDoor
from ioc.sinks.influxql import Question, Row, identifier

PAGE: Final = 5_000
_encode = msgspec.json.Encoder().encode
_PLAIN_TAGS = ("feed", "quality", "quantity", "source", "unit")


def page(domain: Domain, since_ns: int, until_ns: int, limit: int) -> Question:
    """Points of live data in [since, until), oldest first, with all their fields and tags."""
    what = f"SELECT * FROM {identifier(domain)} WHERE time >= {since_ns:d} AND time < {until_ns:d}"  # noqa: S608 - numbers, and a name of ours
    return Question(f"{what} ORDER BY time ASC LIMIT {limit:d}", {})


def event(domain: Domain, row: Row) -> dict[str, Any]:
    """The event that a point was written from, as JSON has it."""
    tags = _tags(domain, row)
    made: dict[str, Any] = {"type": domain, "id": row["id"], "value": float(row["value"])}
    made |= {name: tags[name] for name in (*_PLAIN_TAGS, *DOMAIN_TAGS[domain]) if tags.get(name)}
    made |= {"observed_at": _at(row["time"] // 1_000_000), "received_at": _at(row["received_ms"])}
    plain = [field for field in COMMON_FIELDS if field.name not in ("value", "id", "received_ms")]
    made |= _said(row, (*plain, *DOMAIN_FIELDS[domain]))
    place = _said(row, PLACE_FIELDS)
    if place:
        made["location"] = place | ({"commune": tags["commune"]} if tags.get("commune") else {})
    if tags.get("drill"):
        made["drill"] = True
    return made


def _said(row: Row, fields: Iterable[Field]) -> dict[str, Any]:
    found = {field: row[field.name] for field in fields if row.get(field.name) is not None}
    return {
        field.attribute or field.name: value.split() if field.kind == "words" else value
        for field, value in found.items()
        if value != "" or field.kind == "text"
    }


def _tags(domain: Domain, row: Row) -> Mapping[str, str]:
    """Tags as they were, those that the guard folded too (`ioc.sinks.event_lines.folded_field`)."""
    names = (*_PLAIN_TAGS, *DOMAIN_TAGS[domain], "commune", "drill")
    found = {name: plain_tag(row[name]) for name in names if row.get(name)}
    folded = row.get("folded") or ""
    parts = re.split(rf"(?:^| )({'|'.join((*names, 'place', 'lane'))})=", folded)[1:]
    return found | dict(zip(parts[::2], parts[1::2], strict=True))


def _at(milliseconds: int) -> datetime:
    return EPOCH + timedelta(milliseconds=milliseconds)


class InfluxPast(InfluxDoor):
    """`ioc.ports.Past` behind the door to InfluxDB."""

    async def events(
        self, domain: Domain, since: datetime, until: datetime, limit: int = PAGE
    ) -> AsyncGenerator[Sequence[bytes], None]:
        """See `ioc.ports.Past`; `limit` points are asked for at once, and no moment holds so many."""
        start, end = epoch_ms(since) * 1_000_000, epoch_ms(until) * 1_000_000
        while True:
            rows = await self._ask(page(domain, start, end, limit))
            if len(rows) == limit:  # the last moment may go on in the next page
                last = rows[-1]["time"]
                rows = [row for row in rows if row["time"] < last] or rows
                start = max(last, start + 1) if rows[-1]["time"] < last else last + 1
            else:
                start = end
            rows.sort(key=lambda row: (row["time"], row["id"]))
            if rows:
                yield [_encode(event(domain, row)) for row in rows]
            if start >= end:
                return
