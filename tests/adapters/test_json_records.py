import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.adapters import json_records
from ioc.adapters.json_records import RECORD_BYTES, items
from ioc.errors import Unreadable

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.lists(st.dictionaries(st.text(), JSON, max_size=4), max_size=6)


def values(raw: bytes) -> list[Any]:
    return [item.rejected.code if item.rejected else item.value for item in items(raw)]


WRITTEN = {
    "one per line": lambda rows: "\n".join(json.dumps(row) for row in rows),
    "with carriage returns and blank lines": lambda rows: "\r\n\r\n".join(json.dumps(row) for row in rows) + "\r\n",
    "an array": json.dumps,
    "a printed array": lambda rows: json.dumps(rows, indent=2),
    "an array with a byte order mark": lambda rows: "\ufeff" + json.dumps(rows, ensure_ascii=False),
    "an array of one line each": lambda rows: "[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]",
    "printed objects one after another": lambda rows: "\n".join(json.dumps(row, indent=1) for row in rows),
}


@pytest.mark.parametrize("write", WRITTEN.values(), ids=WRITTEN)
@given(rows=OBJECTS.filter(bool))
def test_every_framing_gives_the_objects_in_order(write: Any, rows: list[dict[str, Any]]) -> None:
    found = list(items(write(rows).encode("utf-8", "surrogatepass")))
    assert [item.record for item in found] == list(range(1, len(rows) + 1))
    assert [item.value for item in found] == rows


BAD = st.binary(max_size=60).map(lambda raw: raw.replace(b"\n", b"")).filter(lambda raw: raw.strip(b" \t\r") != b"{")
"""Any line but a brace alone, which begins an object printed over several lines."""


@given(st.lists(BAD, max_size=5))
def test_bad_lines_cost_only_themselves(bad: list[bytes]) -> None:
    good = {"n": 1}
    lines = [b'{"n":1}', *bad, b'{"n":1}']
    found = values(b"\n".join(lines))
    assert found[0] == found[-1] == good
    assert len(found) == 2 + sum(bool(line.strip(b" \t\r")) for line in bad)


ODD: dict[str, tuple[bytes, list[Any]]] = {
    "an unclosed object in an array": (
        b'[{"a":1},{"b":{"c":1},{"a":2},{"a":3}]',
        [{"a": 1}, "not_this_format", {"a": 2}, {"a": 3}],
    ),
    "an unclosed text in an array": (b'[{"a":"x"y"},{"a":2}]', ["not_this_format", {"a": 2}]),
    "an array cut off": (b'[{"a":1},{"a":2},{"a"', [{"a": 1}, {"a": 2}, "not_this_format"]),
    "an array cut off behind a record": (b'[{"a":1},{"a":2}', [{"a": 1}, {"a": 2}]),
    "a wrong bracket": (b'[{"a":[1},{"a":2}]', ["not_this_format", {"a": 2}]),
    "commas with nothing between": (b'[{"a":1},,{"a":2}]', [{"a": 1}, "not_this_format", {"a": 2}]),
    "other things than objects": (b'{"a":1}\n7\n[1]\n"x"\nnull', [{"a": 1}, *["wrong_type"] * 4]),
    "brackets inside text": (b'[{"a":"}],[{"},{"a":"\\"]"}]', [{"a": "}],[{"}, {"a": '"]'}]),
    "an integer of thirty digits": (b'{"a":' + b"1" * 30 + b"}", [{"a": int("1" * 30)}]),
    "an integer of ten thousand digits": (b'{"a":' + b"1" * 10_000 + b"}", ["too_long"]),
    "half a surrogate pair": (b'{"a":"\\ud800"}', ["not_text"]),
    "a control character in text": (b'{"a":"\x01"}', ["not_this_format"]),
    "one key twice: the last counts": (b'{"a":1,"a":2}', [{"a": 2}]),
    "an empty array": (b" [ ] ", []),
    "a brace alone on its line between good lines": (b'{"a":1}\n{\n{"a":2}', [{"a": 1}, "not_this_format", {"a": 2}]),
    "half a printed object between good lines": (
        b'{"a":1}\n{\n"b": "x\n{"a":2}',
        [{"a": 1}, "not_this_format", {"a": 2}],
    ),
    "an array that begins with nonsense": (b'[nonsense, {"a":1}]', ["not_this_format", {"a": 1}]),
}


@pytest.mark.parametrize(("raw", "expected"), ODD.values(), ids=ODD)
def test_odd_inputs(raw: bytes, expected: list[Any]) -> None:
    assert values(raw) == expected


NOT_FINITE = {"a": b'{"a":NaN}', "a.b": b'{"a":{"b":-Infinity}}', "a.1.c": b'{"a":[1,{"c":1e999}]}'}


@pytest.mark.parametrize(("field", "raw"), NOT_FINITE.items())
def test_a_number_that_is_none_names_its_field(field: str, raw: bytes) -> None:
    (item,) = items(raw)
    assert item.rejected
    assert (item.rejected.field, item.rejected.code) == (field, "not_finite")


@pytest.mark.parametrize("raw", [b"", b"  \n", b"<html>", b"hello", b"\x00\x01\x02", b"[1,2,3]", b"NaN", b'"text"'])
def test_an_input_without_objects_is_unreadable(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        list(items(raw))


def test_a_line_of_ten_megabytes_costs_only_itself() -> None:
    raw = b'{"a":1}\n{"a":"' + b"x" * 10_000_000 + b'"}\n{"a":2}\n'
    assert values(raw) == [{"a": 1}, "too_long", {"a": 2}]


def test_a_record_of_ten_megabytes_in_an_array_costs_only_itself() -> None:
    raw = b'[{"a":1},{"a":"' + b"x" * 10_000_000 + b'"},{"a":2}]'
    assert values(raw) == [{"a": 1}, "too_long", {"a": 2}]


@pytest.mark.parametrize(
    "brackets", [b"[" * 100_000, b"{" * 100_000, b'{"a":' * 100_000, b"[" * 50_000 + b"]" * 50_000]
)
def test_a_hundred_thousand_brackets_cost_only_themselves(brackets: bytes) -> None:
    assert values(b'{"a":1}\n' + brackets + b'\n{"a":2}') == [{"a": 1}, "too_deep", {"a": 2}]
    in_array = values(b'[{"a":1},{"b":' + brackets + b'},{"a":2}]')
    assert in_array[0] == {"a": 1}
    assert in_array[-1] == {"a": 2}
    assert set(in_array[1:-1]) <= {"too_deep", "not_this_format"}


def test_the_longest_record_is_still_read() -> None:
    row = {"a": "x" * (RECORD_BYTES - 20)}
    assert values(json.dumps(row).encode()) == [row]


@given(OBJECTS, st.text())
def test_the_array_inside_a_wrapper_is_found(rows: list[dict[str, Any]], name: str) -> None:
    wrapped = json.dumps({"x": {"value": [1]}, "y": [[]], "value": rows, "z": name}).encode()
    begin = json_records.member(wrapped, "value")
    assert begin is not None
    assert [item.value for item in json_records.members(wrapped, begin)] == rows
    assert wrapped[json_records.closing(wrapped, begin, len(wrapped)) :].startswith(b"]")


def test_no_wrapper_no_array() -> None:
    assert json_records.member(b'{"value":1}', "value") is None
    assert json_records.member(b'{"a":{"value":[]}}', "value") is None
