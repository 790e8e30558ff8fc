"""Where answers are heard: the desk posts one for each beat that went all the way, signed as every webhook is."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import msgspec
import uvicorn
from fastapi import FastAPI, Request, Response

from ioc.ports import Clock
from ioc.sinks.webhook import signed_by

BODY_BYTES = 16 * 1024
KEPT = 100
"""Answers to beats that are waited for no more, after an outage; only the newest can matter."""


class Answer(msgspec.Struct, frozen=True):
    """What is read of `ioc.desk.watched.WatchNotice`."""

    format: str
    at: str


class Ear:
    """Answers that came, by the time of the beat that they answer."""

    def __init__(self, secret: bytes, clock: Clock) -> None:
        self._secret = secret
        self._clock = clock
        self._waited: dict[str, asyncio.Event] = {}

    def wait_for(self, beat: str) -> asyncio.Event:
        """Set once that beat is answered; an answer may come before the gateway has finished its own."""
        while len(self._waited) >= KEPT:
            self._waited.pop(next(iter(self._waited)))
        return self._waited.setdefault(beat, asyncio.Event())

    def forget(self, beat: str) -> None:
        """Nobody waits for it any more."""
        self._waited.pop(beat, None)

    def hear(self, signature: str, body: bytes) -> int:
        """One post; the HTTP status that answers it."""
        if len(body) > BODY_BYTES or not signed_by(self._secret, signature, body, self._clock.now()):
            return 401
        try:
            answer = msgspec.json.decode(body, type=Answer)
        except msgspec.MsgspecError:
            return 400
        if answer.format != "ioc.watch.v1":
            return 400
        self.wait_for(answer.at).set()
        return 204

    @asynccontextmanager
    async def listening(self, host: str, port: int) -> AsyncIterator[int]:
        """Hear until the block ends; the port that was taken. OSError where it is taken already."""
        app = FastAPI(openapi_url=None)

        @app.post("/")
        async def answered(request: Request) -> Response:
            body = b""
            async for part in request.stream():
                body += part
                if len(body) > BODY_BYTES:
                    break
            return Response(status_code=self.hear(request.headers.get("IOC-Signature", ""), body))

        config = uvicorn.Config(app, host=host, port=port, log_level="error", lifespan="off", access_log=False)
        server = _Server(config)
        listener = socket.create_server((host, port))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            await asyncio.wait({serving, asyncio.create_task(server.up.wait())}, return_when=asyncio.FIRST_COMPLETED)
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            await serving
            listener.close()


class _Server(uvicorn.Server):
    """Says when it answers; signals are for the whole process, not for this server alone."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        await super().startup(sockets)
        self.up.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave them as they are."""
        yield
