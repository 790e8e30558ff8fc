"""What a program needs to send data to the IOC's gateway: one call, that waits when it is asked to and tells every fate.

    async with Client("https://ioc.example", {"stations": key}) as client:
        answer = await client.post("stations", body, "text/plain", name="TN_HUNGVUONG_20260514100000.txt")
        print(answer.fates, answer.refusals)

Sending the same body again is harmless: ids come from content. So a body without an answer is sent again, by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

import httpx

from ioc.errors import Permanent, Retryable

BACK_OFF_S: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
"""Waits where no answer came; the last one repeats."""
PATIENCE_S: Final = 300.0
"""Waiting in all before a call gives up: a broker restarts in less."""
ANSWER_S: Final = 30.0
"""The gateway waits ten seconds for Kafka before it answers."""
LONGEST_WAIT_S: Final = 60.0
"""A server that asks for more is asked again after this."""
_BUSY = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
_JUDGED = (HTTPStatus.OK, HTTPStatus.ACCEPTED, HTTPStatus.UNPROCESSABLE_ENTITY)


class Answer(NamedTuple):
    """What became of one body: records per fate, events written, and the gateway's reasons for each refused record.

    `waits` counts how often the body had to be sent again.
    """

    records: int
    events: int
    fates: Mapping[str, int]
    refusals: tuple[Mapping[str, Any], ...] = ()
    waits: int = 0


class Client:
    """Sends bodies to one gateway; `keys` holds the key of each feed.

    `transport` and `sleep` are there for tests.
    """

    def __init__(
        self,
        url: str,
        keys: Mapping[str, str],
        *,
        patience: float = PATIENCE_S,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.keys = keys
        self._patience = patience
        self._sleep = sleep
        self._http = httpx.AsyncClient(base_url=url, timeout=ANSWER_S, transport=transport)

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.__aexit__(kind, error, trace)

    async def post(self, feed: str, body: bytes, content_type: str, *, name: str = "") -> Answer:
        """Send one body in the feed's native format; return when every record in it has its fate.

        `name` is the file's name, for formats where it says something (station text). Waits and sends again on 429,
        503 (for as long as they ask) and where no answer came. Raises Permanent `gateway_refused` for an answer that
        will not change (wrong key, wrong type, too large), Retryable `gateway_busy` once patience has run out.
        """
        waited, waits = 0.0, 0
        while True:
            wait = 0.0
            why = ""
            try:
                response = await self._send(feed, body, content_type, name)
            except httpx.TransportError as error:
                why = type(error).__name__
            else:
                if response.status_code in _JUDGED:
                    return _answer(response, waits)
                if response.status_code not in _BUSY and response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
                    raise Permanent("gateway_refused", feed=feed, status=response.status_code, why=_why(response))
                why = f"{response.status_code}"
                wait = _asked(response)
            wait = min(wait or BACK_OFF_S[min(waits, len(BACK_OFF_S) - 1)], LONGEST_WAIT_S)
            if waited + wait > self._patience:
                raise Retryable("gateway_busy", retry_after=wait, feed=feed, seconds=round(waited), why=why)
            await self._sleep(wait)
            waited += wait
            waits += 1

    async def _send(self, feed: str, body: bytes, content_type: str, name: str) -> httpx.Response:
        return await self._http.post(
            f"/v1/feeds/{feed}/events",
            params={"file": name} if name else None,
            content=body,
            headers={"content-type": content_type, "authorization": f"Bearer {self.keys.get(feed, '')}"},
        )


def _json(response: httpx.Response) -> Mapping[str, Any]:
    try:
        said = response.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _answer(response: httpx.Response, waits: int) -> Answer:
    said = _json(response)
    outcomes = said.get("outcomes", ())
    return Answer(
        records=int(said.get("records", 0)),
        events=int(said.get("events", 0)),
        fates={str(fate): int(count) for fate, count in said.get("fates", {}).items()},
        refusals=tuple(one for one in outcomes if one.get("reasons")),
        waits=waits,
    )


def _why(response: httpx.Response) -> str:
    error = _json(response).get("error", {})
    return str(error.get("code", "")) if isinstance(error, dict) else ""


def _asked(response: httpx.Response) -> float:
    """Seconds that the server asks to wait; 0 where it does not say, or says a date."""
    given = response.headers.get("retry-after", "")
    return float(given) if given.isdecimal() else 0.0
