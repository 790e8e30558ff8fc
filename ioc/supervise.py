"""Child processes of `ioc up`: start, watch, restart, stop. The parent holds no work of its own.

A child says that it is ready by closing its end of a pipe after writing one byte, and ends by itself when the parent
is gone: it holds the read end of a second pipe whose only writer is the parent (`attach`). Both work on Linux and
macOS and need no signal, no polling and no port.

Exit 70 asks for a restart (EX_SOFTWARE of sysexits.h: a worker that stopped rather than lose an event), as often as it
takes, with a back-off. Any other exit is restarted once; twice within a minute stops everything, because trying again
hides a mistake. When the base child ends (the broker, whose log is in memory), the others hold offsets and states of
a log that is gone: all of them end, and start again after it.
"""

from __future__ import annotations

import contextlib
import os
import queue
import re
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
BASE_GRACE_S = 2.0
"""The same when the base is gone: nothing that a child still does can be kept."""
BACK_OFF_S = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
CALM_S = 60.0
"""A child that ran this long starts its back-off from the beginning."""
SLOW_S = 120.0
"""A restarted child that is not ready by then hangs: it is killed, and started again."""
LOGGED = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} ([A-Z]+) [\w.]+: ", re.ASCII)


class Stopped(Exception):
    """Asked to stop before everything was ready."""


