"""The example configuration: in a checkout and in what `pip install` brings."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from ioc.settings import shipped

ROOT = Path(__file__).parents[2]


def test_a_checkout_has_one_place_where_it_is_written() -> None:
    assert (ROOT / "ioc" / "config").is_symlink()
    assert shipped("feeds").resolve() == ROOT / "config" / "feeds"
    assert shipped("rules/../heat.yaml").is_file()


def test_what_is_not_shipped_is_told() -> None:
    with pytest.raises(FileNotFoundError):
        shipped("none")


@pytest.mark.slow
def test_a_wheel_carries_every_file_of_it_and_the_words(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, source / name)
    for name in ("ioc", "config"):
        shutil.copytree(ROOT / name, source / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    done = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path), str(source)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr

    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        carried = set(opened.namelist())
    config = {f"ioc/config/{path.relative_to(ROOT / 'config')}" for path in (ROOT / "config").rglob("*.yaml")}
    words = {f"ioc/words/{path.name}" for path in (ROOT / "ioc" / "words").glob("*.toml")}
    assert config | words | {"ioc/py.typed"} <= carried
    assert len(config) > 10
