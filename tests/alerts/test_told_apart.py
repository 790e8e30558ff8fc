"""What a transition carries of its rule's surroundings: trial, signal, parents, the key it is muted under."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ioc.alerts.alert import Parent, decode, encode
from ioc.alerts.parse import RuleMistakes, parse
from ioc.words import LANGS
from tests.alerts.timeline import RULE, Timeline, rules

HIGH, LOW = 90, 10


def test_a_rule_on_trial_marks_all_it_tells() -> None:
    line = Timeline({"shadow": True}).at(0).reads(HIGH).at(1).reads(LOW)

    assert [one.shadow for one in line.transitions] == [True, True]


def test_promotion_keeps_the_memory_and_the_alert_goes_on() -> None:
    line = Timeline({"shadow": True, "hold": "30m"}).at(0).reads(HIGH).at(20).reads(HIGH)
    held = line.state.memories["tried"].since

    line.under(rules({"hold": "30m"})).at(25).reads(HIGH)
    assert line.state.memories["tried"].since == held
    line.at(31).reads(HIGH)

    assert line.told == [(30, "fired", "moderate")]
    assert not line.last.shadow


def test_a_promoted_alert_keeps_its_id_and_counts_on() -> None:
    line = Timeline({"shadow": True}).at(0).reads(HIGH)

    line.under(rules({})).at(1).reads(200).at(2).reads(LOW)

    assert [(one.change, one.revision, one.shadow) for one in line.transitions] == [
        ("fired", 1, True), ("raised", 2, False), ("cleared", 3, False),
    ]  # fmt: skip
    assert len({one.alert_id for one in line.transitions}) == 1


def test_a_trial_is_not_part_of_a_rules_shape() -> None:
    alone = rules({}).rules[0]
    for change in ({"shadow": True}, {"emit": "signal"}, {"flap": {"opens": 3, "within": "1h"}},
                   {"active": {"hours": "22:00-05:00"}}, {"max_groups": 7}, {"suppression_key": ["rule"]}):  # fmt: skip
        assert rules(change).rules[0].shape == alone.shape
        assert rules(change).rules[0].version != alone.version


def test_a_signal_stays_one_until_it_ends() -> None:
    line = Timeline({"emit": "signal"}).at(0).reads(HIGH).under(rules({})).at(1).reads(LOW).at(2).reads(HIGH)

    assert [one.emit for one in line.transitions] == ["signal", "signal", "alert"]


def test_an_alert_that_people_saw_begin_is_seen_to_end() -> None:
    line = Timeline().at(0).reads(HIGH).under(rules({"emit": "signal"})).at(1).reads(LOW)

    assert [one.emit for one in line.transitions] == ["alert", "alert"]


def test_parents_and_key_travel_with_the_alert() -> None:
    other = {"id": "power-cut"}
    line = Timeline(
        {"inhibited_by": [{"rule": "power-cut", "same": "commune"}], "suppression_key": ["rule", "key"]}, other
    )
    told = line.at(0).reads(HIGH).transitions[1]

    assert told.inhibited_by == (Parent(rule="power-cut", same="commune"),)
    assert told.suppression_key == ("rule", "key")
    assert decode(encode(told)) == told


def test_what_was_stored_before_reads_as_ever() -> None:
    told = Timeline().at(0).reads(HIGH).last

    raw = encode(told)

    for name in (b"shadow", b"flapping", b"emit", b"suppression_key", b"inhibited_by"):
        assert name not in raw


BAD: dict[str, tuple[dict[str, Any], str, str]] = {
    "a parent nobody knows": ({"inhibited_by": [{"rule": "powercut", "same": "source"}]},
                              "inhibited_by.0.rule", "unknown_parent"),
    "its own parent": ({"inhibited_by": [{"rule": "tried", "same": "source"}]}, "inhibited_by.0.rule", "own_parent"),
    "a parent by what nobody shares": ({"inhibited_by": [{"rule": "power-cut", "same": "owner"}]},
                                       "inhibited_by.0.same", "one_of"),
    "an unknown part of the key": ({"suppression_key": ["ward"]}, "suppression_key.0", "one_of"),
    "an unknown way to tell": ({"emit": "siren"}, "emit", "one_of"),
    "a trial that is no yes or no": ({"shadow": "maybe"}, "shadow", "wrong_type"),
    "one opening is no flapping": ({"flap": {"opens": 1, "within": "1h"}}, "flap.opens", "out_of_bounds"),
    "flapping without a span": ({"flap": {"opens": 3}}, "flap.within", "missing_key"),
    "flapping within a bare number": ({"flap": {"opens": 3, "within": 60}}, "flap.within", "duration"),
    "an unknown key in flap": ({"flap": {"opens": 3, "within": "1h", "withn": "1h"}}, "flap.withn", "unknown_key"),
    "hours that are none": ({"active": {"hours": "22-05"}}, "active.hours", "hours"),
    "an empty active": ({"active": {}}, "active", "empty_condition"),
    "a day nobody knows": ({"active": {"days": ["monday"]}}, "active.days.0", "one_of"),
    "holidays without a list": ({"active": {"holidays": "never"}}, "active.holidays", "no_holidays"),
    "an unknown key in active": ({"active": {"day": ["mon"]}}, "active.day", "unknown_key"),
    "no group at all": ({"max_groups": 0}, "max_groups", "out_of_bounds"),
    "more groups than a state can hold": ({"max_groups": 1_000_000}, "max_groups", "out_of_bounds"),
    "a group by a number": ({"by": ["source", "value"]}, "by.1", "by_field"),
    "a silence that flaps": ({"quantity": [], "condition": {"kind": "absence", "period": "lost"},
                              "severities": {"minor": {"level": 1}}, "flap": {"opens": 3, "within": "1h"}},
                             "flap", "not_for_kind"),
    "a silence with hours": ({"quantity": [], "condition": {"kind": "absence", "period": "lost"},
                              "severities": {"minor": {"level": 1}}, "active": {"hours": "22:00-05:00"}},
                             "active", "not_for_kind"),
    "an id of the engine's own": ({"id": "rule-overflow"}, "id", "reserved_id"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_every_mistake_is_named_with_its_line(name: str) -> None:
    change, field, code = BAD[name]
    rule = {**RULE, **change}
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in rule.items()]
    other = json.dumps({**RULE, "id": "power-cut"}, ensure_ascii=False)
    text = f"rules:\n  - {other}\n  - " + "\n    ".join(lines)

    with pytest.raises(RuleMistakes) as caught:
        parse({"a.yaml": text})

    (found,) = caught.value.mistakes
    assert (found.field, found.code) == (f"{rule['id']}.{field}", code)
    if code == "unknown_key":
        assert found.values["nearest"] in ("within", "days")
    assert found.line == 3 + list(rule).index(field.partition(".")[0])
    assert all(found.hint(lang) for lang in LANGS)
