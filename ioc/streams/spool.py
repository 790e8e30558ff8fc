"""Events of a replay, kept on disk until all are read and can be put in order.

In memory are an event's moment, partition, place in the file and 64 bits of its id: about 150 bytes an event, so ten
million events take 1.5 GB. The events themselves, and what is told of refused records, lie in temporary files without a
name, gone with the process.
"""

from __future__ import annotations

import mmap
import tempfile
from array import array
from collections.abc import Iterator
from types import TracebackType
from typing import NamedTuple, Self

import msgspec

from ioc.events import Event
from ioc.events.codec import cloud_headers, encode
from ioc.replay import moment
from ioc.streams.headers import Header
from ioc.streams.seen import hash64
from ioc.streams.topics import partition_of

REFUSED_BYTES = 200_000
"""Given back at once, of the refused records."""


class Body(NamedTuple):
    """One event as it goes into a record."""

    key: bytes
    value: bytes
    headers: list[Header]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Body).decode


class Spool:
    """`add` every event, then `sort`, then read in order. `partitions` is the number that the topic has."""

    def __init__(self, partitions: int) -> None:
        self._partitions = partitions
        self._moments = array("q")
        self._parts = array("H")
        self._ends = array("q")
        self._ids: set[int] = set()
        self._order: list[int] = []
        self._file = tempfile.TemporaryFile(prefix="ioc-replay-")  # noqa: SIM115 - closed by __exit__
        self._refused = tempfile.TemporaryFile(prefix="ioc-replay-")  # noqa: SIM115 - closed by __exit__
        self._bytes: mmap.mmap | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bytes is not None:
            self._bytes.close()
        self._file.close()
        self._refused.close()

    def __len__(self) -> int:
        return len(self._moments)

    def add(self, event: Event, ahead: int) -> bool:
        """Keep an event; False where its id was met before, in this file or an earlier one."""
        one = hash64(event.id)
        if one in self._ids:
            return False
        self._ids.add(one)
        key = event.source.encode()
        self._file.write(_encode(Body(key, encode(event), cloud_headers(event))))
        self._moments.append(moment(event, ahead))
        self._parts.append(partition_of(key, self._partitions))
        self._ends.append(self._file.tell())
        return True

    def refuse(self, line: bytes) -> None:
        """Keep what is to be told of a refused record: one line of JSON."""
        self._refused.write(line + b"\n")

    def refused(self) -> Iterator[list[bytes]]:
        """The lines of the refused records, some hundreds at a time."""
        self._refused.seek(0)
        while lines := self._refused.readlines(REFUSED_BYTES):
            yield [line.rstrip(b"\n") for line in lines]

    def sort(self) -> None:
        """Put what was added in order of its moment; nothing is added any more."""
        self._ids.clear()
        self._file.flush()
        self._order = sorted(range(len(self)), key=self._moments.__getitem__)
        if self._order:
            self._bytes = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)

    @property
    def span(self) -> tuple[int, int]:
        """First and last moment, epoch ms; zeros where there is no event."""
        return (self._moments[self._order[0]], self._moments[self._order[-1]]) if self._order else (0, 0)

    @property
    def partitions(self) -> list[int]:
        """The partitions that have any, in order."""
        return sorted(set(self._parts))

    def moments(self) -> Iterator[tuple[int, int]]:
        """Moment and partition of each event, in order."""
        for nth in self._order:
            yield self._moments[nth], self._parts[nth]

    def body(self, nth: int) -> Body:
        """The `nth` event in order."""
        assert self._bytes is not None  # noqa: S101 - a body is asked for by its place in the order
        place = self._order[nth]
        return _decode(self._bytes[self._ends[place - 1] if place else 0 : self._ends[place]])
