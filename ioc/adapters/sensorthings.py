"""OGC SensorThings 1.0/1.1: single observations, lists, dataArray (bulk), things with expanded datastreams.

A datastream's id leads to the registered source, which knows quantity and unit; an expanded `Datastream` says them
itself. Records may stand in an envelope `{"topic": "v1.1/Datastreams(5)/Observations", "payload": ...}` (MQTT), where
only the topic names the datastream. Source: OGC 18-088 (SensorThings 1.1), sections 8.2 and 13.

Id: source, quantity, time of the phenomenon (and its length): the server's own `@iot.id` changes when it is filled again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from ioc.adapters import json_records, measured, sources
from ioc.adapters.mapping import MISSING, found
from ioc.adapters.measured import Context, Given
from ioc.adapters.numbers import latitude, longitude
from ioc.adapters.parsed import Parsed, Raw
from ioc.adapters.refusal import Refusal, of, rejected
from ioc.adapters.times import Instant, instant
from ioc.catalogue import Feed
from ioc.events import Location, Rejected

TIME, RESULT = "phenomenonTime", "result"
UNIT = "unitOfMeasurement.symbol"
PROPERTY = "ObservedProperty.name"
_DATASTREAM = re.compile(r"(?:Multi)?Datastreams\(('?)([^()']{1,100})\1\)")


class Stream(NamedTuple):
    """A datastream as far as the input says: its id, the names it gives to what it measures and to the unit, its place."""

    name: str = ""
    parameter: str | None = None
    unit: str | None = None
    location: Location | None = None


def parse(raw: Raw, feed: Feed, received_at: datetime) -> Iterator[Parsed]:
    """Readings, one record per observation. Raises Unreadable where no JSON object is found."""
    for record, (row, stream, refused) in enumerate(_rows(raw), 1):
        if refused is not None:
            yield Parsed(record, rejected=(_numbered(refused, record),))
        else:
            yield _observation(record, row, stream, feed, received_at)


def _numbered(refused: Rejected, record: int) -> Rejected:
    """The same rejection with its place in the input: an inner part is read before its number is known."""
    return Rejected(
        record=record, field=refused.field, code=refused.code, excerpt=refused.excerpt, values=refused.values
    )


Observed = tuple[Mapping[str, Any], Stream, Rejected | None]


def _rows(raw: Raw) -> Iterator[Observed]:
    """Every observation of the input; the elements of a list answer (`value`) are its objects."""
    begin = json_records.member(raw, "value") if json_records.opening(raw) == b"{" else None
    spans = json_records.spans(raw) if begin is None else json_records.elements(raw, begin)
    for start, end in spans:
        rows = (
            json_records.member(raw, "dataArray", (start, end)) if raw.find(b'"dataArray"', start, end) >= 0 else None
        )
        if rows is not None:
            yield from _bulk(raw, (start, rows, end))
            continue
        item = json_records.decode(raw[start : min(end, start + json_records.RECORD_BYTES + 1)], 0)
        if item.rejected is not None:
            yield {}, Stream(), item.rejected
        else:
            yield from _unwrapped(item.value)


def _unwrapped(row: Mapping[str, Any]) -> Iterator[Observed]:
    """An object, out of its MQTT envelope if it has one."""
    topic, payload = row.get("topic"), row.get("payload")
    if not isinstance(topic, str) or payload is None:
        yield from _observations(row, Stream())
        return
    named = _DATASTREAM.search(topic)
    stream = Stream(named[2] if named else "")
    if isinstance(payload, str):
        item = json_records.decode(payload.encode("utf-8", "surrogatepass"), 0)
        if item.rejected is not None:
            yield {}, stream, item.rejected
            return
        payload = item.value
    if isinstance(payload, dict):
        yield from _observations(payload, stream)
    else:
        yield {}, stream, rejected(0, "payload", "wrong_type", payload, wanted="object")


def _observations(row: Mapping[str, Any], stream: Stream) -> Iterator[Observed]:
    """The observations inside one object: itself, or those of expanded datastreams."""
    datastreams = row.get("Datastreams")
    if isinstance(datastreams, list):
        place = _place(row.get("Locations"))
        for one in datastreams:
            if isinstance(one, dict):
                yield from _expanded(one, _merged(stream._replace(location=place), one, row))
            else:
                yield {}, stream, rejected(0, "Datastreams", "wrong_type", one, wanted="object")
        return
    if isinstance(row.get("Observations"), list):
        yield from _expanded(row, _merged(stream, row, row))
        return
    yield row, _merged(stream, row.get("Datastream"), row), None


def _expanded(datastream: Mapping[str, Any], stream: Stream) -> Iterator[Observed]:
    for one in datastream.get("Observations") or []:
        if isinstance(one, dict):
            yield one, stream, None
        else:
            yield {}, stream, rejected(0, "Observations", "wrong_type", one, wanted="object")


def _bulk(raw: Raw, span: tuple[int, int, int]) -> Iterator[Observed]:
    """Rows of a dataArray by its components; each is cut out and read alone, so a bad one costs only itself.

    `span`: where the object begins, where the array's elements begin, where the object ends.
    """
    start, rows, end = span
    close = json_records.closing(raw, rows, end)
    head = json_records.decode(raw[start:rows] + (raw[close:end] or b"]}"), 0)
    if head.rejected is not None:
        yield {}, Stream(), head.rejected
        return
    stream = _merged(Stream(), head.value.get("Datastream"), head.value)
    components = head.value.get("components")
    if not isinstance(components, list) or not all(isinstance(one, str) for one in components):
        yield {}, stream, rejected(0, "components", "wrong_type", components, wanted="list of text")
        return
    for begin, stop in json_records.elements(raw, rows, end):
        cells = json_records.value(raw[begin : min(stop, begin + json_records.RECORD_BYTES + 1)], 0)
        if isinstance(cells, Rejected):
            yield {}, stream, _of_component(cells, components)
        elif isinstance(cells, list) and len(cells) == len(components):
            yield dict(zip(components, cells, strict=True)), stream, None
        else:
            length = len(cells) if isinstance(cells, list) else 0
            yield {}, stream, rejected(0, "dataArray", "wrong_shape", cells, wanted=len(components), found=length)


def _of_component(refused: Rejected, components: list[str]) -> Rejected:
    """A row's cells are known by their position; the sender calls them by their component."""
    place = int(refused.field) if refused.field.isdecimal() else len(components)
    if place >= len(components):
        return refused
    return rejected(0, components[place], refused.code, refused.excerpt, **refused.values)


