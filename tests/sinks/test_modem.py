"""The driver against a modem written from the standards by themselves (tests/sinks/modem_stand_in.py)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager

import pytest
from msgspec.structs import replace

from ioc.alerts.message import Message, encode
from ioc.errors import Permanent, Retryable
from ioc.ports import Notice, Report, Said
from ioc.sinks.modem import Modem
from ioc.sinks.text_sms import Form
from tests.sinks.modem_stand_in import Modem as StandIn
from tests.sinks.told import HOTSPOT

PHONE = "+84912345678"
ONE = Form()


@pytest.fixture
def sim() -> Iterator[StandIn]:
    made = StandIn()
    yield made
    made.close()


@asynccontextmanager
async def driver(sim: StandIn, form: Form = ONE, **given: float) -> AsyncIterator[Modem]:
    made = Modem(sim.path, form, per_minute=6000, again_s=0.05, **given)  # type: ignore[arg-type]  # limits in seconds
    try:
        yield made
    finally:
        await made.close()


def notice(message: Message = HOTSPOT, key: str = "k:1", to: str = PHONE) -> Notice:
    return Notice(key, encode(message), to, "vi")


LONG = replace(HOTSPOT, why={"vi": "sát rừng, cấp cháy rừng IV, gió cấp 5, không thuộc nguồn nhiệt đã biết"})


@pytest.mark.parametrize(
    ("form", "message", "form_of", "holds"),
    [
        (Form("gsm7", 1), HOTSPOT, (0, 1), "IOC TN #4821 CAO, CHUA XAC MINH: diem nhiet"),
        (Form("ucs2", 1), HOTSPOT, (8, 1), "#4821 CHƯA XÁC MINH: điểm nhiệt xã La Bằng 13:42"),
        (Form("ucs2", 3), LONG, (8, 3), "không thuộc nguồn nhiệt đã biết. Gọi Kiểm lâm."),
        (Form("gsm7", 2), LONG, (0, 2), "khong thuoc nguon nhiet da biet. Goi Kiem lam."),
    ],
)
async def test_what_the_network_takes_is_the_text(
    sim: StandIn, form: Form, message: Message, form_of: tuple[int, int], holds: str
) -> None:
    coding, parts = form_of
    async with driver(sim, form) as modem:
        receipt = await modem.send(notice(message))

    assert [one.to for one in sim.taken] == [PHONE] * parts
    assert holds in "".join(one.text for one in sim.taken)
    assert {one.coding for one in sim.taken} == {coding}
    assert [one.report for one in sim.taken] == [False] * (parts - 1) + [True]
    if parts > 1:
        marks = [one.part for one in sim.taken]
        assert [(mark[1], mark[2]) for mark in marks if mark] == [(parts, nth) for nth in range(1, parts + 1)]
        assert len({mark[0] for mark in marks if mark}) == 1
    assert receipt.reference == f"912345678/{sim.taken[-1].reference}"
    assert not receipt.delivered


@pytest.mark.parametrize("code", [38, 42, 331, 332, 500, 313])
async def test_a_network_or_sim_that_cannot_now_is_asked_again(sim: StandIn, code: int) -> None:
    sim.faults.cms_errors = [code]
    async with driver(sim) as modem:
        with pytest.raises(Retryable):
            await modem.send(notice())
        await modem.send(notice())
    assert len(sim.taken) == 1


async def test_a_number_that_nobody_has_is_refused_for_good(sim: StandIn) -> None:
    sim.faults.cms_errors = [1]
    async with driver(sim) as modem:
        with pytest.raises(Permanent, match="sms_number_unknown"):
            await modem.send(notice())
        with pytest.raises(Permanent, match="sms_number"):
            await modem.send(notice(to="nobody"))


async def test_a_prompt_that_never_comes_does_not_stop_the_next_message(sim: StandIn) -> None:
    sim.faults.no_prompt = 1
    async with driver(sim, limit_s=0.5) as modem:
        with pytest.raises(Retryable, match="modem_silent"):
            await modem.send(notice())
        await modem.send(notice())
    assert len(sim.taken) == 1


async def test_a_modem_that_says_nothing_is_told_within_the_limit(sim: StandIn) -> None:
    sim.faults.silent = True
    async with driver(sim, limit_s=0.5) as modem:
        with pytest.raises(Retryable, match="modem_silent"):
            await modem.send(notice())
        sim.faults.silent = False
        await modem.send(notice())


async def test_power_lost_after_the_message_was_taken_sends_it_again_under_the_same_reference(sim: StandIn) -> None:
    sim.faults.dies_after_submit = 1
    form = Form("ucs2", 3)
    async with driver(sim, form, limit_s=2) as modem:
        with pytest.raises(Retryable):
            await modem.send(notice(LONG))
    again = StandIn()
    try:
        async with driver(again, form) as modem:
            await modem.send(notice(LONG))
    finally:
        again.close()
    before, after = sim.taken[0], again.taken[0]
    assert (before.part, before.text) == (after.part, after.text), "a telephone knows the second copy by its parts"


async def test_no_modem_is_a_fault_that_names_itself() -> None:
    with pytest.raises(Retryable, match="modem_absent"):
        await Modem("/dev/no-such-modem", Form()).send(notice())


async def test_a_sim_that_asks_for_its_pin_waits_for_a_person() -> None:
    locked = StandIn(pin_ready=False)
    try:
        async with driver(locked) as modem:
            with pytest.raises(Retryable, match="modem_sim"):
                await modem.send(notice())
    finally:
        locked.close()


async def test_an_answer_is_heard_and_kept_on_the_sim_until_it_was_taken(sim: StandIn) -> None:
    async with driver(sim) as modem, aclosing(modem.hear()) as heard:
        await modem.send(notice())
        sim.deliver(PHONE, "1 4821")
        said = await asyncio.wait_for(anext(heard), 5)
        assert isinstance(said, Said)
        assert (said.sender, said.text) == (PHONE, "1 4821")
        assert len(sim.stored) == 1
        following = asyncio.ensure_future(anext(heard))
        await asyncio.to_thread(_emptied, sim)
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


def _emptied(sim: StandIn) -> None:
    with sim.changed:
        assert sim.changed.wait_for(lambda: not sim.stored, 5)


def _holds(sim: StandIn, count: int) -> None:
    with sim.changed:
        assert sim.changed.wait_for(lambda: len(sim.stored) == count, 5), sim.stored


async def test_what_came_while_nobody_listened_is_read_at_the_start(sim: StandIn) -> None:
    sim.deliver(PHONE, "1 4821")
    sim.deliver(PHONE, "9 4830")
    async with driver(sim) as modem, aclosing(modem.hear()) as heard:
        texts = [
            said.text for said in [await asyncio.wait_for(anext(heard), 5) for _ in range(2)] if isinstance(said, Said)
        ]
    assert texts == ["1 4821", "9 4830"]


async def test_an_answer_in_parts_is_one_answer(sim: StandIn) -> None:
    sim.deliver(PHONE, "1 4821 đã gọi kiểm lâm, đang lên", parts=3)
    async with driver(sim) as modem, aclosing(modem.hear()) as heard:
        said = await asyncio.wait_for(anext(heard), 5)
    assert isinstance(said, Said)
    assert said.text == "1 4821 đã gọi kiểm lâm, đang lên"


async def test_parts_whose_others_never_come_do_not_fill_the_sim(sim: StandIn) -> None:
    for nth in range(8):
        sim.deliver(f"+8491234567{nth}", "a long message", parts=2, lost=1)
    async with driver(sim) as modem, aclosing(modem.hear()) as heard:
        following = asyncio.ensure_future(anext(heard))
        await asyncio.to_thread(_holds, sim, 5)
        sim.deliver(PHONE, "1 4821")
        said = await asyncio.wait_for(following, 5)
    assert isinstance(said, Said)
    assert said.text == "1 4821"
    assert set(range(4, 9)) <= set(sim.stored), "the oldest are given up"


async def test_a_part_alone_is_given_up_after_a_day(sim: StandIn) -> None:
    now = [100.0]
    modem = Modem(sim.path, ONE, per_minute=6000, again_s=0.05, ticks=lambda: now[0])
    sim.deliver("+84912345670", "a long message", parts=2, lost=1)
    async with aclosing(modem.hear()) as heard:
        following = asyncio.ensure_future(anext(heard))
        sim.deliver(PHONE, "1 4821")
        await asyncio.wait_for(following, 5)
        now[0] += 86_401
        following = asyncio.ensure_future(anext(heard))
        sim.deliver("+84912345671", "another", parts=2, lost=1)
        await asyncio.to_thread(_holds, sim, 1)
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
    await modem.close()


async def test_what_is_no_message_is_deleted_and_said_so(sim: StandIn, caplog: pytest.LogCaptureFixture) -> None:
    sim.stored[1] = b"\x03"
    async with driver(sim) as modem, aclosing(modem.hear()) as heard:
        following = asyncio.ensure_future(anext(heard))
        await asyncio.to_thread(_emptied, sim)
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
    assert "cannot be read" in caplog.text


@pytest.mark.parametrize(("status", "arrived"), [(0, True), (0x41, False)])
async def test_a_delivery_report_names_the_message(sim: StandIn, status: int, arrived: bool) -> None:
    async with driver(sim) as modem, aclosing(modem.hear()) as heard:
        receipt = await modem.send(notice())
        sim.report(sim.taken[0], 0x30)  # still tried: says nothing yet
        sim.report(sim.taken[0], status)
        report = await asyncio.wait_for(anext(heard), 5)
    assert isinstance(report, Report)
    assert (report.reference, report.delivered) == (receipt.reference, arrived)


async def test_ten_a_minute_and_each_part_counts(sim: StandIn) -> None:
    now = [100.0]
    modem = Modem(sim.path, Form("ucs2", 3), per_minute=10, ticks=lambda: now[0])
    assert modem.rests() == 0
    await modem.send(notice(LONG))
    assert modem.rests() == pytest.approx(18)
    now[0] += 18
    assert modem.rests() == 0
    await modem.close()
