"""The rules of one inlet: which were in force at a committed offset, and those that its ticks are about to order."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import aclosing

from ioc.streams.changelog import Fold
from ioc.streams.editions import Editions, Gone
from ioc.streams.fetched import LogRecord
from ioc.streams.headers import CLOCK, RULES, read_order, value_of
from ioc.streams.in_force import InForce, Since, at
from ioc.streams.inlet import Inlet
from ioc.streams.reading import Reader
from ioc.streams.rulebook import Rulebook

log = logging.getLogger(__name__)


class Unordered(Exception):
    """No rules were ever ordered here: whoever starts writes a tick first that names some."""


class InletRules:
    """Rules that the log orders, or the same ones for ever."""

    def __init__(self, inlet: Inlet, rules: Rulebook | Editions, reader: Reader) -> None:
        self._inlet = inlet
        self._rules = rules
        self._reader = reader

    async def at(self, number: int, fold: Fold, committed: int) -> tuple[InForce, Rulebook]:
        """What is in force at the committed offset of a partition."""
        if not isinstance(self._rules, Editions):
            return InForce(), self._rules
        known = at(fold.rules.changes, committed) if fold.rules else None
        if known is not None and (book := await self._book(known.name)) is not None:
            return InForce(known), book
        # Before the first order of a log its edition judges: whoever loads finds the same one.
        async with aclosing(self._reader.read(self._inlet.topic, number, start=committed)) as chunks:
            async for records in chunks:
                for record in records:
                    order = order_of(record)
                    if order is not None and (book := await self._book(order[1])) is not None:
                        return InForce(Since(committed - 1, *order)), book
        raise Unordered(f"{self._inlet.topic}[{number}]")

    async def ordered(self, in_force: InForce, records: Sequence[LogRecord]) -> dict[str, Rulebook]:
        """The rules of every edition that these records put into force."""
        orders = [order for one in records if one.value is None and (order := order_of(one)) is not None]
        named = {name for number, name in orders if number > in_force.now.number}
        return {name: book for name in sorted(named) if (book := await self._book(name)) is not None}

    async def _book(self, name: str) -> Rulebook | None:
        if not isinstance(self._rules, Editions):
            return self._rules
        try:
            return await self._rules.book(name, self._inlet.domain, self._inlet.field)
        except Gone:
            return None


def order_of(record: LogRecord) -> tuple[int, str] | None:
    """Number and name of the order that this tick names."""
    raw = value_of(record.headers, RULES) if record.value is None else None
    return None if raw is None or value_of(record.headers, CLOCK) is not None else read_order(raw)
