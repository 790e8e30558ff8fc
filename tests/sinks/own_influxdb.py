"""An InfluxDB 2.7 of a test's own, which may be killed and started again with what it had on disk."""

from __future__ import annotations

import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from pydantic import SecretStr
from service.influxdb import InfluxDB

from ioc.sinks.influx_door import InfluxConfig
from tests.real_services import missing

READY_S = 60.0


class OwnInfluxDB:
    """One server with its data in `place`; it keeps its port over its deaths."""

    def __init__(self, place: Path) -> None:
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            self.port: int = one.getsockname()[1]
        self._place = place
        self._token = secrets.token_urlsafe(24)
        self._server = InfluxDB().server
        self._process: subprocess.Popen[bytes] | None = None
        if not self._server.exists():
            missing("services", "InfluxDB 2.7 is not built: start it with `scripts/services up influxdb`")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def config(self) -> InfluxConfig:
        return InfluxConfig(url=self.url, org="ioc", token=SecretStr(self._token), bucket="ioc")

    def start(self) -> None:
        """Return when it answers; the first time it is set up."""
        data = self._place
        with (data / "influxd.log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(str(self._server), "run", "--http-bind-address", f"127.0.0.1:{self.port}"),
                    *("--bolt-path", str(data / "influxd.bolt"), "--sqlite-path", str(data / "influxd.sqlite")),
                    *("--engine-path", str(data / "engine"), "--reporting-disabled", "--log-level", "warn"),
                ],
                stdout=log,
                stderr=log,
            )
        end = time.monotonic() + READY_S
        with httpx.Client(base_url=self.url, trust_env=False) as http:
            while not self._answers(http):
                assert time.monotonic() < end, "InfluxDB does not answer"
                assert self._process.poll() is None, (data / "influxd.log").read_text(encoding="utf-8")[-2000:]
                time.sleep(0.1)
            if http.get("/api/v2/setup").json()["allowed"]:
                asked = {"username": "ioc", "password": secrets.token_urlsafe(16), "org": "ioc", "bucket": "ioc"}
                http.post("/api/v2/setup", json={**asked, "token": self._token}).raise_for_status()

    @staticmethod
    def _answers(http: httpx.Client) -> bool:
        try:
            return http.get("/health").status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """SIGKILL: nothing is said, nothing is flushed."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None


@contextmanager
def own_influxdb(place: Path) -> Iterator[OwnInfluxDB]:
    """Started; killed at the end."""
    place.mkdir(parents=True, exist_ok=True)
    made = OwnInfluxDB(place)
    try:
        made.start()
        yield made
    finally:
        made.kill()
