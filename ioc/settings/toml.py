"""One TOML file plus the environment -> Settings, or every mistake as a sentence; and back to TOML for children."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from ioc.settings.mistake import ConfigMistakes, Mistake, described, nearest
from ioc.settings.secret import judge_secret
from ioc.settings.tree import Settings

OUTSIDE = frozenset({"IOC_KAFKA_NAMESPACE"})
"""Begins like a setting and is none: topic names are fixed before settings are read (`ioc.streams.topics`)."""
SIZE = 256 * 1024
"""Bytes of a settings file; ours has fewer than fifty lines."""


def model_in(kind: Any) -> type[BaseModel] | None:
    """The model inside an annotation such as `Group | None` or `tuple[Group, ...]`."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return kind
    if get_origin(kind) in (Union, UnionType, tuple, list, dict, Annotated):
        return next((found for arm in get_args(kind) if (found := model_in(arm))), None)
    return None


def leaves(model: type[BaseModel] = Settings, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every field that holds a value: its path and pydantic's description of it."""
    for name, field in model.model_fields.items():
        group = model_in(field.annotation)
        if group:
            yield from leaves(group, (*above, name))
        else:
            yield (*above, name), field


def variable(path: tuple[str, ...]) -> str:
    """Name of a field in the environment: `IOC_KAFKA_BOOTSTRAP`."""
    return "_".join(("IOC", *path)).upper()


def _known(path: tuple[str | int, ...]) -> list[str]:
    model: type[BaseModel] | None = Settings
    for step in path:
        field = model.model_fields.get(str(step)) if model else None
        model = model_in(field.annotation) if field else None
    return list(model.model_fields) if model else []


def _is_path(field: Any) -> bool:
    return field.annotation is Path or Path in get_args(field.annotation)


def _read(path: Path) -> tuple[dict[str, Any], str]:
    try:
        raw = path.read_bytes() if path.stat().st_size <= SIZE else None
    except OSError as error:
        raise ConfigMistakes([Mistake(file=str(path), code="unread", values={"why": error.strerror or ""})]) from None
    if raw is None:
        raise ConfigMistakes([Mistake(file=str(path), code="too_big", values={"limit": str(SIZE)})])
    try:
        text = raw.decode("utf-8")
        return tomllib.loads(text), text
    except UnicodeDecodeError:
        raise ConfigMistakes([Mistake(file=str(path), code="not_utf8")]) from None
    except tomllib.TOMLDecodeError as error:
        line = str(error).rpartition("(at line ")[2].partition(",")[0]
        at = int(line) if line.isdigit() else 0
        raise ConfigMistakes([Mistake(file=str(path), line=at, code="not_toml")]) from None


def _put(tree: dict[str, Any], path: tuple[str, ...], value: object) -> None:
    for step in path[:-1]:
        group = tree.get(step)
        tree[step] = tree = dict(group) if isinstance(group, Mapping) else {}
    tree[path[-1]] = value


def _get(tree: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    found: Any = tree
    for step in path:
        found = found.get(step) if isinstance(found, Mapping) else None
    return found


def _line(text: str, path: tuple[str | int, ...]) -> int:
    """The line of a key or of its table; 0 where the file spells it otherwise."""
    table = best = 0
    inside: tuple[str, ...] = ()
    names = tuple(str(step) for step in path)
    for number, row in enumerate(text.splitlines(), 1):
        bare = row.strip()
        if bare.startswith("[") and not bare.startswith("[["):
            inside = tuple(part.strip() for part in bare.strip("[] ").split("."))
            table = number if inside == names[: len(inside)] else 0
            best = table or best
        elif (inside == () or table) and (*inside, *(p.strip() for p in bare.partition("=")[0].split("."))) == names:
            return number
    return best


def load(path: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Read settings from `path`, else from the file that IOC_SETTINGS names, else defaults; then the environment.

    Raises ConfigMistakes with one sentence per mistake: unknown key (with the nearest known one), wrong value,
    impossible combination, a secret's file that is absent or that others can read.
    """
    environ = os.environ if environ is None else environ
    named = path or (Path(environ["IOC_SETTINGS"]) if environ.get("IOC_SETTINGS") else None)
    tree, text = _read(named) if named else ({}, "")
    fields = dict(leaves())
    if named:
        for leaf, field in fields.items():
            given = _get(tree, leaf)
            if _is_path(field) and isinstance(given, str):
                _put(tree, leaf, str(named.resolve().parent / given))
            elif _is_path(field) and isinstance(given, Mapping):
                _put(tree, leaf, {name: str(named.resolve().parent / str(one)) for name, one in given.items()})
    variables = {variable(leaf): leaf for leaf in fields}
    wrong = [
        Mistake(file=name, field=name, code="unknown_near" if near else "unknown", values={"near": near or ""})
        for name in sorted(environ)
        if name not in variables.keys() | OUTSIDE
        and any(name.startswith(f"{variable((group,))}_") for group in Settings.model_fields)
        for near in [nearest(name, variables)]
    ]
    for name, leaf in variables.items():
        if environ.get(name):
            _put(tree, leaf, environ[name])
    try:
        settings = Settings.model_validate(tree)
    except ValidationError as error:
        for loc, code, values in described(error, _known):
            name = variable(tuple(str(step) for step in loc))
            spoken = bool(environ.get(name))
            at = 0 if spoken else _line(text, loc)
            file = name if spoken else str(named or "IOC_*")
            wrong.append(Mistake(file=file, line=at, field=".".join(map(str, loc)), code=code, values=values))
        raise ConfigMistakes(wrong) from None
    for dotted, secret in settings.secret_files().items():
        code_ = judge_secret(secret)
        if code_:
            at = _line(text, tuple(dotted.split(".")))
            wrong.append(
                Mistake(
                    file=str(named or variable(tuple(dotted.split(".")))),
                    line=at,
                    field=dotted,
                    code=code_,
                    values={"path": str(secret)},
                )
            )
    if wrong:
        raise ConfigMistakes(wrong)
    return settings


def dump(settings: Settings) -> str:
    """Settings as TOML that `load` reads back to the same tree (paths made absolute); holds no secret."""
    groups: dict[str, list[str]] = {}
    for path, _ in leaves():
        value: Any = settings
        for step in path:
            value = getattr(value, step)
        if value is not None:
            groups.setdefault(".".join(path[:-1]), []).append(f"{path[-1]} = {_literal(value)}")
    parts = [("" if not name else f"[{name}]\n") + "\n".join(rows) + "\n" for name, rows in groups.items()]
    return "\n".join(parts)


def _literal(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_literal(str(name))} = {_literal(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_literal(one) for one in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    text = str(value.absolute()) if isinstance(value, Path) else str(value)
    # JSON's escapes are TOML's, but for DEL, which JSON leaves bare.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
