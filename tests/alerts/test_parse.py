"""Every mistake in a rule file is named with its line, its field and a hint; nothing in it can run or grow."""

from __future__ import annotations

import textwrap
import time

import pytest

from ioc.alerts.parse import Mistake, RuleMistakes, parse
from ioc.alerts.plain_yaml import MAX_BYTES
from ioc.words import LANGS

GOOD = textwrap.dedent("""\
    rules:
      - id: dust
        title: {vi: Bụi, en: Dust}
        domain: environment
        quantity: pm25
        condition: {kind: threshold, compare: above}
        severities:
          moderate: {level: 80, clear: 70}
          severe: {level: 150}
        certainty: observed
        hold: 30m
        settle: 1h
        steps:
          - {vi: Gọi, en: Call}
        call: {vi: "114", en: "114"}
        source_of_threshold: giá trị khởi đầu
        owner: {vi: IOC, en: IOC}
    """)
MATCH = "condition: {kind: match, when: {value: 1}, until: {value: 0}}"
NOW = {"severities:\n      moderate: {level: 80, clear: 70}\n      severe: {level: 150}": "severities: {severe: {}}"}

# name -> (text replaced, by what, line, field, code)
BAD: dict[str, tuple[str, str, int, str, str]] = {
    "an unknown key": ("hold: 30m", "holt: 30m", 11, "dust.holt", "unknown_key"),
    "a missing key": ("    certainty: observed\n", "", 2, "dust.certainty", "missing_key"),
    "a bare number for a duration": ("hold: 30m", "hold: 30", 11, "dust.hold", "duration"),
    "a duration without a unit known": ("hold: 30m", "hold: 30w", 11, "dust.hold", "duration"),
    "a duration beyond bounds": ("hold: 30m", "hold: 31d", 11, "dust.hold", "out_of_bounds"),
    "an unknown domain": ("domain: environment", "domain: air", 4, "dust.domain", "one_of"),
    "an unknown quantity": ("quantity: pm25", "quantity: pm2_5", 5, "dust.quantity", "unknown_quantity"),
    "an unknown kind": ("kind: threshold", "kind: treshold", 6, "dust.condition", "one_of"),
    "an unknown comparison": ("compare: above", "compare: over", 6, "dust.condition.compare", "one_of"),
    "an unknown severity": ("severe: {level: 150}", "grave: {level: 150}", 9, "dust.severities.grave", "one_of"),
    "a key of another kind": ("compare: above", "compare: above, until: 2m", 6, "dust.condition.until", "unknown_key"),
    "a clear level beyond the level": ("clear: 70", "clear: 90", 8, "dust.severities.moderate.clear", "clear_beyond_level"),
    "levels that do not rise": ("level: 150", "level: 80", 9, "dust.severities.severe.level", "levels_not_rising"),
    "a level that is no number": ("level: 150", "level: high", 9, "dust.severities.severe.level", "wrong_type"),
    "a level that is not finite": ("level: 150", "level: .inf", 9, "dust.severities.severe.level", "wrong_type"),
    "a level nothing can reach": ("level: 150", "level: 9000", 9, "dust.severities.severe.level", "implausible_level"),
    "no level at all": ("{level: 150}", "{}", 9, "dust.severities.severe", "missing_level"),
    "when in a threshold": ("{level: 150}", "{level: 150, when: {value: 1}}", 9, "dust.severities.severe.when", "not_for_kind"),
    "a grouping by two keys": ("quantity: pm25", "quantity: pm25\n    by: [commune, feed]", 6, "dust.by", "by"),
    "a grouping by a number": ("quantity: pm25", "quantity: pm25\n    by: [value]", 6, "dust.by.0", "by_field"),
    "a grouping by free text": ("quantity: pm25", "quantity: pm25\n    by: [source, title]", 6, "dust.by.1", "by_field"),
    "a field nobody sends": ("quantity: pm25", "quantity: pm25\n    where: {kind: fire}", 6, "dust.where.kind", "unknown_field"),
    "a title in one language": ("{vi: Bụi, en: Dust}", "{vi: Bụi}", 3, "dust.title.en", "missing_key"),
    "a title too long": ("{vi: Bụi,", f"{{vi: {'B' * 81},", 3, "dust.title.vi", "too_long"),
    "eight steps": ("- {vi: Gọi, en: Call}", "\n".join(["- {vi: Gọi, en: Call}"] + ["      - {vi: a, en: a}"] * 7),
                    13, "dust.steps", "too_many"),
    "no step": ("steps:\n      - {vi: Gọi, en: Call}", "steps: []", 13, "dust.steps", "empty"),
    "an id with a space": ("id: dust", "id: du st", 2, "du st.id", "not_an_id"),
    "an id that is a number": ("id: dust", "id: 5", 2, "rules.0.id", "wrong_type"),
    "a moment with a hold": ("compare: above", "compare: above, persists: false", 11, "dust.hold", "hold_of_moment"),
    "two quantities that last": ("quantity: pm25", "quantity: [pm25, pm10]", 5, "dust.quantity", "one_quantity"),
    "no quantity that lasts": ("    quantity: pm25\n", "", 2, "dust.quantity", "one_quantity"),
    "a key twice": ("hold: 30m", "hold: 30m\n    hold: 20m", 12, "-", "not_yaml"),
    "an anchor": ("{vi: IOC, en: IOC}", "&a {vi: IOC, en: IOC}", 17, "-", "no_anchors"),
    "a tag that makes objects": ("hold: 30m", "hold: !!python/object/apply:os.system [id]", 11, "-", "no_tags"),
    "a second document": ("rules:", "---\nrules: []\n---\nrules:", 3, "-", "one_document"),
    "a tab for an indent": ("    hold: 30m", "\thold: 30m", 11, "-", "not_yaml"),
    "a brace left open": ("{vi: Gọi, en: Call}", "{vi: Gọi, en: Call", 15, "-", "not_yaml"),
    "a control character": ("Bụi", "B\x07", 3, "-", "not_yaml"),
    "another key beside rules": ("rules:", "version: 1\nrules:", 1, "rules", "rules_list"),
    "a key that is a number": ("    hold: 30m", "    7: 30m", 11, "-", "key_is_text"),
    "a match with levels": ("condition: {kind: threshold, compare: above}", MATCH, 8, "dust.severities.moderate.level", "not_for_kind"),
    "an absence with a hold": ("condition: {kind: threshold, compare: above}", "condition: {kind: absence, period: lost}",
                               8, "dust.severities.moderate.clear", "not_for_kind"),
    "half a count": ("condition: {kind: threshold, compare: above}\n    severities:\n      moderate: {level: 80,",
                     "condition: {kind: count, window: 2m}\n    severities:\n      moderate: {level: 80.5,",
                     8, "dust.severities.moderate.level", "whole_number"),
    "a number of a thousand digits": ("level: 150", f"level: {'9' * 5000}", 9, "-", "not_yaml"),
}  # fmt: skip


