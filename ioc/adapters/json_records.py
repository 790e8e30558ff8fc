"""JSON framing: lines, an array, objects one after another, or an array inside a wrapper; one bad record apart.

The input is cut into records before any of it is decoded, so that a record which is broken, too deep, too long or not
UTF-8 costs only itself. Nothing recurses into JSON that has not been measured first.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import msgspec

from ioc.adapters.parsed import Raw
from ioc.adapters.refusal import rejected
from ioc.errors import Unreadable
from ioc.events import Rejected
from ioc.events.codec import DEPTH
from ioc.events.envelope import clip

RECORD_BYTES = 1024 * 1024
"""The longest record that is read; the largest honest one met (Suricata statistics) has 30 kB."""
SNIFFED_LINES = 20
"""One of the first so many lines must begin like a record, else the input is not this format."""
SNIFFED_BYTES = 64 * 1024

_TOKEN = re.compile(rb'"(?:[^"\\\n]++|\\.)*+"?|[\[\]{},]')
_BRACKET = re.compile(rb'"(?:[^"\\\n]++|\\.)*+"?|[\[\]{}]')
_BLANK = re.compile(rb"[ \t\r\n]*+")
_NEXT = re.compile(rb"[}\]][ \t\r\n]*+,?[ \t\r\n]*+(?=\{)|\n(?=\{)")
"""Where a new record probably begins after one whose brackets do not close: behind a bracket, or at a line's start."""
_CLOSED_BY = {b"[": b"]", b"{": b"}"}


class Item(NamedTuple):
    """One record: its JSON object, or why it is none."""

    record: int
    value: dict[str, Any]
    rejected: Rejected | None = None


def items(raw: Raw) -> Iterator[Item]:
    """Every JSON object of the input with its number from 1; raises Unreadable where the input holds none at all."""
    for record, (start, end) in enumerate(spans(raw), 1):
        yield decode(raw[start : min(end, start + RECORD_BYTES + 1)], record)


def elements(raw: Raw, start: int, end: int | None = None) -> Iterator[tuple[int, int]]:
    """Spans of the elements of the array whose `[` stands before `start`; nothing at or beyond `end` is looked at."""
    return _spans(raw, start, len(raw) if end is None else end, array=True)


def members(raw: Raw, start: int) -> Iterator[Item]:
    """The objects in the array whose `[` stands before `start`, numbered from 1."""
    for record, (begin, end) in enumerate(elements(raw, start), 1):
        yield decode(raw[begin : min(end, begin + RECORD_BYTES + 1)], record)


def closing(raw: Raw, start: int, end: int) -> int:
    """Offset of the `]` that closes the array whose `[` stands before `start`; `end` where none does before it."""
    depth = 0
    for token in _BRACKET.finditer(raw, start, end):
        if token[0] in (b"[", b"{"):
            depth += 1
        elif token[0] in (b"]", b"}"):
            if depth == 0:
                return token.start()
            depth -= 1
    return end


def member(raw: Raw, name: str, span: tuple[int, int] | None = None) -> int | None:
    """Where the elements of an object's array `name` begin (just after its `[`), or None without one.

    The object is the one that begins the span, by default the input's first.
    """
    depth = 0
    wanted = f'"{name}"'.encode()
    start, end = span or (_start(raw), len(raw))
    for token in _BRACKET.finditer(raw, start, end):
        sign = token[0]
        if sign in (b"[", b"{"):
            depth += 1
        elif sign in (b"]", b"}"):
            depth -= 1
            if depth <= 0:
                return None
        elif depth == 1 and sign == wanted:
            after = _BLANK.match(raw, token.end())
            at = after.end() if after else token.end()
            if raw[at : at + 1] == b":":
                blank = _BLANK.match(raw, at + 1)
                at = blank.end() if blank else at + 1
                if raw[at : at + 1] == b"[":
                    return at + 1
        if depth > DEPTH:
            return None
    return None


def _start(raw: Raw) -> int:
    """Offset of the first byte that says something."""
    found = _BLANK.match(raw, 3 if raw[:3] == b"\xef\xbb\xbf" else 0)
    return found.end() if found else 0


