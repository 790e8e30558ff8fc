"""Tests of rules: the short form, what is told of a case, and every mistake by its line."""

from __future__ import annotations

from typing import Any

import pytest

from ioc.alerts.mistake import RuleMistakes
from ioc.words import LANGS
from ioc.workshop.case import Expected, short, spelled
from ioc.workshop.rule_test import Result, cases, run, uncovered
from tests.workshop.made import ALL, rules

RULES = rules(*ALL)
HEAD = "tests:\n  - case: {vi: Trường hợp thử, en: A case}\n    rule: tried\n"


def played(body: str) -> Result:
    (written,) = cases({"a.yaml": HEAD + "".join(f"    {line}\n" for line in body.strip().splitlines())})
    return run(RULES, written)


def got(body: str) -> list[tuple[str, str, str]]:
    return [(spelled(one.at), one.change, one.severity) for one in played(body + "\nexpect: nothing").got]


@pytest.mark.parametrize(
    ("case", "body", "expected"),
    [
        ("a series is one event at each step", "every: 1m\nvalues: 90x6", [("5m", "fired", "moderate")]),
        ("a gap in a series is time without an event", "every: 1m\nvalues: 90 _x4 90", [("5m", "fired", "moderate")]),
        ("a series of one number", "every: 1m\nvalues: 90", []),
        ("short events", "events: [0m 90, 5m 90]", [("5m", "fired", "moderate")]),
        ("long events that repeat", "events:\n  - {at: 0m, value: 160, times: 6, every: 1m}", [("5m", "fired", "severe")]),
        ("time that runs out", "events: [0m 90]\nuntil: 5m", [("5m", "fired", "moderate")]),
        ("time that runs out just before", "events: [0m 90]\nuntil: 4m59s", []),
        ("fields common to all", "events: [0m 90]\nuntil: 9m\nfields: {quality: fault}", []),
        ("an event's own fields win", "events: [0m 90 quality=valid]\nuntil: 9m\nfields: {quality: fault}", [("5m", "fired", "moderate")]),
        ("what comes late is late", "events: [30m 10, {at: 31m, ago: 31m, value: 90}]\nuntil: 1h", []),
    ],
    ids=lambda one: one if isinstance(one, str) and "\n" not in one else "",
)  # fmt: skip
def test_what_a_case_plays(case: str, body: str, expected: list[tuple[str, str, str]]) -> None:
    assert got(body) == expected


def test_a_case_passes_only_with_exactly_what_was_expected() -> None:
    body = "events: [0m 90, 10m 10]\nuntil: 1h\nexpect: "
    assert played(body + "[5m fired moderate, 20m cleared moderate]").passed
    assert played(body + "[20m cleared moderate, 5m fired moderate]").passed, "the order of writing does not matter"
    assert played(body + "[5m fired moderate test:1, 20m cleared moderate]").passed
    for wrong in ("nothing", "[5m fired moderate]", "[6m fired moderate, 20m cleared moderate]",
                  "[5m fired severe, 20m cleared moderate]", "[5m fired moderate other, 20m cleared moderate]"):  # fmt: skip
        assert not played(body + wrong).passed


def test_the_time_of_day_is_that_here() -> None:
    result = played('start: "23:30"\nevents: [0m 90]\nuntil: 6m\nexpect: [5m fired moderate]')
    assert result.passed


WRONG: dict[str, tuple[str, int, str]] = {
    "expect: nothing at all": ("expect", 4, "expect"),
    "expect: [40m fired grave]": ("expect", 4, "expect"),
    "expect: [soon fired severe]": ("expect", 4, "expect"),
    "expect: []": ("expect", 4, "expect"),
    "expect: nothing\nvalues: 1x3": ("values", 5, "series_every"),
    "expect: nothing\nevents: [now]": ("events", 5, "short_event"),
    "expect: nothing\nevery: 5": ("every", 5, "duration"),
    "expect: nothing\nvalue: 90": ("value", 5, "unknown_key"),
    'expect: nothing\nstart: "25:00"': ("start", 5, "not_an_id"),
}


@pytest.mark.parametrize("body", WRONG)
def test_a_mistake_in_a_case_has_its_line_and_a_hint(body: str) -> None:
    field, line, code = WRONG[body]
    with pytest.raises(RuleMistakes) as caught:
        played(body)
    (found, *_) = caught.value.mistakes
    assert (found.file, found.line, found.code) == ("a.yaml", line, code)
    assert field in found.field
    assert all(found.hint(lang) for lang in LANGS)


PLAYED: dict[str, tuple[str, dict[str, Any]]] = {
    "every: 1m\nvalues: 90 high": ("series", {"token": "high"}),
    "every: 1m\nvalues: 90x0": ("series", {"token": "90x0"}),
    "every: 1m\nvalues: 90x999999999": ("series", {"token": "90x999999999"}),
    "events: [{at: 0m, times: 999999999}]": ("too_many", {}),
    "events: [{at: 0m, times: many}]": ("short_event", {}),
    "events: [{value: 90}]": ("short_event", {}),
    "events: [0m colour=red]": ("event_field", {"name": "colour"}),
    "events: [0m qualty=valid]": ("event_field", {"nearest": "quality"}),
    "events: [0m 1e12]": ("event_field", {"name": "value"}),
}


@pytest.mark.parametrize("body", PLAYED)
def test_events_that_cannot_be_are_mistakes_of_their_case(body: str) -> None:
    code, values = PLAYED[body]
    with pytest.raises(RuleMistakes) as caught:
        played(body + "\nexpect: nothing")
    (found,) = caught.value.mistakes
    assert (found.code, found.line) == (code, 2)
    assert values.items() <= found.values.items()
    assert all(found.hint(lang) for lang in LANGS)


def test_a_case_of_an_unknown_rule_names_the_nearest() -> None:
    (written,) = cases({"a.yaml": HEAD.replace("tried", "tryed") + "    expect: nothing\n"})
    with pytest.raises(RuleMistakes) as caught:
        run(RULES, written)
    assert caught.value.mistakes[0].values == {"name": "tryed", "nearest": "tried"}


def test_a_rule_without_a_case_of_either_sort_is_named() -> None:
    known = cases({"a.yaml": HEAD + "    expect: [5m fired severe]\n"})
    assert uncovered(RULES.rules, known) == [
        ("counted", "firing"), ("counted", "calm"), ("silent", "firing"), ("silent", "calm"), ("tried", "calm"),
    ]  # fmt: skip


def test_the_short_form_of_an_event() -> None:
    assert short("5m 0.7 kind=smoke title='a b'") == {"at": "5m", "value": "0.7", "kind": "smoke", "title": "a b"}
    assert short("0m") == {"at": "0m"}


@pytest.mark.parametrize(("seconds", "text"), [(0, "0s"), (5400, "1h30m"), (86461, "1d1m1s")])
def test_times_are_told_as_they_are_written(seconds: int, text: str) -> None:
    assert spelled(seconds) == text
    assert Expected(seconds, "fired", "minor").at == seconds
