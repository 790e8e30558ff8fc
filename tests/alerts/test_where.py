"""`where`: which events a rule means, and what is refused before it can mean anything."""

from __future__ import annotations

import time
from typing import Any

import pytest

from ioc.alerts.fields import readable
from ioc.alerts.where import compile_where, slips
from ioc.events.domains import DOMAINS, Domain
from ioc.events.envelope import Location
from tests.alerts.timeline import made

CASES: dict[str, tuple[Domain, dict[str, Any], dict[str, Any], bool]] = {
    "no condition means every event": ("camera", {}, {}, True),
    "a value equals": ("camera", {"kind": "offline"}, {"kind": "offline"}, True),
    "another value does not": ("camera", {"kind": "offline"}, {"kind": "online"}, False),
    "one of a list": ("camera", {"kind": ["fire", "smoke"]}, {"kind": "smoke"}, True),
    "none of a list": ("camera", {"kind": ["fire", "smoke"]}, {"kind": "person"}, False),
    "all fields must hold": ("camera", {"kind": "fire", "phase": "end"}, {"kind": "fire", "phase": "new"}, False),
    "above is strict": ("hotspot", {"confidence": {"above": 0.5}}, {"confidence": 0.5}, False),
    "at_least is not": ("hotspot", {"confidence": {"at_least": 0.5}}, {"confidence": 0.5}, True),
    "below is strict": ("hotspot", {"confidence": {"below": 0.5}}, {"confidence": 0.5}, False),
    "at_most is not": ("hotspot", {"confidence": {"at_most": 0.5}}, {"confidence": 0.5}, True),
    "between two bounds": ("hotspot", {"confidence": {"above": 0.5, "below": 0.9}}, {"confidence": 0.6}, True),
    "outside two bounds": ("hotspot", {"confidence": {"above": 0.5, "below": 0.9}}, {"confidence": 0.9}, False),
    "a missing number is not above": ("hotspot", {"brightness_k": {"above": 0}}, {}, False),
    "a missing number is not below": ("hotspot", {"brightness_k": {"below": 999}}, {}, False),
    "a missing text is not unlike": ("netsec", {"action": {"not": "blocked"}}, {"action": None}, False),
    "unlike another": ("netsec", {"action": {"not": "blocked"}}, {"action": "allowed"}, True),
    "missing can be asked for": ("hotspot", {"brightness_k": {"missing": True}}, {}, True),
    "what is there is not missing": ("hotspot", {"brightness_k": {"missing": True}}, {"brightness_k": 300.0}, False),
    "a list contains": ("hotspot", {"flags": "saturated"}, {"flags": ("saturated", "text_cut")}, True),
    "a list contains none": ("hotspot", {"flags": {"not": "static_heat_source"}}, {"flags": ("saturated",)}, True),
    "an empty list contains none": ("hotspot", {"flags": {"not": ["saturated", "text_cut"]}}, {}, True),
    "a list contains what is not wanted": ("hotspot", {"flags": {"not": "saturated"}}, {"flags": ("saturated",)}, False),
    "a zone of several": ("camera", {"zones": ["gate", "yard"]}, {"zones": ("yard",)}, True),
    "a zone by pattern": ("camera", {"zones": {"matches": "^ya"}}, {"zones": ("gate", "yard")}, True),
    "inside the province": ("hotspot", {"commune": {"within": "province"}}, {}, True),
    "outside the province": ("hotspot", {"commune": {"within": "province"}},
                             {"location": Location(lat=10.0, lon=106.0)}, False),
    "without a place": ("hotspot", {"commune": {"within": "province"}}, {"commune": "nowhere"}, False),
    "one commune": ("hotspot", {"commune": "05443"}, {}, True),
    "a latitude": ("hotspot", {"lat": {"above": 22}}, {}, False),
    "a pattern anywhere in the text": ("netsec", {"title": {"matches": "(?i)brute"}}, {"title": "SSH Brute Force"}, True),
    "a pattern in no text": ("netsec", {"title": {"matches": "x"}}, {"title": None}, False),
    "a truth": ("camera", {"stationary": True}, {"stationary": True}, True),
    "a drill by mark": ("camera", {"drill": False}, {}, True),
    "any of two, the second": ("netsec", {"any": [{"category": "a"}, {"title": "b"}]}, {"title": "b"}, True),
    "any of two, neither": ("netsec", {"any": [{"category": "a"}, {"title": "b"}]}, {"title": "c"}, False),
    "any and a field": ("netsec", {"severity": "extreme", "any": [{"title": "b"}]}, {"title": "b"}, False),
    "three fields": ("netsec", {"severity": "severe", "action": "allowed", "title": "b"}, {"title": "b"}, True),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_where(name: str) -> None:
    domain, where, fields, meant = CASES[name]

    assert list(slips(where, domain)) == []
    test = compile_where(where, domain)

    assert (test is None or test(made(domain, 0, **fields))) is meant


REFUSED: dict[str, tuple[Domain, dict[str, Any], str, str]] = {
    "a field of another domain": ("camera", {"satellite": "N"}, "unknown_field", ""),
    "a slip of the pen": ("hotspot", {"confidense": 1}, "unknown_field", "confidence"),
    "time is the engine's": ("camera", {"observed_at": "x"}, "unknown_field", ""),
    "an unknown operator": ("hotspot", {"confidence": {"abov": 1}}, "unknown_operator", "above"),
    "a number for a text": ("camera", {"kind": 5}, "needs_text", ""),
    "a text for a number": ("hotspot", {"confidence": {"above": "high"}}, "needs_number", ""),
    "a truth for a number": ("hotspot", {"confidence": True}, "needs_number", ""),
    "not a number": ("hotspot", {"confidence": {"above": float("nan")}}, "needs_number", ""),
    "a text for a truth": ("camera", {"stationary": "yes"}, "needs_truth", ""),
    "above for a text": ("camera", {"kind": {"above": 1}}, "not_a_number_field", ""),
    "a word that never comes": ("netsec", {"severity": "sever"}, "unknown_choice", "severe"),
    "a flag that never comes": ("hotspot", {"flags": {"not": "static_heat"}}, "unknown_choice", "static_heat_source"),
    "an empty list": ("camera", {"kind": []}, "list_size", ""),
    "an empty condition": ("camera", {"kind": {}}, "empty_condition", ""),
    "a broken pattern": ("netsec", {"title": {"matches": "("}}, "bad_pattern", ""),
    "a pattern that looks back": ("netsec", {"title": {"matches": r"(a)\1"}}, "bad_pattern", ""),
    "a pattern too long": ("netsec", {"title": {"matches": "a" * 501}}, "needs_pattern", ""),
    "a pattern that grows": ("netsec", {"title": {"matches": "((a{100}){100}){100}"}}, "bad_pattern", ""),
    "within anything else": ("hotspot", {"commune": {"within": "Hà Nội"}}, "within_province_only", ""),
    "any without a list": ("camera", {"any": {"kind": "a"}}, "any_needs_list", ""),
    "any of nothing": ("camera", {"any": [{}]}, "any_needs_list", ""),
    "any in any in any": (
        "camera",
        {"any": [{"any": [{"any": [{"any": [{"any": [{"kind": "a"}]}]}]}]}]},
        "too_deep",
        "",
    ),
    "missing is not false": ("hotspot", {"brightness_k": {"missing": False}}, "missing_is_true", ""),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    domain, where, code, nearest = REFUSED[name]

    found = list(slips(where, domain))

    assert [one.code for one in found] == [code]
    assert found[0].values.get("nearest", "") == nearest


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_domain_can_be_read_field_by_field(domain: Domain) -> None:
    event = made(domain, 0)
    fields = readable(domain)

    assert {"source", "feed", "value", "quantity", "commune", "flags", "drill"} <= set(fields)
    for field in fields.values():
        field.read(event)


EVIL = [
    "(a+)+$",
    "(a|aa)+$",
    "(a|a?)+$",
    "(.*a){20}$",
    "^(([a-z])+.)+[A-Z]([a-z])+$",
    "(x+x+)+y",
    "(.*)*=",
    "^(a?){50}a{50}$",
]


@pytest.mark.parametrize("pattern", EVIL)
def test_patterns_take_linear_time(pattern: str) -> None:
    where = {"title": {"matches": pattern}}
    if list(slips(where, "netsec")):
        return  # refused at load is an answer too
    test = compile_where(where, "netsec")
    assert test is not None
    event = made("netsec", 0, title="a" * 299 + "!")

    begin = time.perf_counter()
    test(event)

    assert time.perf_counter() - begin < 0.5  # a backtracking engine would take longer than the universe has


def test_a_pattern_remembers_a_bounded_number_of_texts() -> None:
    test = compile_where({"title": {"matches": "7$"}}, "netsec")
    assert test is not None

    hits = [test(made("netsec", 0, title=f"t{number}")) for number in range(200)]

    assert hits == [number % 10 == 7 for number in range(200)]
