"""Sentences for people: key + values + language -> text.

The texts lie in `ioc/words/<area>.toml`, both languages side by side, so that a missing half is seen where it is
written:

    [fate.late]
    vi = "đến muộn {minutes} phút"
    en = "{minutes} min late"

Placeholders are `str.format` fields without attribute or index access. Values are inserted as they are: escaping is
the duty of each sink (HTML, SMS, line protocol).
"""

from __future__ import annotations

import string
import tomllib
from functools import cache
from importlib import resources
from typing import Literal, get_args

Lang = Literal["vi", "en"]
LANGS: tuple[Lang, ...] = get_args(Lang)


def _flatten(prefix: str, tree: dict[str, object], into: dict[str, dict[str, str]]) -> None:
    leaf = {k: v for k, v in tree.items() if isinstance(v, str)}
    if leaf:
        if set(leaf) != set(LANGS):
            raise ValueError(f"words: {prefix} needs exactly vi and en, has {sorted(leaf)}")
        into[prefix] = leaf
    for key, value in tree.items():
        if isinstance(value, dict):
            _flatten(f"{prefix}.{key}" if prefix else key, value, into)


@cache
def texts() -> dict[str, dict[str, str]]:
    """Every key with its text per language; a key in two areas is an error."""
    found: dict[str, dict[str, str]] = {}
    folder = resources.files("ioc").joinpath("words")
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        if not entry.name.endswith(".toml"):
            continue
        area: dict[str, dict[str, str]] = {}
        _flatten("", tomllib.loads(entry.read_text(encoding="utf-8")), area)
        twice = found.keys() & area.keys()
        if twice:
            raise ValueError(f"words: {sorted(twice)} stand in {entry.name} and in another area")
        found.update(area)
    return found


def fields(text: str) -> set[str]:
    """Placeholder names of one text; raises ValueError for anything but plain names."""
    names: set[str] = set()
    for _, name, spec, conversion in string.Formatter().parse(text):
        if name is None:
            continue
        if not name.isidentifier() or spec or conversion:
            raise ValueError(f"words: only plain {{name}} placeholders, not {{{name}}} in {text!r}")
        names.add(name)
    return names


def say(key: str, lang: Lang, **values: object) -> str:
    """The text of `key` in `lang` with its values; KeyError for an unknown key or a missing value."""
    return texts()[key][lang].format(**{k: str(v) for k, v in values.items()})


def has(key: str) -> bool:
    """Whether a text stands under this key."""
    return key in texts()
