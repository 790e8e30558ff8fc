"""Help: quick, because it loads neither adapters nor the contract, and true, because what it lists is what there is."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ioc import __version__
from ioc.adapters import ADAPTERS
from ioc.cli import named
from ioc.cli.app import run
from ioc.events import DOMAINS


def test_what_help_lists_is_what_there_is() -> None:
    assert list(named.ADAPTERS) == list(ADAPTERS)
    assert named.DOMAINS == DOMAINS


@pytest.mark.parametrize("command", [(), ("rules",), ("feeds",), ("schema",), ("convert",), ("replay",)])
def test_help_loads_only_the_command_line(command: tuple[str, ...]) -> None:
    heavy = "numpy", "shapely", "msgspec", "ioc.events", "ioc.adapters", "ioc.alerts", "ioc.settings"
    text = (
        f"import sys; import ioc.cli.app as a; code = a.run({[*command, '--help']!r});"
        f"sys.exit(' '.join(set({heavy!r}) & set(sys.modules)) or code)"
    )
    ended = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=60, check=False)

    assert (ended.returncode, ended.stderr) == (0, "")
    assert "Usage:" in ended.stdout


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"ioc {__version__}\n"
