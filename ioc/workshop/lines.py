"""Canonical events as lines of JSON (what `ioc convert` writes): whole blocks decoded at once, bad lines one by one.

A block that the fast path cannot take is judged line by line, so a line is refused for exactly the reasons that the
contract gives, and the lines around it are taken.
"""

from __future__ import annotations

import mmap
import re
from array import array
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple, Protocol
from zlib import crc32

import msgspec

from ioc.events import Rejected
from ioc.events.codec import REFUSALS, STRUCTS, Observed, reasons

BLOCK: Final = 1 << 20
"""Bytes read at once: some four thousand lines."""
LINE: Final = 4 << 20
"""Bytes of one line; a longer one is no event."""
_decoder = msgspec.json.Decoder(STRUCTS["camera"] | STRUCTS["hotspot"] | STRUCTS["environment"] | STRUCTS["netsec"])
_SOURCE = re.compile(rb'"source":"((?:[^"\\]|\\.)*)"')
"""A key `source` as our encoder writes it. Inside a text its quotes are escaped, so no text looks like it."""


class Readable(Protocol):
    """What blocks are read from."""

    def read(self, size: int, /) -> bytes: ...  # noqa: D102 - as of any binary file


class Share(NamedTuple):
    """Which sources one process judges: those whose hash falls on `number` of `of`."""

    number: int = 0
    of: int = 1

    def holds(self, source: bytes) -> bool:
        """Whether this source is judged here."""
        return self.of == 1 or crc32(source) % self.of == self.number


WHOLE: Final = Share()


class Refused(NamedTuple):
    """A line that is no event: its number from 1, and why."""

    line: int
    reasons: Sequence[Rejected]


class Block(NamedTuple):
    """One block read: its events in order, what was refused, and the bytes it took.

    `lines` are the events' numbers of line, where the file is shared out; else none.
    """

    events: Sequence[Observed]
    refused: Sequence[Refused]
    size: int
    lines: Sequence[int] = ()


def blocks(stream: Readable, share: Share = WHOLE) -> Iterator[Block]:
    """Everything in the stream, a block at a time; events of other shares are left out, refusals counted in share 0."""
    rest, line = b"", 1
    while True:
        read = stream.read(BLOCK)
        cut = read.rfind(b"\n") + 1 if read else 0
        if read and not cut and len(rest) + len(read) <= LINE:
            rest += read
            continue
        whole = rest + read[:cut] if cut else rest + read
        rest = read[cut:] if cut else b""
        if whole:
            yield _block(whole, line, share)
            line += whole.count(b"\n")
        if not read:
            return


def _block(raw: bytes, line: int, share: Share) -> Block:
    try:
        if share.of == 1:
            return Block(_decoder.decode_lines(raw), (), len(raw))
        mine = _shared(raw, share)
        if mine is not None:
            numbers, texts = mine
            return Block(_decoder.decode_lines(b"\n".join(texts)), (), len(raw), [line + nth for nth in numbers])
    except REFUSALS:
        pass
    return _one_by_one(raw, line, share)


def _shared(raw: bytes, share: Share) -> tuple[Sequence[int], Sequence[bytes]] | None:
    """The lines of this share, with their places in the block; None where a line does not name exactly one source as our encoder writes it."""
    lines = raw.splitlines() if b"\r" not in raw else raw.split(b"\n")
    sources = _SOURCE.findall(raw)
    if len(sources) != len(lines) or b"\\" in b"".join(sources):
        return None
    number, of = share
    mine = [nth for nth, source in enumerate(sources) if crc32(source) % of == number]
    return mine, [lines[nth] for nth in mine]


def _one_by_one(raw: bytes, line: int, share: Share) -> Block:
    events: list[Observed] = []
    lines: list[int] = []
    refused: list[Refused] = []
    for nth, one in enumerate(raw.split(b"\n"), line):
        if not one.strip():
            continue
        try:
            event = _decoder.decode(one)
        except REFUSALS:
            if share.number == 0:
                refused.append(Refused(nth, reasons(one, nth)))
            continue
        if share.holds(event.source.encode()):
            events.append(event)
            lines.append(nth)
    return Block(events, refused, len(raw), lines if share.of > 1 else ())


class Sorted:
    """The events of a file in order of `moment`, ties as they stand; the file is read twice and never held whole.

    In memory are 16 bytes an event (24 where the file is shared out), while it sorts some hundred.
    """

    def __init__(self, raw: mmap.mmap, moment: Callable[[Observed], int], share: Share = WHOLE) -> None:
        self._raw = raw
        self._places = array("Q")
        self._lines = array("Q")
        moments = array("q")
        self.refused: list[Refused] = []
        begin, line = 0, 0
        while text := raw.readline():
            place, begin, line = begin, begin + len(text), line + 1
            if share.of > 1:
                found = _SOURCE.search(text)
                if found is not None and b"\\" not in found[1] and not share.holds(found[1]):
                    continue
            try:
                event = _decoder.decode(text)
            except REFUSALS:
                if share.number == 0 and text.strip():
                    self.refused.append(Refused(line, reasons(text, line)))
                continue
            if share.holds(event.source.encode()):
                self._places.append(place)
                if share.of > 1:
                    self._lines.append(line)
                moments.append(moment(event))
        self._order = sorted(range(len(moments)), key=moments.__getitem__)

    def blocks(self) -> Iterator[Block]:
        """As `blocks`, in order."""
        raw, places, size = self._raw, self._places, 4096
        yield Block((), self.refused, 0)
        for start in range(0, len(self._order), size):
            events, read = [], 0
            part = self._order[start : start + size]
            for nth in part:
                raw.seek(places[nth])
                text = raw.readline()
                read += len(text)
                events.append(_decoder.decode(text))
            yield Block(events, (), read, [self._lines[nth] for nth in part] if self._lines else ())
