from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from sqlalchemy import select

from ioc.desk import outbox
from ioc.desk.deliver import outbox_loop
from ioc.desk.desk import Desk
from ioc.desk.tables import NoticeRow
from ioc.errors import Permanent, Retryable
from ioc.ports import Notice
from tests.desk.made import WEBHOOK, Office, alert_name, ended, transition


class Recorder:
    """A channel that notes what it is given and answers by a plan: what to do at the nth attempt of a key."""

    def __init__(self, plan: Callable[[str, int], BaseException | None] = lambda _key, _nth: None) -> None:
        self.tries: list[str] = []
        self.taken: list[str] = []
        self.plan = plan
        self.at_once = 0
        self.most_at_once = 0

    async def send(self, notice: Notice) -> None:
        self.tries.append(notice.key)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        wrong = self.plan(notice.key, self.tries.count(notice.key))
        if wrong is not None:
            raise wrong
        self.taken.append(notice.key)


def waiting(office: Office) -> int:
    with office.store.reading() as session:
        return len(session.scalars(select(NoticeRow.id).where(NoticeRow.state == "waiting")).all())


async def until(condition: Callable[[], bool], limit_s: float = 10.0) -> None:
    """Return when it holds."""
    async with asyncio.timeout(limit_s):
        while not condition():  # noqa: ASYNC110 - what is asked stands in a database, which has no event
            await asyncio.sleep(0.01)


async def while_delivering(
    office: Office, channels: dict[str, Any], body: Callable[[Desk], Coroutine[Any, Any, None]]
) -> None:
    """Run the delivery beside `body`."""
    desk = Desk(office.store, office.clock)
    task = asyncio.create_task(outbox_loop(desk, channels))
    try:
        await body(desk)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def attempts(office: Office, wanted: str) -> int:
    with office.store.reading() as session:
        return session.scalars(select(NoticeRow.attempts).where(NoticeRow.key == wanted)).one()


def key(nth: int, revision: int = 1) -> str:
    return f"{alert_name(nth)}:{revision}"


async def test_what_is_enqueued_leaves_without_waiting_for_a_timer(office: Office) -> None:
    channel = Recorder()

    async def body(desk: Desk) -> None:
        await asyncio.sleep(0.05)
        office.receive(transition(1), ended(1, 2))
        desk.bell.ring()
        await until(lambda: waiting(office) == 0, 2.0)

    await while_delivering(office, {WEBHOOK: channel}, body)
    assert channel.taken == [key(1), key(1, 2)]


async def test_a_receiver_that_fails_gets_the_same_key_again_and_its_order(office: Office) -> None:
    channel = Recorder(
        lambda which, nth: Retryable("webhook_status", status=503) if nth == 1 and which == key(1) else None
    )
    office.receive(transition(1), ended(1, 2), transition(2))

    async def body(desk: Desk) -> None:
        await until(lambda: key(2) in channel.taken)
        assert channel.taken == [key(2)]
        # The next try is due some time after the failure was written down, not after it happened.
        await until(lambda: attempts(office, key(1)) == 1)
        office.clock.ms += 5_000
        desk.bell.ring()
        await until(lambda: waiting(office) == 0)

    await while_delivering(office, {WEBHOOK: channel}, body)
    assert channel.taken == [key(2), key(1), key(1, 2)]


async def test_what_is_refused_for_good_is_not_sent_again_and_is_kept(office: Office) -> None:
    channel = Recorder(lambda which, _nth: Permanent("webhook_refused", status=422) if which == key(1) else None)
    office.receive(transition(1), ended(1, 2))

    async def body(_desk: Desk) -> None:
        await until(lambda: waiting(office) == 0)

    await while_delivering(office, {WEBHOOK: channel}, body)
    assert channel.tries == [key(1), key(1, 2)]
    with office.store.reading() as session:
        assert outbox.health(session, WEBHOOK, 0).refused == 1


async def test_a_channel_with_a_fault_of_its_own_is_tried_again_and_breaks_nothing(office: Office) -> None:
    channel = Recorder(lambda _which, nth: ZeroDivisionError() if nth == 1 else None)
    office.receive(transition(1))

    async def body(desk: Desk) -> None:
        await until(lambda: len(channel.tries) == 1)
        await until(lambda: failing(office) == "channel_broken")
        office.clock.ms += 5_000
        desk.bell.ring()
        await until(lambda: waiting(office) == 0)

    await while_delivering(office, {WEBHOOK: channel}, body)
    assert channel.taken == [key(1)]


