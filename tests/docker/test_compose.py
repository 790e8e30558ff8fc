"""docker-compose.yml without containers: what it names exists, nothing secret stands in it, everything is bounded."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ioc.runtime.child import NAMES
from ioc.settings import ConfigMistakes, load, variable
from ioc.settings.toml import leaves
from tests.docker.composition import COMPOSE, ROLES, ROOT, SERVICES, plain

VARIABLES = {variable(path) for path, _ in leaves()}
SETTINGS = ROOT / "docker" / "ioc.toml"
DOCKERFILE = (ROOT / "docker" / "Dockerfile").read_text(encoding="utf-8")
PINNED = re.compile(r"[\w./-]+:\d+\.\d+\.\d+(-[\w.-]+)?(@sha256:[0-9a-f]{64})?")
each_service = pytest.mark.parametrize("name", SERVICES)
each_role = pytest.mark.parametrize("name", ROLES)


def environment(name: str) -> dict[str, str]:
    given: dict[str, str] = SERVICES[name].get("environment", {})
    return given


def settings_of(name: str, tmp_path: Path) -> Any:
    """Settings as the role will read them; the secret lies elsewhere here."""
    token = tmp_path / "token"
    token.write_text("x" * 40, encoding="utf-8")
    token.chmod(0o600)
    return load(SETTINGS, {**environment(name), "IOC_HISTORY_INFLUXDB_TOKEN_FILE": str(token)})


def test_all_roles_are_there_that_need_no_token_of_grafana() -> None:
    """Its marks come with a token that only a Grafana that runs can make (docs/walls.md)."""
    assert set(ROLES) == set(NAMES) - {"broker", "feeder", "grafana"}


@each_role
def test_its_command_is_a_role_that_the_product_knows(name: str) -> None:
    assert ROLES[name]["command"] == ["python", "-m", "ioc", "child", name]
    assert name in NAMES


@each_role
def test_its_variables_are_settings(name: str) -> None:
    assert set(environment(name)) <= VARIABLES


@each_role
def test_its_settings_are_whole(name: str, tmp_path: Path) -> None:
    settings = settings_of(name, tmp_path)
    host = "127.0.0.1" if name == "console" else "kafka"
    assert settings.kafka.bootstrap.startswith(f"{host}:")
    listeners = environment("kafka")["KAFKA_ADVERTISED_LISTENERS"]
    assert f"://{settings.kafka.bootstrap}" in listeners
    assert settings.data == Path("/data")
    if settings.history.kind == "influxdb":
        secret = settings_of(name, tmp_path).history.influxdb
        assert secret.org == environment("influxdb")["DOCKER_INFLUXDB_INIT_ORG"]
        assert "influx_token" in ROLES[name]["secrets"]
        assert plain_token() == "/run/secrets/influx_token"


def plain_token() -> str:
    import tomllib

    found: str = tomllib.loads(SETTINGS.read_text("utf-8"))["history"]["influxdb"]["token_file"]
    return found


def test_the_two_roles_that_write_history_write_it_where_grafana_reads() -> None:
    assert {name for name in ROLES if environment(name).get("IOC_HISTORY_KIND") == "influxdb"} == {"record", "console"}


@each_role
def test_its_health_check_asks_a_port_that_it_opens(name: str, tmp_path: Path) -> None:
    settings = settings_of(name, tmp_path)
    (asked,) = re.findall(r"127\.0\.0\.1:(\d+)/", ROLES[name]["healthcheck"]["test"][-1])
    open_ = {settings.console.port} if name == "console" else {getattr(settings.metrics, name)}
    assert int(asked) in open_


def test_the_console_reads_the_counters_of_every_other_role_at_the_port_that_leads_to_them(tmp_path: Path) -> None:
    read = settings_of("console", tmp_path).metrics.read.split(",")
    others = [name for name in ROLES if name not in ("console", "grafana")]
    led_to = {
        f"http://{host}:{outer}/metrics"
        for name in others
        for host, outer, inner in (port.split(":") for port in ROLES[name]["ports"])
        if int(inner) == getattr(settings_of(name, tmp_path).metrics, name)
    }
    assert sorted(read) == sorted(led_to)
    assert len(led_to) == len(others)
    assert all(settings_of(name, tmp_path).metrics.host == "0.0.0.0" for name in others)  # noqa: S104 - its container


def test_the_console_listens_on_this_machine_only_and_no_other_address_is_taken(tmp_path: Path) -> None:
    assert SERVICES["console"]["network_mode"] == "host"
    assert settings_of("console", tmp_path).console.host == "127.0.0.1"
    with pytest.raises(ConfigMistakes):
        load(SETTINGS, {"IOC_CONSOLE_HOST": "0.0.0.0"})  # noqa: S104 - that this is refused is the point


@each_service
def test_its_ports_are_open_on_this_machine_only(name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name].get("ports", []))


@each_service
def test_its_image_is_pinned(name: str) -> None:
    image = SERVICES[name]["image"]
    assert (image == "ioc:local" and "build" in SERVICES[name]) or PINNED.fullmatch(image)


def test_the_image_of_the_roles_is_pinned_and_its_user_is_not_root() -> None:
    (base,) = re.findall(r"^FROM (\S+)$", DOCKERFILE, re.MULTILINE)
    assert PINNED.fullmatch(base)
    assert re.findall(r"^USER (\S+)$", DOCKERFILE, re.MULTILINE) == ["$IOC_UID:$IOC_GID"]
    assert 'test "$IOC_UID" -gt 0' in DOCKERFILE
    assert "--require-hashes -r requirements.lock" in DOCKERFILE


def test_everything_the_image_copies_exists_and_is_let_in() -> None:
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")}
    copied = set(re.findall(r"^COPY (\S+) ", DOCKERFILE, re.MULTILINE))
    assert copied == let_in
    assert all((ROOT / source).exists() for source in copied)


@each_role
def test_its_user_can_write_where_it_must_and_nowhere_else(name: str) -> None:
    one = ROLES[name]
    assert one["read_only"] is True
    places = {mount.partition(":")[0]: mount.partition(":")[2] for mount in one["tmpfs"]}
    kept = {mount.partition(":")[2] for mount in one.get("volumes", [])}
    assert set(places) | kept == {"/tmp", "/data"}  # noqa: S108 - a place in a container
    assert all("mode=1777" in options and "size=" in options for options in places.values())


def test_what_people_did_outlives_a_container() -> None:
    assert {name for name in ROLES if ROLES[name].get("volumes")} == {"gateway", "console"}


@each_service
def test_it_is_bounded_watched_and_started_again(name: str) -> None:
    one = SERVICES[name]
    assert {"mem_limit", "cpus", "pids_limit", "healthcheck"} <= set(one)
    assert one["restart"] == "unless-stopped"


@each_service
def test_what_it_mounts_and_needs_exists(name: str) -> None:
    for mount in SERVICES[name].get("volumes", []):
        source, _, rest = mount.partition(":")
        if source.startswith("."):
            assert (ROOT / source).exists()
            assert rest.endswith(":ro")
        else:
            assert source in COMPOSE["volumes"]
    assert set(SERVICES[name].get("depends_on", {})) <= set(SERVICES)
    assert set(SERVICES[name].get("secrets", [])) <= set(COMPOSE["secrets"])


@each_service
def test_no_secret_stands_in_it(name: str) -> None:
    for key, value in environment(name).items():
        if re.search(r"PASSWORD|TOKEN|SECRET", key):
            assert re.fullmatch(r"/run/secrets/\w+", value), key
            assert value.rpartition("/")[2] in SERVICES[name]["secrets"]


def test_volumes_and_secrets_are_all_used() -> None:
    used = {one.partition(":")[0] for name in SERVICES for one in SERVICES[name].get("volumes", [])}
    assert set(COMPOSE["volumes"]) == {one for one in used if not one.startswith(".")}
    assert set(COMPOSE["secrets"]) == {one for name in SERVICES for one in SERVICES[name].get("secrets", [])}


def test_the_settings_file_has_no_key_that_the_product_does_not_know() -> None:
    assert load(SETTINGS, {}).demo is False
    assert plain(ROOT / "docker-compose.yml") == COMPOSE


def test_docker_compose_itself_takes_the_file() -> None:
    program = shutil.which("docker-compose")
    if program is None:
        pytest.skip("docker-compose is not installed (Debian: apt install docker-compose)")
    command = [program, "-f", str(ROOT / "docker-compose.yml"), "config", "--quiet"]

    def said(variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, env=variables, cwd="/", capture_output=True, text=True, check=False)

    done = said({"IOC_UID": "1000", "IOC_GID": "1000"})
    assert done.returncode == 0, done.stderr
    if not (ROOT / ".env").exists():
        without = said({})
        assert without.returncode != 0
        assert "scripts/compose_secrets" in without.stderr
