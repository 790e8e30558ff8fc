"""A rule set whose pieces the log of rules has lost: the one before judges, a person is told, and can put it right."""

from __future__ import annotations

import asyncio

import pytest
from prometheus_client import REGISTRY

from ioc.errors import Permanent
from ioc.streams import apply, editions
from ioc.streams.headers import order_header
from ioc.streams.orders import Order
from ioc.streams.topics import RULES
from tests.streams.memory_log import Door, MemoryLog
from tests.streams.small_editions import EDITIONS
from tests.streams.test_editions import FIRST, SECOND, applied, following, made


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(editions, "WAIT_SECONDS", 0.0)


def without_pieces(log: MemoryLog, name: str) -> MemoryLog:
    """The same log after somebody deleted those pieces."""
    log.rows[RULES, 0] = [
        row._replace(value=None) if (row.key or b"").startswith(f"part|{name}".encode()) else row
        for row in log.rows[RULES, 0]
    ]
    return log


def gone() -> float:
    return REGISTRY.get_sample_value("ioc_rules_gone") or 0.0


async def test_the_set_before_judges_and_a_person_is_told_what_to_do(caplog: pytest.LogCaptureFixture) -> None:
    log = MemoryLog()
    first = await applied(log, 0)
    await applied(log, 1)
    found = made(without_pieces(log, SECOND.name))

    await found.open()

    assert found.headers() == [order_header(first.number, FIRST.name)]
    assert "run ioc rules apply" in caplog.text
    assert gone() == 1


async def test_ordered_again_it_is_whole_and_comes_into_force(monkeypatch: pytest.MonkeyPatch) -> None:
    log = MemoryLog()
    await applied(log, 0)
    await applied(log, 1)
    found = made(without_pieces(log, SECOND.name))
    await found.open()
    monkeypatch.setattr(editions, "follow", following(log))
    running = asyncio.create_task(found.run())
    found.ordered.clear()

    again = await apply.apply(log, Door(log), SECOND, at=5_000, by="minh")

    async with asyncio.timeout(10):
        await found.ordered.wait()
    running.cancel()
    assert again.number == 5_000
    assert found.headers() == [order_header(again.number, SECOND.name)]
    assert gone() == 0


async def test_a_worker_that_is_running_keeps_its_rules_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    log = MemoryLog()
    first = await applied(log, 0)
    found = made(log)
    await found.open()
    monkeypatch.setattr(editions, "follow", following(log))
    running = asyncio.create_task(found.run())
    log.append(RULES, 0, b"order|2000", b'{"number":2000,"name":"0123456789abcdef","at":2000,"by":"lan","rules":3}')
    found.ordered.clear()
    while not gone():  # noqa: ASYNC110 - nothing else is told
        await asyncio.sleep(0)
    assert found.headers() == [order_header(first.number, FIRST.name)]
    assert not running.done()

    third = await apply.apply(log, Door(log), EDITIONS[2], at=3_000, by="minh")
    async with asyncio.timeout(10):
        await found.ordered.wait()
    running.cancel()
    assert found.headers() == [order_header(third.number, third.name)]


async def test_what_is_gone_is_looked_for_once_and_not_with_every_chunk() -> None:
    log = MemoryLog()
    await applied(log, 0)
    found, reads = made(log), 0
    plain = log.read

    def counted(*given: object, **named: object) -> object:
        nonlocal reads
        reads += 1
        return plain(*given, **named)  # type: ignore[arg-type]  # passed on as given

    log.read = counted  # type: ignore[method-assign, assignment]  # counts
    for _ in range(5):
        with pytest.raises(editions.Gone):
            await found.book("0123456789abcdef", "environment")
    assert reads == editions.LOOKS


async def test_where_no_set_is_whole_a_worker_does_not_begin() -> None:
    log = MemoryLog()
    await applied(log, 0)
    known = await apply.ledger(without_pieces(log, FIRST.name))
    with pytest.raises(Permanent) as refused:
        apply.newest_whole(known, Order(number=1, name=FIRST.name))
    assert refused.value.code == "rules_gone"
