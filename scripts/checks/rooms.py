"""A file holds one idea, named by it: none is long, none is named for holding anything at all."""

from collections.abc import Iterator
from pathlib import Path

from checks.tree import texts

LINES = 400
ENDINGS = {".py", ".js", ".css", ".sh"}
PLACES = {"ioc", "tests", "scripts", "bench", "dashboards"}
EMPTY_NAMES = {"base", "common", "helper", "helpers", "manager", "managers", "misc", "util", "utils"}


def check(root: Path) -> Iterator[str]:
    """One finding per file."""
    for path, text in texts(root):
        if path.parts[0] not in PLACES or path.suffix not in ENDINGS:
            continue
        count = len(text.splitlines())
        if count > LINES:
            yield f"{path}: {count} lines, more than {LINES}; it holds more than one idea"
        names = {*path.parts[1:-1], path.stem.removeprefix("test_")}
        for name in sorted(names & EMPTY_NAMES):
            yield f"{path}: the name {name!r} says nothing of what is in it"
