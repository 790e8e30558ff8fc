"""Every shipped rule: well formed, in both languages, its numbers accounted for; one case that fires, one that does not."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ioc.alerts.engine import Engine
from ioc.alerts.parse import parse
from ioc.alerts.rule import Rule, RuleSet
from ioc.alerts.sentence import sentence
from ioc.alerts.stage import SOURCE
from ioc.catalogue import Expect
from ioc.events.domains import DOMAINS
from ioc.events.envelope import Location
from ioc.words import LANGS
from tests.alerts.timeline import Timeline, catalogue

FOLDER = Path(__file__).parents[2] / "config" / "rules"


@cache
def shipped() -> RuleSet:
    return parse({path.name: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.yaml"))})


PLAYED = [rule for rule in shipped().rules if rule.condition.moved_by != "signals"]
"""Rules over signals have no script of events: their cases stand beside them (config/rules/tests/near.yaml)."""
NAMES = [rule.id for rule in PLAYED]
Script = list[tuple[float, float | None, dict[str, Any]]]
"""(minute, value or None for a tick, other fields)."""


def steady(value: float, minutes: float = 31, **fields: Any) -> Script:
    return [(0, value, fields), (minutes, None, {})]


def air(quantity: str, **fields: Any) -> dict[str, Any]:
    return {"quantity": quantity, "unit": "ug/m3", **fields}


def sensed(quantity: str, unit: str, **fields: Any) -> dict[str, Any]:
    return {"quantity": quantity, "unit": unit, **fields}


def surge(count: int) -> Script:
    """An anomaly every two minutes, thirty an hour; then so many beside the hour's last twenty-seven."""
    odd = {"quantity": "anomaly"}
    usual: Script = [(2 * number, 1, odd) for number in range(81)]
    return [*usual, *((162 + number / 12, 1, odd) for number in range(count))]


def every(minutes: float, values: list[float], **fields: Any) -> Script:
    return [(place * minutes, value, fields) for place, value in enumerate(values)]


RIVER = sensed("water_level", "m")
OUTSIDE = {"location": Location(lat=10.8, lon=106.7)}
SMOKE = {"quantity": "object", "kind": "smoke", "phase": "update"}
GUESS = {"title": "ET SCAN Potential SSH Scan", "action": "blocked", "severity": "moderate"}
MOMENT = {"period_s": 3600}

