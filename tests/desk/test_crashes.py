"""A thousand kills between sending and recording, and an extreme that overtakes 400 who wait for a modem."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable

from sqlalchemy import select

from ioc.alerts.message import encode
from ioc.desk import outbox
from ioc.desk.deliver import outbox_loop
from ioc.desk.desk import Desk
from ioc.desk.tables import NoticeRow
from ioc.events import SEVERITIES, Severity
from ioc.ports import Receipt
from ioc.sinks.modem import Modem
from ioc.sinks.text_sms import Form
from tests.desk.made import NOON, Office, alert_name
from tests.sinks.modem_stand_in import Modem as StandIn
from tests.sinks.told import message

SMS = "sms"
KILLS = 1_000
NOTICES = 300


def row(nth: int, severity: Severity = "minor") -> NoticeRow:
    told = message(str(1000 + nth), severity=severity, title={"vi": "Điểm nhiệt"})
    return NoticeRow(
        channel=SMS, key=f"{alert_name(nth)}:m{nth}", alert_id=alert_name(nth), severity=SEVERITIES.index(severity),
        body=encode(told), state="waiting", attempts=0, created_at=NOON, next_at=NOON, lease_until=0,
        recipient="An", address="+84912345678", asks=False,
    )  # fmt: skip


def waiting(office: Office) -> int:
    with office.store.reading() as session:
        return len(session.scalars(select(NoticeRow.id).where(NoticeRow.state == "waiting")).all())


def test_a_thousand_kills_lose_nothing_and_double_only_what_was_on_its_way(office: Office) -> None:
    """Each desk leases, sends and records until it is killed: before a send, or between a send and its record."""
    chance = random.Random(7)
    with office.store.writing() as session:
        session.add_all(row(nth) for nth in range(NOTICES))
    sent: Counter[str] = Counter()
    windows: Counter[str] = Counter()
    kills = 0
    for nth in range(10 * KILLS):
        owner = f"desk {nth}"
        with office.store.writing() as session:
            leased = outbox.lease(session, SMS, owner, office.clock.ms, 2)
        if not leased and not waiting(office):
            break
        # Even: before that notice is sent; odd: after, and before it is recorded.
        dies_at = (
            chance.choice((0, 0, 1, 1, 1, 1, 2, 3) if len(leased) > 1 else (0, 1, 1))
            if kills < KILLS and leased
            else None
        )
        done = []
        for place, notice in enumerate(leased):
            if dies_at == 2 * place:
                break
            sent[notice.key] += 1
            if dies_at == 2 * place + 1:
                windows[notice.key] += 1
                break
            done.append(notice)
        with office.store.writing() as session:
            for notice in done:
                outbox.record_sent(session, notice, owner, office.clock.ms, Receipt())
        if dies_at is not None:
            kills += 1
            office.clock.ms += outbox.LEASE_MS if chance.random() < 0.3 else 1_000
        elif not leased:
            office.clock.ms += outbox.LEASE_MS
    assert kills == KILLS
    assert set(sent) == {row(nth).key for nth in range(NOTICES)}, "nothing is missing"
    assert sum(windows.values()) > KILLS / 10, "kills did fall between sending and recording"
    assert {key: count - 1 for key, count in sent.items() if count > 1} == dict(windows), "nothing else is doubled"


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - the modem is another thread
            await asyncio.sleep(0.005)


async def test_an_extreme_overtakes_400_minors_on_a_modem_of_ten_a_minute(office: Office) -> None:
    sim = StandIn()
    modem = Modem(sim.path, Form(), per_minute=10, ticks=lambda: office.clock.ms / 1000)
    with office.store.writing() as session:
        session.add_all(row(nth) for nth in range(400))
    desk = Desk(office.store, office.clock)
    task = asyncio.create_task(outbox_loop(desk, {SMS: modem}))

    def step() -> None:
        office.clock.ms += 6_000
        desk.bell.ring()

    try:
        await until(lambda: len(sim.taken) == 1)
        for count in range(2, 6):
            step()
            await until(lambda count=count: len(sim.taken) == count)  # type: ignore[misc]  # the loop's own value
        with office.store.writing() as session:
            session.add(row(999, "extreme"))
        desk.bell.ring()
        began = office.clock.ms
        step()
        await until(lambda: len(sim.taken) == 6)
        assert "#1999 KHAN CAP" in sim.taken[-1].text
        assert office.clock.ms - began <= 6_000
        step()
        await until(lambda: len(sim.taken) == 7)
        assert "THAP" in sim.taken[-1].text
        # No more than the network bears: without time nothing leaves, however often it is asked.
        for _ in range(20):
            desk.bell.ring()
            await asyncio.sleep(0.01)
        assert len(sim.taken) == 7
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await modem.close()
        sim.close()