def failing(office: Office) -> str | None:
    with office.store.reading() as session:
        return outbox.health(session, WEBHOOK, 0).error


async def test_a_channel_that_hangs_delays_no_other(office: Office) -> None:
    class Hanging:
        async def send(self, _notice: Notice) -> None:
            await asyncio.Event().wait()

    quick = Recorder()
    office.inbox = type(office.inbox)(office.inbox.boundaries, ("slow", "quick"))
    office.receive(*(transition(n) for n in range(1, 30)))

    async def body(_desk: Desk) -> None:
        await until(lambda: len(quick.taken) == 29)

    await while_delivering(office, {"slow": Hanging(), "quick": quick}, body)


async def test_a_desk_that_stops_gives_its_leases_back(office: Office) -> None:
    started = asyncio.Event()

    class Hanging:
        async def send(self, _notice: Notice) -> None:
            started.set()
            await asyncio.Event().wait()

    office.receive(transition(1))

    async def body(_desk: Desk) -> None:
        await asyncio.wait_for(started.wait(), 5)

    await while_delivering(office, {WEBHOOK: Hanging()}, body)
    with office.store.writing() as session:
        assert [notice.key for notice in outbox.lease(session, WEBHOOK, "other", office.clock.ms, 5)] == [key(1)]


@pytest.mark.parametrize("crash_at", [1, 4, 9])
async def test_a_crash_between_answer_and_record_sends_again_with_the_same_key(office: Office, crash_at: int) -> None:
    """The process is gone after the receiver's answer: nothing is recorded, the lease runs out, another desk sends."""
    channel = Recorder()
    office.receive(*(transition(n) for n in range(1, 11)))
    with office.store.writing() as session:
        doomed = outbox.lease(session, WEBHOOK, "dead desk", office.clock.ms, crash_at)
    for notice in doomed:
        await channel.send(Notice(notice.key, notice.body))
    office.clock.ms += outbox.LEASE_MS

    async def body(_desk: Desk) -> None:
        await until(lambda: waiting(office) == 0)

    await while_delivering(office, {WEBHOOK: channel}, body)
    counts = Counter(channel.taken)
    assert set(counts) == {key(n) for n in range(1, 11)}, "nothing is missing"
    assert sorted(k for k, n in counts.items() if n > 1) == sorted(notice.key for notice in doomed)


async def test_two_desks_share_the_outbox_and_send_nothing_twice(office: Office) -> None:
    channel = Recorder()
    office.receive(*(transition(n) for n in range(1, 60)))

    async def body(_desk: Desk) -> None:
        other = asyncio.create_task(outbox_loop(Desk(office.store, office.clock), {WEBHOOK: channel}))
        await until(lambda: waiting(office) == 0)
        other.cancel()
        await asyncio.gather(other, return_exceptions=True)

    await while_delivering(office, {WEBHOOK: channel}, body)
    assert Counter(channel.taken) == Counter(key(n) for n in range(1, 60))


@pytest.mark.parametrize("code", ["way_unclear", "sms_gateway_status", "sms_gateway_answer"])
async def test_what_was_perhaps_taken_is_given_up_for_all_to_see_after_twelve_times(office: Office, code: str) -> None:
    office.receive(transition(1), transition(2))
    channel = Recorder(
        lambda which, nth: Retryable("webhook_status" if nth <= 3 else code) if which == key(1) else None
    )

    async def body(desk: Desk) -> None:
        while waiting(office):
            made = attempts(office, key(1))
            office.clock.ms += 300_000
            desk.bell.ring()
            await until(lambda made=made: attempts(office, key(1)) > made)  # type: ignore[misc]  # bound now

    async with asyncio.timeout(60):
        await while_delivering(office, {WEBHOOK: channel}, body)

    assert channel.tries.count(key(1)) == 3 + 12, "what was surely not taken does not count"
    with office.store.reading() as session:
        health = outbox.health(session, WEBHOOK, 0)
    assert (health.refused, health.error) == (1, code)
