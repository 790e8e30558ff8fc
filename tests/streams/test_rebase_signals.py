from __future__ import annotations

import asyncio

from ioc.embedded.broker import Broker
from ioc.streams import admin
from ioc.streams.changelog import Fold
from ioc.streams.inlet import ALL, Inlet
from ioc.streams.publish import Publisher
from ioc.streams.rebase import rebase
from ioc.streams.topics import table
from tests.streams.log_reading import read
from tests.streams.mirrored import state


async def test_the_states_of_role_correlate_are_rebased_too_and_only_once() -> None:
    changelog = Inlet(ALL).changelog
    with Broker() as broker:
        await asyncio.to_thread(admin.ensure, broker.address, table(2))
        async with Publisher(broker.address, 2) as publisher:
            await publisher.send_batch(changelog, 0, [state("near|1:2", 7, 3)])
        assert (await rebase(broker.address), await rebase(broker.address)) == (1, 0)
        fold = Fold("f" * 32, 0)
        for record in await read(broker.address, changelog, 0):
            fold.add(record.key, record.value, record.timestamp)
    assert (fold.base, fold.highest) == (7, 7)
