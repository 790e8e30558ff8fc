"""Every role as docker-compose.yml starts it, but for the container: its command, its settings, its own health check."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from ioc.cli.place import free_port
from ioc.embedded.broker import Broker
from ioc.streams import admin
from tests.docker.composition import ROLES, ROOT, plain
from tests.guarded_kafka import Guarded
from tests.real_services import InfluxDB

LIMIT_S = 90
"""As long as `start_period` in docker-compose.yml."""
(RULE,) = plain(ROOT / "docker/grafana/provisioning/alerting/ioc.yaml")["groups"][0]["rules"]


class Started:
    """A role's process, and what Docker would ask it."""

    def __init__(self, name: str, place: Path, given: dict[str, str]) -> None:
        self.name = name
        self.log = place / f"{name}.log"
        command: list[str] = ROLES[name]["command"]
        check: list[str] = ROLES[name]["healthcheck"]["test"]
        port = str(free_port())
        inside = re.findall(r"127\.0\.0\.1:(\d+)/", check[-1])[0]
        variables = {key: port if value == inside else value for key, value in ROLES[name]["environment"].items()}
        data = place / name
        data.mkdir()
        # One network for all here, where each container has its own: the gateway's port and the desk's must be free.
        variables |= {"IOC_GATEWAY_PORT": "0"} if name == "gateway" else {}
        environment = {"PATH": os.environ["PATH"], **variables, **given, "IOC_DATA": str(data)}
        self.check = [sys.executable, *check[2:-1], check[-1].replace(f":{inside}/", f":{port}/")]
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, *command[1:]], env=environment, cwd=data, stdout=out, stderr=out
            )

    def healthy(self) -> bool:
        """Ask as Docker does."""
        return subprocess.run(self.check, capture_output=True, check=False).returncode == 0

    def wait(self) -> None:
        """Until it is healthy; fails at once where the role has ended."""
        for _ in range(LIMIT_S):
            if self.healthy():
                return
            try:
                code = self.process.wait(1)
            except subprocess.TimeoutExpired:
                continue
            pytest.fail(f"{self.name} ended with {code}: {self.log.read_text('utf-8')[-2000:]}")
        pytest.fail(f"{self.name} was never healthy: {self.log.read_text('utf-8')[-2000:]}")

    def stop(self) -> int:
        """End it as Docker does; its exit code."""
        self.process.terminate()
        try:
            return self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


@pytest.fixture
def bucket(influxdb: InfluxDB) -> Iterator[str]:
    """A name of this test's own; what was made under it is taken away."""
    name = f"test-{uuid4().hex[:12]}"
    yield name
    headers = {"Authorization": f"Token {influxdb.token}"}
    with httpx.Client(base_url=influxdb.url, headers=headers, trust_env=False) as http:
        for one in (name, f"{name}_replay"):
            for found in http.get("/api/v2/buckets", params={"name": one}).json().get("buckets", []):
                http.delete(f"/api/v2/buckets/{found['id']}")


def told(influxdb: InfluxDB, bucket: str) -> int:
    """What the query of Grafana's alert counts."""
    query = RULE["data"][0]["model"]["query"]
    headers = {"Authorization": f"Token {influxdb.token}"}
    answer = httpx.get(f"{influxdb.url}/query", params={"db": bucket, "q": query}, headers=headers, trust_env=False)
    series = answer.json()["results"][0].get("series", [])
    return int(series[0]["values"][0][1]) if series else 0


def as_in_the_image(place: Path) -> Path:
    """What the Dockerfile copies beside each other, and nothing else of the project."""
    place.mkdir()
    for source in re.findall(r"^COPY (\S+) ", (ROOT / "docker" / "Dockerfile").read_text("utf-8"), re.MULTILINE):
        if (ROOT / source).is_dir():
            without = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / source, place / source, symlinks=True, ignore=without)
        else:
            shutil.copy(ROOT / source, place)
    return place


@pytest.fixture
def guarded(tmp_path: Path, guarded_kafka: Guarded) -> Iterator[dict[str, str]]:
    """Settings for SASL over TLS, with topics of this test's own."""
    password = tmp_path / "kafka-password"
    password.write_text(guarded_kafka.login.password, encoding="utf-8")
    password.chmod(0o600)
    namespace = f"r{uuid4().hex[:8]}."
    yield {
        "IOC_KAFKA_BOOTSTRAP": guarded_kafka.address,
        "IOC_KAFKA_SECURITY": "SASL_SSL",
        "IOC_KAFKA_CA_FILE": str(guarded_kafka.authority),
        "IOC_KAFKA_USERNAME": guarded_kafka.login.username,
        "IOC_KAFKA_PASSWORD_FILE": str(password),
        "IOC_KAFKA_NAMESPACE": namespace,
    }
    ours = [name for name in admin.names(guarded_kafka.brokers) if name.startswith(namespace)]
    admin.delete(guarded_kafka.brokers, ours)


@pytest.mark.services
@pytest.mark.slow
def test_every_role_becomes_healthy_writes_history_and_ends_when_asked(
    tmp_path: Path, influxdb: InfluxDB, bucket: str
) -> None:
    with Broker() as broker:
        _lived(tmp_path, influxdb, bucket, {"IOC_KAFKA_BOOTSTRAP": broker.address})


@pytest.mark.services
@pytest.mark.slow
def test_every_role_does_so_where_kafka_asks_for_a_password_over_tls(
    tmp_path: Path, influxdb: InfluxDB, bucket: str, guarded: dict[str, str]
) -> None:
    _lived(tmp_path, influxdb, bucket, guarded)


def _lived(tmp_path: Path, influxdb: InfluxDB, bucket: str, kafka: dict[str, str]) -> None:
    image = as_in_the_image(tmp_path / "image")
    token = tmp_path / "token"
    token.write_text(influxdb.token, encoding="utf-8")
    token.chmod(0o600)
    with ExitStack() as ending:
        given = {
            "PYTHONPATH": str(image),
            "PYTHONDONTWRITEBYTECODE": "1",
            "IOC_SETTINGS": str(image / "ioc.toml"),
            **kafka,
            "IOC_KAFKA_PARTITIONS": "2",
            "IOC_HISTORY_INFLUXDB_URL": influxdb.url,
            "IOC_HISTORY_INFLUXDB_ORG": influxdb.org,
            "IOC_HISTORY_INFLUXDB_BUCKET": bucket,
            "IOC_HISTORY_INFLUXDB_TOKEN_FILE": str(token),
        }
        roles = [Started(name, tmp_path, given) for name in ROLES]
        for role in roles:
            ending.callback(role.stop)
        for role in roles:
            role.wait()
        console = next(role for role in roles if role.name == "console")
        for _ in range(30):
            if told(influxdb, bucket):
                break
            with pytest.raises(subprocess.TimeoutExpired):
                console.process.wait(1)
        assert told(influxdb, bucket) >= RULE["data"][-1]["model"]["conditions"][0]["evaluator"]["params"][0]
        assert {role.name: role.stop() for role in roles} == dict.fromkeys(ROLES, 0)
