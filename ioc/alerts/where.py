"""`where` is data, not code: which events a rule means, compiled once to closures.

    kind: offline                      the field equals the value
    kind: [fire, smoke]                one of them
    value: {at_least: 0.7}             above, at_least, below, at_most (numbers)
    title: {matches: "(?i)brute"}      a linear-time regular expression (RE2) found anywhere in the text
    commune: {within: province}        inside the province
    flags: {not: static_heat_source}   none of these
    period_s: {missing: true}          the sender did not say
    any: [{...}, {...}]                at least one of these

All fields must hold. A field the event does not have makes its condition false, `missing` excepted; for a list (flags,
zones) a value means "contains".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import re2

from ioc.alerts.fields import Readable, nearest, readable
from ioc.events.codec import Observed
from ioc.events.domains import Domain

Test = Callable[[Observed], bool]
Fields = Mapping[str, Readable]
Check = Callable[[Any], bool]

MAX_PATTERN: Final = 500
"""Characters of one regular expression."""
MAX_PROGRAM: Final = 2500
"""Steps that one regular expression may compile to. Time is linear in the text, and at worst in this too: the title of
an event (300 characters) then takes a few milliseconds. A class of all letters has a thousand, `a{0,1000}` two."""
MAX_LIST: Final = 1000
"""Values in one list."""
MAX_DEPTH: Final = 4
"""`any` within `any`."""
_REMEMBERED = 4096
"""Texts whose verdict one pattern remembers: signatures repeat, RE2 through Python costs microseconds."""

_NUMBER: Mapping[str, Callable[[float], Check]] = {
    "above": lambda limit: lambda value: value > limit,
    "at_least": lambda limit: lambda value: value >= limit,
    "below": lambda limit: lambda value: value < limit,
    "at_most": lambda limit: lambda value: value <= limit,
}
OPERATORS: Final = (*_NUMBER, "matches", "within", "not", "missing")
"""What may stand under a field."""


@dataclass(frozen=True)
class Slip:
    """One mistake in a `where`: the path below it, the code of `mistake.<code>`, and its values."""

    path: tuple[str | int, ...]
    code: str
    values: dict[str, str] = field(default_factory=dict)


def _pattern(text: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 20
    return re2.compile(text, options)


def slips(where: Mapping[str, Any], domain: Domain) -> Iterator[Slip]:
    """Everything wrong with a `where` of this domain; nothing where `compile_where` will take it."""
    return slips_among(where, readable(domain), domain)


def slips_among(where: Mapping[str, Any], known: Fields, kind: str, depth: int = 0) -> Iterator[Slip]:
    """The same over fields of another kind of record, which `kind` names to people."""
    for name, wanted in where.items():
        if name == "any":
            yield from _any_slips(wanted, known, kind, depth)
        elif name not in known:
            near = nearest(str(name), [*known, "any"])
            yield Slip((name,), "unknown_field", {"name": str(name), "domain": kind, "nearest": near})
        else:
            yield from _field_slips(known[name], wanted)


def _any_slips(wanted: Any, known: Fields, kind: str, depth: int) -> Iterator[Slip]:
    if depth >= MAX_DEPTH:
        yield Slip(("any",), "too_deep")
    elif not isinstance(wanted, list) or not wanted or not all(isinstance(one, dict) and one for one in wanted):
        yield Slip(("any",), "any_needs_list")
    else:
        for place, one in enumerate(wanted):
            for slip in slips_among(one, known, kind, depth + 1):
                yield Slip(("any", place, *slip.path), slip.code, slip.values)


def _field_slips(known: Readable, wanted: Any) -> Iterator[Slip]:
    if not isinstance(wanted, dict):
        yield from _value_slips(known, wanted, (known.name,))
        return
    if not wanted:
        yield Slip((known.name,), "empty_condition")
    for operator, given in wanted.items():
        path = (known.name, operator)
        if operator in OPERATORS:
            yield from _operator_slips(known, operator, given, path)
        else:
            yield Slip(path, "unknown_operator", {"name": str(operator), "nearest": nearest(str(operator), OPERATORS)})


def _operator_slips(known: Readable, operator: str, given: Any, path: tuple[str, ...]) -> Iterator[Slip]:
    if operator == "matches":
        yield from _pattern_slips(known, given, path)
    elif operator == "not":
        yield from _value_slips(known, given, path)
    elif operator == "within":
        if known.name != "commune" or given != "province":
            yield Slip(path, "within_province_only")
    elif operator == "missing":
        if given is not True:
            yield Slip(path, "missing_is_true")
    elif known.kind != "number":
        yield Slip(path, "not_a_number_field", {"name": known.name, "operator": operator})
    elif not _is_number(given):
        yield Slip(path, "needs_number")


def _pattern_slips(known: Readable, given: Any, path: tuple[str, ...]) -> Iterator[Slip]:
    if known.kind not in ("text", "texts") or not isinstance(given, str) or len(given) > MAX_PATTERN:
        yield Slip(path, "needs_pattern", {"limit": str(MAX_PATTERN)})
        return
    try:
        size = _pattern(given).programsize
    except re2.error as error:
        yield Slip(path, "bad_pattern", {"reason": str(error.args[0] if error.args else "")[:80]})
        return
    if size > MAX_PROGRAM:
        yield Slip(path, "large_pattern", {"size": str(size), "limit": str(MAX_PROGRAM)})


def _is_number(given: Any) -> bool:
    return isinstance(given, (int, float)) and not isinstance(given, bool) and abs(given) <= 1e12


def _value_slips(known: Readable, wanted: Any, path: tuple[str, ...]) -> Iterator[Slip]:
    values = wanted if isinstance(wanted, list) else [wanted]
    if not values or len(values) > MAX_LIST:
        yield Slip(path, "list_size", {"limit": str(MAX_LIST)})
    for value in values:
        if known.kind == "number":
            if not _is_number(value):
                yield Slip(path, "needs_number")
        elif known.kind == "truth":
            if not isinstance(value, bool):
                yield Slip(path, "needs_truth")
        elif not isinstance(value, str):
            yield Slip(path, "needs_text")
        elif known.choices and value not in known.choices:
            near = nearest(value, known.choices)
            yield Slip(path, "unknown_choice", {"name": known.name, "value": value, "nearest": near})


def compile_where(where: Mapping[str, Any], domain: Domain) -> Test | None:
    """A closure over one event, or None where nothing is asked. Takes only what `slips` has passed."""
    return compile_among(where, readable(domain))


def compile_among(where: Mapping[str, Any], known: Fields) -> Test | None:
    """The same over fields of another kind of record; takes only what `slips_among` has passed."""
    tests = [_any_of(wanted, known) if name == "any" else _field_test(known[name], wanted)
             for name, wanted in where.items()]  # fmt: skip
    if not tests:
        return None
    if len(tests) == 1:
        return tests[0]
    if len(tests) == 2:
        first, second = tests
        return lambda event: first(event) and second(event)
    whole = tuple(tests)

    def every(event: Observed) -> bool:
        for test in whole:  # noqa: SIM110 - all() over a generator costs three times as much here
            if not test(event):
                return False
        return True

    return every


def _any_of(wanted: list[Mapping[str, Any]], known: Fields) -> Test:
    tests = tuple(test for one in wanted if (test := compile_among(one, known)) is not None)

    def some(event: Observed) -> bool:
        for test in tests:  # noqa: SIM110 - see `every`
            if test(event):
                return True
        return False

    return some


def _field_test(known: Readable, wanted: Any) -> Test:
    read = known.read
    if not isinstance(wanted, dict):
        return _equals(known, wanted)
    checks: list[Check] = []
    for operator, given in wanted.items():
        if operator == "missing":
            checks.append(lambda value: value is None)
        elif operator == "not":
            checks.append(_negated(known, given))
        elif operator == "within":
            checks.append(lambda value: value is not None)
        elif operator == "matches":
            checks.append(_matching(known, given))
        else:
            checks.append(_present(_NUMBER[operator](given)))
    if len(checks) == 1:
        check = checks[0]
        return lambda event: check(read(event))
    return lambda event: all(check(read(event)) for check in checks)


def _present(check: Check) -> Check:
    return lambda value: value is not None and check(value)


def _equals(known: Readable, wanted: Any) -> Test:
    read = known.read
    values = frozenset(wanted) if isinstance(wanted, list) else frozenset((wanted,))
    if known.kind == "texts":
        return lambda event: not values.isdisjoint(read(event))
    if len(values) == 1:
        (one,) = values
        return lambda event: bool(read(event) == one)
    return lambda event: read(event) in values


def _negated(known: Readable, wanted: Any) -> Check:
    values = frozenset(wanted) if isinstance(wanted, list) else frozenset((wanted,))
    if known.kind == "texts":
        return values.isdisjoint
    return lambda value: value is not None and value not in values


def _matching(known: Readable, text: str) -> Check:
    search = _pattern(text).search
    verdicts: dict[str, bool] = {}

    def check(value: str | None) -> bool:
        if value is None:
            return False
        found = verdicts.get(value)
        if found is None:
            if len(verdicts) >= _REMEMBERED:
                verdicts.clear()
            found = verdicts[value] = search(value) is not None
        return found

    if known.kind == "texts":
        return lambda values: any(check(value) for value in values)
    return check
