"""The quiet day: no rule fires, every rule is nearly met three times, and any rule tightened by a tenth would fire."""

from __future__ import annotations

import copy
import json
import math
from functools import cache
from typing import Any

import pytest
from ruamel.yaml import YAML

from ioc.alerts.parse import parse
from ioc.alerts.rule import RuleSet
from ioc.catalogue import Catalogue
from ioc.embedded.province import World
from ioc.embedded.province.native import DAY, midnight
from ioc.embedded.scenarios import SCENARIOS
from ioc.events.domains import DOMAINS, Domain
from ioc.settings import shipped
from tests.embedded import near_misses, page
from tests.embedded.virtual import Heard, catalogue, hear, run, shipped_rules

BEGIN = midnight(1_778_700_000_000)
"""A day of May 2026, the month of the real station file."""
SEVERITIES = ("minor", "moderate", "severe", "extreme")


def _yaml() -> dict[str, dict[str, Any]]:
    read = YAML(typ="safe", pure=True)
    files = sorted(shipped("rules").glob("*.yaml"))
    return {rule["id"]: rule for path in files for rule in read.load(path.read_text(encoding="utf-8"))["rules"]}


ALL = _yaml()
ALERTING = {name: rule for name, rule in ALL.items() if rule.get("emit") != "watch"}
"""A rule that answers `ioc watch` tells nobody else, whatever the day is like."""
RULES = {name: rule for name, rule in ALERTING.items() if rule["condition"]["kind"] != "near"}
ACROSS = {name: rule for name, rule in ALERTING.items() if name not in RULES}
"""Rules over the alerts of two domains: on a day without alerts none of them can be nearly met, but for its sides."""


def numbers(rule: dict[str, Any]) -> list[str]:
    """What can be tightened in a rule."""
    if rule["condition"].get("period") == "schedule":
        return ["grace"]  # of the catalogue
    found = [] if rule["condition"]["kind"] == "match" else ["level"]
    if near_misses.seconds(rule.get("hold", "0s")):
        found = [*found, "hold"]
    return found or ["severity"]


def tightened(rule: dict[str, Any], number: str) -> RuleSet:
    """The rule alone, with one of its numbers a tenth easier to meet; whole numbers are rounded to the easier side.

    A rule without a number asks for a gravity: that one is lowered by one step.
    """
    rule = copy.deepcopy(rule)
    kind = rule["condition"]["kind"]
    if number == "hold":
        rule["hold"] = f"{math.floor(near_misses.seconds(rule['hold']) * 0.9)}s"
    for step in rule["severities"].values():
        if number == "level" and kind in ("count", "cardinality"):
            step["level"] = math.floor(step["level"] * 0.9)
            step["clear"] = min(step.get("clear", step["level"]), step["level"])
        elif number == "level":
            factor = 1.1 if rule["condition"].get("compare") in ("below", "at_most") else 0.9
            step.update({key: step[key] * factor for key in ("level", "clear") if key in step})
        elif number == "severity":
            asked = step["when"]["severity"]
            step["when"]["severity"] = SEVERITIES[SEVERITIES.index(asked) - 1]
    return parse({"tightened.yaml": json.dumps({"rules": [rule]})})


def impatient(name: str) -> Catalogue:
    """The catalogue, with a tenth less grace for what is due of that feed."""
    known = catalogue()
    feed = known.by_feed[name]
    assert feed.expect is not None
    expect = feed.expect.model_copy(update={"grace": math.floor(feed.expect.grace * 0.9)})
    feeds = tuple(one.model_copy(update={"expect": expect}) if one is feed else one for one in known.feeds)
    return known.model_copy(update={"feeds": feeds})


@cache
def heard(domain: Domain) -> Heard:
    """The day's events of one domain; read once, for it is the same day for every test."""
    return hear(World(1, SCENARIOS["quiet"].story(BEGIN)), domain, BEGIN, BEGIN + DAY)


@cache
def counted() -> dict[str, int]:
    """Near misses of every shipped rule."""
    return {name: near_misses.count(rule, heard(rule["domain"]).arrivals) for name, rule in RULES.items()}


@pytest.mark.parametrize("domain", DOMAINS)
def test_no_rule_fires_on_the_quiet_day(domain: Domain) -> None:
    told = run(shipped_rules(), domain, heard(domain).arrivals, BEGIN, BEGIN + DAY)
    assert [(one.rule, one.key, one.change, one.severity) for one in told] == []


@pytest.mark.parametrize("rule", ACROSS)
def test_a_rule_across_domains_asks_for_alerts_that_are_each_nearly_met(rule: str) -> None:
    """So where they begin to cry wolf, it is seen there; together they say nothing, for neither fires."""
    sides = [ALL[rule]["where"]["rule"], ALL[rule]["condition"]["with"]["where"]["rule"]]
    named = {name for side in sides for name in ([side] if isinstance(side, str) else side)}
    assert len(named) >= 2
    assert all(counted()[name] >= 3 for name in named)


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_nearly_met_at_least_three_times(rule: str) -> None:
    assert counted()[rule] >= 3


@pytest.mark.parametrize(
    ("rule", "number"), [(name, number) for name, rule in RULES.items() for number in numbers(rule)]
)
def test_a_rule_tightened_by_a_tenth_fires(rule: str, number: str) -> None:
    domain: Domain = RULES[rule]["domain"]
    registry = impatient(RULES[rule]["where"]["feed"]) if number == "grace" else None
    told = run(tightened(RULES[rule], number), domain, heard(domain).arrivals, BEGIN, BEGIN + DAY, registry)
    assert "fired" in {one.change for one in told}


@pytest.mark.parametrize("domain", DOMAINS)
def test_the_quiet_day_is_no_clean_day(domain: Domain) -> None:
    """Duplicates, broken and late records are among its records, and still nothing fires."""
    fates = {fate for counted in heard(domain).fates.values() for fate in counted}
    assert {"accepted", "duplicate"} <= fates
    assert domain == "hotspot" or "rejected" in fates


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.slow
def test_another_quiet_day_is_quiet_too(domain: Domain) -> None:
    seed = 2
    begin = BEGIN + seed * 97 * DAY
    story = SCENARIOS["quiet"].story(begin)
    told = run(
        shipped_rules(), domain, hear(World(seed, story), domain, begin, begin + DAY).arrivals, begin, begin + DAY
    )
    assert [(one.rule, one.key, one.change) for one in told] == []


def test_the_page_tells_this_day() -> None:
    assert page.quiet_section(counted()) in page.PATH.read_text(encoding="utf-8")
