"""A service process that outlives the command that started it."""

import os
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from service.place import Say, ServiceError, folder, forget_state, port, read_state, write_state

PROBE_SECONDS = 0.1
STOP_SECONDS = 20.0


class Service(ABC):
    """What `scripts/services` can bring up."""

    name: str
    about: str

    @abstractmethod
    def install(self, say: Say) -> None:
        """Fetch or build it; returns at once when that is done."""

    @abstractmethod
    def start(self, say: Say) -> None:
        """Bring it up and return when it answers."""

    @abstractmethod
    def stop(self, say: Say) -> None:
        """End it; nothing happens when it is not up."""

    @abstractmethod
    def is_up(self) -> bool:
        """True when it answers now."""

    @abstractmethod
    def environment(self) -> dict[str, str]:
        """The variables by which tests and the product find it."""

    def data(self) -> list[Path]:
        """What `down --erase` removes."""
        return []


class Daemon(Service):
    """A service that is one process with one port on 127.0.0.1."""

    default_port: int
    ready_seconds = 90.0
    stop_signal = signal.SIGTERM
    # The process where this run started it; another run knows only what the state file says.
    process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def prepare(self, say: Say) -> None:
        """Write its configuration and make its data folder."""

    @abstractmethod
    def command(self) -> Sequence[str]:
        """The command line of the process."""

    @abstractmethod
    def answers(self) -> bool:
        """Ask it in its own protocol; OSError counts as no."""

    def settle(self, say: Say) -> None:
        """What is left to do once it answers: users, buckets, databases."""

    def process_environment(self) -> Mapping[str, str]:
        """Variables for the process itself."""
        return {}

    def user(self) -> str | None:
        """The user to run as, where it refuses root."""
        return None

    @property
    def port(self) -> int:
        state = read_state(self.name)
        return int(state["port"]) if "port" in state else port(self.name, self.default_port)

    @property
    def log(self) -> Path:
        return folder("log") / f"{self.name}.log"

    def data(self) -> list[Path]:
        return [folder("data") / self.name]

    def is_up(self) -> bool:
        state = read_state(self.name)
        if not state.get("settled") or not same_process(state):
            return False
        try:
            return self.answers()
        except OSError:
            return False

    def start(self, say: Say) -> None:
        state = read_state(self.name)
        if same_process(state):
            # Started by a run that was cut short before it was ready.
            self.wait()
        else:
            forget_state(self.name)
            self.refuse_taken_port()
            self.prepare(say)
            self.spawn()
            try:
                self.wait()
            except BaseException:
                self.stop(say)
                raise
        try:
            self.settle(say)
        except OSError as error:
            raise ServiceError(f"It answers but could not be set up ({error}); see {self.log}.") from error
        write_state(self.name, {**read_state(self.name), "settled": True})

    def refuse_taken_port(self) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", self.port))
            except OSError as error:
                raise ServiceError(
                    f"Port {self.port} is taken by another program; stop it, or set "
                    f"IOC_SERVICES_{self.name.upper()}_PORT to a free one."
                ) from error

    def spawn(self) -> None:
        command = list(self.command())
        with self.log.open("wb") as out:
            try:
                if self.process is not None:
                    self.process.poll()
                self.process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=subprocess.STDOUT,
                    env={**os.environ, **self.process_environment()},
                    cwd="/",
                    start_new_session=True,
                    user=self.user(),
                )
            except OSError as error:
                raise ServiceError(f"{command[0]} could not be started: {error.strerror}.") from error
        pid = self.process.pid
        write_state(self.name, {"pid": pid, "began": began(pid), "port": self.port})

    def wait(self) -> None:
        """Return when it answers; its end or `ready_seconds` without an answer is an error."""
        limit = time.monotonic() + self.ready_seconds
        while True:
            try:
                if self.answers():
                    return
            except OSError:
                pass
            if self.process is not None and self.process.poll() is not None:
                raise ServiceError(f"It ended with exit code {self.process.returncode} while starting; see {self.log}.")
            if time.monotonic() > limit:
                raise ServiceError(
                    f"It did not answer within {self.ready_seconds:.0f} s; see {self.log}, "
                    f"and `scripts/services down {self.name}` ends it."
                )
            time.sleep(PROBE_SECONDS)

    def stop(self, say: Say) -> None:
        state = read_state(self.name)
        if same_process(state):
            end(state, self.stop_signal, say)
        if self.process is not None:
            self.process.wait()
        forget_state(self.name)


def began(pid: int) -> str:
    """When a process began, in the system's own words; empty when there is none, or only its remains.

    A process number alone is no identity: numbers are used again after a restart.
    """
    stat = Path(f"/proc/{pid}/stat")
    if stat.parent.parent.joinpath("self").exists():
        try:
            fields = stat.read_text("ascii", "replace").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return ""
        return "" if fields[0] == "Z" else fields[19]
    answer = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return answer.stdout.strip()


def same_process(state: Mapping[str, Any]) -> bool:
    """True when the process that was started is still there."""
    pid, then = state.get("pid"), state.get("began")
    return isinstance(pid, int) and bool(then) and began(pid) == then


def end(state: Mapping[str, Any], politely: signal.Signals, say: Say) -> None:
    """Ask the process to end, and SIGKILL it when it is still there after STOP_SECONDS."""
    pid = int(state["pid"])
    os.kill(pid, politely)
    limit = time.monotonic() + STOP_SECONDS
    while same_process(state):
        if time.monotonic() > limit:
            say(f"did not end within {STOP_SECONDS:.0f} s, killing it")
            os.kill(pid, signal.SIGKILL)
            limit = float("inf")
        time.sleep(PROBE_SECONDS / 2)
