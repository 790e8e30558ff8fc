"""The example configuration that is carried inside the package.

`config/` at the root of the repository is the one place where it is written; `ioc/config` is a link to it, so that
a wheel holds the files and a checkout needs no installing.
"""

from __future__ import annotations

from contextlib import ExitStack
from functools import cache
from importlib import resources
from pathlib import Path

_open = ExitStack()


@cache
def shipped(name: str = "") -> Path:
    """Path of a shipped file or directory: `rules`, `feeds`, `heat.yaml`; raises FileNotFoundError."""
    found = _open.enter_context(resources.as_file(resources.files("ioc").joinpath("config", *name.split("/"))))
    if not found.exists():
        raise FileNotFoundError(found)
    return found
