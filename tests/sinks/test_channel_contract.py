"""What every channel to people keeps of `ioc.ports.Channel`: taken, refused, or again; within its time; one text, one key."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import NamedTuple

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ioc.alerts.message import encode
from ioc.errors import Permanent, Retryable
from ioc.ports import Channel, Notice
from ioc.sinks.modem import Modem
from ioc.sinks.smpp import Smpp
from ioc.sinks.smpp_session import Login
from ioc.sinks.sms_http import Described, Gateway
from ioc.sinks.text_sms import Form
from ioc.sinks.voice import Voice
from ioc.sinks.webhook import Webhook
from tests.desk.made import Clock
from tests.serving import served
from tests.sinks.modem_stand_in import Modem as StandIn
from tests.sinks.test_smpp import Centre
from tests.sinks.told import HOTSPOT

NOTICE = Notice("a" * 32 + ":m1", encode(HOTSPOT), "+84912345678", "vi")


class Case(NamedTuple):
    """A channel before a real other side; `answers` says what that side does next: well, refuse, later."""

    channel: Channel
    answers: Callable[[str], None]
    taken: Callable[[], int]


class Http:
    """A web server that answers as told."""

    def __init__(self) -> None:
        self.status, self.count = 200, 0

    async def take(self, request: Request) -> Response:
        await request.body()
        self.count += self.status < 300
        return Response(b"{}", self.status)

    def answers(self, how: str) -> None:
        self.status = {"well": 200, "refuse": 422, "later": 503}[how]


def _http(kind: str, url: str) -> Webhook:
    if kind == "webhook":
        return Webhook(url, b"secret", Clock(), allow_private=True)
    if kind == "voice":
        return Voice(url, b"secret", Clock(), allow_private=True)
    described = Described("form", {"to": "{to}", "text": "{text}"})
    return Gateway(url, "key", described, Form(), Clock(), allow_private=True)


@asynccontextmanager
async def over_http(kind: str) -> AsyncIterator[Case]:
    side = Http()
    with served(Starlette(routes=[Route("/", side.take, methods=["POST"])])) as url:
        async with _http(kind, url) as channel:
            yield Case(channel, side.answers, lambda: side.count)


@asynccontextmanager
async def by_modem() -> AsyncIterator[Case]:
    sim = StandIn()
    channel = Modem(sim.path, Form(), per_minute=600)

    def answers(how: str) -> None:
        sim.faults.cms_errors = {"well": [], "refuse": [1], "later": [332]}[how]

    try:
        yield Case(channel, answers, lambda: len(sim.taken))
    finally:
        await channel.close()
        sim.close()


@asynccontextmanager
async def by_smpp() -> AsyncIterator[Case]:
    centre = Centre()
    await centre.start()
    channel = Smpp(Login("127.0.0.1", centre.port, "ioc", "x"), Form(), sender="IOC-TN")

    def answers(how: str) -> None:
        centre.refuse = {"well": [], "refuse": [0x0B], "later": [0x58]}[how]

    try:
        yield Case(channel, answers, lambda: len(centre.taken))
    finally:
        await channel.close()
        await centre.stop()


WAYS: dict[str, Callable[[], AbstractAsyncContextManager[Case]]] = {
    "webhook": lambda: over_http("webhook"),
    "voice": lambda: over_http("voice"),
    "gateway": lambda: over_http("gateway"),
    "modem": by_modem,
    "smpp": by_smpp,
}


@pytest.fixture(params=sorted(WAYS))
def way(request: pytest.FixtureRequest) -> Callable[[], AbstractAsyncContextManager[Case]]:
    return WAYS[request.param]


Way = Callable[[], AbstractAsyncContextManager[Case]]


async def test_taken_is_taken_once(way: Way) -> None:
    async with way() as case:
        await case.channel.send(NOTICE)
        assert case.taken() == 1


async def test_refused_is_permanent_and_the_next_message_goes(way: Way) -> None:
    async with way() as case:
        case.answers("refuse")
        with pytest.raises(Permanent):
            await case.channel.send(NOTICE)
        case.answers("well")
        await case.channel.send(NOTICE)
        assert case.taken() == 1


async def test_later_is_retryable_with_a_time_and_the_same_message_goes_then(way: Way) -> None:
    async with way() as case:
        case.answers("later")
        with pytest.raises(Retryable) as caught:
            await case.channel.send(NOTICE)
        assert 0 <= caught.value.retry_after <= 3_600
        case.answers("well")
        await case.channel.send(NOTICE)
        assert case.taken() == 1


async def test_a_send_that_is_cancelled_leaves_the_channel_whole(way: Way) -> None:
    async with way() as case:
        await case.channel.send(NOTICE)
        task = asyncio.create_task(case.channel.send(NOTICE))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        began = time.monotonic()
        await case.channel.send(NOTICE)
        assert time.monotonic() - began < 20
        assert case.taken() >= 2


@pytest.mark.parametrize("to", ["", "nobody", "+84 91; drop", "+849" + "1" * 40])
async def test_an_address_that_is_none_is_refused_before_anybody_is_asked(way: Way, to: str) -> None:
    async with way() as case:
        if type(case.channel) is Webhook:
            pytest.skip("a machine has no address in the notice")
        with pytest.raises(Permanent, match="sms_number"):
            await case.channel.send(NOTICE._replace(to=to))
        assert case.taken() == 0
