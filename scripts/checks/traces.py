"""Nothing in the project knows the machine it was written on, or where packages were fetched from."""

import re
from collections.abc import Iterator
from pathlib import Path

from checks.tree import texts

FORBIDDEN = {
    "a path of one machine": re.compile(
        r"(?<![\w./-])/(?:work|root|tmp/team|opt/wheels|home/(?!nonroot\b)\w+)(?![\w-])"
    ),
    "an address of a package index": re.compile(
        r"\b(?:files\.pythonhosted|pypi|index\.crates|static\.crates|registry\.npmjs|repo\d*\.maven(?:\.apache)?"
        r"|proxy\.golang|sum\.golang|deb\.debian)\.(?:org|io)\b"
    ),
    "an option that names a package index": re.compile(
        r"--(?:(?:extra-)?index-url|find-links|trusted-host)[ =]|^registry *=", re.MULTILINE
    ),
}


def check(root: Path) -> Iterator[str]:
    """One finding per place."""
    for path, text in texts(root):
        for what, pattern in FORBIDDEN.items():
            for found in pattern.finditer(text):
                line = text.count("\n", 0, found.start()) + 1
                yield f"{path}:{line}: {found[0].strip()!r} is {what}"
