"""A mutation in a copy of the product, and what the short oracle says of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.mutations.table import Mutation

ROOT = Path(__file__).resolve().parents[2]
SEEDS, EVENTS = 40, 300
PATIENCE_S = 60.0
"""A mutation may make time stand still."""
NOTHING = Mutation("nothing is changed", "ioc/__init__.py", "", "", ("threshold",))


def bitten(mutation: Mutation, kinds: Sequence[str] = ()) -> str:
    """What turned red, or nothing where the mutation lives on; raises LookupError where it fits the code no more."""
    with tempfile.TemporaryDirectory(prefix="ioc-mutation-") as name:
        place = Path(name)
        shutil.copytree(ROOT / "ioc", place / "ioc", ignore=shutil.ignore_patterns("__pycache__"))
        (place / "tests").symlink_to(ROOT / "tests")
        path = place / mutation.file
        code = path.read_text(encoding="utf-8")
        if mutation.old and code.count(mutation.old) != 1:
            raise LookupError(f"{mutation.name}: {mutation.file} holds its line {code.count(mutation.old)} times")
        if mutation.old:
            path.write_text(code.replace(mutation.old, mutation.new), encoding="utf-8")
        command = [sys.executable, "-m", "tests.mutations.short", str(SEEDS), str(EVENTS), *(kinds or mutation.kinds)]
        settings = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        try:
            done = subprocess.run(
                command, cwd=place, env=settings, capture_output=True, text=True, check=False, timeout=PATIENCE_S
            )
        except subprocess.TimeoutExpired:
            return "it never ends"
    if done.returncode == 0:
        return ""
    if not done.stdout:
        raise RuntimeError(f"{mutation.name}: the oracle itself ended with\n{done.stderr[-2000:]}")
    return done.stdout
