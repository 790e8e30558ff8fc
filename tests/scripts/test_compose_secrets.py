"""scripts/compose_secrets: every secret that docker-compose.yml names, readable by those who need it, never made twice."""

from __future__ import annotations

from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

from ioc.settings.secret import judge_secret
from tests.docker.composition import COMPOSE, ROLES, ROOT, SERVICES


def script() -> Any:
    loader = SourceFileLoader("compose_secrets", str(ROOT / "scripts" / "compose_secrets"))
    spec = spec_from_loader(loader.name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


def test_it_makes_every_secret_that_compose_names_and_the_users_id(tmp_path: Path) -> None:
    made = script().written(tmp_path, 1000, 1001)
    assert set(made) == {*COMPOSE["secrets"], ".env"}
    for name, one in COMPOSE["secrets"].items():
        assert one["file"] == f"./docker/secrets/{name}"
        assert len((tmp_path / one["file"]).read_text("utf-8")) >= 32
    assert (tmp_path / ".env").read_text("utf-8") == "IOC_UID=1000\nIOC_GID=1001\n"


def test_nobody_else_on_the_machine_can_reach_them(tmp_path: Path) -> None:
    script().written(tmp_path, 1000, 1000)
    assert (tmp_path / "docker" / "secrets").stat().st_mode & 0o777 == 0o700


def test_roles_take_theirs_and_other_images_can_read_theirs(tmp_path: Path) -> None:
    script().written(tmp_path, 1000, 1000)
    folder = tmp_path / "docker" / "secrets"
    for name, one in SERVICES.items():
        for secret in one.get("secrets", []):
            if name in ROLES:
                assert judge_secret(folder / secret) is None
            else:
                assert (folder / secret).stat().st_mode & 0o777 == 0o644


def test_the_tokens_open_what_was_set_up(tmp_path: Path) -> None:
    script().written(tmp_path, 1000, 1000)
    folder = tmp_path / "docker" / "secrets"
    names = ("influx_setup_token", "influx_token", "grafana_influx_token")
    assert len({(folder / name).read_text("utf-8") for name in names}) == 1
    others = ("influx_setup_token", "influx_setup_password", "grafana_password")
    assert len({(folder / name).read_text("utf-8") for name in others}) == 3


def test_what_is_there_stays_as_it_is(tmp_path: Path) -> None:
    script().written(tmp_path, 1000, 1000)
    before = (tmp_path / "docker/secrets/grafana_password").read_text("utf-8")
    assert script().written(tmp_path, 1000, 1000) == []
    assert (tmp_path / "docker/secrets/grafana_password").read_text("utf-8") == before


def test_git_never_sees_them() -> None:
    ignored = (ROOT / ".gitignore").read_text("utf-8").splitlines()
    assert {"docker/secrets/", ".env"} <= set(ignored)
