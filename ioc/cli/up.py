"""`ioc up`: the whole product on one machine. This process holds no work; broker, roles and screens are children."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ioc.cli.running import announce
from ioc.embedded.scenarios import named
from ioc.errors import Permanent
from ioc.settings import Settings, dump
from ioc.settings.tree import Console, Desk, Gateway, History, Kafka, Metrics, SqliteHistory
from ioc.supervise import Child, Supervisor, python
from ioc.words import Lang, say

HOST = "127.0.0.1"
Tell = Callable[[str, dict[str, object]], None]
PARTITIONS = 4
"""Enough for the two or three cores of a machine that tries the product; each costs a tick a second."""
BROKER_S, ROLES_S = 60.0, 90.0
"""Longest waits for readiness: a journal of a million states loads in seconds, a cold disk imports slowly."""
NAMES = {
    "broker": "Kafka",
    "evaluate": "evaluate",
    "record": "record",
    "intake": "intake",
    "gateway": "gateway",
    "console": "console",
    "feeder": "feeder",
}


@dataclass(frozen=True)
class Wish:
    """What the person asked for; `data` None keeps everything in memory and a directory that goes away."""

    port: int = 8080
    data: Path | None = None
    demo: bool = True
    scenario: str | None = None
    speed: float = 1.0
    lang: Lang = "vi"


def up(wish: Wish) -> int:
    """Run until Ctrl-C; give the exit code."""
    began = time.monotonic()

    def tell(key: str, values: dict[str, object]) -> None:
        print(say(key, wish.lang, **values), flush=True)

    if wish.demo:
        wish = replace(wish, scenario=named(wish.scenario or "").name)
    ports_free(wish.port)
    with directory(wish.data) as place, contextlib.ExitStack() as told:
        settings = settings_of(wish, place, free_port())
        path = place / "settings.toml"
        path.write_text(dump(settings), encoding="utf-8")
        supervisor = Supervisor(tell)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: supervisor.request_stop())
        try:
            start(supervisor, wish, settings, path, tell)
            told.enter_context(announce(wish.port, path))
            tell("up.ready", {"seconds": f"{time.monotonic() - began:.1f}", "url": f"http://{HOST}:{wish.port}/"})
            return supervisor.run()
        finally:
            ending = time.monotonic()
            tell("up.stopping", {})
            supervisor.stop()
            tell("up.stopped", {"seconds": f"{time.monotonic() - ending:.1f}"})


def settings_of(wish: Wish, place: Path, broker: int) -> Settings:
    """The children's settings: everything in `place`, everything on this machine only."""
    return Settings(
        language=wish.lang,
        data=place,
        demo=wish.demo,
        kafka=Kafka(bootstrap=f"{HOST}:{broker}", partitions=PARTITIONS),
        history=History(sqlite=SqliteHistory(path=place / "history.sqlite")),
        desk=Desk(url=f"sqlite:///{place / 'desk.sqlite'}"),
        console=Console(host=HOST, port=wish.port),
        gateway=Gateway(host=HOST, port=wish.port + 1, keys_file=place / "feed-keys.json"),
        metrics=Metrics(host=HOST, gateway=wish.port + 2),
    )


def start(supervisor: Supervisor, wish: Wish, settings: Settings, path: Path, tell: Tell) -> None:
    """Start the broker, then everything that needs it; return when all of it serves."""
    logs = path.parent / "logs"
    counters = path.parent / "metrics"
    for folder in (logs, counters):
        folder.mkdir(exist_ok=True)
    for old in counters.glob("*.db"):
        old.unlink()
    env = {
        "IOC_SETTINGS": str(path),
        "IOC_LANG": wish.lang,
        "PROMETHEUS_MULTIPROC_DIR": str(counters),
        "PYTHONUNBUFFERED": "1",
    }

    def child(name: str, *more: str, last: bool = False) -> Child:
        argv = python("child", name, *more)
        return Child(NAMES[name], argv, env=env, last=last, log=logs / f"{name}.log")

    at = time.monotonic()
    tell("up.starting", {"name": NAMES["broker"]})
    supervisor.start(child("broker", *(["--journal"] if wish.data else []), last=True), wait_s=BROKER_S)
    tell("up.started", {"name": NAMES["broker"], "seconds": f"{time.monotonic() - at:.1f}"})
    roles = [child(name) for name in ("evaluate", "record", "intake", "gateway", "console")]
    for role in roles:
        tell("up.starting", {"name": role.name})
        supervisor.start(role)
    supervisor.wait_ready(roles, ROLES_S)
    if wish.demo:
        feeder = child("feeder", "--scenario", wish.scenario or "", "--speed", str(wish.speed))
        tell("up.starting", {"name": feeder.name})
        supervisor.start(feeder, wait_s=ROLES_S)
        tell("up.demo", {"scenario": wish.scenario})
    else:
        tell("up.no_demo", {})
    urls = {
        "url": f"http://{HOST}:{settings.gateway.port}/",
        "metrics": f"http://{HOST}:{settings.metrics.gateway}/metrics",
    }
    tell("up.gateway", {**urls})
    tell("up.data" if wish.data else "up.memory", {"path": str(wish.data)})


@contextlib.contextmanager
def directory(wanted: Path | None) -> Iterator[Path]:
    """The data directory, made and locked for this run; a temporary one, removed at the end, if none is wanted.

    The lock is the kernel's (flock): it goes with the process, whatever ended it.
    """
    if wanted is None:
        with tempfile.TemporaryDirectory(prefix="ioc-", ignore_cleanup_errors=True) as made:
            yield Path(made)
        return
    path = wanted.absolute()
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise Permanent("data_read_only", path=path) from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Permanent("data_locked", path=path) from error
        yield path
    finally:
        os.close(lock)


def ports_free(console: int) -> None:
    """Raise Permanent for the first of console, gateway and metrics port that another program holds."""
    for port in range(console, console + 3):
        with socket.socket() as probe:
            if sys.platform != "win32":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError as error:
                raise Permanent("port_taken", port=port, host=HOST) from error


def free_port() -> int:
    """A port that nobody holds now, for the broker: its clients learn it from the settings file."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        number: int = probe.getsockname()[1]
        return number
