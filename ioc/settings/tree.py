"""One frozen tree of everything that can be set: field, unit, default, and why the default is what it is.

Values come from one TOML file and from `IOC_<GROUP>_<FIELD>` in the environment (`ioc.settings.load`). Secrets are
never values here: a field that ends in `_file` names a file that its owner alone can read (`ioc.settings.secret`).
Paths in the file are relative to the file, paths in the environment to the working directory.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, Field, model_validator

from ioc.events.envelope import clip
from ioc.settings.channels import Channels
from ioc.settings.kinds import FROZEN, HttpUrl, Port, no_password, refused
from ioc.words import Lang


def loopback(host: str) -> bool:
    """Whether only programs of this machine can reach that address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _brokers(text: str) -> str:
    for one in text.split(","):
        host, _, port = one.strip().rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) < 65536:
            raise refused("not_brokers", given=clip(one.strip(), 60))
    return text


Brokers = Annotated[str, AfterValidator(_brokers)]
DatabaseUrl = Annotated[str, AfterValidator(no_password)]


class Kafka(BaseModel):
    """The broker that carries everything."""

    model_config = FROZEN
    bootstrap: Brokers = "127.0.0.1:9092"
    """`host:port`, several joined by commas. Default: Kafka's own port on this machine."""
    partitions: Annotated[int, Field(ge=1, le=1024)] = 12
    """Partitions of each domain's topics. Default 12: divides among 2, 3, 4, 6 workers; fixed once topics exist."""
    replication: Annotated[int, Field(ge=1, le=9)] = 1
    """Copies of each partition. Default 1 suits one broker; a cluster of three takes 3."""
    security: Literal["PLAINTEXT", "SSL", "SASL_SSL"] = "PLAINTEXT"
    """In Kafka's own words. Default `PLAINTEXT`: a broker on this machine or in a closed network. A login needs TLS."""
    ca_file: Path | None = None
    """Certificates (PEM) of those who vouch for the brokers. Default none: the machine's own authorities do."""
    mechanism: Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"] = "SCRAM-SHA-512"
    """How the password is proved (`SASL_SSL`). Default: the strongest, the password itself never travels."""
    username: str | None = None
    """Name that the brokers know this installation by (`SASL_SSL`). Default none."""
    password_file: Path | None = None
    """File with that name's password (`SASL_SSL`). No default: a password is made per installation."""

    @model_validator(mode="after")
    def _over_tls(self) -> Self:
        asked = (self.username, self.password_file)
        if self.security == "SASL_SSL":
            for name, value in zip(("username", "password_file"), asked, strict=True):
                if not value:
                    raise refused("needs", missing=f"kafka.{name}", when="security = SASL_SSL")
        elif any(asked):
            raise refused("sasl_without_tls", given=self.security)
        if self.ca_file and self.security == "PLAINTEXT":
            raise refused("tls_unused", given="kafka.ca_file")
        return self


class SqliteHistory(BaseModel):
    """History in one file."""

    model_config = FROZEN
    path: Path
    """Default: `history.sqlite` in the data directory."""


class InfluxHistory(BaseModel):
    """History in InfluxDB 2.7."""

    model_config = FROZEN
    url: HttpUrl = "http://127.0.0.1:8086"
    """Base address. Default: InfluxDB's own port on this machine."""
    org: str = "ioc"
    """Organisation as InfluxDB names it."""
    bucket: str = "ioc"
    """Bucket; its retention is set there."""
    token_file: Path | None = None
    """File with a token that may write and read this bucket only. No default: a token is made per installation."""


class History(BaseModel):
    """Where observations are kept for walls and charts."""

    model_config = FROZEN
    kind: Literal["sqlite", "influxdb"] = "sqlite"
    """Which store. Default `sqlite`: needs nothing installed."""
    days: Annotated[int, Field(ge=1, le=3660)] = 30
    """Days that SQLite keeps. Default 30: a month's comparison on a small disk."""
    sqlite: SqliteHistory
    influxdb: InfluxHistory = InfluxHistory()

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.kind == "influxdb" and self.influxdb.token_file is None:
            raise refused("needs", missing="influxdb.token_file", when="kind = influxdb")
        return self