@dataclass
class Child:
    """One process: its name in sentences, its arguments; `base` marks the one that all others need (the broker)."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    base: bool = False
    log: Path | None = None
    process: subprocess.Popen[bytes] | None = None
    ready: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    started: float = 0.0
    logged: int = 0
    """Bytes of the log that an earlier process wrote."""
    failures: list[float] = field(default_factory=list)
    attempts: int = 0
    due: float | None = None
    waits_for_base: bool = False
    returning: bool = False
    """Started again, and not ready since."""

    def why(self) -> str:
        """The last telling line of this process."""
        return last_line(self.log, self.logged)


class Supervisor:
    """Keeps children running until `stop`; `run` blocks and gives the exit code of the whole.

    `say(key, values)` tells the person at the terminal what happened (keys `up.*`).
    """

    def __init__(self, say: Callable[[str, dict[str, object]], None]) -> None:
        self._say = say
        self._children: list[Child] = []
        self._life_read, self._life_write = os.pipe()
        # An Event would do but for the signal handler: its lock may be held by the very thread that is interrupted.
        self._wake: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._stopping = False
        self._closed = False

    @property
    def stopping(self) -> bool:
        """Whether somebody asked it to stop."""
        return self._stopping

    def start(self, child: Child, *, wait_s: float | None = None) -> None:
        """Start a child; with `wait_s` return when it is ready, as `wait_ready` does."""
        if self._stopping:
            raise Stopped
        self._children.append(child)
        self._spawn(child)
        if wait_s is not None:
            self.wait_ready([child], wait_s)

    def wait_ready(self, children: Sequence[Child], wait_s: float) -> None:
        """Return when all these are ready.

        Raises Permanent when any child ends for good or one of these takes longer, Stopped when asked to stop.
        """
        end = time.monotonic() + wait_s
        while waiting := [child for child in children if not child.ready.is_set()]:
            if self._stopping:
                raise Stopped
            now = time.monotonic()
            for child in self._children:
                code = _code(child)
                if code not in (None, RESTART):
                    raise Permanent("child_ended", name=child.name, status=shown(code), why=child.why())
                self._care(child, now)
            if now > end:
                slow = waiting[0]
                raise Permanent("child_slow", name=slow.name, seconds=round(wait_s), why=slow.why())
            self._rest(end)

    def _spawn(self, child: Child) -> None:
        with contextlib.ExitStack() as ours:
            ready_read, ready_write = os.pipe()
            ours.callback(os.close, ready_write)
            with contextlib.ExitStack() as unread:
                unread.callback(os.close, ready_read)
                env = {**os.environ, **child.env, READY_FD: str(ready_write), LIFE_FD: str(self._life_read)}
                sink: IO[bytes] | int = subprocess.DEVNULL
                if child.log:
                    sink = ours.enter_context(child.log.open("ab"))
                    child.logged = child.log.stat().st_size
                process = subprocess.Popen(  # noqa: S603 - our own argv, never a shell
                    list(child.argv),
                    env=env,
                    stdin=subprocess.DEVNULL,
                    stdout=sink,
                    stderr=sink,
                    pass_fds=(ready_write, self._life_read),
                    start_new_session=True,
                )
                unread.pop_all()
        child.process = process
        child.ready, child.ended = threading.Event(), threading.Event()
        child.started = time.monotonic()
        child.due = None
        life = (process, ready_read, child.ready, child.ended)
        threading.Thread(target=self._watch, args=life, daemon=True).start()

    def _watch(
        self, process: subprocess.Popen[bytes], ready_read: int, ready: threading.Event, ended: threading.Event
    ) -> None:
        said = os.read(ready_read, 1)
        os.close(ready_read)
        if said:
            ready.set()
            self._wake.put(None)
        process.wait()
        ended.set()
        self._wake.put(None)

    def request_stop(self) -> None:
        """Ask `run` to end everything; safe in a signal handler."""
        self._stopping = True
        self._wake.put(None)

    def run(self) -> int:
        """Watch until asked to stop (0) or until a child fails for good (1)."""
        while not self._stopping:
            now = time.monotonic()
            for child in self._children:
                if not self._care(child, now):
                    return 1
            self._rest()
        return 0

    def _rest(self, *ends: float) -> None:
        """Return at the first of `ends`, or when something is due, a child was ready or ended, or a stop was asked for."""
        times = list(ends)
        for child in self._children:
            if child.due is not None:
                times.append(child.due)
            elif child.returning and not child.waits_for_base:
                times.append(child.started + SLOW_S)
        end = min(times, default=None)
        with contextlib.suppress(queue.Empty):
            self._wake.get(timeout=None if end is None else max(0.01, end - time.monotonic()))
            while True:
                self._wake.get_nowait()

    def _care(self, child: Child, now: float) -> bool:
        """Do for one child what is due; False when it failed for good."""
        if child.waits_for_base:
            if all(other.ready.is_set() for other in self._children if other.base):
                child.waits_for_base = False
                self._spawn(child)
        elif child.due is not None:
            if now >= child.due:
                self._spawn(child)
        elif (code := _code(child)) is not None:
            return self._restart(child, code, now)
        elif child.returning and child.ready.is_set():
            child.returning = False
            self._say("up.child_back", {"name": child.name})
        elif child.returning and child.process is not None and now - child.started >= SLOW_S:
            self._say("up.child_hangs", {"name": child.name, "seconds": round(SLOW_S)})
            _kill_session(child.process.pid)
            child.ended.wait(1.0)
            return self._care(child, now) if child.ended.is_set() else True
        return True

    def _restart(self, child: Child, code: int, now: float) -> bool:
        if now - child.started > CALM_S:
            child.attempts = 0
        status = shown(code)
        if code != RESTART:
            child.failures = [at for at in child.failures if now - at < CALM_S] + [now]
            if len(child.failures) > 1:
                self._say("up.child_failed", {"name": child.name, "status": status, "why": child.why()})
                return False
        wait = BACK_OFF_S[min(child.attempts, len(BACK_OFF_S) - 1)]
        child.attempts += 1
        child.due = now + wait
        child.returning = True
        values: dict[str, object] = {"name": child.name, "status": status, "seconds": f"{wait:g}", "why": child.why()}
        if child.base:
            self._say("up.base_restarts", values)
            self._hold_others(child)
        else:
            self._say("up.child_restarts", values)
        return True

    def _hold_others(self, base: Child) -> None:
        base.ready = threading.Event()
        others = [child for child in self._children if child is not base]
        self._signal(others, signal.SIGTERM)
        self._wait(others, time.monotonic() + BASE_GRACE_S)
        self._kill(others)
        self._wait(others, time.monotonic() + 1.0)
        for child in others:
            child.waits_for_base = child.returning = True
            child.due = None

    def stop(self) -> None:
        """End all children: SIGTERM, the base after the others, SIGKILL to what is left at the end of the grace."""
        if self._closed:
            return
        self._stopping = self._closed = True
        end = time.monotonic() + GRACE_S
        first = [child for child in self._children if not child.base]
        self._signal(first, signal.SIGTERM)
        self._wait(first, end - 1.0)
        self._signal(self._children, signal.SIGTERM)
        self._wait(self._children, end)
        self._kill(self._children)
        os.close(self._life_write)
        self._wait(self._children, time.monotonic() + 0.5)
        os.close(self._life_read)

    @staticmethod
    def _signal(children: Sequence[Child], number: signal.Signals) -> None:
        for child in children:
            if child.process is not None and not child.ended.is_set():
                child.process.send_signal(number)

    @staticmethod
    def _wait(children: Sequence[Child], end: float) -> None:
        for child in children:
            if child.process is not None:
                child.ended.wait(max(0.0, end - time.monotonic()))

    @staticmethod
    def _kill(children: Sequence[Child]) -> None:
        for child in children:
            if child.process is not None and not child.ended.is_set():
                _kill_session(child.process.pid)


def _code(child: Child) -> int | None:
    """Exit code of a child whose end was seen, None while it runs or waits to be started."""
    if child.due is not None or child.waits_for_base or child.process is None or not child.ended.is_set():
        return None
    return child.process.returncode


def _kill_session(leader: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


def shown(code: int | None) -> str:
    """An exit code as a person reads it: a number, or the name of the signal that ended the process."""
    if code is None or code >= 0:
        return str(code)
    try:
        return signal.Signals(-code).name
    except ValueError:
        return str(code)


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


def last_line(log: Path | None, begin: int = 0, limit: int = 300) -> str:
    """The last line after `begin` that says something of a child's end, "-" where none does.

    What was logged as mere information is passed over, so are rulers of tracebacks; time and logger are left out.
    """
    if log is None or not log.exists():
        return "-"
    with log.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        file.seek(max(min(begin, end), end - 4096))
        lines = file.read().decode("utf-8", "replace").splitlines()
    for line in reversed(lines):
        head = LOGGED.match(line)
        text = line[head.end() :] if head else line.strip(" |+-")
        if text.strip() and not (head and head[1] in ("DEBUG", "INFO")):
            return text.strip()[:limit]
    return "-"


def python(*arguments: str) -> list[str]:
    """Arguments of a child that is this program again."""
    return [sys.executable, "-m", "ioc", *arguments]
