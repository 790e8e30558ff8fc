from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import httpx
import pytest

from ioc.sinks.webhook import signature
from ioc.watch.ear import KEPT, Ear

SECRET, NOW = b"a secret of the two", datetime(2026, 11, 22, 19, 0, tzinfo=UTC)
AT = "2026-11-22T18:59:58.123Z"
BODY = f'{{"format":"ioc.watch.v1","key":"k:1","at":"{AT}","stored_at":"{AT}"}}'.encode()


class Frozen:
    def now(self) -> datetime:
        return NOW


def signed(body: bytes = BODY, secret: bytes = SECRET, at: int = int(NOW.timestamp())) -> tuple[str, bytes]:
    return signature(secret, at, body), body


POSTS = {
    "a signed answer is heard": (signed(), 204, True),
    "an answer under another secret is not": (signed(secret=b"another"), 401, False),
    "an answer signed long ago is not": (signed(at=int(NOW.timestamp()) - 3600), 401, False),
    "no signature at all": (("", BODY), 401, False),
    "a body that is no answer": (signed(b"[1]"), 400, False),
    "an alert that took this way": (signed(BODY.replace(b"ioc.watch.v1", b"ioc.alert.v1")), 400, False),
    "a body without end": (signed(BODY + b" " * 20_000), 401, False),
}


@pytest.mark.parametrize("case", POSTS)
async def test_what_is_heard(case: str) -> None:
    (mark, body), status, heard = POSTS[case]
    ear = Ear(SECRET, Frozen())
    waited = ear.wait_for(AT)

    async with ear.listening("127.0.0.1", 0) as port, httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(f"http://127.0.0.1:{port}/", content=body, headers={"IOC-Signature": mark})

    assert (answer.status_code, waited.is_set()) == (status, heard)


async def test_an_answer_that_is_quicker_than_the_gateway_is_not_lost() -> None:
    ear = Ear(SECRET, Frozen())
    ear.hear(*signed())

    async with asyncio.timeout(1):
        await ear.wait_for(AT).wait()


async def test_answers_that_nobody_waits_for_take_no_memory() -> None:
    ear = Ear(SECRET, Frozen())
    for minute in range(KEPT * 2):
        ear.hear(*signed(BODY.replace(AT.encode(), f"{minute}".encode())))

    assert len(ear._waited) == KEPT


async def test_a_taken_port_is_an_error_of_the_system() -> None:
    ear = Ear(SECRET, Frozen())
    async with ear.listening("127.0.0.1", 0) as port:
        with pytest.raises(OSError, match="in use"):
            async with ear.listening("127.0.0.1", port):
                raise AssertionError("two hear at one port")
