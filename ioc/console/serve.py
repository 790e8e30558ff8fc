"""Serve the console until told to stop; on this machine only, because nobody logs in yet."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import uvicorn
from fastapi import FastAPI

from ioc.console.app import Console
from ioc.errors import Permanent, Retryable

STOP_S = 2
"""How long open requests may take when the server stops; `ioc up` is gone within 5 s."""
BACKLOG = 256


@dataclass(frozen=True)
class Listen:
    """Where the console answers; port 0 takes a free one."""

    host: str = "127.0.0.1"
    port: int = 8080


def _unheard(_url: str) -> None:
    return None


class _Server(uvicorn.Server):
    """Leaves signals to whoever runs the process, and ends the streams before it waits for them."""

    def __init__(self, config: uvicorn.Config, end_streams: Callable[[], None]) -> None:
        super().__init__(config)
        self._end_streams = end_streams

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._end_streams()
        await super().shutdown(sockets)


def bind(listen: Listen) -> socket.socket:
    """A listening socket; raises Permanent for an address that others can reach, or a port that is taken."""
    try:
        address = ipaddress.ip_address("127.0.0.1" if listen.host == "localhost" else listen.host)
    except ValueError:
        raise Permanent("console_address", host=listen.host) from None
    if not address.is_loopback:
        raise Permanent("console_address", host=listen.host)
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    try:
        return socket.create_server((str(address), listen.port), family=family, backlog=BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Permanent("port_taken", port=listen.port, host=str(address)) from None
        raise


async def serve(
    app: FastAPI,
    listen: Listen,
    *,
    stop: asyncio.Event | None = None,
    ready: Callable[[str], None] = _unheard,
) -> None:
    """Serve `create_app`'s console until `stop` is set or the task is cancelled.

    `ready` is given the address once pages are answered. Raises Permanent for an address that others can reach or a port
    that is taken, Retryable where the console's own data cannot be read at the start.
    """
    listener = bind(listen)
    config = uvicorn.Config(
        app,
        log_level="warning",
        lifespan="off",
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        timeout_graceful_shutdown=STOP_S,
        timeout_keep_alive=30,
        h11_max_incomplete_event_size=64 * 1024,
    )
    console: Console = app.state.console
    server = _Server(config, console.live.close)
    host, port = listener.getsockname()[:2]
    url = f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
    ending = asyncio.create_task((stop or asyncio.Event()).wait())
    try:
        async with console.running():
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            try:
                await _started(server, serving)
                ready(url)
                await asyncio.wait({serving, ending}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                server.should_exit = True
                await asyncio.shield(asyncio.wait({serving}))
            await serving
    finally:
        ending.cancel()
        listener.close()


async def _started(server: _Server, serving: asyncio.Task[None]) -> None:
    """Return when the server answers; raise what kept it from starting."""
    while not server.started:
        if serving.done():
            await serving
            raise Retryable("console_unstarted")
        await asyncio.sleep(0.01)
