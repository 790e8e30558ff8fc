from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ioc.alerts.mistake import RuleMistakes
from ioc.alerts.routing import Routing, group_key
from ioc.alerts.routing_file import parse_routing
from ioc.words import LANGS
from tests.desk.made import NOON, transition

SHIPPED = Path(__file__).parents[2] / "config" / "routing.yaml"
HOUR = 3_600_000
TEXT = """
duties: {officer: {vi: Trực ban, en: Officer}, lead: {vi: Trưởng ca, en: Lead}}
channels: {sms: gsm, zalo: internet}
areas: {forest: ["05818"]}
chains:
  short: {steps: [{after: 0s, tell: [officer], by: [sms]}]}
  long: {steps: [{after: 0s, tell: [officer], by: [sms]}, {after: 10m, tell: [lead], by: [zalo]}], repeat: 5m}
routes:
  - {id: sos, match: {rule: [sos*]}, chain: long, alone: true}
  - {id: worst, match: {severity: [extreme], certainty: [likely, observed]}, chain: long}
  - {id: night-forest, match: {domain: [hotspot], area: [forest], active: {hours: "18:00-06:00"}}, chain: long}
  - {id: one-commune, match: {commune: ["05443"], drill: false}, chain: long}
  - {id: rest, chain: short, group: {by: [rule, commune]}}
"""


def routing(text: str = TEXT) -> Routing:
    return parse_routing("routing.yaml", text, {"05818", "05443"})


@pytest.mark.parametrize(
    ("given", "hours", "wanted"),
    [
        ({"rule": "sos-phone", "severity": "minor"}, 0, "sos"),
        ({"severity": "extreme"}, 0, "worst"),
        ({"severity": "extreme", "certainty": "possible"}, 0, "rest"),
        ({}, 0, "rest"),
        ({}, 6, "night-forest"),
        ({"domain": "camera"}, 6, "rest"),
        ({"commune": None}, 6, "rest"),
        ({"commune": "05443"}, 0, "one-commune"),
        ({"commune": "05443", "drill": True}, 0, "rest"),
    ],
    ids=[
        "a rule by the beginning of its id",
        "a severity and one of several certainties",
        "another certainty falls through",
        "a forest fire by day is the last route's",
        "by night it has its own route",
        "another domain has not",
        "an alert without a place is in no area",
        "a commune by its code",
        "a drill where the route takes none",
    ],
)
def test_the_first_route_that_matches_takes_the_alert(given: dict[str, Any], hours: int, wanted: str) -> None:
    assert routing().route(transition(**given), NOON + hours * HOUR).id == wanted


def test_it_can_be_told_why_every_route_before_did_not_take_it() -> None:
    tries = routing().tries(transition(), NOON)

    assert [(one.route.id, one.failed) for one in tries] == [
        ("sos", "rule"),
        ("worst", "severity"),
        ("night-forest", "active"),
        ("one-commune", "commune"),
        ("rest", ""),
    ]


def test_groups_never_mix_a_drill_with_the_real_thing_and_alone_has_none() -> None:
    found = routing()
    rest, sos = found.by_id["rest"], found.by_id["sos"]

    assert group_key(rest, transition()) == "rest|hotspot-near-forest|05818"
    assert group_key(rest, transition(drill=True)) == "rest|D|hotspot-near-forest|05818"
    assert group_key(sos, transition(rule="sos-phone")) == ""


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "code"),
    [
        ("tell: [lead]", "tell: [laed]", 7, "chains.long.steps.2.tell.1", "unknown_duty"),
        ("by: [zalo]", "by: [viber]", 7, "chains.long.steps.2.by.1", "unknown_channel"),
        ("after: 10m", "after: 0s", 7, "chains.long.steps.2.after", "steps_not_rising"),
        ("after: 10m", "after: 10", 7, "chains.long.steps.2.after", "duration"),
        ("repeat: 5m", "times: 3", 7, "chains.long.times", "times_without_repeat"),
        ("chain: short, group", "chain: shrot, group", 13, "routes.5.chain", "unknown_chain"),
        ("area: [forest]", "area: [forrest]", 11, "routes.3.match.area.1", "unknown_area"),
        ('commune: ["05443"]', 'commune: ["05444"]', 12, "routes.4.match.commune.1", "unknown_commune"),
        ('["05818"]', '["99999"]', 4, "areas.forest.1", "unknown_commune"),
        ("id: worst", "id: sos", 10, "routes.2.id", "same_route"),
        ("match: {rule: [sos*]}, ", "", 10, "routes.2", "route_never_reached"),
        ("{id: rest,", "{id: rest, match: {domain: [camera]},", 13, "routes.5", "no_last_route"),
        ("alone: true", "alone: true, group: {by: [rule]}", 9, "routes.1.group", "group_of_alone"),
        ("18:00-06:00", "25:00-06:00", 11, "routes.3.match.active.hours", "hours"),
        ('hours: "18:00-06:00"', "holidays: only", 11, "routes.3.match.active.holidays", "no_holidays"),
        ("match: {severity", "match: {severty", 10, "routes.2.match.severty", "unknown_key"),
        ("drill: false", "drill: never", 12, "routes.4.match.drill", "wrong_type"),
        ("sms: gsm", "sms: radio", 3, "channels.sms", "one_of"),
        ("chain: long, alone", "alone", 9, "routes.1.chain", "missing_key"),
        ("areas: ", "areas: &a ", 4, "-", "no_anchors"),
    ],
)
def test_each_slip_is_named_with_its_line_and_field_in_both_languages(
    old: str, new: str, line: int, field: str, code: str
) -> None:
    text = TEXT.replace(old, new, 1)
    assert text != TEXT

    with pytest.raises(RuleMistakes) as caught:
        routing(text)

    assert (line, field, code) in [(one.line, one.field, one.code) for one in caught.value.mistakes]
    for one in caught.value.mistakes:
        assert all(one.hint(lang) for lang in LANGS)


def test_a_chain_that_no_route_takes_is_a_slip() -> None:
    with pytest.raises(RuleMistakes) as caught:
        routing(TEXT.replace("chain: short", "chain: long"))

    assert [(one.field, one.code) for one in caught.value.mistakes] == [("chains.short", "unused_chain")]


def test_every_slip_of_a_file_is_told_at_once() -> None:
    with pytest.raises(RuleMistakes) as caught:
        routing(TEXT.replace("[officer]", "[nobody]").replace("[zalo]", "[viber]"))

    assert len(caught.value.mistakes) == 3


def test_the_shipped_file_is_right_and_keeps_the_times_of_the_duty_rules() -> None:
    found = parse_routing("routing.yaml", SHIPPED.read_text(encoding="utf-8"))
    times = {
        severity: [one.after for one in found.chain(found.route(transition(severity=severity), NOON)).steps]
        for severity in ("extreme", "severe", "moderate")
    }

    assert times == {"extreme": [0, 600, 1200], "severe": [0, 1800, 3600], "moderate": [0, 7200]}
    assert [one.after for one in found.chain(found.route(transition(rule="sos"), NOON)).steps] == [0, 60, 120]
    assert found.route(transition(rule="sos"), NOON).alone
    assert found.file.limits.per_hour == 20