# rule -> (severity, script that fires it, script that does not)
CASES: dict[str, tuple[str, Script, Script]] = {
    "hotspot-fire": ("severe", steady(38, 0), steady(38, 0, flags=("static_heat_source",))),
    "satellite-silent": ("minor", [(0, 1, {}), (10, None, {})], [(0, 1, {}), (9.98, None, {})]),
    "pm25-high": ("severe", steady(168, 30, **air("pm25")), steady(168, 29.98, **air("pm25"))),
    "pm10-high": ("moderate", steady(251, 30, **air("pm10")), steady(250, 31, **air("pm10"))),
    "so2-high": ("moderate", steady(351, 30, **air("so2")), steady(350, 31, **air("so2"))),
    "no2-high": ("moderate", steady(201, 30, **air("no2")), steady(200, 31, **air("no2"))),
    "o3-high": ("moderate", steady(201, 30, **air("o3")), steady(200, 31, **air("o3"))),
    "co-high": ("moderate", steady(30001, 30, **air("co")), steady(30000, 31, **air("co"))),
    "pm25-day": ("moderate", every(5, [45.1] * 216, **air("pm25", feed="stations")), every(5, [45.1] * 215, **air("pm25", feed="stations"))),
    "o3-eight-hours": ("moderate", every(5, [120.1] * 72, **air("o3", feed="stations")), every(5, [120.0] * 96, **air("o3", feed="stations"))),
    "river-rise": ("severe", every(10, [21.4, 21.7, 22.0, 22.4], **RIVER), every(10, [21.4, 21.5, 21.6, 21.7, 21.8, 21.89], **RIVER)),
    "heat": ("moderate", steady(37, 30, **sensed("temperature", "Cel")), steady(36.9, 31, **sensed("temperature", "Cel"))),
    "wind-strong": ("moderate", steady(17.2, 1, **sensed("wind_speed", "m/s")), steady(17.1, 9, **sensed("wind_speed", "m/s"))),
    "wind-gust": ("severe", steady(24.5, 0, **sensed("wind_gust", "m/s")), steady(17.1, 9, **sensed("wind_gust", "m/s"))),
    "rain-hour": ("severe", steady(51, 0, **sensed("rain", "mm", **MOMENT)), steady(29, 0, **sensed("rain", "mm", **MOMENT))),
    "rain-day": ("moderate", steady(51, 0, **sensed("rain", "mm")), steady(51, 0, **sensed("rain", "mm", **MOMENT))),
    "gia-bay-flood": (
        "extreme",
        steady(29.9, 5, **sensed("water_level", "m", source="kttv:gia-bay")),
        steady(29.9, 5, **sensed("water_level", "m", source="kttv:cho-moi")),
    ),
    "effluent-ph-low": ("moderate", steady(5.4, 30, **sensed("ph", "1")), steady(5.5, 31, **sensed("ph", "1"))),
    "effluent-ph-high": ("moderate", steady(9.1, 30, **sensed("ph", "1")), steady(9.0, 31, **sensed("ph", "1"))),
    "effluent-cod": ("severe", steady(301, 30, **sensed("cod", "mg/L")), steady(150, 31, **sensed("cod", "mg/L"))),
    "effluent-tss": ("moderate", steady(101, 30, **sensed("tss", "mg/L")), steady(100, 31, **sensed("tss", "mg/L"))),
    "station-silent": ("moderate", [(0, 1, {}), (40, None, {})], [(0, 1, {}), (9.98, None, {})]),
    "camera-fire-smoke": (
        "severe",
        [(minute, 0.7, SMOKE) for minute in (0, 1, 1.9)],
        [(minute, 0.7, SMOKE) for minute in (0, 1)] + [(1.5, 0.69, SMOKE)],
    ),
    "camera-offline": (
        "moderate",
        [(0, 1, {"kind": "offline"}), (2, None, {})],
        [(0, 1, {"kind": "offline"}), (1.98, 1, {"kind": "online"}), (9, None, {})],
    ),
    "camera-silent": ("minor", [(0, 1, {}), (10, None, {})], [(0, 1, {}), (9.98, None, {})]),
    "ids-severe": ("severe", steady(1, 0, severity="extreme"), steady(1, 0, severity="extreme", action="blocked")),
    "brute-force": (
        "severe",
        [(number / 10, 1, GUESS) for number in range(50)],
        [(number / 10, 1, GUESS) for number in range(49)],
    ),
    "ids-burst": (
        "moderate",
        [(number / 20, 1, {"severity": "minor"}) for number in range(100)],
        [(number / 20, 1, {"severity": "minor"}) for number in range(99)],
    ),
    "one-address-many-networks": (
        "severe",
        [(0, 1, {"source": "ids:a"}), (5, 1, {"source": "ids:b"}), (9.9, 1, {"source": "ids:c"})],
        [(0, 1, {"source": "ids:a"}), (5, 1, {"source": "ids:b"}), (10, 1, {"source": "ids:c"})],
    ),
    "rain-hour-missed": ("moderate", [(5, 1, {}), (200, None, {})], [(5, 1, {}), (79.98, None, {})]),
    "anomaly-surge": ("moderate", surge(63), surge(62)),
    "station-stuck": (
        "moderate",
        [(360 * number, 21.4, air("pm25")) for number in range(7)],
        [(72 * number - number / 60, 21.4, air("pm10")) for number in range(6)],
    ),
    "sensor-silent": ("moderate", [(0, 1, {}), (10, None, {})], [(0, 1, {}), (9.98, None, {})]),
    "watch": ("minor", steady(1, 0, **sensed("watch", "1")), steady(0, 1, **sensed("watch", "1"))),
}  # fmt: skip