def mistakes(text: str) -> list[Mistake]:
    with pytest.raises(RuleMistakes) as caught:
        parse({"dust.yaml": text})
    assert caught.value.values == {"count": len(caught.value.mistakes)}
    return caught.value.mistakes


def test_a_good_file_gives_its_rules() -> None:
    ruleset = parse({"dust.yaml": GOOD, "none.yaml": "rules: []"})

    rule = ruleset.by_id["dust"]
    assert (rule.hold, rule.settle, rule.quantity) == (1800, 3600, ("pm25",))
    assert list(rule.severities) == ["moderate", "severe"]


@pytest.mark.parametrize("name", BAD)
def test_one_mistake(name: str) -> None:
    old, new, line, field, code = BAD[name]
    assert old in GOOD

    found = mistakes(GOOD.replace(old, new, 1))

    assert (found[0].line, found[0].field, found[0].code) == (line, field, code)
    for lang in LANGS:
        assert len(found[0].hint(lang)) > 10
        assert "{" not in found[0].hint(lang).replace("{within", "")


def test_a_hint_names_the_nearest_known_word() -> None:
    (found,) = mistakes(GOOD.replace("hold: 30m", "holt: 30m"))

    assert found.hint("vi") == "Không biết khóa “holt”; có phải “hold”?"
    assert found.hint("en") == "The key “holt” is not known; did you mean “hold”?"


def test_all_mistakes_of_all_files_are_told_at_once_by_file_and_line() -> None:
    bad = GOOD.replace("level: 150", "level: 80").replace("30m", "30")
    other = GOOD.replace("dust", "other").replace("observed", "sure")

    with pytest.raises(RuleMistakes) as caught:
        parse({"b.yaml": bad, "a.yaml": other})

    assert [(one.file, one.line) for one in caught.value.mistakes] == [("a.yaml", 10), ("b.yaml", 11)]


def test_one_id_in_two_files_is_a_mistake_that_names_the_other() -> None:
    with pytest.raises(RuleMistakes) as caught:
        parse({"a.yaml": GOOD, "b.yaml": GOOD})

    (found,) = caught.value.mistakes
    assert (found.file, found.line, found.code, found.values["file"]) == ("b.yaml", 2, "same_id", "a.yaml")


BOMBS: dict[str, str] = {
    "aliases of aliases": "a: &a [x,x]\n" + "".join(f"a{i}: &a{i} [*a,*a]\n" for i in range(1000)),
    "a hundred thousand brackets": "rules: " + "[" * 100_000,
    "a hundred thousand braces": "rules: " + "{a: " * 100_000,
    "a file too large": "rules: []\n#" + "x" * MAX_BYTES,
    "noise": bytes(range(1, 256)).decode("latin-1"),
    "nothing": "",
    "a list": "- a",
    "half a surrogate": "rules: \ud800",
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_at_once(name: str) -> None:
    begin = time.perf_counter()

    found = mistakes(BOMBS[name])

    assert len(found) == 1
    assert time.perf_counter() - begin < 2


def test_the_set_is_the_same_whatever_the_order_of_files() -> None:
    other = GOOD.replace("id: dust", "id: other")

    assert parse({"a": GOOD, "b": other}).digest == parse({"b": GOOD, "a": other}).digest
    assert parse({"a": GOOD}).digest != parse({"a": GOOD.replace("80", "81")}).digest
