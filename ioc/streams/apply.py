"""Rule sets written into `ioc.rules`: an edition and the order that puts it into force, or why a folder was refused.

The pieces of an edition are with the broker before the order that names it is sent, so whoever sees the order can
read it. Several who order at once do no harm: the greatest number counts, and of two equal ones the first.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ioc.alerts.edition import Edition
from ioc.errors import Permanent
from ioc.streams.headers import RULES as RULES_HEADER
from ioc.streams.headers import read_order, value_of
from ioc.streams.orders import Ledger, Order, Refused, edition_records, order_record, refused_record
from ioc.streams.patient import Sender
from ioc.streams.publish import Record
from ioc.streams.reading import Reader
from ioc.streams.topics import DAY, RULES

KEPT_MS = 30 * DAY
"""How long an edition can be read after another has followed it: beyond any record that could still be judged by it."""
POLL_SECONDS = 0.2
SAID = 20
"""Mistakes of a refused folder that are written down in words."""


@dataclass(frozen=True, kw_only=True)
class Ordered:
    """Rules that come from the log of rules. `initial` is asked where nothing was ever ordered; `at` is now (epoch ms).

    `told` hears each order of which this process has the rules ready, and each refusal, the old ones too.
    """

    initial: Callable[[], Edition]
    at: int
    by: str
    told: Callable[[Order | Refused], None] = lambda _: None


async def ledger(reader: Reader, known: Ledger | None = None) -> Ledger:
    """All that the log of rules says now; only what was added where an earlier answer is `known`."""
    found = known or Ledger()
    async for records in reader.read(RULES, 0, start=found.next_offset):
        for record in records:
            found.add(record.key, record.value)
        found.next_offset = records[-1].offset + 1
    return found


async def apply(
    reader: Reader, sender: Sender, edition: Edition, *, at: int, by: str, known: Ledger | None = None
) -> Order:
    """Put an edition into force; `at` is now (epoch ms). Gives the order; the one that stands if it names the same.

    Where the log has lost pieces of the one that stands, they are sent again, under an order of their own.

    Raises Permanent `rules_superseded` where somebody else's order came between.
    """
    known = await ledger(reader, known)
    newest, name = known.newest, edition.name
    if newest is not None and newest.name == name and known.edition(name) is not None:
        return newest
    number = max(at, newest.number + 1 if newest else 0)
    order = Order(number=number, name=name, at=at, by=by, rules=len(edition.rules))
    old = [Record(key, None) for key in known.outdated(at - KEPT_MS)]
    await sender.send_batch(RULES, 0, [*old, *edition_records(edition)])
    await sender.send_batch(RULES, 0, [order_record(order)])
    standing = (await ledger(reader, known)).newest
    if standing is None or standing.name != name:
        raise Permanent("rules_superseded", by=standing.by if standing else "-")
    return standing


async def refuse(reader: Reader, sender: Sender, said: Mapping[str, Sequence[str]], *, at: int, by: str) -> Refused:
    """Write down that a folder was refused: language -> one sentence per mistake."""
    known = await ledger(reader)
    number = max(at, 1 + max(known.refusals, default=0))
    first = {lang: tuple(lines[:SAID]) for lang, lines in said.items()}
    refused = Refused(number=number, at=at, by=by, mistakes=max(map(len, said.values()), default=0), said=first)
    await sender.send_batch(RULES, 0, [refused_record(refused)])
    return refused


def newest_whole(known: Ledger, standing: Order) -> Edition:
    """The newest edition that the log of rules still holds whole; raises Permanent `rules_gone` where there is none."""
    for _, order in sorted(known.orders.items(), reverse=True):
        if (found := known.edition(order.name)) is not None:
            return found
    raise Permanent("rules_gone", name=standing.name)


async def first(reader: Reader, sender: Sender, ordered: Ordered) -> Order:
    """The order that stands; where there is none yet it is made, for the edition that `initial` gives."""
    standing = (await ledger(reader)).newest
    if standing is not None:
        return standing
    try:
        return await apply(reader, sender, ordered.initial(), at=ordered.at, by=ordered.by)
    except Permanent as error:
        standing = (await ledger(reader)).newest
        if error.code != "rules_superseded" or standing is None:
            raise
        return standing  # another worker of the new system was quicker


async def named(reader: Reader, order: Order, topic: str, start: int, seconds: float) -> bool:
    """Whether a tick of that topic names the order, or a newer one, before so many seconds are over.

    A worker ticks all partitions of all topics at once, so one of them tells. `start` is where that partition, the
    first, ended before the order was sent: each record is read once, however many come in between.
    """
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while True:
                async for records in reader.read(topic, 0, start=start):
                    start = records[-1].offset + 1
                    for record in records:
                        raw = value_of(record.headers, RULES_HEADER) if record.value is None else None
                        found = read_order(raw) if raw is not None else None
                        if found is not None and found[0] >= order.number:
                            return True
                await asyncio.sleep(POLL_SECONDS)
    return False
