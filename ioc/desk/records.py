"""A file of the desk as people keep it, CSV or YAML, read into records that know their line.

CSV as spreadsheets write it here: comma or semicolon, with or without a byte order mark. YAML: lists of mappings below
the names that the file may have. Every value is text; a number without quotes in YAML is refused, because it loses its
plus sign or its first nought.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from ioc.alerts.fields import nearest
from ioc.alerts.mistake import Mistake, RuleMistakes
from ioc.alerts.plain_yaml import Stop, read
from ioc.events.envelope import clip

LARGEST: Final = 20_000
"""Records of one file."""
LONGEST: Final = 200
"""Characters of one value."""
Field = str | list[str]


class Record(NamedTuple):
    """One line of a table, or one entry of a list; `kind` is the list that it stands in."""

    kind: str
    line: int
    fields: Mapping[str, Field]

    def text(self, name: str) -> str:
        """A value as one line; empty where it is missing."""
        found = self.fields.get(name, "")
        return found if isinstance(found, str) else ""


class Reading:
    """Collects what is wrong with one file; `done` raises it all at once."""

    def __init__(self, file: str) -> None:
        self._file = file
        self.mistakes: list[Mistake] = []

    def wrong(self, line: int, field: str, code: str, **values: str) -> None:
        """Note one mistake (words `mistake.<code>`)."""
        known = {name: clip(value, 120) for name, value in values.items()}
        self.mistakes.append(Mistake(file=self._file, line=line, field=clip(field, 200), code=code, values=known))

    def done(self) -> None:
        """Raise RuleMistakes when anything was wrong."""
        if self.mistakes:
            raise RuleMistakes(sorted(self.mistakes, key=lambda one: (one.line, one.field, one.code)))

    def named(self, line: int, field: str, given: str, known: Sequence[str], code: str) -> bool:
        """Whether a name is among the known ones; notes it, with the nearest, where not."""
        if given in known:
            return True
        self.wrong(line, field, code, name=given, nearest=nearest(given, known) or "")
        return False

    def at(self, line: int, field: str, value: str, parse: Callable[[str], Any], code: str) -> Any:
        """What a value means; None, and a mistake, where `parse` raises ValueError."""
        try:
            return parse(value)
        except ValueError:
            self.wrong(line, field, code if value else "missing_key", value=value, name=field)
            return None


def records(reading: Reading, file: str, text: str, shape: Mapping[str, Sequence[str]]) -> list[Record]:
    """Every record of a file that ends in .csv, .yaml or .yml; `shape`: list -> its fields, the first list is CSV's."""
    if file.lower().endswith(".csv"):
        kind = next(iter(shape))
        found = list(_table(reading, text.removeprefix("\ufeff"), kind, shape[kind]))
    elif file.lower().endswith((".yaml", ".yml")):
        found = list(_lists(reading, text, shape))
    else:
        reading.wrong(1, "-", "list_suffix")
        found = []
    if len(found) > LARGEST:
        reading.wrong(found[LARGEST].line, "-", "too_many", limit=str(LARGEST))
    if not found and not reading.mistakes:
        reading.wrong(1, "-", "empty")
    return found[:LARGEST]


def _table(reading: Reading, text: str, kind: str, columns: Sequence[str]) -> Iterator[Record]:
    first = text.partition("\n")[0]
    rows = csv.reader(io.StringIO(text), delimiter=";" if ";" in first else ",")
    try:
        names = [name.strip() for name in next(rows, [])]
        for name in names:
            reading.named(1, name or "-", name, columns, "unknown_column")
        if len(set(names)) < len(names):
            reading.wrong(1, "-", "same_column")
        if reading.mistakes:
            return
        for row in rows:
            if not any(cell.strip() for cell in row):
                continue
            if len(row) > len(names):
                reading.wrong(rows.line_num, "-", "more_cells", count=str(len(row)), limit=str(len(names)))
                continue
            cells = {name: " ".join(clip(cell, LONGEST).split()) for name, cell in zip(names, row, strict=False)}
            yield Record(kind, rows.line_num, cells)
    except csv.Error as error:
        reading.wrong(rows.line_num, "-", "not_a_table", reason=str(error))


def _lists(reading: Reading, text: str, shape: Mapping[str, Sequence[str]]) -> Iterator[Record]:
    try:
        data, lines = read(text.removeprefix("\ufeff"))
    except Stop as stop:
        reading.wrong(stop.line, "-", stop.code, **stop.values)
        return
    if not isinstance(data, dict):
        reading.wrong(1, "-", "needs_list", name=next(iter(shape)))
        return
    for kind, entries in data.items():
        top = lines.get((kind,), 1)
        if not reading.named(top, kind, kind, list(shape), "unknown_key"):
            continue
        if not isinstance(entries, list):
            reading.wrong(top, kind, "needs_list", name=kind)
            continue
        for nth, entry in enumerate(entries):
            line = lines.get((kind, nth), top)
            field = f"{kind}.{nth + 1}"
            if not isinstance(entry, dict):
                reading.wrong(line, field, "needs_list", name=kind)
                continue
            yield Record(kind, line, dict(_fields(reading, lines, (kind, nth), entry, shape[kind])))


def _fields(
    reading: Reading, lines: Mapping[Any, int], at: tuple[str, int], entry: Mapping[str, Any], known: Sequence[str]
) -> Iterator[tuple[str, Field]]:
    for name, value in entry.items():
        line = lines.get((*at, name), lines.get(at, 1))
        field = f"{at[0]}.{at[1] + 1}.{name}"
        if not reading.named(line, field, name, known, "unknown_key"):
            continue
        if isinstance(value, str):
            yield name, " ".join(clip(value, LONGEST).split())
        elif isinstance(value, list) and all(isinstance(one, str) for one in value):
            yield name, [" ".join(clip(one, LONGEST).split()) for one in value]
        elif value is not None:
            reading.wrong(line, field, "quoted_text", value=str(value))
