"""`ioc.rules`: which rule sets there were, and which one was ordered when. One partition, compacted, each key once.

part|<name>|<n>|<of>   a piece of an edition (`ioc.alerts.edition`), packed; there before any order names it
order|<number>         from now on this edition; the greatest number counts
refused|<number>       a folder that was meant to become a rule set and was refused, with the mistakes in it

A worker that knows an order names it in every tick it writes (header `ioc-rules`), so each input partition learns of it
at an offset of its own, and from there on judges by it (`ioc.streams.in_force`).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import msgspec

from ioc.alerts.edition import Edition, pack, unpack
from ioc.streams.publish import Record

PART_BYTES = 800_000
KEPT_BYTES = 32 * 1024 * 1024
"""Of editions that stay in memory, packed, the newest first: thousands of small ones, some tens of large ones. An older
one is read from the log again, which is slow: a worker that is far behind meets one after the other."""
NAME: Final = 16
"""Hex digits of an edition's name."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """`number` grows (epoch ms where that is greater than the last); `at` is epoch ms; `rules` is how many there are."""

    number: int
    name: str
    at: int = 0
    by: str = ""
    rules: int = 0


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """A refusal: how many mistakes, and the first of them as sentences (language -> lines)."""

    number: int
    at: int = 0
    by: str = ""
    mistakes: int = 0
    said: dict[str, tuple[str, ...]] = {}


_encode = msgspec.json.Encoder().encode
_read_order = msgspec.json.Decoder(Order).decode
_read_refused = msgspec.json.Decoder(Refused).decode


def edition_records(edition: Edition) -> list[Record]:
    """The pieces of an edition."""
    raw, name = pack(edition), edition.name
    pieces = [raw[at : at + PART_BYTES] for at in range(0, len(raw), PART_BYTES)]
    return [Record(f"part|{name}|{nth}|{len(pieces)}".encode(), piece) for nth, piece in enumerate(pieces)]


def order_record(order: Order) -> Record:
    """The record of an order."""
    return Record(f"order|{order.number}".encode(), _encode(order))


def refused_record(refused: Refused) -> Record:
    """The record of a refusal."""
    return Record(f"refused|{refused.number}".encode(), _encode(refused))


class Ledger:
    """What `ioc.rules` says, fed record by record from its beginning. `wanted` keeps the bytes of that edition alone."""

    def __init__(self, wanted: str = "") -> None:
        self.orders: dict[int, Order] = {}
        self.refusals: dict[int, Refused] = {}
        self.newest: Order | None = None
        self.unreadable = 0
        self.next_offset = 0
        """Where who feeds it goes on reading."""
        self._wanted = wanted
        self._parts: dict[str, dict[int, bytes]] = {}
        self._of: dict[str, int] = {}
        self._bytes = 0

    def add(self, key: bytes | None, value: bytes | None) -> None:
        """Take in the next record; one without a value takes back what its key said."""
        kind, _, rest = (key or b"").decode("utf-8", "replace").partition("|")
        try:
            if kind == "part":
                self._part(rest, value)
            elif kind == "order":
                self._order(int(rest), None if value is None else _read_order(value))
            elif kind == "refused" and value is not None:
                one = _read_refused(value)
                self.refusals[one.number] = one
        except (ValueError, msgspec.MsgspecError):
            self.unreadable += 1

    def _part(self, rest: str, value: bytes | None) -> None:
        name, nth, of = rest.split("|")
        if self._wanted not in ("", name):
            return
        if value is None:
            self._drop(name)
            return
        self._of[name] = int(of)
        parts = self._parts.setdefault(name, {})
        self._bytes += len(value) - len(parts.get(int(nth), b""))
        parts[int(nth)] = value

    def _order(self, number: int, order: Order | None) -> None:
        if order is None:
            self.orders.pop(number, None)
            return
        self.orders[number] = order
        if self.newest is None or order.number > self.newest.number:
            self.newest = order
        if self._bytes > KEPT_BYTES and not self._wanted:
            self._forget()

    def _forget(self) -> None:
        """Let the pieces of the oldest orders go."""
        newest_first = dict.fromkeys(one.name for _, one in sorted(self.orders.items(), reverse=True))
        kept = 0
        for name in newest_first:
            size = sum(map(len, self._parts.get(name, {}).values()))
            if kept and kept + size > KEPT_BYTES // 2:
                self._drop(name)
            else:
                kept += size

    def _drop(self, name: str) -> None:
        self._bytes -= sum(map(len, self._parts.pop(name, {}).values()))

    def edition(self, name: str) -> Edition | None:
        """That edition, where all of it is here."""
        parts = self._parts.get(name, {})
        if not parts or len(parts) < self._of[name]:
            return None
        found = unpack(b"".join(parts[nth] for nth in range(self._of[name])))
        return found if found.name == name else None

    def outdated(self, before: int) -> Iterator[bytes]:
        """Keys of what may go: orders that were followed by another before that time (epoch ms), and their editions."""
        orders = [one for _, one in sorted(self.orders.items())]
        gone = [one for one, after in pairwise(orders) if after.at < before]
        kept = {one.name for one in orders if one not in gone}
        for one in gone:
            yield f"order|{one.number}".encode()
        for name in {one.name for one in gone} - kept:
            yield from (f"part|{name}|{nth}|{self._of[name]}".encode() for nth in range(self._of.get(name, 0)))
        yield from (f"refused|{one.number}".encode() for one in self.refusals.values() if one.at < before)
