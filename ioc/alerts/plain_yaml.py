"""YAML text -> plain lists and mappings, with the line on which each part stands.

Only plain YAML is taken: no anchors, aliases, tags or second documents, at most 1 MB a file. That leaves nothing that
could grow or run while it is read, and what is refused is refused where it stands, before anything is built from the
rest. The parser is libyaml's (a file of a megabyte in a tenth of a second; the pure one takes ten), scalars are read by
the core schema of YAML 1.2: `no`, `12:30` and `010` are what they look like.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import yaml

from ioc.events.envelope import clip

MAX_BYTES: Final = 1024 * 1024
"""One file of rules."""
MAX_NESTING: Final = 16
"""Lists and mappings within each other; a rule needs nine."""
MAX_DIGITS: Final = 300
"""Characters of one number."""

Path = tuple[str | int, ...]
"""Keys and places in lists, from the top of the file."""
_PARSER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SIMPLE: Final = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER: Final = re.compile(r"[-+]?[0-9]+", re.ASCII)
_BASED: Final = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+", re.ASCII)
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)
_SPECIAL: Final = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", re.ASCII)


class Stop(Exception):
    """The file cannot be read further: code, line from 1, values."""

    def __init__(self, code: str, line: int, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.line = line
        self.values = {key: clip(str(value), 120) for key, value in values.items()}


def read(text: str) -> tuple[Any, dict[Path, int]]:
    """What the text holds, and path -> line from 1; raises Stop where it is no plain YAML."""
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise Stop("file_too_large", 1, limit=MAX_BYTES // 1024)
    builder = _Builder(_events(text))
    try:
        return builder.document(), builder.lines
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = " ".join(str(error.problem or error.context or "").split())
        raise Stop("not_yaml", mark.line + 1 if mark is not None else 1, reason=reason) from error
    except yaml.YAMLError as error:
        position = getattr(error, "position", None)
        line = builder.line if position is None else _line_at(text, position)
        raise Stop("not_yaml", line, reason=getattr(error, "reason", "")) from error
    except UnicodeEncodeError as error:
        raise Stop("not_yaml", _line_at(text, error.start), reason=error.reason) from error


def _line_at(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def _events(text: str) -> Iterator[yaml.Event]:
    # Line by line, so that what stops the reading early costs no look at the rest.
    return iter(yaml.parse(text, Loader=_PARSER))


def _line(event: yaml.Event) -> int:
    return 1 if event.start_mark is None else event.start_mark.line + 1


class _Builder:
    """Builds while it reads; `lines` tells where each part stands, `line` how far it has come."""

    def __init__(self, events: Iterator[yaml.Event]) -> None:
        self._events = events
        self.lines: dict[Path, int] = {}
        self.line = 1

    def document(self) -> Any:
        """The one document; None where there is none."""
        found = None
        documents = 0
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise Stop("one_document", _line(event))
                found = self._node(self._next(), (), 0)
        return found

    def _next(self) -> yaml.Event:
        event = next(self._events)
        self.line = _line(event)
        if getattr(event, "anchor", None) is not None:
            raise Stop("no_anchors", self.line)
        tag = getattr(event, "tag", None)
        if tag is not None:
            raise Stop("no_tags", self.line, tag=tag)
        return event

    def _node(self, event: yaml.Event, path: Path, depth: int) -> Any:
        if isinstance(event, yaml.ScalarEvent):
            return _plain(event) if event.implicit[0] else event.value
        if depth >= MAX_NESTING:
            raise Stop("too_deep", self.line)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(path, depth + 1)
        return self._list(path, depth + 1)

    def _mapping(self, path: Path, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = _plain(event) if isinstance(event, yaml.ScalarEvent) and event.implicit[0] else None
            if isinstance(event, yaml.ScalarEvent) and not event.implicit[0]:
                key = event.value
            if not isinstance(key, str):
                raise Stop("key_is_text", self.line, name=getattr(event, "value", "[...]"))
            if key in found:
                raise Stop("not_yaml", self.line, reason=f"{key}: duplicate key")
            self.lines[*path, key] = self.line
            found[key] = self._node(self._next(), (*path, key), depth)
        return found

    def _list(self, path: Path, depth: int) -> list[Any]:
        found: list[Any] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            self.lines[*path, len(found)] = self.line
            found.append(self._node(event, (*path, len(found)), depth))
        return found


def _plain(event: yaml.ScalarEvent) -> Any:
    """An unquoted scalar by the core schema of YAML 1.2."""
    text = event.value
    if text in _SIMPLE:
        return _SIMPLE[text]
    if text[0] not in "+-.0123456789":
        return text
    if _INTEGER.fullmatch(text):
        return int(text) if len(text) <= MAX_DIGITS else _too_long(event)
    if _FLOAT.fullmatch(text):
        return float(text) if len(text) <= MAX_DIGITS else _too_long(event)
    if _BASED.fullmatch(text):
        return int(text, 0) if len(text) <= MAX_DIGITS else _too_long(event)
    if _SPECIAL.fullmatch(text):
        return float(text.replace(".", "", 1))
    return text


def _too_long(event: yaml.ScalarEvent) -> Any:
    raise Stop("not_yaml", _line(event), reason=f"a number of {len(event.value)} digits")
