"""What the shipped rules over two domains make of the stories of the built-in province."""

from __future__ import annotations

import itertools

from ioc.alerts.alert import Transition
from ioc.alerts.sentence import sentence
from ioc.embedded.province.native import DAY
from ioc.workshop.across import across
from tests.embedded.told import told
from tests.embedded.virtual import shipped_rules


def found(scenario: str) -> list[Transition]:
    """What is told up to a day after the scenario's end."""
    story = told(scenario)
    end = max(one.clock for one in story.transitions) + DAY
    return sorted(across(shipped_rules(), story.transitions, end), key=lambda one: one.clock)


def test_the_forest_fire_is_seen_by_two_domains_at_once_and_its_all_clear_comes() -> None:
    fire = found("forest-fire")
    opened = next(one for one in fire if one.change == "fired")
    assert (opened.rule, opened.domain, opened.severity) == ("hotspot-near-smoke", "hotspot", "extreme")
    assert opened.key == opened.commune == "05818"
    assert {one.title for one in opened.evidence} >= {"firms:noaa21", "camera:la-bang-rung-01"}
    assert sentence(opened, "vi").startswith("Cách nơi “Camera thấy lửa hoặc khói” 1,")
    last = {
        key: list(group)[-1]
        for key, group in itertools.groupby(sorted(fire, key=lambda one: one.alert_id), lambda one: one.alert_id)
    }
    assert all(one.status == "resolved" for one in last.values())


def test_a_story_of_one_domain_says_nothing_across() -> None:
    assert found("brute-force") == []
