from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from ioc.errors import IocError, Permanent, Retryable
from ioc.ports import Notice
from ioc.sinks import webhook
from ioc.sinks.webhook import Webhook, allowed, signature, signed_by
from tests.desk.made import Clock
from tests.serving import served

SECRET = b"correct horse battery staple"
NOTICE = Notice("a" * 32 + ":3", '{"title":"Cháy rừng"}'.encode())


class Receiver:
    """What a unit's server would be: it notes what came and answers as told."""

    def __init__(self) -> None:
        self.seen: list[tuple[dict[str, str], bytes]] = []
        self.answer: Callable[[], Response] = lambda: Response(status_code=204)
        self.url = ""

    async def take(self, request: Request) -> Response:
        self.seen.append((dict(request.headers), await request.body()))
        return self.answer()

    async def inside(self, _request: Request) -> Response:
        raise AssertionError("nobody may be led here")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    routes = [Route("/hook", made.take, methods=["POST"]), Route("/inside", made.inside, methods=["GET", "POST"])]
    with served(Starlette(routes=routes)) as url:
        made.url = f"{url}/hook"
        yield made


async def send(url: str, clock: Clock | None = None, **given: Any) -> None:
    async with Webhook(url, SECRET, clock or Clock(), **{"allow_private": True, **given}) as channel:
        await channel.send(NOTICE)


def test_a_post_carries_body_key_and_a_signature_that_the_receiver_can_check(receiver: Receiver) -> None:
    clock = Clock()
    asyncio.run(send(receiver.url, clock))

    ((headers, body),) = receiver.seen
    assert body == NOTICE.body
    assert headers["idempotency-key"] == NOTICE.key
    assert headers["content-type"] == "application/json"
    assert signed_by(SECRET, headers["ioc-signature"], body, clock.now())


@pytest.mark.parametrize(
    "forged",
    [
        lambda header, body: (header, body + b" "),
        lambda header, body: (header.replace("t=1", "t=2"), body),
        lambda header, body: (header[:-1] + ("0" if header[-1] != "0" else "1"), body),
        lambda _header, body: ("", body),
        lambda _header, body: (signature(b"another secret", 1_795_239_000, body), body),
    ],
    ids=["body changed", "time changed", "mark changed", "no signature", "another secret"],
)
def test_a_forged_post_is_not_believed(forged: Callable[[str, bytes], tuple[str, bytes]]) -> None:
    clock = Clock()
    header, body = forged(signature(SECRET, int(clock.now().timestamp()), NOTICE.body), NOTICE.body)

    assert not signed_by(SECRET, header, body, clock.now())


def test_a_post_that_was_recorded_and_sent_again_later_is_not_believed() -> None:
    clock = Clock()
    header = signature(SECRET, int(clock.now().timestamp()), NOTICE.body)

    assert signed_by(SECRET, header, NOTICE.body, clock.now() + timedelta(seconds=300))
    assert not signed_by(SECRET, header, NOTICE.body, clock.now() + timedelta(seconds=301))


STATUSES: dict[int, tuple[type[IocError], float]] = {
    301: (Retryable, 60),
    302: (Retryable, 60),
    400: (Permanent, 0),
    401: (Retryable, 60),
    403: (Retryable, 60),
    404: (Retryable, 60),
    408: (Retryable, 0),
    410: (Retryable, 60),
    413: (Permanent, 0),
    422: (Permanent, 0),
    425: (Retryable, 0),
    429: (Retryable, 0),
    500: (Retryable, 0),
    501: (Retryable, 60),
    502: (Retryable, 0),
    503: (Retryable, 0),
    504: (Retryable, 0),
}


@pytest.mark.parametrize(("status", "expected"), STATUSES.items(), ids=map(str, STATUSES))
def test_each_answer_is_either_later_or_never(
    receiver: Receiver, status: int, expected: tuple[type[IocError], float]
) -> None:
    receiver.answer = lambda: Response(status_code=status, headers={"Location": "/inside"})

    with pytest.raises(IocError) as error:
        asyncio.run(send(receiver.url))

    assert type(error.value) is expected[0]
    assert getattr(error.value, "retry_after", 0) == expected[1]
    assert len(receiver.seen) == 1, "a redirect is not followed"


