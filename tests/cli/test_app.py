"""Exit codes and last words of a command line: never a traceback, never only the first mistake."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ioc.cli import app, operate
from ioc.errors import Permanent, Unreadable
from ioc.settings import ConfigMistakes, Mistake


def ending(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def run(**_: object) -> None:
        raise error

    monkeypatch.setattr(app, "app", run)
    monkeypatch.setattr(operate, "language", lambda: "en")


@pytest.mark.parametrize(
    ("error", "code"),
    [(Permanent("up_nothing"), 1), (Unreadable("empty_input"), 2), (KeyboardInterrupt(), 130)],
    ids=["cannot be done", "cannot be read", "Ctrl-C"],
)
def test_exit_codes(monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int) -> None:
    ending(monkeypatch, error)
    monkeypatch.setattr(app, "explain", lambda *_: "said")

    assert app.run([]) == code


def test_all_mistakes_are_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    ending(monkeypatch, ConfigMistakes([Mistake(file="a", line=n, code="empty") for n in (1, 2, 3)]))

    assert app.run([]) == 1
    assert capsys.readouterr().err.count("\n") == 3


def test_what_nobody_foresaw_is_one_sentence_and_a_private_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    ending(monkeypatch, ZeroDivisionError("by zero"))

    assert app.run([]) == 1

    (log,) = tmp_path.iterdir()
    said = capsys.readouterr().err
    assert said == f"An error nobody foresaw (ZeroDivisionError: by zero); details are in {log}.\n"
    assert "Traceback" in log.read_text()
    assert log.stat().st_mode & 0o077 == 0


def test_help_loads_nothing_of_the_stream() -> None:
    heavy = "faust", "aiokafka", "fastapi", "sqlalchemy", "httpx"
    text = f"import sys; import ioc.cli.app as a; a.run(['--help']); sys.exit(' '.join(set({heavy!r}) & set(sys.modules)) or 0)"
    ended = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=60, check=False)

    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_role_loads_nothing_of_the_command_line() -> None:
    arguments = [sys.executable, "-X", "importtime", "-m", "ioc", "child", "nobody"]
    ended = subprocess.run(
        arguments, capture_output=True, text=True, timeout=60, check=False, env={**os.environ, "IOC_LANG": "en"}
    )
    imported = {line.rpartition("|")[2].strip() for line in ended.stderr.splitlines() if line.startswith("import time")}

    assert ended.returncode == 1
    assert "There is no role nobody; there are: broker, evaluate," in ended.stderr
    assert "ioc.runtime.child" in imported
    assert not imported & {"typer", "rich", "ioc.cli", "ioc.cli.app"}