class Desk(BaseModel):
    """Where alerts, acceptances and notices are kept."""

    model_config = FROZEN
    url: DatabaseUrl
    """SQLAlchemy address without a password. Default: `desk.sqlite` in the data directory."""
    password_file: Path | None = None
    """File with the database's password (PostgreSQL). Default none: SQLite has no password."""


class Console(BaseModel):
    """The officer's pages."""

    model_config = FROZEN
    host: str = "127.0.0.1"
    """Address to listen on. This machine only, until people log in with accounts; any other is refused."""
    port: Port = 8080
    """TCP port; 0 takes a free one."""

    @model_validator(mode="after")
    def _closed(self) -> Self:
        if not loopback(self.host):
            raise refused("loopback_only", given=clip(self.host, 60))
        return self


class Gateway(BaseModel):
    """The door where integrators post."""

    model_config = FROZEN
    host: str = "127.0.0.1"
    """Address to listen on. Default this machine only; another needs TLS (or `plain`)."""
    port: Port = 8081
    """TCP port; 0 takes a free one."""
    keys_file: Path
    """Hashed keys of the feeds, written by `ioc feeds key`. Default: `feed-keys.json` in the data directory."""
    tls_cert_file: Path | None = None
    """Certificate chain (PEM). Default none: on this machine there is nobody in between."""
    tls_key_file: Path | None = None
    """The certificate's private key (PEM)."""
    plain: bool = False
    """Listen without TLS on an open address, because a proxy in front ends TLS. Default no: keys would be readable."""
    drop: Path | None = None
    """Directory with one folder per feed where files are dropped (FTP). Default none: nothing is watched."""
    tail: dict[str, Path] = {}
    """Feed -> file that another program appends to (`suricata = "/var/log/suricata/eve.json"`). Default none."""
    keep_days: Annotated[int, Field(ge=1, le=3660)] = 14
    """Days that taken files stay in `done` and `rejected`. Default 14, as long as `ioc.rejected` is kept."""

    @model_validator(mode="after")
    def _safe(self) -> Self:
        if (self.tls_cert_file is None) != (self.tls_key_file is None):
            raise refused("tls_half")
        if not loopback(self.host) and self.tls_cert_file is None and not self.plain:
            raise refused("needs_tls", given=clip(self.host, 60))
        return self


class Metrics(BaseModel):
    """Where each process shows its counters to Prometheus; port 0 shows none."""

    model_config = FROZEN
    host: str = "127.0.0.1"
    """Address to listen on. Default this machine only: counters name feeds."""
    gateway: Port = 0
    """Port of the gateway's counters."""
    intake: Port = 0
    """Port of role intake."""
    evaluate: Port = 0
    """Port of role evaluate."""
    correlate: Port = 0
    """Port of role correlate."""
    record: Port = 0
    """Port of role record."""
    console: Port = 0
    """Port of the console and desk."""
    grafana: Port = 0
    """Port of role grafana."""
    read: str = ""
    """Addresses of other processes' counters, with commas between, that the console tells walls of. Default none: where
    one supervisor holds all roles, its own counters are everybody's."""


class Grafana(BaseModel):
    """The Grafana whose charts bear a mark for each alert (role grafana)."""

    model_config = FROZEN
    url: HttpUrl | None = None
    """Base address. Default none: no marks are made."""
    token_file: Path | None = None
    """File with the token of a service account, role Editor; needed with `url`."""
    org: Annotated[int, Field(ge=1)] | None = None
    """Number of the organisation. Default none: the one that the token belongs to."""
    ca_file: Path | None = None
    """Certificates to trust in the place of the public ones (PEM). Default none."""
    plain: bool = False
    """Whether the token may go without TLS to another machine. Default no: within a closed network of containers."""

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.url is not None and self.token_file is None:
            raise refused("needs", missing="token_file", when="url")
        return self


class Webhook(BaseModel):
    """One receiver of every alert transition."""

    model_config = FROZEN
    url: HttpUrl | None = None
    """Where to post. Default none: nothing is posted."""
    secret_file: Path | None = None
    """File with the secret that signs each post; needed with `url`, so that the receiver can tell us from others."""
    allow_private: bool = False
    """Whether `url` may lie in a private network or use plain HTTP. Default no: a slip must not reach inside."""

    @model_validator(mode="after")
    def _signed(self) -> Self:
        if self.url is not None and self.secret_file is None:
            raise refused("needs", missing="secret_file", when="url")
        return self


