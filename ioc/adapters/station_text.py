"""Vietnamese station upload: `<STATION>_<YYYYMMDDhhmmss>.txt`, lines `Name TAB Value TAB Unit TAB time TAB Status`.

Circular 10/2021/TT-BTNMT, annex 15 (before it 24/2017/TT-BTNMT): one file every five minutes by FTP, local time, status
00 measuring, 01 calibrating, 02 error. The station stands in the file's name only: `narrowed` gives the feed of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from ioc.adapters import measured, sources
from ioc.adapters.csv_rows import ROW_BYTES
from ioc.adapters.measured import Context, Given
from ioc.adapters.parsed import Parsed, Raw
from ioc.adapters.refusal import Refusal, of, rejected
from ioc.adapters.times import instant
from ioc.catalogue import Feed, Source, Title
from ioc.errors import Unreadable
from ioc.events import Quality, Rejected
from ioc.events.envelope import clip

COLUMNS = ("Name", "Value", "Unit", "Time", "Status")
"""By position; the file has no header."""
STATUS: dict[str, Quality] = {"00": "valid", "01": "calibration", "02": "fault", "0": "valid", "1": "calibration", "2": "fault"}  # fmt: skip
"""A spreadsheet on the way may have eaten the zero."""
SNIFFED_LINES = 20
_NAME = re.compile(r"(?:.*[/\\])?([^/\\]{1,100})_(\d{12}|\d{14})\.txt", re.ASCII | re.IGNORECASE)


def station_of(filename: str) -> str | None:
    """The station in a file's name, None where it has another form."""
    found = _NAME.fullmatch(filename)
    return found[1] if found else None


def narrowed(feed: Feed, filename: str) -> Feed:
    """The feed as this file's station alone has it; unchanged where the name tells no station."""
    name = station_of(filename)
    if name is None:
        return feed
    source = sources.known(feed, name) or Source(
        id=sources.made(feed, name), names=(name,), title=Title(vi=name[:200], en=name[:200]), expected=False
    )
    return feed.model_copy(update={"sources": (source,)})


def parse(raw: Raw, feed: Feed, received_at: datetime) -> Iterator[Parsed]:
    """Readings, one per line; raises Unreadable where none of the first lines has five columns by tabs."""
    newline = b"\r" if raw.find(b"\n") < 0 <= raw.find(b"\r") else b"\n"
    _sniff(raw, newline)
    for record, (line, long) in enumerate(_lines(raw, newline), 1):
        if long:
            yield Parsed(record, rejected=(rejected(record, "-", "too_long", line, limit=ROW_BYTES),))
        else:
            yield _line(record, line, feed, received_at)


def _lines(raw: Raw, newline: bytes) -> Iterator[tuple[bytes, bool]]:
    """Lines that are not blank; the beginning and True for one beyond the limit."""
    start = 3 if raw[:3] == b"\xef\xbb\xbf" else 0
    while start < len(raw):
        stop = raw.find(newline, start)
        stop = len(raw) if stop < 0 else stop
        if stop - start > ROW_BYTES:
            yield raw[start : start + 200], True
        else:
            line = raw[start:stop]
            if line.strip():
                yield line.strip(b"\r"), False
        start = stop + 1


def _sniff(raw: Raw, newline: bytes) -> None:
    first = b""
    for count, (line, _) in enumerate(_lines(raw, newline)):
        first = first or line
        if line.count(b"\t") in (3, 4) and _is_text(line):
            return
        if count >= SNIFFED_LINES:
            break
    if not first:
        raise Unreadable("empty_input")
    raise Unreadable("no_station_text", text=clip(first[:200].decode("utf-8", "replace").strip(), 120))


def _is_text(line: bytes) -> bool:
    """A few bytes of another code page may stand in it; noise has many more, and control characters."""
    shown = line.decode("utf-8", "replace")
    strange = sum(c == "\ufffd" or (c < " " and c != "\t") for c in shown)
    return strange * 10 <= len(shown)


def _line(record: int, line: bytes, feed: Feed, received_at: datetime) -> Parsed:
    try:
        cells = [cell.strip() for cell in line.decode("utf-8").split("\t")]
    except UnicodeDecodeError as error:
        return Parsed(
            record, rejected=(rejected(record, "-", "not_text", line.replace(b"\t", b" | "), at=error.start + 1),)
        )
    if "\x00" in "".join(cells):
        return Parsed(record, rejected=(rejected(record, "-", "not_text", line, variant="nul"),))
    if len(cells) != len(COLUMNS):
        shape = rejected(record, "-", "wrong_shape", line.replace(b"\t", b" | "), wanted=len(COLUMNS), found=len(cells))
        return Parsed(record, rejected=(shape,))
    name, value, unit, time, status = cells
    if feed.columns and name.casefold() in {one.casefold() for one in feed.columns.ignore}:
        return Parsed(record, ignored="parameter")
    faults: list[Rejected] = []
    quality = STATUS.get(status)
    if quality is None:
        faults.append(rejected(record, "Status", "unknown_value", status, expected="00, 01, 02"))
        quality = "suspect"
    if value in (feed.columns.missing if feed.columns else MISSING):
        return Parsed(record, ignored="no_value")
    try:
        at = instant(time, feed.zone)
    except Refusal as refusal:
        return Parsed(record, rejected=(of(refusal, record, "Time", time),))
    source, registered = sources.of(feed, "")
    local = at._replace(assumed=False)  # the circular says local time: nothing is assumed
    context = Context(record, feed, source, registered, local, received_at, quality=quality)
    event = measured.reading(context, Given(name, value, unit, *COLUMNS[1:2], *COLUMNS[:1], *COLUMNS[2:3]))
    if isinstance(event, list):
        return Parsed(record, rejected=(*faults, *event))
    return Parsed(record, (event,), tuple(faults))


MISSING = ("", "-", "NA", "NaN", "null", "-999", "-9999")
"""What stands in the value's place when there is none."""