def opening(raw: Raw) -> bytes:
    """The first byte that says something, b"" where there is none."""
    start = _start(raw)
    return raw[start : start + 1]


def unreadable(raw: Raw, code: str = "no_json") -> Unreadable:
    """The error for an input that is no JSON of records, with what it begins with."""
    start = _start(raw)
    if start >= len(raw):
        return Unreadable("empty_input")
    return Unreadable(code, text=clip(raw[start : start + 200].decode("utf-8", "replace").strip(), 120))


def spans(raw: Raw) -> Iterator[tuple[int, int]]:
    """Where each record of the input stands; raises Unreadable where the input holds none at all."""
    start = _start(raw)
    first = raw[start : start + 1]
    if first == b"[":
        blank = _BLANK.match(raw, start + 1)
        after = raw[blank.end() : blank.end() + 1] if blank else b""
        if after in (b"{", b"]"):
            return _spans(raw, start + 1, len(raw), array=True)
    if first == b"{" and not _by_lines(raw, start):
        return _spans(raw, start, len(raw), array=False)
    if any(raw[a : a + 1] == b"{" for a, _ in _first_lines(raw, start)):
        return _lines(raw, start)
    if first == b"[" and b"{" in raw[start : start + SNIFFED_BYTES]:
        return _spans(raw, start + 1, len(raw), array=True)
    raise unreadable(raw)


def _first_lines(raw: Raw, start: int) -> Iterator[tuple[int, int]]:
    for count, span in enumerate(_lines(raw, start)):
        if count >= SNIFFED_LINES:
            return
        yield span


def _by_lines(raw: Raw, start: int) -> bool:
    """Whether records stand one per line: the first line closes, or the second begins with a brace at its start.

    A brace alone on its line, with a name or the closing brace on the next, is an object printed over several lines.
    """
    lines = list(_first_lines(raw, start))
    for (begin, end), (following, _) in pairwise(lines):
        if end - begin == 1 and raw[begin:end] == b"{" and raw[following : following + 1] in (b'"', b"}"):
            return False
    begin, end = lines[0]
    if end - begin <= RECORD_BYTES and raw[end - 1 : end] == b"}" and _balance(raw[begin:end]) == 0:
        return True
    second = lines[1][0] if len(lines) > 1 else None
    return second is not None and raw[second : second + 1] == b"{" and raw[second - 1 : second] == b"\n"


def _lines(raw: Raw, start: int) -> Iterator[tuple[int, int]]:
    """Spans of lines that are not blank, without the blanks around them."""
    size = len(raw)
    while start < size:
        stop = raw.find(b"\n", start)
        stop = size if stop < 0 else stop
        blank = _BLANK.match(raw, start, stop)
        begin = blank.end() if blank else start
        end = stop
        while end > begin and raw[end - 1 : end] in (b" ", b"\t", b"\r"):
            end -= 1
        if end > begin:
            yield begin, end
        start = stop + 1


def _spans(raw: Raw, start: int, end: int, *, array: bool) -> Iterator[tuple[int, int]]:
    """Cut elements of an array (at commas), or objects one after another (at their closing bracket).

    A record whose brackets do not close within the limits ends where the next one seems to begin.
    """
    while start < end:
        start, span, done = _next_span(raw, start, end, array=array)
        if span is not None:
            yield span
        if done:
            return


Found = tuple[int, tuple[int, int] | None, bool]


def _next_span(raw: Raw, start: int, end: int, *, array: bool) -> Found:
    """One record from `start`: (where to go on, its span, whether the input or the array has ended)."""
    whole = _whole_span(raw, start, end, array=array)
    if whole is not None:
        return whole
    seam = _NEXT.search(raw, start + 1, end)
    if seam is None:
        return end, _trimmed(raw, start, end), True
    return seam.end(), _trimmed(raw, start, seam.start() + 1), False


