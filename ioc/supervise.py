"""Child processes of `ioc up`: start, watch, restart, stop. The parent holds no work of its own.

A child says that it is ready by closing its end of a pipe after writing one byte, and ends by itself when the parent
is gone: it holds the read end of a second pipe whose only writer is the parent (`attach`). Both work on Linux and
macOS and need no signal, no polling and no port.

Exit 70 asks for a restart (EX_SOFTWARE of sysexits.h: a worker that stopped rather than lose an event). Any other
exit is restarted once; twice within a minute stops everything, because trying again hides a mistake.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from ioc.errors import Permanent

RESTART = 70
READY_FD = "IOC_READY_FD"
LIFE_FD = "IOC_LIFE_FD"
GRACE_S = 4.0
"""Between SIGTERM and SIGKILL; `ioc up` promises to be gone within 5 s."""
BACK_OFF_S = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
CALM_S = 60.0
"""A child that ran this long starts its back-off from the beginning."""


@dataclass
class Child:
    """One process: its name in sentences, its arguments, and whether it is ended after the others (the broker)."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    last: bool = False
    log: Path | None = None
    process: subprocess.Popen[bytes] | None = None
    ready: threading.Event = field(default_factory=threading.Event)
    started: float = 0.0
    failures: list[float] = field(default_factory=list)
    attempts: int = 0
    due: float | None = None


class Supervisor:
    """Keeps children running until `stop`; `run` blocks and gives the exit code of the whole.

    `say(key, values)` tells the person at the terminal what happened (keys `up.*`).
    """

    def __init__(self, say: Callable[[str, dict[str, object]], None]) -> None:
        self._say = say
        self._children: list[Child] = []
        self._life_read, self._life_write = os.pipe()
        self._wake = threading.Event()
        self._stopping = False

    def start(self, child: Child, *, wait_s: float | None = None) -> None:
        """Start a child; with `wait_s` return when it is ready, or raise Permanent if it ends or takes longer."""
        self._children.append(child)
        self._spawn(child)
        if wait_s is not None:
            self._await_ready(child, wait_s)

    def wait_ready(self, children: Sequence[Child], wait_s: float) -> None:
        """Return when all these are ready; raise Permanent for the first that ends or takes longer."""
        end = time.monotonic() + wait_s
        for child in children:
            self._await_ready(child, max(0.1, end - time.monotonic()))

    def _await_ready(self, child: Child, wait_s: float) -> None:
        end = time.monotonic() + wait_s
        while not child.ready.wait(0.05):
            if self._stopping:
                raise Permanent("up_stopped")
            process = child.process
            if process is not None and process.poll() is not None:
                raise Permanent("child_ended", name=child.name, status=process.returncode, why=last_line(child.log))
            if time.monotonic() > end:
                raise Permanent("child_slow", name=child.name, seconds=round(wait_s), why=last_line(child.log))

    def _spawn(self, child: Child) -> None:
        ready_read, ready_write = os.pipe()
        env = {**os.environ, **child.env, READY_FD: str(ready_write), LIFE_FD: str(self._life_read)}
        sink: IO[bytes] | int = child.log.open("ab") if child.log else subprocess.DEVNULL
        try:
            child.process = subprocess.Popen(  # noqa: S603 - our own argv, never a shell
                list(child.argv),
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                pass_fds=(ready_write, self._life_read),
                start_new_session=True,
            )
        finally:
            os.close(ready_write)
            if not isinstance(sink, int):
                sink.close()
        child.ready = threading.Event()
        child.started = time.monotonic()
        child.due = None
        threading.Thread(target=self._watch, args=(child, child.process, ready_read), daemon=True).start()

    def _watch(self, child: Child, process: subprocess.Popen[bytes], ready_read: int) -> None:
        said = os.read(ready_read, 1)
        os.close(ready_read)
        if said:
            child.ready.set()
        process.wait()
        self._wake.set()

    def request_stop(self) -> None:
        """Ask `run` to end everything; safe in a signal handler."""
        self._stopping = True
        self._wake.set()

    def run(self) -> int:
        """Watch until asked to stop (0) or until a child fails for good (1)."""
        while not self._stopping:
            now = time.monotonic()
            for child in self._children:
                if not self._care(child, now):
                    return 1
            waits = [child.due - now for child in self._children if child.due is not None]
            self._wake.wait(max(0.01, min(waits)) if waits else None)
            self._wake.clear()
        return 0

    def _care(self, child: Child, now: float) -> bool:
        if child.due is not None:
            if now >= child.due:
                self._spawn(child)
            return True
        process = child.process
        if process is None or process.poll() is None:
            return True
        code = process.returncode
        if now - child.started > CALM_S:
            child.attempts = 0
        if code != RESTART:
            child.failures = [at for at in child.failures if now - at < CALM_S] + [now]
            if len(child.failures) > 1:
                self._say("up.child_failed", {"name": child.name, "status": code, "why": last_line(child.log)})
                return False
        wait = BACK_OFF_S[min(child.attempts, len(BACK_OFF_S) - 1)]
        child.attempts += 1
        child.due = now + wait
        self._say("up.child_restarts", {"name": child.name, "status": code, "seconds": f"{wait:g}"})
        return True

    def stop(self) -> None:
        """End all children: SIGTERM, the broker after the others, SIGKILL to what is left at the end of the grace."""
        self._stopping = True
        end = time.monotonic() + GRACE_S
        first = [c for c in self._children if not c.last]
        self._signal(first, signal.SIGTERM)
        self._wait(first, end - 1.0)
        self._signal(self._children, signal.SIGTERM)
        self._wait(self._children, end)
        for child in self._children:
            if child.process is not None and child.process.poll() is None:
                _kill_session(child.process.pid)
        os.close(self._life_write)
        self._wait(self._children, time.monotonic() + 0.5)
        os.close(self._life_read)

    @staticmethod
    def _signal(children: Sequence[Child], number: signal.Signals) -> None:
        for child in children:
            if child.process is not None and child.process.poll() is None:
                child.process.send_signal(number)

    @staticmethod
    def _wait(children: Sequence[Child], end: float) -> None:
        for child in children:
            if child.process is None:
                continue
            try:
                child.process.wait(max(0.0, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                continue


def _kill_session(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return


def attach() -> None:
    """Call once in a child: from now on it gets SIGTERM when the parent is gone, SIGKILL 4 s later.

    A process started by hand has no parent to follow; nothing happens then.
    """
    given = os.environ.get(LIFE_FD)
    if given is None:
        return

    def follow(fd: int) -> None:
        os.read(fd, 1)
        os.kill(os.getpid(), signal.SIGTERM)
        threading.Event().wait(GRACE_S)
        _kill_session(os.getpid())

    threading.Thread(target=follow, args=(int(given),), daemon=True, name="follow-parent").start()


def tell_ready() -> None:
    """Call in a child when it serves; later calls do nothing."""
    given = os.environ.pop(READY_FD, None)
    if given is not None:
        os.write(int(given), b"1")
        os.close(int(given))


def last_line(log: Path | None, limit: int = 300) -> str:
    """The last line that says something of a child's end: what it logged as mere information is passed over."""
    if log is None or not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - 4096))
        lines = file.read().decode("utf-8", "replace").strip().splitlines()
    telling = [line for line in lines if " INFO " not in line[:40]]
    return telling[-1][:limit] if telling else ""


def python(*arguments: str) -> list[str]:
    """Arguments of a child that is this program again."""
    return [sys.executable, "-m", "ioc", *arguments]
