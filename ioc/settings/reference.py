"""The settings as a page: every field with its variable, default, meaning; made from the tree itself."""

from __future__ import annotations

from pathlib import Path

from ioc.settings.toml import leaves, variable
from ioc.settings.tree import Settings

_HEAD = """\
# Settings

One TOML file, named by `IOC_SETTINGS`, and the environment over it. Every value has a default that runs the embedded
product. A wrong value, an unknown key or an impossible combination stops the start with one sentence that names file and
line. Paths in the file are relative to the file, paths in the environment to the working directory.

Secrets are never values: a field that ends in `_file` names a file that its owner alone can read (`chmod 600`), or the
start is refused. This page is made from `ioc/settings/tree.py`.
"""


def markdown() -> str:
    """The page."""
    parts = [_HEAD]
    group: tuple[str, ...] | None = None
    defaults = Settings.model_validate({"data": "DATA"})
    for path, field in leaves():
        if path[:-1] != group:
            group = path[:-1]
            parts.append(f"\n## `[{'.'.join(group)}]`\n" if group else "\n## Top of the file\n")
            parts.append("| Key | Variable | Default | Meaning |\n| --- | --- | --- | --- |")
        name = "–" if field.default == {} else f"`{variable(path)}`"
        parts.append(f"| `{path[-1]}` | {name} | {_default(defaults, path)} | {field.description} |")
    return "\n".join(parts) + "\n"


def _default(defaults: Settings, path: tuple[str, ...]) -> str:
    value: object = defaults
    for step in path:
        value = getattr(value, step)
    if value is None or value == {}:
        return "–"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    text = str(value)
    placed = "DATA" in text
    shown = text.replace(f"{Path.cwd()}/", "") if placed else text
    return f"`{'ioc-data' if path == ('data',) else shown}`"