def _whole_span(raw: Raw, start: int, end: int, *, array: bool) -> Found | None:
    """A record whose brackets close within the limits; None where they do not."""
    closers: list[bytes] = []
    for token in _TOKEN.finditer(raw, start, end):
        sign, at = token[0], token.start()
        if not closers and array and sign == b"]":
            return token.end(), _trimmed(raw, start, at), True
        if not closers and array and sign == b",":
            return token.end(), _trimmed(raw, start, at) or (at, at), False
        if sign in _CLOSED_BY:
            if not closers and not array and (garbage := _trimmed(raw, start, at)):
                return at, garbage, False
            closers.append(_CLOSED_BY[sign])
        elif closers and sign in (b"]", b"}"):
            if closers.pop() != sign:
                return None
            if not closers and not array:
                return token.end(), _trimmed(raw, start, token.end()), False
        if len(closers) > DEPTH + 1 or (closers and at - start > RECORD_BYTES):
            return None
    return None if closers else (end, _trimmed(raw, start, end), True)


def _trimmed(raw: Raw, start: int, end: int) -> tuple[int, int] | None:
    """The span without the blanks around it; None where nothing is left."""
    blank = _BLANK.match(raw, start, end)
    begin = blank.end() if blank else start
    while end > begin and raw[end - 1 : end] in (b" ", b"\t", b"\r", b"\n"):
        end -= 1
    return (begin, end) if end > begin else None


def _balance(piece: bytes) -> int:
    """Opening minus closing brackets outside strings; more than 0 as soon as it is deeper than a record may be."""
    depth = 0
    for token in _BRACKET.finditer(piece):
        if token[0] in (b"[", b"{"):
            depth += 1
            if depth > DEPTH:
                break
        elif token[0] in (b"]", b"}"):
            depth -= 1
    return depth


def too_deep(piece: bytes) -> bool:
    """Whether brackets outside strings nest deeper than any honest record's."""
    if piece.count(b"[") + piece.count(b"{") <= DEPTH:
        return False
    depth = 0
    for token in _BRACKET.finditer(piece):
        if token[0] in (b"[", b"{"):
            depth += 1
            if depth > DEPTH:
                return True
        elif token[0] in (b"]", b"}"):
            depth -= 1
    return False


def decode(piece: bytes, record: int) -> Item:
    """One record's bytes -> its object, or why it is none, with the field named where one is to blame."""
    found = value(piece, record)
    if isinstance(found, Rejected):
        return Item(record, {}, found)
    if not isinstance(found, dict):
        return Item(record, {}, rejected(record, "-", "wrong_type", piece[:200], wanted="object"))
    return Item(record, found)


def value(piece: bytes, record: int) -> Any:
    """One record's bytes -> any JSON value, or a `Rejected`."""
    if len(piece) > RECORD_BYTES:
        return rejected(record, "-", "too_long", piece[:200], limit=RECORD_BYTES)
    if too_deep(piece):
        return rejected(record, "-", "too_deep", piece[:200], limit=DEPTH)
    try:
        return msgspec.json.decode(piece)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _diagnosed(piece, record)


def _diagnosed(piece: bytes, record: int) -> Any:
    """A slower reader that says what is wrong; the value where only the fast one minds."""
    try:
        text = piece.decode("utf-8")
    except UnicodeDecodeError as error:
        return rejected(record, "-", "not_text", piece[max(error.start - 60, 0) : error.start + 60], at=error.start + 1)
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        shown = text[max(error.pos - 60, 0) : error.pos + 60]
        return rejected(record, "-", "not_this_format", shown, variant="json", at=error.pos + 1)
    except ValueError:
        return rejected(record, "-", "too_long", piece[:200], limit=4300)
    path = _not_finite(found)
    if path is not None:
        return rejected(record, path or "-", "not_finite", piece[:200])
    try:
        text = json.dumps(found, ensure_ascii=False)
        text.encode("utf-8")
    except UnicodeEncodeError:
        return rejected(record, "-", "not_text", piece[:200], at=1)
    return found


def _not_finite(value: Any) -> str | None:
    """Dotted path of the first number that is NaN or infinite, None where there is none; depth is known to be small."""
    if isinstance(value, float):
        return None if math.isfinite(value) else ""
    pairs: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        path = _not_finite(inner)
        if path is not None:
            return f"{key}.{path}".rstrip(".")
    return None
