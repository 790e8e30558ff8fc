"""The files of the project, as git knows them: tracked, or new and not ignored."""

import subprocess
from collections.abc import Iterator
from pathlib import Path


def files(root: Path) -> list[Path]:
    """Paths relative to the root, in order; a file that was deleted but not yet committed is left out."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        check=True,
    ).stdout
    named = {Path(name.decode("utf-8")) for name in listed.split(b"\0") if name}
    return sorted(path for path in named if (root / path).is_file())


def texts(root: Path) -> Iterator[tuple[Path, str]]:
    """Every file that is text, with its text."""
    for path in files(root):
        content = (root / path).read_bytes()
        if b"\0" not in content:
            yield path, content.decode("utf-8", "replace")


def programs(root: Path, interpreter: str) -> list[Path]:
    """Files without an ending whose first line names this interpreter."""
    found = []
    for path in files(root):
        if path.suffix or path.parts[0] not in {"scripts", ".ci"}:
            continue
        with (root / path).open("rb") as file:
            first = file.readline()
        if first.startswith(b"#!") and interpreter.encode("ascii") in first:
            found.append(path)
    return found
