"""A YAML file that people edit -> plain values that know their lines, or one mistake.

Only the plain part of YAML is taken: no anchors and aliases (the way a short file becomes a huge one), no tags (the
way a file becomes code), one document, bounded size and depth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from ioc.events.codec import DEPTH
from ioc.settings.mistake import ConfigMistakes, Mistake

SIZE = 1024 * 1024
"""Bytes; a catalogue of ten thousand sources stays below."""

Place = Sequence[str | int]
"""Where a value stands: keys and positions from the top."""


class Document:
    """One file's values, and the line of each."""

    def __init__(self, file: str, tree: Any) -> None:
        self.file = file
        self.tree = tree

    def line(self, path: Place) -> int:
        """Line (from 1) of the value at `path`, or of the nearest thing around it that the file has."""
        at, node = 1, self.tree
        for step in path:
            try:
                found = node.lc.data[step]
                node = node[step]
            except (AttributeError, KeyError, IndexError, TypeError):
                break
            at = found[0] + 1
        return at

    def mistake(self, path: Place, code: str, **values: str) -> Mistake:
        """A mistake at that place of this file."""
        return Mistake(file=self.file, line=self.line(path), field=dotted(path), code=code, values=values)


def dotted(path: Place) -> str:
    """`sources.2.title`, counting list entries from 1 as people do."""
    return ".".join(str(step + 1) if isinstance(step, int) else step for step in path)


def shown(path: Path) -> str:
    """The file's name as a person would type it from here."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def read_document(path: Path) -> Document:
    """Read one YAML file; raises ConfigMistakes with exactly one mistake."""
    file = shown(path)
    try:
        with path.open("rb") as stream:
            raw = stream.read(SIZE + 1)
    except OSError as error:
        raise ConfigMistakes([Mistake(file=file, code="unread", values={"why": error.strerror or ""})]) from None
    if len(raw) > SIZE:
        raise ConfigMistakes([Mistake(file=file, code="too_big", values={"limit": str(SIZE)})])
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise ConfigMistakes([Mistake(file=file, code="not_utf8")]) from None
    wrong = _unplain(file, text)
    if wrong:
        raise ConfigMistakes([wrong])
    return Document(file, YAML(typ="rt").load(text))


def _unplain(file: str, text: str) -> Mistake | None:
    """The first thing in the text that is no plain YAML."""
    depth = documents = 0
    yaml = YAML(typ="rt")
    try:
        for event in yaml.parse(text):
            line = event.start_mark.line + 1
            if isinstance(event, AliasEvent) or (isinstance(event, NodeEvent) and event.anchor):
                return Mistake(file=file, line=line, code="anchor")
            if getattr(event, "tag", None):
                return Mistake(file=file, line=line, code="tag")
            documents += isinstance(event, DocumentStartEvent)
            depth += isinstance(event, MappingStartEvent | SequenceStartEvent)
            depth -= isinstance(event, MappingEndEvent | SequenceEndEvent)
            if depth > DEPTH:
                return Mistake(file=file, line=line, code="too_deep", values={"limit": str(DEPTH)})
            if documents > 1:
                return Mistake(file=file, line=line, code="two_documents")
        if documents == 0:
            return Mistake(file=file, code="empty")
        YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        twice = "duplicate key" in str(error.problem)
        mark = error.problem_mark
        return Mistake(file=file, line=mark.line + 1 if mark else 0, code="twice" if twice else "not_yaml")
    except (YAMLError, ValueError, OverflowError):
        return Mistake(file=file, code="not_yaml")
    return None


def plain(node: Any) -> Any:
    """The same values in Python's own types."""
    if isinstance(node, Mapping):
        return {str(key): plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [plain(value) for value in node]
    if isinstance(node, bool) or node is None:
        return node
    for kind in (int, float, str):
        if isinstance(node, kind):
            return kind(node)
    return node
