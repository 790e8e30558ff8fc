"""`scripts/check` on a small project of its own: clean, it passes; each planted fault fails the check meant for it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]

CLEAN = {
    "pyproject.toml": """\
[project]
name = "ioc"
dependencies = ["orjson>=3"]
[project.optional-dependencies]
dev = ["mypy>=2"]
[tool.ruff]
line-length = 120
extend-exclude = ["scripts"]
[tool.ruff.lint]
select = ["F"]
[tool.mypy]
strict = true
mypy_path = "scripts"
""",
    "requirements.lock": "orjson==3.11.0 \\\n    --hash=sha256:00\n",
    "requirements-dev.lock": (
        "mypy==2.4.1 ; python_version < '4' \\\n    --hash=sha256:00\norjson==3.11.0 \\\n    --hash=sha256:00\n"
    ),
    ".importlinter": """\
[importlinter]
root_package = ioc
[importlinter:contract:layers]
name = downwards
type = layers
containers = ioc
layers =
    cli
    events
""",
    "ioc/__init__.py": "",
    "ioc/cli.py": '"""The command line."""\n\nfrom ioc.events import NAME\n\nSHOWN = NAME\n',
    "ioc/events.py": '"""Events."""\n\nNAME = "event"\n',
    "README.md": "# A project\n\n## Tệp cấu hình\n\nSee [how](docs/how.md#start-it) and [here](#tệp-cấu-hình).\n",
    "docs/how.md": "# How\n\n## Start it\n\n```\n[no](link.md)\n```\n`[no](link.md)` [up](../README.md) [all](.)\n",
    "scripts/start": "#!/usr/bin/env bash\nif true; then echo started; fi\n",
}


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("clean") / "project"
    for name, text in CLEAN.items():
        write(root / name, text)
    shutil.copy(PROJECT / "scripts" / "check", root / "scripts" / "check")
    shutil.copytree(PROJECT / "scripts" / "checks", root / "scripts" / "checks", ignore=_caches)
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    return root


@pytest.fixture
def project(clean: Path, tmp_path: Path) -> Path:
    root = tmp_path / "project"
    shutil.copytree(clean, root)
    return root


_caches = shutil.ignore_patterns("__pycache__")


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def check(root: Path, *names: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-B", str(root / "scripts" / "check"), *names]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_clean_project_passes_every_check(clean: Path) -> None:
    done = check(clean)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert [line.split()[:2] for line in done.stdout.splitlines()] == [
        ["ok", name] for name in ("format", "lint", "types", "imports", "rooms", "traces", "links", "locks", "shell")
    ]


# The paths are put together here, so that this file itself holds none of what it plants.
FAULTS = [
    pytest.param("format", "ioc/events.py", "NAME = 'event'\n", "events.py", id="a file that is not formatted"),
    pytest.param("lint", "ioc/events.py", "import os\n", "F401", id="an import that is not used"),
    pytest.param("types", "ioc/events.py", "NAME: int = 'event'\n", "Incompatible types", id="a wrong type"),
    pytest.param("types", "ioc/fresh.py", "def f(x):\n    return x\n", "no-untyped-def", id="a missing type"),
    pytest.param("imports", "ioc/events.py", "from ioc import cli\n", "downwards", id="an import that points upwards"),
    pytest.param("rooms", "tests/test_long.py", "\n" * 401, "401 lines", id="a file with more than one idea"),
    pytest.param("rooms", "ioc/utils.py", "", "'utils'", id="a file named for holding anything"),
    pytest.param("rooms", "ioc/common/event.py", "", "'common'", id="a folder named for holding anything"),
    pytest.param("rooms", "tests/test_helpers.py", "", "'helpers'", id="a test of such a file"),
    pytest.param("traces", "docs/how.md", "cd /" + "root/ioc\n", "docs/how.md:1", id="a path of one machine"),
    pytest.param("traces", "a.lock", "\n--index" + "-url x\n", "a.lock:2", id="an option that names an index"),
    pytest.param("traces", "a.json", '"https://registry.npmjs' + '.org/x"', "a.json:1", id="the address of an index"),
    pytest.param("links", "docs/how.md", "[there](gone.md)", "gone.md", id="a link to a file that is not there"),
    pytest.param("links", "docs/how.md", "[a](../README.md#b)", "names no heading", id="a link to no heading"),
    pytest.param("links", "docs/how.md", "![a](../../x.png)", "x.png", id="a picture outside the project"),
    pytest.param("links", "docs/how.md", "[a]: gone.md", "gone.md", id="a reference to a file that is not there"),
    pytest.param("locks", "requirements.lock", "", "does not hold orjson", id="a requirement that is not locked"),
    pytest.param("locks", "requirements.lock", "orjson==2.1 \\\n", "holds orjson 2.1", id="a version too low"),
    pytest.param("locks", "requirements.lock", "orjson==3.11.0\n", "no hashes", id="a pin without hashes"),
    pytest.param(
        "locks", "requirements.lock", "orjson==3.12 \\\n", "locks differ in orjson", id="two locks that differ"
    ),
    pytest.param(
        "shell", "scripts/start", "#!/bin/bash\nif true; then\n", "syntax error", id="a script bash cannot read"
    ),
]


@pytest.mark.parametrize(("name", "file", "text", "words"), FAULTS)
def test_a_planted_fault_fails(project: Path, name: str, file: str, text: str, words: str) -> None:
    write(project / file, text)
    done = check(project, name)
    assert done.returncode == 1
    assert done.stdout.startswith(f"FAILED  {name}")
    assert words in done.stdout


@pytest.mark.parametrize(
    ("name", "file", "text"),
    [
        pytest.param(
            "traces", "docs/how.md", "See https://example.org/work/root/ and ./root/a", id="paths within addresses"
        ),
        pytest.param("rooms", "tests/test_just.py", "\n" * 400, id="a file of 400 lines"),
        pytest.param("rooms", "docs/common.md", "", id="a page may be common"),
    ],
)
def test_what_only_looks_like_a_fault_passes(project: Path, name: str, file: str, text: str) -> None:
    write(project / file, text)
    assert check(project, name).returncode == 0


def test_an_unknown_check_is_named(clean: Path) -> None:
    done = check(clean, "spelling")
    assert done.returncode == 2
    assert done.stderr.startswith("There is no check spelling; there are format, lint")
