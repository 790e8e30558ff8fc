"""A Kafka of a test's own, which may be killed, frozen, and started again with what it had on disk."""

from __future__ import annotations

import base64
import contextlib
import os
import re
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from service.kafka import PROPERTIES, Kafka, brokers_in_service

READY_SECONDS = 90.0
GUARDED = ("ssl.", "sasl.", "listener.name.sasl")
"""Settings of the listener that asks for a login: this Kafka has none."""


def two_ports() -> int:
    """A port that is free, as the one after it."""
    for _ in range(50):
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            found: int = first.getsockname()[1]
            with contextlib.suppress(OSError, OverflowError):
                second.bind(("127.0.0.1", found + 1))
                return found
    raise AssertionError("no two free ports side by side")


class OwnKafka:
    """One node in `place`. Its log is fsynced as Kafka does it: what it acknowledged survives the process's death."""

    def __init__(self, place: Path) -> None:
        self.port = two_ports()
        self._place = place
        self._kafka = Kafka()
        self._properties = place / "server.properties"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def prepare(self) -> None:
        logs = self._place / "kafka-logs"
        logs.mkdir()
        ports = {"port": self.port, "controller": self.port + 1, "guarded": 0}
        given = PROPERTIES.format(**ports, logs=logs, identity="-").splitlines()
        open_ = [re.sub(r",SASL_SSL:[^,]*", "", line) for line in given if not line.startswith(GUARDED)]
        self._properties.write_text("\n".join(open_) + "\n", encoding="utf-8")
        cluster = "i" + base64.urlsafe_b64encode(secrets.token_bytes(16)).decode("ascii").rstrip("=")[1:]
        command = self._kafka.java("kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(self._properties))
        subprocess.run(command, check=True, capture_output=True)

    def start(self) -> None:
        """Return when it answers; from where it was, if it had been started before."""
        with (self._place / "kafka.log").open("ab") as log:
            command = self._kafka.java("kafka.Kafka", str(self._properties))
            self._process = subprocess.Popen(command, stdout=log, stderr=log, env=dict(os.environ))
        limit = time.monotonic() + READY_SECONDS
        while True:
            with contextlib.suppress(OSError):
                if brokers_in_service(self.port):
                    return
            assert self._process.poll() is None, f"it ended while starting; see {self._place}/kafka.log"
            assert time.monotonic() < limit, f"it did not answer; see {self._place}/kafka.log"
            time.sleep(0.1)

    def send(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        self.send(signal.SIGKILL)
        assert self._process is not None
        self._process.wait()

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.send(signal.SIGCONT)
            self.kill()


@contextlib.contextmanager
def own_kafka(place: Path) -> Iterator[OwnKafka]:
    """Running until the end of the block; skips where the program of the real service was never fetched."""
    made = OwnKafka(place)
    if not Kafka().jars.exists():
        pytest.skip("Kafka's program is not there: fetch it with `scripts/services up kafka`")
    try:
        made.prepare()
        made.start()
        yield made
    finally:
        made.stop()
