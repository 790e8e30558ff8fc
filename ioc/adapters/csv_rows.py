"""CSV framing: delimiter by the header, one bad row apart.

A row is cut out as a line first, so that broken quoting, a missing column, a NUL, bytes that are not UTF-8, or ten
megabytes without an end cost that row only. A quoted cell may hold line breaks if the row is whole with them.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ioc.adapters.parsed import Raw
from ioc.adapters.refusal import rejected
from ioc.errors import Unreadable
from ioc.events import Rejected
from ioc.events.envelope import clip

ROW_BYTES = 128 * 1024
"""The longest row that is read (Python's own limit for a cell)."""
ROW_LINES = 20
"""A quoted cell may run over so many lines."""
DELIMITERS = ",;\t|"


class Sheet(NamedTuple):
    """A CSV with its header read: column names as the sender wrote them (trimmed), delimiter, where the rows begin."""

    header: tuple[str, ...]
    delimiter: str
    start: int
    newline: bytes


class Row(NamedTuple):
    """One row: its cells by column, or why it is none; `blank` where every cell is empty."""

    record: int
    cells: dict[str, str]
    rejected: Rejected | None = None
    blank: bool = False


def sheet(raw: Raw) -> Sheet:
    """Read the header; raises Unreadable where the input is empty, not text, or has no line to be one."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise Unreadable("utf16_input")
    start = 3 if raw[:3] == b"\xef\xbb\xbf" else 0
    newline = b"\r" if raw.find(b"\n", start) < 0 <= raw.find(b"\r", start) else b"\n"
    line, start = _first(raw, start, newline)
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable("not_text_input", text=_shown(line)) from error
    if text.startswith("sep=") and len(text) <= 5:
        line, start = _first(raw, start, newline)
        text = line.decode("utf-8", "replace")
    if "\x00" in text:
        raise Unreadable("not_text_input", text=_shown(line))
    cells = {mark: _cells(text, mark) or [] for mark in DELIMITERS}
    delimiter = max(DELIMITERS, key=lambda mark: len(cells[mark]))
    header = tuple(cell.strip() for cell in cells[delimiter])
    if not header:
        raise Unreadable("no_header", text=_shown(line))
    return Sheet(header, delimiter, start, newline)


def _first(raw: Raw, start: int, newline: bytes) -> tuple[bytes, int]:
    """The first line that is not blank, and where the next begins."""
    while start < len(raw):
        stop = raw.find(newline, start)
        stop = len(raw) if stop < 0 else stop
        if stop - start > ROW_BYTES:
            raise Unreadable("no_header", text=_shown(raw[start : start + 200]))
        line = raw[start:stop].strip()
        start = stop + 1
        if line:
            return line, start
    raise Unreadable("empty_input")


def _shown(line: bytes) -> str:
    return clip(line[:200].decode("utf-8", "replace"), 120)


def demand(found: Sheet, wanted: Sequence[str], code: str = "missing_columns") -> None:
    """Raise Unreadable, naming them, if columns are missing."""
    missing = [name for name in wanted if name not in found.header]
    if missing:
        shown = clip(", ".join(found.header), 200)
        raise Unreadable(code, missing=", ".join(missing), found=shown)


def rows(raw: Raw, found: Sheet) -> Iterator[Row]:
    """Every row that is not a blank line, with its number from 1."""
    size, width, record = len(raw), len(found.header), 0
    start = found.start
    while start < size:
        stop = raw.find(found.newline, start)
        stop = size if stop < 0 else stop
        after = stop + 1
        if stop - start > ROW_BYTES:
            record += 1
            shown = raw[start : start + 200]
            yield Row(record, {}, rejected(record, "-", "too_long", shown, limit=ROW_BYTES))
            start = after
            continue
        line = raw[start:stop]
        if not line.strip():
            start = after
            continue
        record += 1
        cells: list[str] | None = None
        if b'"' in line:
            cells, after = _quoted(raw, start, after, found, width)
            line = line if after == stop + 1 else raw[start : after - 1]
        yield _row(record, line.rstrip(b"\r"), cells, found)
        start = after


def _row(record: int, line: bytes, cells: list[str] | None, found: Sheet) -> Row:
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        shown = line[max(error.start - 60, 0) : error.start + 60]
        return Row(record, {}, rejected(record, "-", "not_text", shown, at=error.start + 1))
    if "\x00" in text:
        return Row(record, {}, rejected(record, "-", "not_text", line, variant="nul"))
    if cells is None:
        if '"' in text:
            return Row(record, {}, rejected(record, "-", "wrong_shape", line, variant="quotes"))
        cells = text.split(found.delimiter)
    width = len(found.header)
    if len(cells) > width and not any(cell.strip() for cell in cells[width:]):
        cells = cells[:width]
    if len(cells) != width:
        return Row(record, {}, rejected(record, "-", "wrong_shape", line, wanted=width, found=len(cells)))
    blank = not any(cell.strip() for cell in cells)
    return Row(record, dict(zip(found.header, cells, strict=True)), None, blank)


def _quoted(raw: Raw, start: int, after: int, found: Sheet, width: int) -> tuple[list[str] | None, int]:
    """Cells of a row with quotes, and where the next row begins; None where its quoting is broken."""
    alone = after
    for lines in range(ROW_LINES):
        stop = min(after - 1, len(raw))
        if stop - start > ROW_BYTES:
            break
        text = raw[start:stop].decode("utf-8", "replace").rstrip("\r")
        if text.count('"') % 2 == 0 or lines == 0:
            cells = _cells(text, found.delimiter)
            if cells is not None and (lines == 0 or len(cells) == width):
                return cells, after
            if text.count('"') % 2 == 0:
                break
        if after >= len(raw):
            break
        next_stop = raw.find(found.newline, after)
        after = (len(raw) if next_stop < 0 else next_stop) + 1
    return None, alone


def _cells(text: str, delimiter: str) -> list[str] | None:
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return None
