"""Laws of the contract's bytes: what was encoded is decoded again, and Struct and model agree on any bytes at all.

The events here are made from the models' own ranges, and the bytes are then broken at random: times in every spelling,
numbers at the edges of what JSON and Python can hold, keys twice, text cut anywhere.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from ioc.events.codec import REFUSALS, decode, decoder, encode, model_of, reasons
from ioc.events.domains import DOMAINS, MODELS, Domain, Event
from ioc.events.envelope import Location, Media
from ioc.events.quantities import UNITS
from tests.alerts.timeline import DEFAULTS

TIMES = int(os.environ.get("IOC_EXAMPLES", "1"))

ZONES = st.sampled_from([UTC, timezone(timedelta(hours=7)), timezone(timedelta(hours=-11, minutes=-30))])
MOMENTS = st.datetimes(datetime(1971, 1, 1), datetime(2099, 1, 1), timezones=ZONES)  # noqa: DTZ001 - bounds of a strategy
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
DEGREES = st.floats(-90, 90)
PLACES = st.none() | st.builds(
    Location,
    lat=DEGREES,
    lon=st.floats(-180, 180),
    commune=st.none() | st.just("05443"),
    error_m=st.none() | st.just(265.5),
)
LINKS = st.lists(st.builds(Media, kind=st.just("image"), url=st.text("abc/:.é", min_size=1, max_size=30),
                           taken_at=st.none() | MOMENTS), max_size=2).map(tuple)  # fmt: skip


@st.composite
def events(draw: st.DrawFn) -> Event:
    domain: Domain = draw(st.sampled_from(DOMAINS))
    fields: dict[str, Any] = {
        **DEFAULTS[domain],
        "type": domain,
        "id": draw(st.text("0123456789abcdef", min_size=16, max_size=64)),
        "feed": draw(TEXT.filter(bool)),
        "source": draw(TEXT.filter(bool)),
        "observed_at": draw(MOMENTS),
        "received_at": draw(MOMENTS),
        "value": draw(st.floats(-1e9, 1e9)),
        "location": draw(PLACES),
        "quality": draw(st.sampled_from(["valid", "suspect", "calibration", "fault"])),
        "flags": draw(st.sampled_from([(), ("saturated",), ("text_cut", "time_ahead")])),
        "title": draw(st.none() | TEXT),
        "media": draw(LINKS),
        "drill": draw(st.booleans()),
    }
    if domain == "environment":
        fields["unit"] = draw(st.sampled_from(UNITS))
        fields["period_s"] = draw(st.none() | st.integers(0, 366 * 86400))
    return MODELS[domain](**fields)


def seen(event: Any) -> Any:
    """Every field of a Struct or a model, plain, for comparison."""
    if isinstance(event, (tuple, list)):
        return [seen(one) for one in event]
    if isinstance(event, BaseModel):
        return {name: seen(getattr(event, name)) for name in type(event).model_fields if name != "type"}
    if hasattr(event, "__struct_fields__"):
        return {name: seen(getattr(event, name)) for name in event.__struct_fields__}
    return event


def same(one: Any, other: Any) -> bool:
    """Equal; times to the microsecond, for digits beyond it are rounded by the one and cut by the other."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, datetime):
        return bool(abs(one - other) <= timedelta(microseconds=1))
    return bool(one == other)


def struct_of(raw: bytes) -> Any:
    try:
        return decode(raw)
    except REFUSALS:
        return None


def model_from(raw: bytes) -> Any:
    try:
        return model_of(raw)
    except ValidationError:
        return None


def agree(raw: bytes) -> None:
    struct, model = struct_of(raw), model_from(raw)
    assert (struct is None) == (model is None), raw
    assert (reasons(raw) == []) == (model is not None), raw
    if model is not None:
        assert same(seen(struct), seen(model)), raw


@settings(max_examples=150 * TIMES, deadline=None)
@given(events())
def test_what_was_encoded_is_decoded_again(event: Event) -> None:
    raw = encode(event)

    assert model_of(raw) == event
    assert encode(model_of(raw)) == raw
    assert seen(decode(raw)) == seen(decoder(event.type)(raw)) == seen(event)