def play(name: str, script: Script) -> list[tuple[str, str]]:
    """(change, severity) of this rule alone; every source is due each ten minutes, by the clock at each full hour."""
    source = next((fields["source"] for _, _, fields in script if "source" in fields), "s")
    rule = shipped().by_id[name]
    registry = catalogue(rule.domain, source)
    due = {"name": rule.where.get("feed", "tried"), "expect": Expect.model_validate({"every": "1h", "grace": "20m"})}
    registry = registry.model_copy(update={"feeds": (registry.feeds[0].model_copy(update=due),)})
    key = source if rule.stage == SOURCE else "198.51.100.7"
    line = Timeline(ruleset=RuleSet([rule]), registry=registry, source=key, stage=rule.stage)
    for minute, value, fields in script:
        line.at(minute)
        line.ticks() if value is None else line.reads(value, **fields)
    for one in line.transitions:
        assert all(sentence(one, lang) for lang in LANGS)
    return [(change, severity) for _, change, severity in line.told]


def test_every_rule_has_its_cases() -> None:
    assert sorted(CASES) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_it_fires(name: str) -> None:
    severity, fires, _ = CASES[name]

    assert play(name, fires)[-1] in {("fired", severity), ("raised", severity)}


@pytest.mark.parametrize("name", NAMES)
def test_it_does_not_fire(name: str) -> None:
    assert play(name, CASES[name][2]) == []


def test_a_hotspot_outside_the_province_or_of_low_confidence_is_none() -> None:
    assert play("hotspot-fire", steady(100, 0, **OUTSIDE)) == []
    assert play("hotspot-fire", steady(100, 0, confidence=0.2)) == []


@pytest.mark.parametrize("rule", shipped().rules, ids=lambda rule: rule.id)
def test_titles_steps_and_sources_are_there_for_people(rule: Rule) -> None:
    texts = [rule.title, rule.call, rule.owner, *rule.steps]

    for lang in LANGS:
        assert all(text.texts[lang].strip() == text.texts[lang] != "" for text in texts)
    assert rule.title.vi != rule.title.en
    assert 1 <= len(rule.steps) <= 7
    named = ("giá trị khởi đầu", "Quyết định", "QCVN", "phân cấp", "định nghĩa", "Bô-pho")
    assert any(word in rule.source_of_threshold for word in named)
    numbers = [level for level in rule.severities.values() if level.level is not None]
    assert rule.kind in ("match", "near") or len(numbers) == len(rule.severities)


@pytest.mark.parametrize(
    ("rule", "levels"),
    [
        ("pm25-high", {"severe": 150, "extreme": 250}),  # VN_AQI 200 and 300, Decision 1459/QD-TCMT table 2
        ("pm10-high", {"severe": 350, "extreme": 420}),
        ("so2-high", {"moderate": 350, "severe": 800, "extreme": 1600}),  # QCVN 05:2023 one hour, then VN_AQI
        ("no2-high", {"moderate": 200, "severe": 1200, "extreme": 2350}),
        ("o3-high", {"moderate": 200, "severe": 400, "extreme": 800}),
        ("co-high", {"moderate": 30000, "severe": 60000, "extreme": 90000}),
        (
            "pm25-day",
            {"moderate": 45, "severe": 90},
        ),  # QCVN 05:2023 table 1, 24 h since 2026; the second is a starting value
        ("o3-eight-hours", {"moderate": 120, "severe": 240}),  # QCVN 05:2023 table 1, 8 h
        ("gia-bay-flood", {"moderate": 25, "severe": 26, "extreme": 27}),  # alarm levels I-III
        ("heat", {"moderate": 37, "severe": 39}),
        ("wind-gust", {"moderate": 17.2, "severe": 24.5, "extreme": 32.7}),  # Beaufort 8, 10, 12
    ],
)
def test_levels_of_law_and_standard_stand_as_they_are_published(rule: str, levels: dict[str, float]) -> None:
    shown: dict[str, float | None] = {name: level.level for name, level in shipped().by_id[rule].severities.items()}

    assert {name: shown[name] for name in levels} == levels


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_domain_has_rules_and_misses_its_sources(domain: Any) -> None:
    engine = Engine(shipped(), catalogue(domain, "s"), domain)

    assert [name for name, _ in engine.expect()] == ["s"]
