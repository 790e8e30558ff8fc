"""`ioc up`: the whole product on one machine. This process holds no work; broker, roles and screens are children."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta, timezone
from pathlib import Path

from ioc.cli.place import HOST, directory, free_port, ports_free
from ioc.cli.running import announce, folder
from ioc.embedded.scenarios import named
from ioc.runtime.clock import RealClock
from ioc.settings import Settings, dump, load, load_catalogue, load_rules, variable
from ioc.settings.tree import Console, Desk, Gateway, History, Kafka, Metrics, SqliteHistory
from ioc.supervise import Child, Stopped, Supervisor, python
from ioc.words import Lang, say

LOCAL = timezone(timedelta(hours=7))
INTERRUPTED = 130
Tell = Callable[[str, dict[str, object]], None]
PARTITIONS = 4
"""Enough for the two or three cores of a machine that tries the product; each costs a tick a second."""
BROKER_S, ROLES_S = 60.0, 90.0
"""Longest waits for readiness: a journal of a million states loads in seconds, a cold disk imports slowly."""
BROKER = "Kafka"
OURS = (
    *(("data",), ("demo",), ("language",), ("history", "sqlite", "path"), ("desk", "url"), ("desk", "password_file")),
    *(
        ("kafka", name)
        for name in (
            "bootstrap",
            "partitions",
            "replication",
            "security",
            "ca_file",
            "mechanism",
            "username",
            "password_file",
        )
    ),
    *(("console", name) for name in ("host", "port")),
    *(("gateway", name) for name in ("host", "port", "keys_file", "tls_cert_file", "tls_key_file", "plain")),
    *(
        ("metrics", name)
        for name in ("host", "gateway", "intake", "evaluate", "correlate", "record", "console", "grafana")
    ),
)
"""Settings that are told at the terminal, or must fit together: no variable of the environment changes them here."""


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
    if wish.demo:
        wish = replace(wish, scenario=named(wish.scenario or "").name)
    ports_free(wish.port)
    tell = _teller(wish.lang)
    with directory(wish.data) as place, contextlib.ExitStack() as told:
        path = place / "settings.toml"
        path.write_text(dump(settings_of(wish, place, free_port())), encoding="utf-8")
        settings = judged(path, environment(wish, path))
        # Whoever finds this system (`ioc rules apply`) must take the same directories as it does.
        told_of = settings_of(wish, place, int(settings.kafka.bootstrap.rpartition(":")[2]))
        path.write_text(dump(told_of.model_copy(update={"paths": settings.paths})), encoding="utf-8")
        supervisor = Supervisor(tell)
        _on_signals(supervisor.request_stop)
        code = 1
        try:
            start(supervisor, wish, settings, path, tell)
            told.enter_context(announce(wish.port, path))
            tell("up.ready", {"seconds": f"{time.monotonic() - began:.1f}", "url": f"http://{HOST}:{wish.port}/"})
            code = supervisor.run()
        except Stopped:
            code = INTERRUPTED
        finally:
            ending = time.monotonic()
            tell("up.stopping", {})
            supervisor.stop()
            tell("up.stopped", {"seconds": f"{time.monotonic() - ending:.1f}"})
            if code == 1:
                tell("up.logs", {"path": kept_logs(wish, place)})
        return code


def _teller(lang: Lang) -> Tell:
    clock = RealClock()
    gone = False

    def tell(key: str, values: Mapping[str, object]) -> None:
        nonlocal gone
        if gone:
            return
        at = clock.now().astimezone(LOCAL).strftime("%H:%M:%S")
        try:
            print(say(key, lang, **{"at": at, **values}), flush=True)
        except OSError:
            # The terminal was closed, or the pipe's reader ended. The monitor goes on, and must be able to stop.
            gone = True
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    return tell


def _on_signals(stop: Callable[[], None]) -> None:
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup means to go on
        numbers.append(signal.SIGHUP)
    for number in numbers:
        signal.signal(number, lambda *_: stop())


def environment(wish: Wish, path: Path) -> dict[str, str]:
    """Variables of the children beside those of this process; an empty one says nothing (`ioc.settings.load`)."""
    return {
        **{variable(field): "" for field in OURS},
        "IOC_SETTINGS": str(path),
        "IOC_LANG": wish.lang,
        "PROMETHEUS_MULTIPROC_DIR": str(path.parent / "metrics"),
        "PYTHONUNBUFFERED": "1",
    }


def judged(path: Path, env: Mapping[str, str]) -> Settings:
    """The settings as the children will read them. Mistakes in them, in rules or in feeds are told here, all at once."""
    settings = load(path, {**os.environ, **env})
    load_rules(settings.paths.rules, settings.paths.holidays)
    load_catalogue(settings.paths.feeds, settings.paths.heat, demo=settings.demo)
    return settings


def kept_logs(wish: Wish, place: Path) -> Path:
    """Where the logs of a run that failed can be read: a directory that goes away has them copied out."""
    logs = place / "logs"
    if wish.data is not None or not logs.is_dir():
        return logs
    kept = folder() / f"logs-{wish.port}"
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(logs, kept)
    return kept


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
    env = environment(wish, path)
    logs = path.parent / "logs"
    counters = Path(env["PROMETHEUS_MULTIPROC_DIR"])
    for made in (logs, counters):
        made.mkdir(exist_ok=True)
    for old in counters.glob("*.db"):
        old.unlink()

    def child(name: str, *more: str) -> Child:
        base = name == "broker"
        argv = python("child", name, *more)
        return Child(BROKER if base else name, argv, env=env, base=base, log=logs / f"{name}.log")

    at = time.monotonic()
    tell("up.starting", {"name": BROKER})
    supervisor.start(child("broker", *(["--journal"] if wish.data else [])), wait_s=BROKER_S)
    tell("up.started", {"name": BROKER, "seconds": f"{time.monotonic() - at:.1f}"})
    roles = [child(name) for name in ("evaluate", "record", "intake", "gateway", "console", "correlate")]
    if settings.grafana.url:
        roles.append(child("grafana"))
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
