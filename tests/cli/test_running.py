from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from ioc.cli.running import announce, find, folder
from ioc.errors import Permanent


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary directory of this test's own."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / "settings.toml").touch()
    return tmp_path


def code_of(port: int) -> str:
    with pytest.raises(Permanent) as raised:
        find(port)
    return raised.value.code


def test_what_is_announced_is_found_by_its_port_as_long_as_it_runs(temporary: Path) -> None:
    settings = temporary / "settings.toml"
    with announce(8080, settings):
        assert find(8080) == settings
        assert code_of(8090) == "nothing_runs"
    assert code_of(8080) == "nothing_runs"
    assert list(folder().iterdir()) == []


def test_only_its_user_can_look_into_the_folder(temporary: Path) -> None:
    with announce(8080, temporary / "settings.toml"):
        assert folder().stat().st_mode & 0o777 == 0o700
        assert (folder() / "8080").stat().st_mode & 0o777 == 0o600


def test_two_on_one_port_are_one_too_many(temporary: Path) -> None:
    with (
        announce(8080, temporary / "settings.toml"),
        pytest.raises(Permanent, match="port_taken"),
        announce(8080, temporary / "other.toml"),
    ):
        pytest.fail("both are announced")


def test_what_a_killed_process_left_is_nothing_that_runs(temporary: Path) -> None:
    program = (
        "import sys, signal; from pathlib import Path; from ioc.cli.running import announce\n"
        "with announce(8080, Path(sys.argv[1])):\n    print('here', flush=True)\n    signal.pause()"
    )
    command = [sys.executable, "-c", program, str(temporary / "settings.toml")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=dict(os.environ)) as process:
        assert process.stdout
        assert process.stdout.readline() == b"here\n"
        assert find(8080) == temporary / "settings.toml"
        process.send_signal(signal.SIGKILL)
        process.wait()

    assert (folder() / "8080").exists()
    assert code_of(8080) == "nothing_runs"
    with announce(8080, temporary / "settings.toml"):
        assert find(8080) == temporary / "settings.toml"


def test_settings_that_are_gone_are_no_running_system(temporary: Path) -> None:
    with announce(8080, temporary / "gone.toml"):
        assert code_of(8080) == "nothing_runs"


@pytest.mark.parametrize("trap", ["open to others", "a link", "a file"])
def test_a_folder_that_somebody_else_could_have_made_is_refused(temporary: Path, trap: str) -> None:
    path = temporary / f"ioc-{os.getuid()}"
    if trap == "open to others":
        path.mkdir()
        path.chmod(0o755)
    elif trap == "a link":
        (temporary / "elsewhere").mkdir(mode=0o700)
        path.symlink_to(temporary / "elsewhere")
    else:
        path.touch(mode=0o600)

    assert code_of(8080) == "running_folder"
    with pytest.raises(Permanent, match="running_folder"), announce(8080, temporary / "settings.toml"):
        pytest.fail("it is announced")