SPELLINGS = st.sampled_from(
    [
        "2026-05-14T04:09:51Z", "2026-05-14t04:09:51z", "2026-05-14 04:09:51+07:00", "2026-05-14T04:09:51+0700",
        "2026-05-14T04:09:51+07", "2026-05-14T04:09:51", "2026-05-14", "2026-05-14T04:09Z", "20260514T040951Z",
        "2026-05-14T24:00:00Z", "2026-05-14T23:59:60Z", "2026-02-30T00:00:00Z", "2026-05-14T04:09:51.1Z",
        "2026-05-14T04:09:51.123456Z", "2026-05-14T04:09:51.1234567Z", "2026-05-14T04:09:51.123456789Z",
        "2026-05-14T04:09:51.Z", "2026-05-14T04:09:51,5Z", "2026-05-14T04:09:51+24:00", "2026-05-14T04:09:51-00:00",
        "2026-05-14T04:09:51+14:59", "2026-05-14T04:09:51+07:60", "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00", "10000-01-01T00:00:00Z", "1778731791", "1778731791000", " 2026-05-14T04:09:51Z",
        "2026-05-14T04:09:51Z ", "٢٠٢٦-05-14T04:09:51Z", "2026-W20-4T04:09:51Z", "now", "",
    ]
)  # fmt: skip
NUMBERS = st.sampled_from(
    ["0", "-0", "-0.0", "1e9", "1000000000.0000001", "1e308", "1e309", "-1e400", "NaN", "Infinity", "-Infinity", "01",
     "+1", ".5", "5.", "1_000", "0x10", "9007199254740993", "123456789012345678901234567890", "1E+2", "true", "null",
     '"1"', "[1]", "{}", "1e-400", "٣"]
)  # fmt: skip


@settings(max_examples=150 * TIMES, deadline=None)
@given(events(), st.sampled_from(["observed_at", "received_at", "media"]), SPELLINGS)
def test_times_in_any_spelling_are_judged_alike(event: Event, field: str, spelling: str) -> None:
    row = json.loads(encode(event))
    row[field] = [{"kind": "image", "url": "a", "taken_at": spelling}] if field == "media" else spelling

    agree(json.dumps(row).encode())


@settings(max_examples=150 * TIMES, deadline=None)
@given(
    events(), st.sampled_from(["value", "lat", "lon", "error_m", "period_s", "confidence", "drill", "title"]), NUMBERS
)
def test_numbers_at_any_edge_are_judged_alike(event: Event, field: str, number: str) -> None:
    row = json.loads(encode(event))
    if field in ("lat", "lon", "error_m"):
        row["location"] = {"lat": 1.5, "lon": 2.5, field: "@"}
    else:
        row[field] = "@"

    agree(json.dumps(row).replace('"@"', number).encode())


BREAKS = [b"", b'"', b"\\", b"{", b"}", b",", b":", b"\x00", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\\ud800", b"\\u0000",
          b"1", b"-", b"e", b" ", b"\n", b"null", b"true", b'"id":"0123456789abcdef",']  # fmt: skip


@settings(max_examples=300 * TIMES, deadline=None)
@given(events(), st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 9), st.sampled_from(BREAKS)), max_size=3))
def test_bytes_broken_anywhere_are_judged_alike(event: Event, breaks: list[tuple[int, int, bytes]]) -> None:
    raw = encode(event)
    for at, cut, put in breaks:
        place = at % (len(raw) + 1)
        raw = raw[:place] + put + raw[place + cut :]

    agree(raw)


@pytest.mark.parametrize("domain", DOMAINS)
def test_one_domains_decoder_takes_no_other(domain: Domain) -> None:
    at = datetime(2026, 5, 14, tzinfo=UTC)
    for other in DOMAINS:
        fields: dict[str, Any] = {**DEFAULTS[other], "type": other, "id": "0" * 16, "feed": "f", "source": "s"}
        raw = encode(MODELS[other](**fields, observed_at=at, received_at=at, value=1.0))
        if other == domain:
            assert seen(decoder(domain)(raw)) == seen(decode(raw))
        else:
            with pytest.raises(REFUSALS):
                decoder(domain)(raw)
