"""The HTTP door: POST /v1/feeds/{feed}/events, its answers per record; 202 only after Kafka has the events.

    POST /v1/feeds/{feed}/events[?file=NAME]   native format; Authorization by key (ioc.gateway.guard)
    GET  /v1/feeds/{feed}                      the feed's own contract and what was heard of it; same key
    GET  /healthz                              200 while Kafka can be reached

No answer holds a traceback, and none tells a stranger which feeds exist.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from email.message import Message
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from ioc import metrics
from ioc.catalogue import Feed
from ioc.errors import Permanent, Retryable
from ioc.events.envelope import iso
from ioc.gateway import answer
from ioc.gateway.guard import Guard, Signature
from ioc.gateway.keys import Key, KeyStore
from ioc.gateway.limits import Bucket
from ioc.gateway.receive import Receiver

TYPES = (
    "application/json", "application/geo+json", "application/x-ndjson", "application/ndjson", "application/jsonl",
    "text/csv", "text/plain", "text/tab-separated-values",
)  # fmt: skip
CHARSETS = ("", "utf-8", "utf8", "us-ascii")
BODY_S = 60.0
"""Seconds for a body to arrive: a megabyte over a slow modem takes half of it."""
DRAIN_BYTES, DRAIN_S = 1024 * 1024, 2.0
"""What is still read of a body that was refused: a sender in the middle of it would miss our answer otherwise."""
_log = logging.getLogger("ioc.gateway")


class Refuse(Exception):
    """A request that ends here, with its status and sentence."""

    def __init__(self, status: HTTPStatus, code: str, *, retry_after: int = 0, **values: object) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.retry_after = retry_after
        self.values = values


def create_app(
    receiver: Receiver, keys: KeyStore, *, elapsed: Callable[[], float] = time.monotonic, lifespan: Any = None
) -> FastAPI:
    """The door over a receiver and its keys; `elapsed` is a clock that only moves forward, in seconds.

    `lifespan` is FastAPI's: what starts and stops with the app.
    """
    app = FastAPI(title="IOC gateway", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    door = _Door(receiver, keys, elapsed)
    app.add_api_route("/v1/feeds/{feed}/events", door.post, methods=["POST"], response_model=None)
    app.add_api_route("/v1/feeds/{feed}", door.get, methods=["GET"], response_model=None)
    app.add_api_route("/healthz", door.health, methods=["GET"], response_model=None)
    app.add_api_route("/", _front, methods=["GET"], response_model=None)
    app.add_exception_handler(HTTPException, _http_error)
    return app


class _Door:
    def __init__(self, receiver: Receiver, keys: KeyStore, elapsed: Callable[[], float]) -> None:
        self._receiver = receiver
        self._guard = Guard(keys)
        self._elapsed = elapsed
        self._buckets: dict[str, Bucket] = {}
        self._since = iso(receiver.clock.now())

    async def post(self, request: Request, feed: str) -> Response:
        """Take one body; answer the fate of each record."""
        return await _heard_out(request, _counted(feed, await _answered(self._post(request, feed))))

    async def get(self, request: Request, feed: str) -> Response:
        """The feed's contract, for the holder of its key."""
        return _counted(feed, await _answered(self._get(request, feed)))

    async def _post(self, request: Request, feed: str) -> Response:
        claim = self._admit(request, feed)
        known = self._receiver.catalogue.by_feed.get(feed)
        # A claim not proved yet reads no more than the smallest default, if its feed is gone.
        limit = known.limits.body_bytes if known else 1024
        _judge_type(request)
        if isinstance(claim, Key):
            registered = _known(known)
            self._take(registered)
            body = await _body(request, limit)
        else:
            body = await _body(request, limit)
            self._verify(request, feed, claim, body)
            registered = _known(known)
            self._take(registered)
        received = await self._receiver.receive(registered, body, name=request.query_params.get("file", "")[:200])
        self._buckets[registered.name].pay(len(received.outcomes), self._elapsed())
        return _json(answer.status_of(received), answer.fates(received))

    async def _get(self, request: Request, feed: str) -> Response:
        claim = self._admit(request, feed)
        key = claim if isinstance(claim, Key) else self._verify(request, feed, claim, b"")
        registered = _known(self._receiver.catalogue.by_feed.get(feed))
        said = answer.contract(registered, self._receiver.heard(feed), key.id, self._since)
        return _json(HTTPStatus.OK, said)

    async def health(self) -> Response:
        """Whether events can be taken."""
        connected = self._receiver.log.connected
        status = HTTPStatus.OK if connected else HTTPStatus.SERVICE_UNAVAILABLE
        return _json(status, {"kafka": connected, "since": self._since})

    def _admit(self, request: Request, feed: str) -> Key | Signature:
        found = self._guard.admit(feed, request.headers.get("authorization", ""), self._receiver.clock.now())
        if found is None:
            raise Refuse(HTTPStatus.UNAUTHORIZED, "unauthorized")
        return found

    def _verify(self, request: Request, feed: str, claim: Signature, body: bytes) -> Key:
        query = b"?" + request.scope["query_string"] if request.scope["query_string"] else b""
        line = request.method.encode() + b"|" + request.scope["raw_path"] + query
        key = self._guard.verify(feed, claim, line, body, self._receiver.clock.now())
        if key is None:
            raise Refuse(HTTPStatus.UNAUTHORIZED, "unauthorized")
        return key

    def _take(self, feed: Feed) -> None:
        now = self._elapsed()
        wait = self._buckets.setdefault(feed.name, Bucket(feed.limits.per_second, now)).wait(now)
        if wait:
            values = {"seconds": wait, "rate": f"{feed.limits.per_second:g}"}
            raise Refuse(HTTPStatus.TOO_MANY_REQUESTS, "too_fast", retry_after=wait, **values)


