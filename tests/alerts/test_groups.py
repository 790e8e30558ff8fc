"""Groups by a field beside the source: each its own matter, and never more of them than the rule allows."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from ioc.alerts.broken import RULE_OVERFLOW
from ioc.alerts.state import to_bytes
from ioc.words import LANGS, say
from tests.alerts.timeline import Timeline, rules

SCAN: dict[str, Any] = {
    "domain": "netsec", "quantity": [], "by": ["source", "src_ip"], "max_groups": 5,
    "condition": {"kind": "count", "window": "10m"}, "severities": {"minor": {"level": 2}},
}  # fmt: skip
SEEN: dict[str, Any] = {
    "domain": "camera", "quantity": [], "by": ["source", "kind"], "settle": "10m",
    "condition": {"kind": "match"}, "severities": {"minor": {}},
}  # fmt: skip


def test_each_value_is_a_matter_of_its_own() -> None:
    line = Timeline(SEEN).at(0).reads(kind="fire").at(1).reads(kind="smoke").at(2).reads(kind="fire").at(20).ticks()

    assert [(one.key, one.change) for one in line.transitions] == [
        ("s|fire", "fired"), ("s|smoke", "fired"), ("s|smoke", "cleared"), ("s|fire", "cleared"),
    ]  # fmt: skip
    assert line.state.groups == {}


def test_an_event_without_the_field_is_a_group_too() -> None:
    line = Timeline(SCAN).at(0).reads().reads()

    assert [one.key for one in line.transitions] == ["s|-"]


@pytest.mark.parametrize("domain", ["camera", "netsec"])
def test_a_value_with_bars_is_no_other_group(domain: str) -> None:
    field = {"camera": "kind", "netsec": "src_ip"}[domain]
    line = Timeline({**SEEN, "domain": domain, "by": ["source", field]}).at(0)
    for value in ("a|!", "a", "a~1!", "!", "a|"):
        said: dict[str, Any] = {field: value}
        line.reads(**said).reads(**said, drill=True)

    assert sorted((one.key, one.drill) for one in line.transitions) == sorted(
        (f"s|{value}", drill) for value in ("a|!", "a", "a~1!", "!", "a|") for drill in (False, True)
    )


def test_groups_beyond_the_limit_are_not_made_and_the_engine_says_so_once() -> None:
    line = Timeline(SCAN).at(0)
    for address in range(5):
        line.reads(src_ip=f"10.0.0.{address}").reads(src_ip=f"10.0.0.{address}")
    size = len(to_bytes(line.state))
    for address in range(5, 2_000):
        line.reads(src_ip=f"10.0.{address % 256}.{address}").reads(src_ip=f"10.0.{address % 256}.{address}")

    assert [(one.rule, one.key) for one in line.transitions if one.rule == "tried"] == [
        ("tried", f"s|10.0.0.{address}") for address in range(5)
    ]
    overflow = [one for one in line.transitions if one.rule == RULE_OVERFLOW]
    assert [(one.key, one.change, one.severity) for one in overflow] == [("s|tried", "fired", "moderate")]
    assert overflow[0].evidence[0].title == "tried: > 5"
    assert overflow[0].title == {lang: say("rule_overflow.title", lang) for lang in LANGS}
    assert line.state.memories[f"{RULE_OVERFLOW}|tried"].value == 2 * 1_995
    assert len(line.state.memories) == 6
    assert len(to_bytes(line.state)) < size + 1_000


def test_no_number_of_groups_grows_the_state() -> None:
    """As for a million: what the state holds after 200 values is what it holds after 3,000."""
    line = Timeline({**SCAN, "flap": {"opens": 2, "within": "1h"}}).at(0)
    numbers = count()
    sizes = []
    for minute in range(0, 300, 20):
        line.at(minute)
        for _ in range(200):
            line.reads(src_ip=f"a{next(numbers):07}")
        sizes.append(len(to_bytes(line.state)))
        assert line.state.groups == {"tried": 5}

    assert max(sizes) < sizes[1] + 200


def test_room_is_made_when_a_group_is_forgotten() -> None:
    line = Timeline({**SCAN, "max_groups": 1}).at(0).reads(src_ip="a").reads(src_ip="b").reads(src_ip="b")
    assert line.state.groups == {"tried": 1}

    line.at(11).reload().reads(src_ip="b").reads(src_ip="b")

    assert [(one.rule, one.key) for one in line.transitions] == [(RULE_OVERFLOW, "s|tried"), ("tried", "s|b")]


def test_the_engine_says_it_again_after_an_hour_of_peace() -> None:
    line = Timeline({**SCAN, "max_groups": 1}).at(0).reads(src_ip="a").reads(src_ip="b")
    line.at(61).ticks().reads(src_ip="a").reads(src_ip="b")

    assert [one.change for one in line.transitions] == ["fired", "cleared", "fired"]


def test_groups_are_counted_anew_under_other_rules() -> None:
    line = Timeline(SCAN).at(0).reads(src_ip="a").reads(src_ip="b")

    line.under(rules({**SCAN, "severities": {"minor": {"level": 9}}})).at(1).ticks()
    assert line.state.groups == {"tried": 2}

    line.under(rules({**SCAN, "by": ["source"]})).at(2).ticks()
    assert line.state.groups == {}


def test_a_calm_value_makes_no_group() -> None:
    line = Timeline({"by": ["source", "quantity"], "max_groups": 1}).at(0).reads(10)

    assert line.state.memories == {}
    assert line.state.groups == {}
