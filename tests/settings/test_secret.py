import os
from pathlib import Path

import pytest

from ioc.errors import Permanent
from ioc.settings import ConfigMistakes, load, read_secret

CANARY = "canary-9c41e2"


def secret(folder: Path, *, mode: int = 0o600, text: str = CANARY) -> Path:
    path = folder / "token"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def test_a_secret_is_read_without_its_newline_and_never_shown(tmp_path: Path) -> None:
    found = read_secret(secret(tmp_path, text=f"{CANARY}\n"))

    assert found.get_secret_value() == CANARY
    assert CANARY not in f"{found} {found!r}"


MODES = {"the group can read it": 0o640, "everybody can read it": 0o604, "the group can write it": 0o620}


@pytest.mark.parametrize("mode", MODES.values(), ids=MODES.keys())
def test_a_secret_that_others_reach_is_refused(tmp_path: Path, mode: int) -> None:
    path = secret(tmp_path, mode=mode)

    with pytest.raises(Permanent) as caught:
        read_secret(path)
    assert caught.value.code == "secret_open"
    assert CANARY not in str(caught.value)


def test_a_secret_that_is_no_secret_is_refused(tmp_path: Path) -> None:
    for text, code in (("", "secret_size"), ("  \n", "secret_size"), ("x" * 20_000, "secret_size")):
        with pytest.raises(Permanent) as caught:
            read_secret(secret(tmp_path, text=text))
        assert caught.value.code == code
    with pytest.raises(Permanent) as caught:
        read_secret(tmp_path)
    assert caught.value.code == "secret_absent"


def test_settings_refuse_to_start_with_an_open_secret_and_say_the_command(tmp_path: Path) -> None:
    token = secret(tmp_path, mode=0o644)
    path = tmp_path / "ioc.toml"
    path.write_text('[history]\nkind = "influxdb"\n[history.influxdb]\ntoken_file = "token"\n', encoding="utf-8")

    with pytest.raises(ConfigMistakes) as caught:
        load(path, {})
    assert caught.value.sentences("en") == [
        f"{path}, line 4: history.influxdb.token_file: others can read {token}; run: chmod 600 {token}"
    ]
    token.chmod(0o600)
    settings = load(path, {})
    assert CANARY not in repr(settings)
    assert settings.secret_files() == {"history.influxdb.token_file": token}


def test_settings_refuse_a_secret_that_is_not_there(tmp_path: Path) -> None:
    environ = {"IOC_WEBHOOK_URL": "https://hook.example/", "IOC_WEBHOOK_SECRET_FILE": os.fspath(tmp_path / "none")}

    with pytest.raises(ConfigMistakes) as caught:
        load(None, environ)
    assert caught.value.sentences("en") == [
        f"IOC_WEBHOOK_SECRET_FILE: webhook.secret_file: there is no file {tmp_path}/none"
    ]


def test_a_secret_that_is_not_in_use_is_not_looked_at(tmp_path: Path) -> None:
    environ = {"IOC_HISTORY_INFLUXDB_TOKEN_FILE": os.fspath(tmp_path / "none")}

    assert load(None, environ).history.kind == "sqlite"