def after(seconds: float) -> str:
    return format_datetime(Clock().now() + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("said", "wait"),
    [("120", 120), (after(90), 90), (after(-90), 0), ("soon", 0), ("-5", 0), ("9" * 400, 0), ("١٢", 0)],
    ids=["seconds", "a date", "a date that is over", "a word", "negative", "a huge number", "digits of another script"],
)
def test_retry_after_is_read_and_never_believed_blindly(receiver: Receiver, said: str, wait: float) -> None:
    receiver.answer = lambda: Response(status_code=503, headers={"Retry-After": said.encode().decode("latin-1")})

    with pytest.raises(Retryable) as error:
        asyncio.run(send(receiver.url))

    assert error.value.retry_after == wait


def test_a_receiver_that_never_ends_its_answer_is_left(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    async def drip() -> Any:
        while True:
            yield b"."
            await asyncio.sleep(0.01)

    monkeypatch.setattr(webhook, "LIMIT_S", 0.3)
    receiver.answer = lambda: StreamingResponse(drip())

    with pytest.raises(Retryable) as error:
        asyncio.run(send(receiver.url))

    assert error.value.code == "webhook_unreachable"


def test_a_flood_of_an_answer_is_cut_and_the_post_counts(receiver: Receiver) -> None:
    async def flood() -> Any:
        for _ in range(10_000):
            yield b"x" * 65_536

    receiver.answer = lambda: StreamingResponse(flood(), status_code=200)

    asyncio.run(asyncio.wait_for(send(receiver.url), 5))


def test_nobody_listening_is_tried_again_later() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    with pytest.raises(Retryable) as error:
        asyncio.run(send(f"http://127.0.0.1:{port}/hook"))

    assert error.value.code == "webhook_unreachable"


def test_a_receiver_without_a_certificate_is_not_believed(receiver: Receiver) -> None:
    with pytest.raises(Retryable) as error:
        asyncio.run(send(receiver.url.replace("http://", "https://")))

    assert error.value.code == "webhook_unreachable"
    assert ssl.OPENSSL_VERSION, "the handshake was refused, not the scheme"


ADDRESSES = {
    "8.8.8.8": (True, True),
    "2001:4860:4860::8888": (True, True),
    "127.0.0.1": (False, True),
    "10.1.2.3": (False, True),
    "192.168.1.1": (False, True),
    "172.16.0.1": (False, True),
    "::1": (False, True),
    "fd00::1": (False, True),
    "100.64.0.1": (False, False),
    "169.254.169.254": (False, False),
    "::ffff:169.254.169.254": (False, False),
    "64:ff9b::a9fe:a9fe": (False, False),
    "2002:a9fe:a9fe::1": (False, False),
    "::ffff:127.0.0.1": (False, True),
    "fe80::1": (False, False),
    "0.0.0.0": (False, False),  # noqa: S104 - an address to refuse
    "::": (False, False),
    "224.0.0.1": (False, False),
    "ff02::1": (False, False),
    "255.255.255.255": (False, False),
}


@pytest.mark.parametrize(("address", "expected"), ADDRESSES.items(), ids=ADDRESSES.keys())
def test_which_addresses_may_be_posted_to(address: str, expected: tuple[bool, bool]) -> None:
    found = ipaddress.ip_address(address)

    assert (allowed(found, private=False), allowed(found, private=True)) == expected


HOSTS = ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::1]", "[::ffff:127.0.0.1]"]


@pytest.mark.parametrize("host", HOSTS)
def test_no_spelling_of_this_machine_is_posted_to(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    touched: list[object] = []
    monkeypatch.setattr(socket.socket, "connect", lambda _socket, address: touched.append(address))

    with pytest.raises(IocError) as error:
        asyncio.run(send(f"https://{host}/hook", allow_private=False))

    assert error.value.code in {"webhook_address", "webhook_unresolved", "webhook_url"}
    assert touched == []


def test_a_name_with_one_forbidden_address_among_good_ones_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    async def resolve(*_given: Any, **_more: Any) -> list[Any]:
        return [(0, 0, 0, "", ("93.184.216.34", 443)), (0, 0, 0, "", ("127.0.0.1", 443))]

    monkeypatch.setattr(asyncio.base_events.BaseEventLoop, "getaddrinfo", resolve)

    with pytest.raises(Retryable) as error:
        asyncio.run(send("https://rebinding.example/hook", allow_private=False))

    assert error.value.code == "webhook_address"


def test_plain_http_needs_private_receivers_to_be_meant() -> None:
    with pytest.raises(Permanent) as error:
        Webhook("http://unit.example/hook", SECRET, Clock())
    assert error.value.code == "webhook_plain"
