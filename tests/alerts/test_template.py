"""A template with its parameters is the rule that its instance would have been written out as."""

from __future__ import annotations

import textwrap

import pytest

from ioc.alerts.parse import RuleMistakes, parse
from ioc.words import LANGS

FILE = textwrap.dedent("""\
    templates:
      high:
        title: {vi: "${name} cao", en: "High ${name}"}
        domain: environment
        quantity: ${quantity}
        condition: {kind: threshold, compare: above}
        severities:
          moderate: {level: "${limit}", clear: "${clear}"}
        certainty: observed
        hold: ${hold}
        settle: 1h
        steps:
          - {vi: Gọi, en: Call}
        call: {vi: "114", en: "114"}
        source_of_threshold: giá trị khởi đầu
        owner: {vi: IOC, en: IOC}
    rules:
      - use: high
        id: pm25
        with:
          name: PM2.5
          quantity: pm25
          limit: 80
          clear: 70
          hold: 30m
      - use: high
        id: pm10
        with: {name: PM10, quantity: pm10, limit: 250, clear: 220, hold: 30m}
        settle: 2h
        severities: {severe: {level: 350}}
    """)


def test_two_instances_are_two_rules() -> None:
    dust, coarse = parse({"a.yaml": FILE}).rules[::-1]

    assert (dust.id, dust.title.vi, dust.quantity, dust.hold) == ("pm25", "PM2.5 cao", ("pm25",), 1800)
    assert (dust.severities["moderate"].level, dust.severities["moderate"].clear) == (80, 70)
    assert (coarse.id, coarse.settle, coarse.title.en) == ("pm10", 7200, "High PM10")
    assert list(coarse.severities) == ["severe"]


def test_an_instance_is_the_rule_written_out() -> None:
    written = FILE[FILE.index("    title:") : FILE.index("rules:")]
    for name, value in {
        "name": "PM2.5",
        "quantity": "pm25",
        '"${limit}"': "80",
        '"${clear}"': "70",
        "hold": "30m",
    }.items():
        written = written.replace(name if "$" in name else f"${{{name}}}", value)

    (alone,) = parse({"a.yaml": "rules:\n  - id: pm25\n" + textwrap.indent(textwrap.dedent(written), "    ")}).rules

    assert alone == parse({"a.yaml": FILE}).by_id["pm25"]
    assert alone.version == parse({"a.yaml": FILE}).by_id["pm25"].version


# name -> (text replaced, by what, line, field, code)
BAD: dict[str, tuple[str, str, int, str, str]] = {
    "an unknown template": ("use: high\n    id: pm25", "use: hihg\n    id: pm25", 18, "pm25.use", "unknown_template"),
    "a parameter left out": ("      hold: 30m\n", "", 20, "pm25.with", "missing_param"),
    "a parameter nobody reads": ("hold: 30m\n", "hold: 30m\n      limt: 5\n", 26, "pm25.with.limt", "unknown_param"),
    "a parameter of the wrong type": ("limit: 80", "limit: high", 23, "pm25.severities.moderate.level", "wrong_type"),
    "a parameter beyond its level": ("clear: 70", "clear: 90", 24, "pm25.severities.moderate.clear", "clear_beyond_level"),
    "a unknown quantity as parameter": ("quantity: pm25", "quantity: pm26", 22, "pm25.quantity", "unknown_quantity"),
    "a bare number as duration": ("      hold: 30m\n", "      hold: 30\n", 25, "pm25.hold", "duration"),
    "a parameter that is a mapping": ("name: PM2.5", "name: {vi: PM}", 21, "pm25.with.name", "param_value"),
    "a list within a text": ("name: PM2.5", "name: [PM]", 21, "pm25.with.name", "param_value"),
    "parameters as a list": ("with: {name: PM10, quantity: pm10, limit: 250, clear: 220, hold: 30m}", "with: [1]", 28,
                             "pm10.with", "params_named"),
    "an unknown key in the template": ("    certainty: observed", "    certain: observed", 9, "pm25.certain", "unknown_key"),
    "a template within a template": ("    settle: 1h", "    use: high", 11, "templates.high.use", "nested_template"),
    "a template that is no mapping": ("rules:\n", "  low: 5\nrules:\n", 17, "templates.low", "templates_named"),
    "parameters without a template": ("  - use: high\n    id: pm25\n", "  - id: pm25\n", 19, "pm25.with", "unknown_key"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_every_mistake_is_named_where_a_person_can_mend_it(name: str) -> None:
    old, new, line, field, code = BAD[name]
    assert old in FILE

    with pytest.raises(RuleMistakes) as caught:
        parse({"a.yaml": FILE.replace(old, new, 1)})

    found = [(one.line, one.field, one.code) for one in caught.value.mistakes]
    assert (line, field, code) in found, found
    assert all(one.hint(lang) for one in caught.value.mistakes for lang in LANGS)


def test_templates_as_a_list_have_no_names() -> None:
    with pytest.raises(RuleMistakes) as caught:
        parse({"a.yaml": "templates: []\nrules: []\n"})

    assert [(one.line, one.field, one.code) for one in caught.value.mistakes] == [(1, "templates", "templates_named")]


def test_templates_that_grow_too_far_are_refused() -> None:
    long = "x" * 100_000
    text = FILE.replace("giá trị khởi đầu", long)
    instance = FILE[FILE.index("  - use: high") : FILE.index("  - use: high\n    id: pm10")]
    text = (
        text[: text.index("rules:")]
        + "rules:\n"
        + "".join(instance.replace("pm25\n    with", f"r{n}\n    with") for n in range(200))
    )

    with pytest.raises(RuleMistakes) as caught:
        parse({"a.yaml": text})

    assert "expands_too_far" in {one.code for one in caught.value.mistakes}


def test_a_parameter_repeated_a_thousand_times_is_refused_before_it_is_written() -> None:
    text = FILE.replace("giá trị khởi đầu", "${name}" * 2_000).replace("name: PM2.5", "name: " + "x" * 100_000)

    with pytest.raises(RuleMistakes) as caught:
        parse({"a.yaml": text})

    assert "expands_too_far" in {one.code for one in caught.value.mistakes}
