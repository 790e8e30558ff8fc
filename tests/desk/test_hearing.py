"""What comes back by a channel is acted on; what cannot be is passed over, and the ear stays open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence

import pytest

from ioc.desk import hearing, outbox, rota
from ioc.desk.desk import Desk
from ioc.desk.hearing import hearing_loop
from ioc.desk.tables import AlertRow
from ioc.ports import Notice, Receipt, Report, Said
from tests.desk.made import NOON, Office, alert_name, transition

AN = "+84912000001"


class Ear:
    """A channel at which this is heard, one listening after the other; an error ends one."""

    def __init__(self, *turns: Sequence[Said | Report | Exception]) -> None:
        self.turns = list(turns)
        self.heard_all = asyncio.Event()

    async def send(self, notice: Notice) -> Receipt:
        raise AssertionError(notice)

    async def hear(self) -> AsyncGenerator[Said | Report, None]:
        for one in self.turns.pop(0):
            if isinstance(one, Exception):
                raise one
            yield one
        self.heard_all.set()
        await asyncio.Event().wait()


async def heard(office: Office, ear: Ear) -> None:
    task = asyncio.create_task(hearing_loop(Desk(office.store, office.clock), {"sms": ear}))
    waiting = asyncio.create_task(ear.heard_all.wait())
    try:
        await asyncio.wait((task, waiting), timeout=10, return_when=asyncio.FIRST_COMPLETED)
        assert ear.heard_all.is_set(), task
    finally:
        for one in (task, waiting):
            one.cancel()
        await asyncio.gather(task, waiting, return_exceptions=True)


@pytest.fixture
def accepting(office: Office, monkeypatch: pytest.MonkeyPatch) -> Said:
    """An alert is on; the answer by which An accepts it."""
    monkeypatch.setattr(hearing, "EARLY_S", 0.0)
    monkeypatch.setattr(hearing, "AGAIN_S", 0.0)
    with office.store.writing() as session:
        rota.set_contact(session, "Nguyễn An", {"sms": AN}, by="Trưởng ca", now=NOON)
    office.receive(transition(1))
    with office.store.reading() as session:
        row = session.get(AlertRow, alert_name(1))
        assert row is not None
        return Said(AN, f"1 {row.number}", "a" * 32)


def accepted_by(office: Office) -> str | None:
    with office.store.reading() as session:
        row = session.get(AlertRow, alert_name(1))
        assert row is not None
        return row.accepted_by


async def test_a_listening_that_breaks_is_begun_again(office: Office, accepting: Said) -> None:
    await heard(office, Ear([ValueError("a PDU of no kind")], [accepting]))
    assert accepted_by(office) == "Nguyễn An"


async def test_a_report_that_no_database_can_ask_for_keeps_no_answer_from_being_heard(
    office: Office, accepting: Said
) -> None:
    await heard(office, Ear([Report("m\x007", delivered=True), accepting]))
    assert accepted_by(office) == "Nguyễn An"


async def test_a_report_that_breaks_the_desk_keeps_no_answer_from_being_heard(
    office: Office, accepting: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> bool:
        raise ValueError("a report of no kind")

    monkeypatch.setattr(outbox, "record_report", broken)
    await heard(office, Ear([Report("m7", delivered=True), accepting]))
    assert accepted_by(office) == "Nguyễn An"
