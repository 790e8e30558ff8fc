"""YAML text -> plain lists and mappings, with the line on which each part stands.

Only plain YAML is taken: no anchors, aliases, tags or second documents, at most 1 MB a file. That leaves nothing that
could grow or run while it is read.
"""

from __future__ import annotations

from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from ioc.events.envelope import clip

MAX_BYTES: Final = 1024 * 1024
"""One file of rules."""
MAX_NESTING: Final = 16
"""Lists and mappings within each other; a rule needs nine."""

Path = tuple[str | int, ...]
"""Keys and places in lists, from the top of the file."""


class Stop(Exception):
    """The file cannot be read further: code, line from 1, values."""

    def __init__(self, code: str, line: int, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.line = line
        self.values = {key: clip(str(value), 120) for key, value in values.items()}


def read(text: str) -> tuple[Any, dict[Path, int]]:
    """What the text holds, and path -> line from 1; raises Stop where it is no plain YAML."""
    lines: dict[Path, int] = {}
    return _plain(_load(text), (), lines), lines


def _plain(node: Any, path: Path, lines: dict[Path, int]) -> Any:
    """Plain lists and mappings out of the loader's, noting on which line each part stands."""
    if isinstance(node, CommentedMap):
        for key in node:
            if not isinstance(key, str):
                raise Stop("key_is_text", node.lc.line + 1, name=key)
            lines[(*path, key)] = node.lc.key(key)[0] + 1 if key in node.lc.data else node.lc.line + 1
        return {str(key): _plain(value, (*path, str(key)), lines) for key, value in node.items()}
    if isinstance(node, CommentedSeq):
        for place in range(len(node)):
            lines[(*path, place)] = node.lc.item(place)[0] + 1
        return [_plain(value, (*path, place), lines) for place, value in enumerate(node)]
    if isinstance(node, float):
        return float(node)
    return str(node) if isinstance(node, str) else node


def _load(text: str) -> Any:
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        raise Stop("file_too_large", 1, limit=MAX_BYTES // 1024)
    try:
        _guard(text)
        return YAML(typ="rt", pure=True).load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = " ".join(str(error.problem or error.context or "").split())
        raise Stop("not_yaml", mark.line + 1 if mark is not None else 1, reason=reason) from error
    except (YAMLError, ValueError) as error:
        position = getattr(error, "position", 0)
        line = text.count("\n", 0, position) + 1 if isinstance(position, int) else 1
        raise Stop("not_yaml", line, reason=getattr(error, "reason", "")) from error


def _guard(text: str) -> None:
    """Refuse what plain rules never need, before anything is built from it."""
    depth = documents = 0
    for event in YAML(typ="safe", pure=True).parse(text):
        line = event.start_mark.line + 1
        kind = event.__class__.__name__
        if getattr(event, "anchor", None) is not None:
            raise Stop("no_anchors", line)
        if getattr(event, "tag", None) is not None:
            raise Stop("no_tags", line, tag=event.tag)
        if kind in ("MappingStartEvent", "SequenceStartEvent"):
            depth += 1
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            depth -= 1
        documents += kind == "DocumentStartEvent"
        if depth > MAX_NESTING:
            raise Stop("too_deep", line)
        if documents > 1:
            raise Stop("one_document", line)
