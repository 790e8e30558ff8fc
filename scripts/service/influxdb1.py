"""InfluxDB 1.8.10, built from its Go module (about 2 minutes on 2 cores): older sites still run it."""

import base64
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from service.daemon import Daemon
from service.influxdb import modern_go
from service.place import Say, ServiceError, folder, secret
from service.programs import run

VERSION = "1.8.10"
SERVER = f"github.com/influxdata/influxdb/cmd/influxd@v{VERSION}"
USER = "ioc"
DATABASE = "ioc"

CONFIGURATION = """\
reporting-disabled = true
bind-address = "127.0.0.1:{backup}"
[meta]
  dir = "{data}/meta"
[data]
  dir = "{data}/data"
  wal-dir = "{data}/wal"
  index-version = "tsi1"
[http]
  bind-address = "127.0.0.1:{port}"
  auth-enabled = true
  log-enabled = false
[monitor]
  store-enabled = false
[logging]
  level = "warn"
"""


class InfluxDB1(Daemon):
    """Address, database, user name and the file with the password in IOC_INFLUXDB1_*."""

    name = "influxdb1"
    about = f"InfluxDB {VERSION}, with a database and a user of its own; its backup port is the next one"
    default_port = 18186

    @property
    def server(self) -> Path:
        return folder("software") / f"influxdb-{VERSION}"

    def install(self, say: Say) -> None:
        if self.server.exists():
            return
        go = modern_go(say)
        say(f"building InfluxDB {VERSION}, about 2 minutes on 2 cores the first time")
        build = folder("build", self.name)
        run(["nice", "-n", "10", go, "install", SERVER], "influxdb1-build", {"GOBIN": str(build)}, cwd=build)
        (build / "influxd").rename(self.server)

    @property
    def configuration(self) -> Path:
        return folder("data", self.name) / "influxdb.conf"

    def prepare(self, say: Say) -> None:
        data = folder("data", self.name)
        text = CONFIGURATION.format(port=self.port, backup=self.port + 1, data=data)
        self.configuration.write_text(text, "utf-8")

    def command(self) -> Sequence[str]:
        return [str(self.server), "run", "-config", str(self.configuration)]

    def answers(self) -> bool:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
            f"http://127.0.0.1:{self.port}/ping", timeout=2.0
        ) as answer:
            return bool(answer.status == 204)

    def settle(self, say: Say) -> None:
        password = secret("influxdb1-password").read_text("utf-8")
        if not re.fullmatch(r"[\w-]+", password):
            raise ServiceError(f"The password in {secret('influxdb1-password')} must be letters, digits, - and _.")
        pair = base64.b64encode(f"{USER}:{password}".encode("ascii")).decode("ascii")
        login = {"Authorization": f"Basic {pair}"}
        try:
            self.query(f'CREATE DATABASE "{DATABASE}"', login)
        except urllib.error.HTTPError as error:
            # Before its first user exists, the server takes nothing but the statement that makes one.
            error.close()
            self.query(f"CREATE USER {USER} WITH PASSWORD '{password}' WITH ALL PRIVILEGES", {})
            self.query(f'CREATE DATABASE "{DATABASE}"', login)

    def query(self, statement: str, login: dict[str, str]) -> None:
        body = urllib.parse.urlencode({"q": statement}).encode("ascii")
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/query", data=body, headers=login)
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10.0) as answer:
            results = json.loads(answer.read())["results"]
        if "error" in results[0]:
            raise ServiceError(f"It refused to make its user or database: {results[0]['error']}.")

    def environment(self) -> dict[str, str]:
        return {
            "IOC_INFLUXDB1_URL": f"http://127.0.0.1:{self.port}",
            "IOC_INFLUXDB1_DATABASE": DATABASE,
            "IOC_INFLUXDB1_USERNAME": USER,
            "IOC_INFLUXDB1_PASSWORD_FILE": str(secret("influxdb1-password")),
        }
