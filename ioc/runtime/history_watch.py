"""The console's watch over history: when role record stands still, one alert of our own; when it moves, its end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from sqlalchemy import select

from ioc import metrics
from ioc.alerts import history_late
from ioc.alerts.alert import Transition, decode, encode
from ioc.desk.store import Store
from ioc.desk.tables import AlertRow
from ioc.errors import IocError
from ioc.events import DOMAINS
from ioc.streams.app import group
from ioc.streams.brokers import Bootstrap
from ioc.streams.publish import Publisher, Record
from ioc.streams.standstill import LATE_S, Place, Spot, Stands, Standstill, places
from ioc.streams.topics import ALERTS, input_topic, partition_of

log = logging.getLogger(__name__)
EVERY_S = 15.0
Look = Callable[[], Awaitable[Mapping[Spot, Place]]]
Tell = Callable[[Transition], Awaitable[object]]


class Open(Protocol):
    """What the desk knows."""

    def __call__(self) -> Transition | None:
        """The alert of this kind that is open at the desk."""
        ...


class Watch:
    """One look after another; `look` asks the log, `tell` writes a transition into it (another one after a disturbance)."""

    def __init__(self, look: Look, stored: Open, tell: Tell, now: Callable[[], int], late_s: float = LATE_S) -> None:
        self._look = look
        self._stored = stored
        self.tell = tell
        self._now = now
        self._late_s = late_s
        self._still = Standstill(late_s)
        self._told: Transition | None = None

    async def once(self) -> None:
        """Look, and tell what is new. Raises Retryable."""
        found = self._still.look(await self._look(), self._now())
        stored = await asyncio.to_thread(self._stored)
        # What was told may not have reached the desk yet; what the desk holds may be older than this process.
        open_one = self._told or stored
        metrics.HISTORY_LATE.set(found is not None)
        if found is not None and open_one is None:
            self._told = await self._say(self._began(found))
        elif found is None and self._still.moves and open_one is not None and open_one.status == "firing":
            self._told = await self._say(history_late.ended(open_one, self._now()))
        elif self._told is not None and self._told.status == "resolved" and stored is None:
            self._told = None

    def _began(self, found: Stands) -> Transition:
        topic, partition = found.spot
        domains = {input_topic(domain): domain for domain in DOMAINS}
        domain = domains.get(topic, DOMAINS[0])
        place = f"{topic}:{partition}@{found.offset}"
        return history_late.began(domain, place, since=found.since, limit_s=self._late_s, now=self._now())

    async def _say(self, transition: Transition) -> Transition:
        await self.tell(transition)
        log.warning("history: %s (%s)", transition.change, transition.alert_id)
        return transition


def stored(store: Store) -> Transition | None:
    """The open alert of this kind, as the desk has it."""
    with store.reading() as session:
        found = session.scalars(
            select(AlertRow).where(AlertRow.rule == history_late.RULE, AlertRow.status == "firing").limit(1)
        ).first()
        return None if found is None else decode(found.body)


async def watch(store: Store, bootstrap: Bootstrap, partitions: int, now: Callable[[], int]) -> None:
    """Until cancelled. A broker or a database that does not answer says nothing of history, and ends nothing here."""
    spots = [(topic, number) for topic in (*map(input_topic, DOMAINS), ALERTS) for number in range(partitions)]
    looking: Watch | None = None
    while True:
        try:
            async with Publisher(bootstrap, partitions, client="ioc-history-watch") as publisher:

                async def tell(transition: Transition, publisher: Publisher = publisher) -> object:
                    record = Record(transition.key.encode(), encode(transition))
                    number = partition_of(transition.key.encode(), partitions)
                    return await publisher.send_batch(ALERTS, number, [record])

                if looking is None:
                    looking = Watch(lambda: places(bootstrap, group("record"), spots), lambda: stored(store), tell, now)
                looking.tell = tell
                while True:
                    await looking.once()
                    await asyncio.sleep(EVERY_S)
        except IocError as error:
            log.info("history was not looked after: %s", error)
            await asyncio.sleep(EVERY_S)
