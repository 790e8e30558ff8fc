"""One point of an acceptance list: what is shown, by which command, against which limit."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CLOSING = re.compile(r"(\d+) (passed|failed|error|errors|skipped|xfailed)")


@dataclass(frozen=True)
class Shown:
    """What came out: the figure, the limit it is held against, and whether it passed."""

    figure: str
    limit: str
    passed: bool


@dataclass(frozen=True)
class Point:
    """A line of the list."""

    title: str
    run: Callable[[], Shown]


def project_python(script: str) -> None:
    """Go on in the project's environment where the script was started by another Python."""
    wanted = ROOT / ".venv" / "bin" / "python"
    if wanted.exists() and Path(sys.prefix) != wanted.parents[1] and "IOC_SHOW" not in os.environ:
        os.environ["IOC_SHOW"] = "1"
        os.execv(wanted, [str(wanted), script, *sys.argv[1:]])  # noqa: S606 - the same script, by the right Python


def passing(title: str, *selection: str, env: dict[str, str] | None = None) -> Point:
    """A point that is a set of tests: all of them pass, none is skipped."""

    def run() -> Shown:
        required = {"IOC_REQUIRE": "services,data" if (ROOT.parent / "shared" / "data").exists() else "services"}
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "--no-header", "-p", "no:cacheprovider", *selection],
            cwd=ROOT,
            env={**os.environ, **required, **(env or {})},
            capture_output=True,
            text=True,
            check=False,
        )
        closing = done.stdout.strip().splitlines()[-1] if done.stdout.strip() else done.stderr.strip()[-200:]
        counts = {word.rstrip("s"): int(number) for number, word in CLOSING.findall(closing)}
        passed = done.returncode == 0 and counts.get("passed", 0) > 0 and not counts.get("skipped", 0)
        return Shown(closing.strip("= "), "all pass, none skipped", passed)

    return Point(title, run)


def command(title: str, argv: Sequence[str], limit: str, judge: Callable[[str, int], tuple[str, bool]]) -> Point:
    """A point that is a program: `judge` makes figure and verdict from its output and exit code."""

    def run() -> Shown:
        done = subprocess.run(list(argv), cwd=ROOT, capture_output=True, text=True, check=False)
        figure, passed = judge(done.stdout + done.stderr, done.returncode)
        return Shown(figure, limit, passed)

    return Point(title, run)


def last_json(text: str) -> Any:
    """The last line of a program's output that is JSON."""
    for line in reversed(text.splitlines()):
        if line.startswith("{"):
            return json.loads(line)
    raise ValueError("the program gave no JSON")
