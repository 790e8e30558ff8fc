"""Which event ids one partition has seen, for the judgement of duplicates.

An event is a duplicate only if its id was first seen at a *lower* offset: after a crash the same records come again,
and the ids written just before the crash must not make duplicates of the very events they stand for.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence
from hashlib import blake2b

import msgspec

from ioc.streams.topics import SEEN_MS

LIMIT = 1_000_000
"""Ids kept per partition, about 75 MB."""


class SeenRecord(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One batch of first sightings: 64-bit hashes and their offsets above `base`, both little-endian arrays."""

    topic_id: str
    partition: int
    base: int
    hashes: bytes
    offsets: bytes


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(SeenRecord).decode


def hash64(event_id: str) -> int:
    """64 bits of an id; ours are the hex digits of a hash already."""
    try:
        return int(event_id[:16], 16) & 0xFFFFFFFFFFFFFFFF
    except ValueError:
        return int.from_bytes(blake2b(event_id.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


def _little(values: array[int]) -> bytes:
    if sys.byteorder == "big":
        values.byteswap()
    return values.tobytes()


def _array(code: str, raw: bytes) -> array[int]:
    values: array[int] = array(code)
    values.frombytes(raw)
    if sys.byteorder == "big":
        values.byteswap()
    return values


def pack(topic_id: str, partition: int, pairs: Sequence[tuple[int, int]]) -> bytes:
    """Bytes of one record of `ioc.<domain>.seen`, from (hash, offset) pairs with offsets within 2^32 of the first."""
    base = pairs[0][1]
    hashes = array("Q", [pair[0] for pair in pairs])
    offsets = array("I", [pair[1] - base for pair in pairs])
    return _encode(SeenRecord(topic_id, partition, base, _little(hashes), _little(offsets)))


def unpack(raw: bytes, topic_id: str, partition: int) -> list[tuple[int, int]]:
    """The pairs; none where they speak of another log. Raises msgspec.DecodeError for what is no such record."""
    record = _decode(raw)
    if record.topic_id != topic_id or record.partition != partition:
        return []
    base = record.base
    return [
        (one, base + offset)
        for one, offset in zip(_array("Q", record.hashes), _array("I", record.offsets), strict=True)
    ]


class Seen:
    """Ids of the last ten minutes of log time at least, of the last twenty at most; never more than `limit`.

    Two sets take turns, so forgetting costs nothing. `overflow` counts ids forgotten before their ten minutes.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self._half = max(1, limit // 2)
        self._current: set[int] = set()
        self._older: set[int] = set()
        self._pending: dict[int, int] = {}
        self._since = self._clock = 0
        self.overflow = 0

    def recall(self, pairs: Sequence[tuple[int, int]], committed: int) -> None:
        """Take in pairs from the log; those at or beyond the committed offset will come again as records."""
        for one, offset in pairs:
            if offset < committed:
                self._older.add(one)
            elif offset < self._pending.get(one, offset + 1):
                self._pending[one] = offset
        if len(self._older) > 2 * self._half:  # which of them are older is not known any more
            self.overflow += len(self._older) - 2 * self._half
            self._older = set(list(self._older)[: 2 * self._half])

    def first(self, one: int, offset: int) -> bool:
        """Whether this id is here for the first time; remembers it."""
        current = self._current
        if one in current or one in self._older:
            return False
        current.add(one)
        if len(current) >= self._half:
            self._turn(self._clock)
        return not (self._pending and self._pending.pop(one, offset) < offset)

    def advance(self, clock: int) -> None:
        """Forget what is old enough; `clock` is the partition's log clock, epoch ms."""
        self._clock = clock
        if not self._since:
            self._since = clock  # what was recalled is as old as ten minutes, and stays for ten more
        elif clock - self._since >= SEEN_MS:
            self._turn(clock)

    def _turn(self, clock: int) -> None:
        if clock - self._since < SEEN_MS:
            self.overflow += len(self._older)
        self._older, self._current = self._current, set()
        self._since = clock

    def __len__(self) -> int:
        return len(self._current) + len(self._older)
