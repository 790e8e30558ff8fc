import re
import shutil
from pathlib import Path

import pytest

from ioc.cli.app import run
from ioc.gateway.keys import KeyStore
from ioc.settings import shipped


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOC_LANG", "en")
    monkeypatch.delenv("IOC_SETTINGS", raising=False)


def test_a_key_is_printed_alone_and_opens_its_feed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["feeds", "key", "tn-aqi", "--data", str(tmp_path), "--note", "phòng quan trắc"]) == 0

    said = capsys.readouterr()
    text = said.out.strip()
    assert re.fullmatch(r"ioc_[0-9a-f]{12}_[A-Za-z0-9_-]{43}", text)
    assert text not in said.err
    [key] = KeyStore(tmp_path / "feed-keys.json").active("tn-aqi")
    assert key.note == "phòng quan trắc"
    assert KeyStore(tmp_path / "feed-keys.json").bearer("tn-aqi", text) == key


def test_a_key_is_revoked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["feeds", "key", "tn-aqi", "--data", str(tmp_path)])
    [key] = KeyStore(tmp_path / "feed-keys.json").active()
    assert run(["feeds", "revoke", "tn-aqi", key.id, "--data", str(tmp_path)]) == 0

    assert KeyStore(tmp_path / "feed-keys.json").active() == []
    assert run(["feeds", "revoke", "tn-aqi", key.id, "--data", str(tmp_path)]) == 1
    assert capsys.readouterr().err.endswith(f"Feed tn-aqi has no key {key.id}.\n")


SLIPS = {
    "a feed that is nearly one": (["key", "tn-api"], "There is no feed tn-api; there is: tn-aqi.\n"),
    "a directory that is not there": (
        ["check", "none"],
        "none: the file cannot be read (No such file or directory)\n",
    ),
}


@pytest.mark.parametrize(("arguments", "said"), SLIPS.values(), ids=SLIPS.keys())
def test_a_slip_is_one_sentence(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)

    assert run(["feeds", *arguments]) == 1
    assert capsys.readouterr().err == said


def test_a_third_key_is_refused_until_one_is_revoked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    codes = [run(["feeds", "key", "tn-aqi", "--data", str(tmp_path)]) for _ in range(3)]

    assert codes == [0, 0, 1]
    assert "has two active keys already" in capsys.readouterr().err


def test_the_shipped_files_are_sound_and_a_broken_one_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(["feeds", "check"]) == 0
    assert capsys.readouterr().out.startswith("No mistakes: ")
    monkeypatch.chdir(tmp_path)
    shutil.copytree(shipped("feeds"), tmp_path / "feeds")
    weather = tmp_path / "feeds" / "weather.yaml"
    weather.write_text(weather.read_text(encoding="utf-8").replace("adapter:", "adaptor:"), encoding="utf-8")

    assert run(["feeds", "check", "feeds"]) == 1
    err = capsys.readouterr().err.splitlines()
    assert "adaptor is not known; did you mean adapter?" in "".join(err)
    assert all(line.startswith("feeds/weather.yaml, line ") for line in err)


def test_the_list_names_every_feed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(["feeds", "list", "--data", str(tmp_path)]) == 0

    said = capsys.readouterr().out
    assert all(path.stem in said for path in shipped("feeds").iterdir())