def _merged(stream: Stream, datastream: Any, row: Mapping[str, Any]) -> Stream:
    """What an expanded datastream (or a link to one) adds to what is known of it."""
    if not isinstance(datastream, dict):
        datastream = {}
    link = row.get("Datastream@iot.navigationLink")
    linked = _DATASTREAM.search(link) if isinstance(link, str) else None
    name = datastream.get("@iot.id", datastream.get("name"))
    unit, named = found(datastream, UNIT), found(datastream, PROPERTY)
    return Stream(
        str(name)
        if isinstance(name, str | int) and not isinstance(name, bool)
        else stream.name or (linked[2] if linked else ""),
        named if isinstance(named, str) else stream.parameter,
        unit if isinstance(unit, str) else stream.unit,
        _place(found(datastream, "Thing.Locations")) or stream.location,
    )


def _place(locations: Any) -> Location | None:
    """The first GeoJSON point (lon, lat) of a thing's locations, None where there is none that can be read."""
    for one in locations if isinstance(locations, list) else []:
        point = found(one, "location.coordinates") if isinstance(one, dict) else MISSING
        if isinstance(point, list) and len(point) >= 2:
            try:
                return Location(lat=latitude(point[1]), lon=longitude(point[0]))
            except Refusal:
                continue
    return None


def period(given: Any, zone: str) -> tuple[Instant, int | None]:
    """`phenomenonTime`: a time, or an interval `start/end`, of which the end counts and the length is the period."""
    if not isinstance(given, str) or "/" not in given:
        return instant(given, zone), None
    first, _, last = given.partition("/")
    begins, ends = instant(first, zone), instant(last, zone)
    seconds = (ends.at - begins.at).total_seconds()
    if not 0 <= seconds <= 366 * 86400:
        raise Refusal("not_a_time")
    return Instant(ends.at, begins.assumed or ends.assumed), int(seconds)


def _observation(record: int, row: Mapping[str, Any], stream: Stream, feed: Feed, received_at: datetime) -> Parsed:
    result = row.get(RESULT, MISSING)
    if result is None:
        return Parsed(record, ignored="no_value")
    faults: list[Rejected] = []
    try:
        at, seconds = period(row.get(TIME), feed.zone)
    except Refusal as refusal:
        faults.append(of(refusal, record, TIME, row.get(TIME)))
        at, seconds = Instant(received_at), None
    if result is MISSING:
        faults.append(rejected(record, RESULT, "missing"))
    if not stream.name and len(feed.sources) != 1:
        faults.append(rejected(record, "Datastream.@iot.id", "missing"))
    if faults:
        return Parsed(record, rejected=tuple(faults))
    source, registered = sources.of(feed, stream.name)
    if registered is None and stream.parameter is None:
        return Parsed(record, rejected=(rejected(record, "Datastream.@iot.id", "unknown_source", stream.name),))
    parameter = stream.parameter or stream.name
    context = Context(record, feed, source, registered, at, received_at, stream.location, period_s=seconds)
    unit = registered.unit if registered and registered.unit else stream.unit
    given = Given(parameter, result, unit, RESULT, PROPERTY, UNIT, quantity=registered.quantity if registered else None)
    event = measured.reading(context, given)
    if isinstance(event, list):
        return Parsed(record, rejected=tuple(event))
    return Parsed(record, (event,))
