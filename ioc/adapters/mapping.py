"""The walker of mapping tables: sender's field -> canonical field -> how it is read, with its unit.

Each format's file begins with its table; the walker reads one record by it and says, for each field that could not be
taken, which one (by the sender's name) and why. A refused field that the event needs refuses the record; any other is
left out and reported beside the event.
"""

from __future__ import annotations

import ipaddress
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from pydantic import ValidationError

from ioc.adapters.numbers import number
from ioc.adapters.refusal import Refusal, of, rejected
from ioc.events import Event, Rejected
from ioc.events.codec import problems
from ioc.events.envelope import clip

Reader = Callable[[Any], Any]
E = TypeVar("E", bound=Event)


class Field(NamedTuple):
    """One line of a mapping table.

    `theirs` is the sender's name: a column, or a dotted path in JSON; several where variants differ, first found wins.
    `unit` is the sender's, for the reader of the table. `need` refuses the record where the field is missing or bad.
    """

    ours: str
    theirs: str | tuple[str, ...]
    read: Reader = number
    unit: str = ""
    need: bool = False


class Walked(NamedTuple):
    """What a table made of one record; `fatal` where a needed field is among the faults."""

    values: dict[str, Any]
    faults: list[Rejected]
    fatal: bool


MISSING: Any = object()


def found(row: Mapping[str, Any], path: str) -> Any:
    """The value under a key, or under a dotted path of keys; MISSING where there is none (None counts as none)."""
    value = row.get(path, MISSING)
    if value is MISSING and "." in path:
        value = row
        for step in path.split("."):
            value = value.get(step, MISSING) if isinstance(value, Mapping) else MISSING
            if value is MISSING:
                return MISSING
    return MISSING if value is None else value


def walk(table: Iterable[Field], row: Mapping[str, Any], record: int) -> Walked:
    """Read one record by a table; an empty cell counts as a missing field."""
    values: dict[str, Any] = {}
    faults: list[Rejected] = []
    fatal = False
    for line in table:
        names = (line.theirs,) if isinstance(line.theirs, str) else line.theirs
        for name in names:
            given = found(row, name)
            if given is MISSING or (isinstance(given, str) and not given.strip()):
                continue
            try:
                values[line.ours] = line.read(given)
            except Refusal as refusal:
                faults.append(of(refusal, record, name, given))
                fatal = fatal or line.need
            break
        else:
            if line.need:
                faults.append(rejected(record, names[0], "missing"))
                fatal = True
    return Walked(values, faults, fatal)


def sender_names(table: Sequence[Field]) -> dict[str, str]:
    """Canonical field -> the sender's name for it."""
    return {line.ours: line.theirs if isinstance(line.theirs, str) else line.theirs[0] for line in table}


def build(model: type[E], record: int, names: Mapping[str, str], values: Mapping[str, Any]) -> E | list[Rejected]:
    """A validated event, or why the contract refuses it, by the sender's names where a field has one."""
    try:
        return model(**values)
    except ValidationError as error:
        return [
            Rejected(
                record=record,
                field=names.get(one.field, one.field),
                code=one.code,
                excerpt=one.excerpt,
                values=one.values,
            )
            for one in problems(error, record)
        ]


def text(limit: int) -> Reader:
    """Reader of text (numbers become text), NFC, trimmed, controls replaced, at most `limit` characters."""

    def read(given: Any) -> str:
        if isinstance(given, bool) or not isinstance(given, str | int | float):
            raise Refusal("wrong_type", wanted="text")
        return clip(unicodedata.normalize("NFC", str(given)[: 4 * limit].strip()), limit)

    return read


def cut(given: Any, limit: int) -> bool:
    """Whether `text(limit)` shortens what was given."""
    return isinstance(given, str) and len(unicodedata.normalize("NFC", given[: 8 * limit].strip())) > limit


def choice(options: Mapping[str, Any], *, fold: bool = False) -> Reader:
    """Reader of one of a few values (`fold`: in small letters); Refusal `unknown_value` names those known."""

    def read(given: Any) -> Any:
        plain = isinstance(given, str | int) and not isinstance(given, bool)
        key = str(given).strip() if plain else ""
        key = key.casefold() if fold else key
        if key not in options:
            raise Refusal("unknown_value", expected=", ".join(options))
        return options[key]

    return read


def flag(given: Any) -> bool:
    """Reader of a JSON boolean."""
    if not isinstance(given, bool):
        raise Refusal("wrong_type", wanted="true/false")
    return given


def address(given: Any) -> str:
    """Reader of an IP address, in its shortest form, so that one host has one spelling."""
    try:
        return str(ipaddress.ip_address(given.strip() if isinstance(given, str) else ""))
    except ValueError as error:
        raise Refusal("unknown_value", expected="IPv4, IPv6") from error
