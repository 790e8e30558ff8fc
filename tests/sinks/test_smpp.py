"""The client against the server of another SMPP library (smpp34, in Rust), which shares no code with ours."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest
import smpp34
from msgspec.structs import replace

from ioc.alerts.message import Message, encode
from ioc.errors import Permanent, Retryable
from ioc.ports import Notice, Report, Said
from ioc.sinks.smpp import Smpp
from ioc.sinks.smpp_session import Login, Session
from ioc.sinks.text_sms import Form
from tests.sinks.told import HOTSPOT

PHONE = "+84912345678"
RECEIPTED_MESSAGE_ID, MESSAGE_STATE = 0x001E, 0x0427
"""Tags of SMPP 3.4 section 5.3.2."""
LONG = replace(HOTSPOT, why={"vi": "sát rừng, cấp cháy rừng IV, gió cấp 5, không thuộc nguồn nhiệt đã biết"})


class Centre:
    """An SMS centre that takes what it gets, unless it is told to refuse."""

    def __init__(self) -> None:
        self.taken: list[smpp34.SubmitSmEvent] = []
        self.refuse: list[int] = []
        self.bound: asyncio.Queue[smpp34.Esme] = asyncio.Queue()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    async def start(self) -> None:
        self.server = smpp34.Server("127.0.0.1", self.port, system_id="centre")
        await self.server.start()
        self._task = asyncio.create_task(self._work())

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self.server.stop()

    async def _work(self) -> None:
        while True:
            event = await self.server.next()
            if isinstance(event, smpp34.Esme):
                self.bound.put_nowait(event)
            elif isinstance(event, smpp34.SubmitSmEvent):
                if self.refuse:
                    event.reject(self.refuse.pop(0))
                else:
                    self.taken.append(event)
                    event.accept(f"m{len(self.taken)}")


@pytest.fixture
async def centre() -> AsyncIterator[Centre]:
    made = Centre()
    await made.start()
    yield made
    await made.stop()


def channel(centre: Centre, form: Form | None = None) -> Smpp:
    login = Login("127.0.0.1", centre.port, "ioc", "secret")
    return Smpp(login, form or Form(), sender="IOC-TN", again_s=0.05)


def notice(message: Message = HOTSPOT, to: str = PHONE) -> Notice:
    return Notice("k:1", encode(message), to, "vi")


async def test_a_message_is_taken_and_has_its_reference(centre: Centre) -> None:
    sms = channel(centre)
    receipt = await sms.send(notice())
    await sms.close()
    (event,) = centre.taken
    assert receipt.reference == "m1"
    assert event.short_message.decode("ascii").startswith("IOC TN #4821 CAO, CHUA XAC MINH: diem nhiet")
    assert (event.destination_addr, event.dest_addr_ton, event.data_coding) == ("84912345678", 1, 0)
    assert (event.source_addr, event.source_addr_ton, event.registered_delivery) == ("IOC-TN", 5, 1)


async def test_a_long_message_leaves_in_parts_that_belong_together(centre: Centre) -> None:
    sms = channel(centre, Form("ucs2", 3))
    receipt = await sms.send(notice(LONG))
    await sms.close()
    marks = [(one.short_message[:3], one.short_message[4], one.short_message[5]) for one in centre.taken]
    assert marks == [(b"\x05\x00\x03", 3, nth) for nth in (1, 2, 3)]
    assert {one.esm_class for one in centre.taken} == {0x40}
    assert [one.registered_delivery for one in centre.taken] == [0, 0, 1]
    text = b"".join(one.short_message[6:] for one in centre.taken).decode("utf-16-be")
    assert "không thuộc nguồn nhiệt đã biết. Gọi Kiểm lâm." in text
    assert receipt.reference == "m3"


@pytest.mark.parametrize(
    ("status", "error"),
    [(0x58, Retryable), (0x08, Retryable), (0x0B, Permanent)],
    ids=["throttled", "system error", "no such number"],
)
async def test_what_the_centre_refuses_is_told_apart(centre: Centre, status: int, error: type[Exception]) -> None:
    centre.refuse = [status]
    sms = channel(centre)
    with pytest.raises(error):
        await sms.send(notice())
    await sms.send(notice())
    await sms.close()
    assert len(centre.taken) == 1


async def test_nobody_there_is_asked_again(centre: Centre) -> None:
    await centre.stop()
    with pytest.raises(Retryable, match="smpp_unreachable"):
        await channel(centre).send(notice())
    await centre.start()


async def test_answers_and_receipts_are_heard(centre: Centre) -> None:
    sms = channel(centre)
    async with aclosing(sms.hear()) as heard:
        first = asyncio.ensure_future(anext(heard))
        esme = await asyncio.wait_for(centre.bound.get(), 5)
        answered = asyncio.ensure_future(
            esme.deliver_sm("IOC-TN", b"1 4821", source_addr="84912345678", source_addr_ton=1)
        )
        said = await asyncio.wait_for(first, 5)
        assert isinstance(said, Said)
        assert (said.sender, said.text) == (PHONE, "1 4821")
        assert not answered.done(), "the centre keeps it until the desk has it"

        second = asyncio.ensure_future(anext(heard))
        await asyncio.wait_for(answered, 5)
        text = b"id:m7 sub:001 dlvrd:001 submit date:2611211342 done date:2611211343 stat:DELIVRD err:000 text:IOC"
        told = asyncio.ensure_future(esme.deliver_sm("IOC-TN", text, source_addr="84912345678", esm_class=4))
        assert await asyncio.wait_for(second, 5) == Report("m7", delivered=True)

        third = asyncio.ensure_future(anext(heard))
        await asyncio.wait_for(told, 5)
        tlvs = [smpp34.Tlv(RECEIPTED_MESSAGE_ID, b"m8\x00"), smpp34.Tlv(MESSAGE_STATE, b"\x05")]
        last = asyncio.ensure_future(esme.deliver_sm("IOC-TN", b"", source_addr="1", esm_class=4, tlvs=tlvs))
        assert await asyncio.wait_for(third, 5) == Report("m8", delivered=False, error="sms_undelivered")
        last.cancel()
        await asyncio.gather(last, return_exceptions=True)
    await sms.close()


async def test_parts_whose_others_never_come_are_given_up_the_oldest_first(centre: Centre) -> None:
    sms = channel(centre)
    async with aclosing(sms.hear()) as heard:
        whole = asyncio.ensure_future(anext(heard))
        esme = await asyncio.wait_for(centre.bound.get(), 5)

        async def part(reference: int, nth: int) -> None:
            data = bytes([5, 0, 3, reference, 2, nth]) + b"%d" % reference
            await esme.deliver_sm("IOC-TN", data, source_addr="84912345678", source_addr_ton=1, esm_class=0x40)

        for reference in range(51):
            await asyncio.wait_for(part(reference, 1), 5)
        await asyncio.wait_for(part(0, 2), 5)
        last = asyncio.ensure_future(part(50, 2))
        said = await asyncio.wait_for(whole, 5)
        last.cancel()
        await asyncio.gather(last, return_exceptions=True)
    await sms.close()
    assert isinstance(said, Said)
    assert said.text == "5050"


async def test_a_binding_that_is_broken_off_leaves_no_connection() -> None:
    came, gone = asyncio.Event(), asyncio.Event()

    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.set()
        while await reader.read(1024):
            pass
        gone.set()
        writer.close()

    async with await asyncio.start_server(mute, "127.0.0.1", 0) as server:
        binding = asyncio.create_task(Session.bind(Login("127.0.0.1", server.sockets[0].getsockname()[1], "ioc", "x")))
        await asyncio.wait_for(came.wait(), 5)
        binding.cancel()
        await asyncio.gather(binding, return_exceptions=True)
        left = [one for one in asyncio.all_tasks() if "Session._read" in repr(one)]
        for one in left:
            one.cancel()
        await asyncio.wait_for(gone.wait(), 5)
    assert not left


async def test_a_session_that_broke_is_bound_anew(centre: Centre) -> None:
    sms = channel(centre)
    async with aclosing(sms.hear()) as heard:
        waiting = asyncio.ensure_future(anext(heard))
        esme = await asyncio.wait_for(centre.bound.get(), 5)
        await esme.unbind()
        await asyncio.wait_for(centre.bound.get(), 5)
        await sms.send(notice())
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    await sms.close()
    assert len(centre.taken) == 1


async def test_a_peer_that_speaks_something_else_ends_the_session_not_the_desk() -> None:
    async def babble(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(babble, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(Retryable, match="smpp_gone"):
            await Smpp(Login("127.0.0.1", port, "ioc", "x"), Form()).send(notice())
