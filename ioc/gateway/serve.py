"""The gateway as a process: Kafka, the HTTP door, dropped files and tailed logs, started and stopped together."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import signal
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import uvicorn
from fastapi import FastAPI

from ioc.catalogue import Catalogue
from ioc.errors import Permanent
from ioc.gateway.app import create_app
from ioc.gateway.drop import Drop
from ioc.gateway.keys import KeyStore
from ioc.gateway.log import KafkaLog
from ioc.gateway.receive import Receiver
from ioc.gateway.tail import Tail
from ioc.intake import Map
from ioc.ports import Clock
from ioc.streams.brokers import Bootstrap

CONNECTIONS = 512
"""Open connections; beyond them the answer is 503 at once. A province has tens of senders."""
STOP_S = 3
"""Seconds that requests under way get to end."""


class Config(Protocol):
    """`ioc.settings.tree.Gateway`, as far as serving asks."""

    @property
    def host(self) -> str:
        """Address to listen on."""
        ...

    @property
    def port(self) -> int:
        """TCP port, 0 for a free one."""
        ...

    @property
    def keys_file(self) -> Path:
        """Hashed keys."""
        ...

    @property
    def tls_cert_file(self) -> Path | None:
        """Certificate chain (PEM)."""
        ...

    @property
    def tls_key_file(self) -> Path | None:
        """Private key (PEM)."""
        ...

    @property
    def drop(self) -> Path | None:
        """Directory with one folder per feed."""
        ...

    @property
    def tail(self) -> Mapping[str, Path]:
        """Feed -> growing file."""
        ...

    @property
    def keep_days(self) -> int:
        """Days that taken files are kept."""
        ...


async def serve(
    config: Config,
    catalogue: Catalogue,
    boundaries: Map,
    clock: Clock,
    *,
    bootstrap: Bootstrap,
    partitions: int,
    demo: bool = False,
    ready: Callable[[int], None] = lambda _: None,
) -> None:
    """Serve until SIGINT or SIGTERM; `ready` is called with the port once requests are answered.

    `demo`: the built-in province finds its keys beside the key file (`ioc.gateway.keys.DEMO_FILE`). Kafka need not be
    up: until it is, senders are asked to come again. Raises Permanent for a port that is taken, a
    key file that others can read, a certificate that is none, a tailed file of no feed.
    """
    for name in config.tail:
        if name not in catalogue.by_feed:
            raise Permanent("feed_unknown", feed=name, known=", ".join(sorted(catalogue.by_feed)))
    keys = KeyStore(config.keys_file)
    keys.active()
    if demo:
        keys.provide_demo(catalogue.by_feed, clock.now())
    else:
        keys.end_demo()
    log = KafkaLog(bootstrap, partitions)
    receiver = Receiver(catalogue, boundaries, log, clock)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with log, asyncio.TaskGroup() as group:
            tasks = [group.create_task(door.run()) for door in _doors(config, receiver)]
            yield
            for task in tasks:
                task.cancel()

    app = create_app(receiver, keys, lifespan=lifespan)
    with _listening(config.host, config.port) as listener:
        await _Server(_uvicorn(app, config), ready).serve(sockets=[listener])


def _doors(config: Config, receiver: Receiver) -> list[Drop | Tail]:
    doors: list[Drop | Tail] = []
    if config.drop is not None:
        doors.append(Drop(config.drop, receiver, keep_days=config.keep_days))
    state = config.keys_file.parent
    feeds = receiver.catalogue.by_feed
    doors += [Tail(path, feeds[name], receiver, state / f"tail-{name}.json") for name, path in config.tail.items()]
    return doors


def _uvicorn(app: FastAPI, config: Config) -> uvicorn.Config:
    tls: dict[str, Any] = {}
    if config.tls_cert_file is not None:
        tls = {"ssl_certfile": str(config.tls_cert_file), "ssl_keyfile": str(config.tls_key_file)}
    made = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=CONNECTIONS,
        timeout_graceful_shutdown=STOP_S,
        lifespan="on",
        **tls,
    )
    try:
        made.load()
    except (ssl.SSLError, OSError) as error:
        raise Permanent("tls_unusable", file=config.tls_cert_file, why=str(error)) from error
    if isinstance(made.ssl, ssl.SSLContext):
        made.ssl.minimum_version = ssl.TLSVersion.TLSv1_2
    return made


@contextlib.contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named, because asyncio sends answers without delay only where it is: 44 ms a request otherwise.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    with listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen(2048)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise Permanent("port_taken", host=host, port=port) from error
            raise Permanent("gateway_address", host=host, port=port, why=error.strerror or str(error)) from error
        yield listener


class _Server(uvicorn.Server):
    """Tells when it answers."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[int], None]) -> None:
        super().__init__(config)
        self._ready = ready

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop in order on SIGINT and SIGTERM; uvicorn's own way ends the whole process by the signal afterwards."""
        loop = asyncio.get_running_loop()
        signals = (signal.SIGINT, signal.SIGTERM) if threading.current_thread() is threading.main_thread() else ()
        for number in signals:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in signals:
                loop.remove_signal_handler(number)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and sockets:
            self._ready(sockets[0].getsockname()[1])
