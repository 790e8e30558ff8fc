"""Plain readings, CSV or JSON, by a feed's column map: long (one value a row) or wide (one column a quantity).

A feed without a map gets one guessed from well-known column names; where that is not possible the input is refused
with the columns it has. The map: `ioc.catalogue.Columns`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from ioc.adapters import csv_rows, json_records, measured, sources
from ioc.adapters.mapping import MISSING, found
from ioc.adapters.measured import Context, Given
from ioc.adapters.numbers import latitude, longitude
from ioc.adapters.parameters import folded, quantity_of
from ioc.adapters.parsed import Ignored, Parsed, Raw
from ioc.adapters.refusal import Refusal, of, rejected
from ioc.adapters.times import Instant, instant
from ioc.catalogue import Columns, Feed
from ioc.errors import Unreadable
from ioc.events import Environment, Location, Quality, Rejected
from ioc.events.envelope import clip

ROLES: dict[str, tuple[str, ...]] = {
    "time": ("time", "timestamp", "timestamp_utc", "observed_at", "datetime", "date_time", "utc time", "thời gian"),
    "source": ("source", "station", "station_name", "station_id", "site", "sensor", "device", "trạm"),
    "parameter": ("parameter", "quantity", "metric", "thông số"),
    "value": ("value", "giá trị"),
    "unit": ("unit", "units", "đơn vị"),
    "lat": ("lat", "latitude"),
    "lon": ("lon", "lng", "long", "longitude"),
    "ingest_time": ("ingest_time", "received_at", "ingested_at"),
    "quality": ("quality", "quality_flag", "status"),
}
"""Role -> column names it is known by (small letters); used only where the feed has no column map."""
QUALITY: dict[str, Quality] = {
    "valid": "valid", "ok": "valid", "good": "valid", "00": "valid", "": "valid",
    "suspect": "suspect", "questionable": "suspect", "estimated": "suspect",
    "calibration": "calibration", "calibrating": "calibration", "01": "calibration",
    "fault": "fault", "error": "fault", "invalid": "fault", "bad": "fault", "02": "fault",
}  # fmt: skip


def parse(raw: Raw, feed: Feed, received_at: datetime) -> Iterator[Parsed]:
    """Readings, one record per row or object. Raises Unreadable where the mapped columns are not there."""
    if json_records.opening(raw) in (b"{", b"["):
        mapped = Reading(feed, feed.columns, received_at) if feed.columns else None
        for item in json_records.items(raw):
            if item.rejected is not None:
                yield Parsed(item.record, rejected=(item.rejected,))
                continue
            reader = mapped or Reading(feed, guessed(tuple(item.value)) or Columns(), received_at)
            yield reader.read(item.record, item.value)
        return
    table = csv_rows.sheet(raw)
    columns = feed.columns
    if columns is None:
        columns = guessed(table.header)
        if columns is None:
            raise Unreadable("no_columns", found=clip(", ".join(table.header), 200))
    demand(table, columns)
    reader = Reading(feed, columns, received_at)
    for row in csv_rows.rows(raw, table):
        if row.rejected is not None:
            yield Parsed(row.record, rejected=(row.rejected,))
        elif row.blank:
            yield Parsed(row.record, ignored="no_value")
        else:
            yield reader.read(row.record, row.cells)


def demand(table: csv_rows.Sheet, columns: Columns) -> None:
    """Raise Unreadable where the table lacks the time, the source, the value, or every one of the wide quantities."""
    times = (columns.time,) if isinstance(columns.time, str) else columns.time
    long = [name for name in (columns.source, columns.parameter, columns.value) if name]
    csv_rows.demand(table, (*times, *long))
    if columns.quantities and not set(columns.quantities) & set(table.header):
        csv_rows.demand(table, tuple(columns.quantities))


def guessed(header: tuple[str, ...]) -> Columns | None:
    """A column map by well-known names; None without a time, or without a value or a known quantity."""
    by_name = {folded(name): name for name in reversed(header)}
    roles: dict[str, Any] = {
        role: column
        for role, known in ROLES.items()
        if (column := next((by_name[name] for name in known if name in by_name), None)) is not None
    }
    if "time" not in roles:
        return None
    if "value" in roles and "parameter" in roles:
        return Columns(**roles)
    kept = {role: column for role, column in roles.items() if role not in ("value", "parameter", "unit")}
    named = {name: quantity_of(name) for name in header if name not in kept.values()}
    wide = {name: quantity for name, quantity in named.items() if quantity is not None}
    return Columns(**kept, quantities=wide) if wide else None


class Reading:
    """Reads rows of one table by one column map."""

    def __init__(self, feed: Feed, columns: Columns, received_at: datetime) -> None:
        self.feed, self.columns, self.received_at = feed, columns, received_at
        self.times = (columns.time,) if isinstance(columns.time, str) else columns.time
        self.time_field = "+".join(self.times)
        self.ignored = {folded(name) for name in columns.ignore}
        self.missing = set(columns.missing)

    def read(self, record: int, row: Mapping[str, Any]) -> Parsed:
        """One row's readings."""
        faults: list[Rejected] = []
        heard = self._heard(record, row, faults)
        at = self._time(record, row, faults)
        if at is None:
            return Parsed(record, rejected=tuple(faults), received_at=heard)
        name = self._text(row, self.columns.source)
        if not name and self.columns.source is not None:
            missing = rejected(record, self.columns.source, "missing")
            return Parsed(record, rejected=(*faults, missing), received_at=heard)
        source, registered = sources.of(self.feed, name)
        context = Context(
            record,
            self.feed,
            source,
            registered,
            at,
            heard or self.received_at,
            self._location(record, row, faults),
            self._quality(record, row, faults),
        )
        if self.columns.quantities:
            return self._wide(context, row, faults, heard)
        return self._long(context, row, faults, heard)

    def _long(self, context: Context, row: Mapping[str, Any], faults: list[Rejected], heard: datetime | None) -> Parsed:
        record, columns = context.record, self.columns
        parameter = self._text(row, columns.parameter)
        if folded(parameter) in self.ignored:
            return Parsed(record, ignored="parameter", received_at=heard)
        value = found(row, columns.value or "value")
        if self._is_missing(value) and (columns.value or "value") in row:
            return Parsed(record, ignored="no_value", received_at=heard)
        registered = context.registered.quantity if context.registered and not columns.parameter else None
        if registered is None and not parameter:
            missing = rejected(record, columns.parameter or "parameter", "missing")
            return Parsed(record, rejected=(*faults, missing), received_at=heard)
        given = Given(
            parameter,
            None if value is MISSING else value,
            self._label(row, parameter),
            columns.value or "value",
            columns.parameter or "parameter",
            columns.unit or columns.value or "unit",
            quantity=registered,
        )
        event = measured.reading(context, given)
        if isinstance(event, list):
            return Parsed(record, rejected=(*faults, *event), received_at=heard)
        return Parsed(record, (event,), tuple(faults), received_at=heard)

    def _wide(self, context: Context, row: Mapping[str, Any], faults: list[Rejected], heard: datetime | None) -> Parsed:
        events: list[Environment] = []
        for column, quantity in self.columns.quantities.items():
            value = found(row, column)
            if self._is_missing(value):
                continue
            given = Given(column, value, self.columns.units.get(column), column, column, column, quantity=quantity)
            event = measured.reading(context, given)
            if isinstance(event, list):
                faults += event
            else:
                events.append(event)
        nothing: Ignored | None = "no_value" if not events and not faults else None
        return Parsed(context.record, tuple(events), tuple(faults), nothing, heard)

    def _is_missing(self, value: Any) -> bool:
        return value is MISSING or (isinstance(value, str | int | float) and str(value).strip() in self.missing)

    def _text(self, row: Mapping[str, Any], column: str | None) -> str:
        value = found(row, column) if column else MISSING
        return str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""

    def _label(self, row: Mapping[str, Any], parameter: str) -> str | None:
        stated = self.columns.units.get(parameter)
        return stated if stated is not None else self._text(row, self.columns.unit) or None

    def _time(self, record: int, row: Mapping[str, Any], faults: list[Rejected]) -> Instant | None:
        parts = [found(row, name) for name in self.times]
        given = parts[0] if len(parts) == 1 else " ".join("" if p is MISSING else str(p) for p in parts)
        try:
            return instant(None if given is MISSING else given, self.feed.zone, self.columns.time_format)
        except Refusal as refusal:
            faults.append(of(refusal, record, self.time_field, "" if given is MISSING else given))
            return None

    def _heard(self, record: int, row: Mapping[str, Any], faults: list[Rejected]) -> datetime | None:
        value = found(row, self.columns.ingest_time) if self.columns.ingest_time else MISSING
        if value is MISSING or not str(value).strip():
            return None
        try:
            return instant(value, self.feed.zone).at
        except Refusal as refusal:
            faults.append(of(refusal, record, self.columns.ingest_time or "", value))
            return None

    def _location(self, record: int, row: Mapping[str, Any], faults: list[Rejected]) -> Location | None:
        columns = self.columns
        if columns.lat is None or columns.lon is None:
            return None
        north, east = found(row, columns.lat), found(row, columns.lon)
        if self._is_missing(north) and self._is_missing(east):
            return None
        place: list[float] = []
        for name, given, read in ((columns.lat, north, latitude), (columns.lon, east, longitude)):
            try:
                place.append(read(None if given is MISSING else given))
            except Refusal as refusal:
                faults.append(of(refusal, record, name, "" if given is MISSING else given))
                return None
        if place == [0, 0]:
            faults.append(rejected(record, columns.lat, "not_a_coordinate", "0, 0", variant="unset"))
            return None
        return Location(lat=place[0], lon=place[1])

    def _quality(self, record: int, row: Mapping[str, Any], faults: list[Rejected]) -> Quality:
        if self.columns.quality is None:
            return "valid"
        given = self._text(row, self.columns.quality)
        if (known := QUALITY.get(folded(given))) is not None:
            return known
        faults.append(rejected(record, self.columns.quality, "unknown_value", given, expected="valid, suspect, ..."))
        return "suspect"
