"""A worker's rule sets: it follows `ioc.rules`, makes the rules ready beside its work, and then names the newest order.

An edition is made ready in a thread, rule by rule, so that the event loop runs on; only when that is done do this
worker's ticks name the order, and the partitions switch. The few newest stay ready: a partition that lies behind still
judges by an older one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import aclosing

from ioc import metrics
from ioc.alerts.edition import Content, Edition, read
from ioc.alerts.stage import fields_of
from ioc.errors import Retryable
from ioc.events import DOMAINS, Domain
from ioc.streams.brokers import Bootstrap
from ioc.streams.follow import Log, follow
from ioc.streams.headers import Header, order_header
from ioc.streams.orders import Ledger, Order, Refused
from ioc.streams.reading import Reader
from ioc.streams.rulebook import EngineRules, Rulebook
from ioc.streams.topics import RULES
from ioc.words import say

log = logging.getLogger(__name__)
READY_RULES = 20_000
"""Rules of all editions that stay ready to judge: two of the largest, hundreds of the usual. Partitions that lie behind
judge by older ones, each at its own place, and must not make them ready again and again."""
WAIT_SECONDS = 0.5
LOOKS = 10
"""So often, so far apart is an edition looked for before it counts as gone."""
Make = Callable[[Content, Domain, str], Rulebook]
"""Content, domain and the field of another key than the source -> the rules that judge there."""


def rulebook(content: Content, domain: Domain, by: str = "") -> Rulebook:
    """The product's rules."""
    return EngineRules.of(content.rules, content.catalogue, domain, by)


class Gone(Exception):
    """An edition that the log of rules holds no more: it was in force more than a month ago."""


class Books:
    """All rules of one edition, ready to judge."""

    def __init__(self, content: Content, make: Make, domains: Sequence[Domain]) -> None:
        self.content = content
        self._make = make
        self._made: dict[tuple[Domain, str], Rulebook] = {}
        for domain in domains:
            self.of(domain)
            for field in fields_of(content.rules, domain):
                self.of(domain, field)

    def of(self, domain: Domain, by: str = "") -> Rulebook:
        """Those of one domain and key; none of them where the edition has no rule there."""
        found = self._made.get((domain, by))
        if found is None:
            found = self._made[domain, by] = self._make(self.content, domain, by)
        return found


