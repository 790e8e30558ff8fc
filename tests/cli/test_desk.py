"""`ioc desk`: editions up and down, the audit checked, on either database, the password in a file."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from ioc.cli.app import run
from ioc.desk import schema
from ioc.desk.acts.accept import accept
from ioc.desk.acts.act import Asked
from tests.desk.made import NOON, Office, alert_name, transition
from tests.desk.stores import schema_of, unguard


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOC_LANG", "en")
    monkeypatch.delenv("IOC_SETTINGS", raising=False)


def settings(folder: Path, url: str, password_file: Path | None = None) -> Path:
    """A settings file that names this database."""
    path = folder / "settings.toml"
    secret = f'password_file = "{password_file}"\n' if password_file else ""
    path.write_text(f'data = "{folder}"\n[desk]\nurl = "{url}"\n{secret}', "utf-8")
    return path


def worked(folder: Path, url: str = "") -> Office:
    """A desk on which one alert was accepted."""
    office = Office(folder, url=url)
    office.receive(transition(1))
    with office.store.writing() as session:
        accept(session, alert_name(1), Asked("Nguyễn Văn An", NOON))
    return office


def test_tables_go_down_and_come_up_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    office = worked(tmp_path)
    office.store.close()
    named = str(settings(tmp_path, f"sqlite:///{tmp_path / 'desk.sqlite'}"))

    assert run(["desk", "move", "0001", "--settings", named]) == 0
    assert run(["desk", "edition", "--settings", named]) == 0
    assert run(["desk", "move", "9999", "--settings", named]) == 1

    said = capsys.readouterr()
    assert said.out.splitlines()[-1] == f"The desk's tables: edition {schema.newest()}."
    assert "9999" in said.err


def test_an_audit_that_somebody_touched_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    office = worked(tmp_path)
    named = str(settings(tmp_path, f"sqlite:///{tmp_path / 'desk.sqlite'}"))
    assert run(["desk", "audit", "--settings", named]) == 0
    assert "whole: 1 lines" in capsys.readouterr().out

    with office.store.writing() as session:
        unguard(session)
        session.execute(text("UPDATE audit SET actor = 'Lê Thị Bình'"))
    office.store.close()

    assert run(["desk", "audit", "--settings", named]) == 1
    assert "from line 1 on" in capsys.readouterr().err


@pytest.mark.services
def test_the_password_of_postgresql_comes_from_a_file(
    tmp_path: Path, postgres: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with schema_of(postgres) as url:
        worked(tmp_path, url).store.close()
        given = make_url(url)
        known = Path(str(given.query["passfile"])).read_text("utf-8").strip().rsplit(":", 1)[1]
        secret = tmp_path / "password"
        secret.write_text(known + "\n", "utf-8")
        secret.chmod(0o600)
        bare = given.difference_update_query(["passfile"]).render_as_string(hide_password=False)

        assert run(["desk", "audit", "--settings", str(settings(tmp_path, bare, secret))]) == 0
        assert "whole: 1 lines" in capsys.readouterr().out

        secret.write_text("wrong-password\n", "utf-8")
        assert run(["desk", "audit", "--settings", str(settings(tmp_path, bare, secret))]) != 0
        said = capsys.readouterr()
        assert "wrong-password" not in said.out + said.err
        assert "Traceback" not in said.err
