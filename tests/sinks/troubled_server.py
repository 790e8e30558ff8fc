"""An HTTP server that stands before InfluxDB, or for it, and has the troubles a test gives it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web

Trouble = Callable[[web.Request, bytes], Awaitable[web.StreamResponse | None]]
"""Gives the answer, or None to pass the request on."""


class TroubledServer:
    """Requests wait for `trouble`; without one they go on to `upstream`."""

    def __init__(self, upstream: str = "") -> None:
        self.upstream = upstream
        self.trouble: Trouble | None = None
        self.seen: list[tuple[str, int]] = []
        """Path and number of lines of each request."""
        self.url = ""
        self._counted = asyncio.Condition()

    async def requests(self, number: int) -> None:
        """Wait until so many have come."""
        async with self._counted:
            await self._counted.wait_for(lambda: len(self.seen) >= number)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.seen.append((request.path, body.count(b"\n") + 1))
        async with self._counted:
            self._counted.notify_all()
        if self.trouble is not None:
            given = await self.trouble(request, body)
            if given is not None:
                return given
        return await self.forward(request, body)

    async def forward(self, request: web.Request, body: bytes) -> web.Response:
        headers = {name: request.headers[name] for name in ("Authorization", "Content-Type") if name in request.headers}
        async with (
            aiohttp.ClientSession() as session,
            session.request(request.method, self.upstream + request.path_qs, data=body, headers=headers) as got,
        ):
            kept = {name: got.headers[name] for name in ("Date", "Content-Type") if name in got.headers}
            return web.Response(status=got.status, body=await got.read(), headers=kept)


@asynccontextmanager
async def troubled(upstream: str = "") -> AsyncIterator[TroubledServer]:
    server = TroubledServer(upstream)
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_route("*", "/{path:.*}", server.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    server.url = f"http://{host}:{port}"
    try:
        yield server
    finally:
        await runner.cleanup()


def says(status: int, text: str = "", **headers: str) -> Trouble:
    """Always this answer."""

    async def answer(_: web.Request, __: bytes) -> web.StreamResponse:
        return web.Response(status=status, text=text, headers={k.replace("_", "-"): v for k, v in headers.items()})

    return answer


async def hangs(_: web.Request, __: bytes) -> web.StreamResponse | None:
    """No answer within the life of a test."""
    await asyncio.Event().wait()
    return None


async def hangs_up(request: web.Request, _: bytes) -> web.StreamResponse | None:
    """The connection is cut without an answer."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()