class Watch(BaseModel):
    """Where `ioc watch` on another machine hears that its beat went through the whole loop."""

    model_config = FROZEN
    url: HttpUrl | None = None
    """Address that `ioc watch` listens at. Default none: nobody watches from outside."""
    secret_file: Path | None = None
    """File with the secret that signs each answer; the same at `ioc watch`."""
    allow_private: bool = False
    """Whether `url` may lie in a private network or use plain HTTP. Default no."""

    @model_validator(mode="after")
    def _signed(self) -> Self:
        if self.url is not None and self.secret_file is None:
            raise refused("needs", missing="secret_file", when="url")
        return self


class Paths(BaseModel):
    """Files the province edits; None takes what is shipped in the package."""

    model_config = FROZEN
    rules: Path | None = None
    """Directory of rule files (`*.yaml`)."""
    feeds: Path | None = None
    """Directory of feed files (`*.yaml`), one feed each."""
    heat: Path | None = None
    """File of places that are warm by their work."""
    holidays: Path | None = None
    """File of public holidays, for rules that ask for them."""
    routing: Path | None = None
    """File of routes: whom an alert goes to."""
    boundaries: Path | None = None
    """GeoJSON of true commune boundaries. None: cells around the centroids, marked approximate."""
    former_boundaries: Path | None = None
    """GeoJSON of the communes before July 2025, to tell what a place was called then. None: not told."""


class Settings(BaseModel):
    """Everything that can be set."""

    model_config = FROZEN
    language: Lang = "vi"
    """Language of the roles' logs, and the console's first (commands: `IOC_LANG`). Default Vietnamese: the officers' language."""
    data: Path = Path("ioc-data")
    """Directory of everything that is kept on this machine."""
    demo: bool = True
    """Whether the built-in province's feeds are listened to. Default yes; `ioc up --no-demo` says no."""
    kafka: Kafka = Kafka()
    history: History
    desk: Desk
    console: Console = Console()
    gateway: Gateway
    metrics: Metrics = Metrics()
    webhook: Webhook = Webhook()
    channels: Channels = Channels()
    grafana: Grafana = Grafana()
    watch: Watch = Watch()
    paths: Paths = Paths()

    @model_validator(mode="before")
    @classmethod
    def _placed(cls, given: Any) -> Any:
        """Put the files that have no place of their own into the data directory."""
        if not isinstance(given, Mapping):
            return given
        tree = dict(given)
        data = Path(str(tree.get("data", "ioc-data"))).absolute()
        tree.setdefault("history", {})
        for path, default in (
            (("history", "sqlite", "path"), data / "history.sqlite"),
            (("desk", "url"), f"sqlite:///{data / 'desk.sqlite'}"),
            (("gateway", "keys_file"), data / "feed-keys.json"),
        ):
            _default(tree, path, default)
        return tree

    def secret_files(self) -> dict[str, Path]:
        """Secrets that are in use: dotted field -> file."""
        asked = {
            "history.influxdb.token_file": self.history.influxdb.token_file
            if self.history.kind == "influxdb"
            else None,
            "kafka.password_file": self.kafka.password_file,
            "desk.password_file": self.desk.password_file,
            "gateway.tls_key_file": self.gateway.tls_key_file,
            "grafana.token_file": self.grafana.token_file if self.grafana.url else None,
            "webhook.secret_file": self.webhook.secret_file if self.webhook.url else None,
            "watch.secret_file": self.watch.secret_file if self.watch.url else None,
        }
        asked |= self.channels.secret_files()
        return {field: path for field, path in asked.items() if path is not None}


def _default(tree: dict[str, Any], path: tuple[str, ...], value: object) -> None:
    """Set a leaf that is not there; groups on the way are copied, since they belong to the caller."""
    for step in path[:-1]:
        group = tree.get(step, {})
        if not isinstance(group, Mapping):
            return
        tree[step] = tree = dict(group)
    tree.setdefault(path[-1], value)