class Editions:
    """`open`, then `run` beside the work; `told` hears each order once it is ready, and each refusal."""

    def __init__(
        self,
        bootstrap: Bootstrap,
        reader: Reader,
        *,
        make: Make = rulebook,
        domains: Sequence[Domain] = DOMAINS,
        told: Callable[[Order | Refused], None] = lambda _: None,
    ) -> None:
        self.ordered = asyncio.Event()
        """Set when a newer order is ready; a ticker need not wait for its beat then."""
        self.admit: Callable[[Books], None] = lambda _: None
        """Asked before rules are named; it may end the process where this one does not read what they are judged by."""
        self._bootstrap = bootstrap
        self._reader = reader
        self._make = make
        self._domains = domains
        self._told = told
        self._ledger = Ledger()
        self._named: Order | None = None
        self._ready: dict[str, asyncio.Task[Books]] = {}
        self._gone: set[str] = set()
        self._refusals = 0
        self._next = 0

    async def open(self) -> None:
        """Read the log of rules to its end, and make ready what was ordered last."""
        async for records in self._reader.read(RULES, 0):
            for record in records:
                self._ledger.add(record.key, record.value)
                self._next = record.offset + 1
        await self._name()

    async def run(self) -> None:
        """Follow the log of rules; an outage is waited for."""
        known: Log | None = None
        while True:
            try:
                async with aclosing(follow(self._bootstrap, RULES, {0: self._next}, known)) as chunks:
                    async for chunk in chunks:
                        known = Log(chunk.cluster_id, chunk.topic_id, 1)
                        for record in chunk.records:
                            self._ledger.add(record.key, record.value)
                            self._gone -= _pieces_of(record.key)
                        self._next = chunk.next_offset
                        await self._name()
            except Retryable as error:
                await asyncio.sleep(error.retry_after)

    async def _name(self) -> None:
        """Make the newest order ready, then name it."""
        newest = self._ledger.newest
        if newest is not None and (self._named is None or newest.number > self._named.number):
            newest = await self._whole(newest)
        if newest is not None and (self._named is None or newest.number > self._named.number):
            self.admit(await self.ready(newest.name))
            self._named = newest
            self.ordered.set()
            metrics.RULES.set(newest.rules)
            metrics.RULES_ORDERED.set(newest.at / 1000)
            self._told(newest)
        refused = sorted(self._ledger.refusals.values(), key=lambda one: one.number)
        for one in refused[self._refusals :]:
            self._told(one)
        self._refusals = len(refused)
        metrics.RULES_REFUSED.set(len(refused))

    async def _whole(self, newest: Order) -> Order | None:
        """That order, where the log holds its edition; else the newest before it that has one, once a person was told."""
        for _, order in sorted(self._ledger.orders.items(), reverse=True):
            if self._named is not None and order.number <= self._named.number:
                break
            try:
                await self.ready(order.name)
            except Gone:
                continue
            metrics.RULES_GONE.set(order != newest)
            return order
        metrics.RULES_GONE.set(1)
        return None

    def headers(self) -> Sequence[Header]:
        """What this worker's ticks say of the rules."""
        return [] if self._named is None else [order_header(self._named.number, self._named.name)]

    async def book(self, name: str, domain: Domain, by: str = "") -> Rulebook:
        """The rules of that edition, made ready if they are not; raises Gone."""
        return (await self.ready(name)).of(domain, by)

    async def ready(self, name: str) -> Books:
        """An edition, ready to judge; the least used one gives way."""
        if name in self._gone:
            raise Gone(name)
        task = self._ready.pop(name, None)
        if task is None or (task.done() and (task.cancelled() or task.exception() is not None)):
            task = asyncio.create_task(self._prepare(name))
        self._ready[name] = task
        found = await asyncio.shield(task)
        self._make_room()
        return found

    def _make_room(self) -> None:
        done = [one for one in self._ready.items() if one[1].done()]
        rules = [
            0 if task.cancelled() or task.exception() else len(task.result().content.rules.rules) for _, task in done
        ]
        over = sum(rules) - READY_RULES
        for (name, _), count in list(zip(done, rules, strict=True))[:-1]:
            if over <= 0:
                return
            over -= count
            del self._ready[name]

    async def _prepare(self, name: str) -> Books:
        edition = await self._find(name)
        made = await asyncio.to_thread(lambda: Books(read(edition), self._make, self._domains))
        unread = made.content.unread
        metrics.RULES_UNREAD.set(len(unread))
        if unread:
            log.error(
                "this version of the program cannot read these rules and feeds of %s: %s", name, ", ".join(unread)
            )
        return made

    async def _find(self, name: str) -> Edition:
        """The edition; raises Gone. Its pieces are there before any tick can name it."""
        for _ in range(LOOKS):
            found = await asyncio.to_thread(self._ledger.edition, name)  # unpacks a megabyte
            if found is not None:
                return found
            whole = Ledger(wanted=name)
            async for records in self._reader.read(RULES, 0):
                for record in records:
                    whole.add(record.key, record.value)
            found = await asyncio.to_thread(whole.edition, name)
            if found is not None:
                return found
            await asyncio.sleep(WAIT_SECONDS)
        self._gone.add(name)
        newest = self._ledger.newest
        if newest is not None and newest.name == name:
            log.critical("%s", say("error.rules_gone", "en", name=name))
        else:
            log.critical("rule set %s is not in %s any more; it is passed over", name, RULES)
        raise Gone(name)


def _pieces_of(key: bytes | None) -> set[str]:
    """Name of the edition that a record is a piece of."""
    kind, _, rest = (key or b"").decode("utf-8", "replace").partition("|")
    return {rest.partition("|")[0]} if kind == "part" else set()
