import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.adapters.csv_rows import ROW_BYTES, rows, sheet
from ioc.errors import Unreadable

CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r"), max_size=12)


def read(raw: bytes) -> list[dict[str, str] | str]:
    return [row.rejected.code if row.rejected else row.cells for row in rows(raw, sheet(raw))]


@given(st.lists(st.tuples(CELL, CELL, CELL), max_size=6), st.sampled_from(",;\t|"), st.sampled_from(["\n", "\r\n"]))
def test_what_the_csv_module_writes_is_read_back(table: list[tuple[str, str, str]], mark: str, end: str) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=mark, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerow(["a", "b", "c"])
    writer.writerows(table)
    expected = [dict(zip("abc", row, strict=True)) for row in table]
    assert read(text.getvalue().encode()) == expected


@given(st.lists(st.binary(max_size=40).map(lambda raw: raw.replace(b"\n", b"").replace(b'"', b"'")), max_size=5))
def test_bad_rows_cost_only_themselves(bad: list[bytes]) -> None:
    good = {"a": "1", "b": "2"}
    found = read(b"\n".join([b"a,b", b"1,2", *bad, b"1,2"]))
    assert found[0] == found[-1] == good
    assert len(found) == 2 + sum(bool(line.strip()) for line in bad)


ROWS: dict[str, tuple[bytes, list[dict[str, str] | str]]] = {
    "a quote that never closes": (b'1,"2\n3,4\n', ["wrong_shape", {"a": "3", "b": "4"}]),
    "a quote that never closes, and later rows with quotes": (
        b'1,"2\n3,"4"\n5,"6"\n',
        ["wrong_shape", {"a": "3", "b": "4"}, {"a": "5", "b": "6"}],
    ),
    "text behind a closing quote": (b'1,"2"x\n3,4\n', ["wrong_shape", {"a": "3", "b": "4"}]),
    "a quote in the middle of plain text": (b'12" pipe,2\n3,4\n', [{"a": '12" pipe', "b": "2"}, {"a": "3", "b": "4"}]),
    "a line break inside a quoted cell": (b'1,"2\n2b"\n3,4\n', [{"a": "1", "b": "2\n2b"}, {"a": "3", "b": "4"}]),
    "doubled quotes": (b'1,"say ""x"""\n', [{"a": "1", "b": 'say "x"'}]),
    "too few columns": (b"1\n3,4\n", ["wrong_shape", {"a": "3", "b": "4"}]),
    "too many columns": (b"1,2,3\n3,4\n", ["wrong_shape", {"a": "3", "b": "4"}]),
    "empty columns beyond the last": (b"1,2,,,\n", [{"a": "1", "b": "2"}]),
    "a last row without its end": (b"1,2\n3", [{"a": "1", "b": "2"}, "wrong_shape"]),
    "a NUL": (b"1,\x002\n3,4\n", ["not_text", {"a": "3", "b": "4"}]),
    "bytes that are not UTF-8": (b"1,\xb5g\n3,4\n", ["not_text", {"a": "3", "b": "4"}]),
    "bytes that are not UTF-8 between quotes": (b'1,"\xb5g"\n3,4\n', ["not_text", {"a": "3", "b": "4"}]),
    "blank lines are no rows": (b"\n \n1,2\n\n", [{"a": "1", "b": "2"}]),
}


@pytest.mark.parametrize(("raw", "expected"), ROWS.values(), ids=ROWS)
def test_rows(raw: bytes, expected: list[dict[str, str] | str]) -> None:
    assert read(b"a,b\n" + raw) == expected


HEADERS: dict[str, tuple[bytes, tuple[str, ...]]] = {
    "commas": (b"a,b,c\n", ("a", "b", "c")),
    "semicolons, with a comma in a name": (b'"pm2,5";b;c\n', ("pm2,5", "b", "c")),
    "tabs": (b"a\tb\n", ("a", "b")),
    "a byte order mark": (b"\xef\xbb\xbfa,b\n", ("a", "b")),
    "a spreadsheet's sep line": (b"sep=;\r\na;b\r\n", ("a", "b")),
    "blanks around names, blank lines before": (b"\n\n a , b \n", ("a", "b")),
    "one column": (b"a\n1\n", ("a",)),
    "old Macintosh line ends": (b"a,b\r1,2\r", ("a", "b")),
}


@pytest.mark.parametrize(("raw", "header"), HEADERS.values(), ids=HEADERS)
def test_header(raw: bytes, header: tuple[str, ...]) -> None:
    assert sheet(raw).header == header


def test_rows_end_as_the_header_does() -> None:
    assert read(b"a,b\r1,2\r3,4") == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]


@pytest.mark.parametrize("raw", [b"", b"\n\n", b"\xff\xfea\x00", b"\x80\x81,\n", b"a\x00,b\n", b"x" * (ROW_BYTES + 1)])
def test_what_has_no_header_is_unreadable(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        sheet(raw)


def test_a_row_of_ten_megabytes_costs_only_itself() -> None:
    assert read(b"a,b\n1,2\n" + b"x" * 10_000_000 + b"\n3,4\n") == [
        {"a": "1", "b": "2"},
        "too_long",
        {"a": "3", "b": "4"},
    ]