def _known(feed: Feed | None) -> Feed:
    """The feed; a valid key of a feed that was taken out of the catalogue may learn that."""
    if feed is None:
        raise Refuse(HTTPStatus.NOT_FOUND, "feed_gone")
    return feed


def _judge_type(request: Request) -> None:
    given = Message()
    given["content-type"] = request.headers.get("content-type", "")
    kind = given.get_content_type() if given["content-type"] else ""
    if kind not in TYPES:
        raise Refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "media_type", given=kind[:60] or "-", known=", ".join(TYPES))
    charset = str(given.get_param("charset", "")).lower()
    if charset not in CHARSETS:
        raise Refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "charset", given=charset[:40])
    coding = request.headers.get("content-encoding", "identity").lower()
    if coding != "identity":
        raise Refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "coding", given=coding[:40])


async def _body(request: Request, limit: int) -> bytes:
    """The body, refused as soon as it is known to be too large or too slow."""
    too_large = Refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body_size", limit=limit)
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit:
        raise too_large
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_S):
            async for part in request.stream():
                size += len(part)
                if size > limit:
                    raise too_large
                parts.append(part)
    except TimeoutError:
        raise Refuse(HTTPStatus.REQUEST_TIMEOUT, "body_slow", seconds=int(BODY_S)) from None
    return b"".join(parts)


async def _heard_out(request: Request, response: Response) -> Response:
    """The answer, after what was left of the body; the connection ends where that is too much."""
    if request.headers.get("expect"):
        # Nothing is on its way yet, and reading would call for it.
        response.headers["connection"] = "close"
        return response
    left = DRAIN_BYTES
    try:
        async with asyncio.timeout(DRAIN_S):
            async for part in request.stream():
                left -= len(part)
                if left < 0:
                    break
    except (TimeoutError, ClientDisconnect):
        left = -1
    except RuntimeError:
        # Starlette's word for a body that was read to its end.
        return response
    if left < 0:
        response.headers["connection"] = "close"
    return response


def _json(status: int, content: answer.Json, *, retry_after: int = 0) -> Response:
    headers = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
    if retry_after:
        headers["retry-after"] = str(retry_after)
    if status == HTTPStatus.UNAUTHORIZED:
        headers["www-authenticate"] = 'Bearer realm="ioc", IOC-HMAC-SHA256'
    body = orjson.dumps(content, option=orjson.OPT_APPEND_NEWLINE)
    return Response(body, status, headers=headers, media_type="application/json")


async def _front() -> Response:
    return Response("\n".join(answer.both("gateway.front").values()) + "\n", media_type="text/plain; charset=utf-8")


async def _http_error(_: Request, error: Exception) -> Response:
    """Paths and methods that are not ours."""
    status = error.status_code if isinstance(error, HTTPException) else HTTPStatus.INTERNAL_SERVER_ERROR
    code = "no_method" if status == HTTPStatus.METHOD_NOT_ALLOWED else "no_path"
    return _json(status, answer.refusal(code))


def _counted(feed: str, response: Response) -> Response:
    """A stranger may name any number of feeds; they are counted as one."""
    stranger = response.status_code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND}
    metrics.REQUESTS.labels("-" if stranger else feed, str(response.status_code)).inc()
    return response


async def _answered(doing: Awaitable[Response]) -> Response:
    """Every way a request can fail, as an answer."""
    try:
        return await doing
    except Refuse as error:
        return _json(error.status, answer.refusal(error.code, **error.values), retry_after=error.retry_after)
    except Retryable as error:
        wait = max(1, round(error.retry_after))
        said = answer.refusal("come_again", seconds=wait) | {"cause": error.code}
        return _json(HTTPStatus.SERVICE_UNAVAILABLE, said, retry_after=wait)
    except Permanent as error:
        if error.code == "too_many_records":
            return _json(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, answer.failure(error))
        _log.exception("the gateway cannot work until somebody mends this: %s", error)
        return _json(HTTPStatus.SERVICE_UNAVAILABLE, answer.refusal("broken"), retry_after=60)
    except ClientDisconnect:
        return Response(status_code=HTTPStatus.BAD_REQUEST)
    except Exception:  # noqa: BLE001 - a sender gets a sentence, the log gets the traceback
        _log.exception("an error of the gateway itself")
        return _json(HTTPStatus.INTERNAL_SERVER_ERROR, answer.refusal("internal"))
