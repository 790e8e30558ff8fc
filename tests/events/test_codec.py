"""The Struct of the hot path and the model accept the same bytes; what is refused is named."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ioc.events import DOMAINS, MODELS, Domain, iso
from ioc.events.codec import DEPTH, REFUSALS, cloud_headers, decode, decoder, encode, model_of, reasons, too_deep
from tests.events.examples import FULL, LEAST

EXAMPLES = [FULL[domain] for domain in DOMAINS] + [LEAST[domain] for domain in DOMAINS]


def struct_takes(raw: bytes) -> bool:
    try:
        decode(raw)
    except REFUSALS:
        return False
    return True


def model_takes(raw: bytes) -> bool:
    try:
        model_of(raw)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example['type']}-{len(example)}")
def test_an_event_survives_its_bytes(example: dict[str, Any]) -> None:
    event = model_of(json.dumps(example).encode())
    raw = encode(event)
    assert model_of(raw) == event
    seen = decode(raw)
    assert (seen.id, seen.observed_at, seen.received_at) == (event.id, event.observed_at, event.received_at)
    assert set(json.loads(raw)) == set(example)


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_field_at_its_default_is_left_out(domain: Domain) -> None:
    event = model_of(json.dumps(LEAST[domain] | {"quality": "valid", "drill": False, "title": None}).encode())
    assert set(json.loads(encode(event))) == set(LEAST[domain])


JSON = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5)
)
VALUES = (
    JSON
    | st.lists(JSON, max_size=2)
    | st.dictionaries(st.text(max_size=4), JSON, max_size=2)
    | st.sampled_from(
        [
            "2026-05-14T10:00:00",
            "2026-05-14 10:00:00+0700",
            "2026-13-14T10:00:00Z",
            "valid",
            "x" * 400,
            -1e10,
            1e400,
            91,
            "05443",
        ]
    )
)
FIELDS = sorted({name for model in MODELS.values() for name in model.model_fields} | {"extra", "lat"})


@given(
    st.sampled_from(EXAMPLES),
    st.lists(st.tuples(st.sampled_from(FIELDS), VALUES, st.booleans()), min_size=1, max_size=3),
)
def test_struct_and_model_accept_the_same(example: dict[str, Any], changes: list[tuple[str, Any, bool]]) -> None:
    row = dict(example)
    for name, value, remove in changes:
        if remove:
            row.pop(name, None)
        elif name == "lat":
            row["location"] = {"lat": value, "lon": 105.8}
        else:
            row[name] = value
    raw = json.dumps(row).encode()
    if b"Infinity" in raw:
        return
    assert struct_takes(raw) == model_takes(raw) == (reasons(raw) == []), raw


@given(st.binary(max_size=200))
def test_any_bytes_that_are_refused_have_a_reason(raw: bytes) -> None:
    assert not struct_takes(raw)
    found = reasons(raw, record=7)
    assert found
    assert {one.record for one in found} == {7}


REFUSED: dict[str, tuple[Callable[[dict[str, Any]], Any], str, str]] = {
    "no id": (lambda row: row.pop("id"), "id", "missing"),
    "a field that nobody knows": (lambda row: row.update(colour=1), "colour", "contract"),
    "a value beyond all": (lambda row: row.update(value=2e9), "value", "out_of_range"),
    "a value as text": (lambda row: row.update(value="12"), "value", "not_a_number"),
    "a latitude beyond the pole": (
        lambda row: row.update(location={"lat": 91, "lon": 0}),
        "location.lat",
        "out_of_range",
    ),
    "a time without a zone": (lambda row: row.update(observed_at="2026-05-14T10:00:00"), "observed_at", "not_a_time"),
    "an unknown quantity": (lambda row: row.update(quantity="ghosts"), "quantity", "unknown_value"),
    "a title too long": (lambda row: row.update(title="x" * 301), "title", "too_long"),
    "an id too short": (lambda row: row.update(id="x"), "id", "empty"),
    "another domain": (lambda row: row.update(type="weather"), "-", "unknown_value"),
    "no domain": (lambda row: row.pop("type"), "-", "missing"),
}


@pytest.mark.parametrize(("change", "field", "code"), REFUSED.values(), ids=REFUSED)
def test_the_field_to_blame_is_named(change: Callable[[dict[str, Any]], Any], field: str, code: str) -> None:
    row = dict(FULL["environment"])
    change(row)
    assert [(one.field, one.code) for one in reasons(json.dumps(row).encode())] == [(field, code)]


def test_two_wrong_fields_are_both_named() -> None:
    row = FULL["environment"] | {"value": "x", "quality": "nice"}
    assert {one.field for one in reasons(json.dumps(row).encode())} == {"value", "quality"}


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "not_this_format"),
        (b"{", "not_this_format"),
        (b"\xff", "not_text"),
        (b"[" * 100_000, "too_deep"),
        (b'{"a":NaN}', "not_this_format"),
    ],
)
def test_bytes_that_are_no_json_have_one_reason(raw: bytes, code: str) -> None:
    assert [one.code for one in reasons(raw)] == [code]


@given(st.integers(0, 80))
def test_depth_is_measured_without_recursion(depth: int) -> None:
    raw = b'{"a":' * depth + b'"[[[[{{{{\\"[[["' + b"}" * depth
    assert too_deep(raw) == (depth > DEPTH)


def test_a_domains_own_decoder_takes_no_other() -> None:
    with pytest.raises(REFUSALS):
        decoder("camera")(json.dumps(LEAST["netsec"]).encode())


@pytest.mark.parametrize("domain", DOMAINS)
def test_cloud_events_headers(domain: Domain) -> None:
    event = model_of(json.dumps(LEAST[domain]).encode())
    headers = dict(cloud_headers(event))
    assert headers["ce_type"] == f"vn.thainguyen.ioc.{domain}".encode()
    assert headers["ce_time"] == b"2026-05-14T03:00:00Z"
    assert headers["ce_source"] == event.source.encode()


def test_time_is_written_in_utc_with_no_more_digits_than_it_has() -> None:
    event = model_of(json.dumps(LEAST["netsec"]).encode())
    assert (iso(event.observed_at), iso(event.received_at)) == ("2026-05-14T03:00:00Z", "2026-05-14T03:00:01.500Z")
