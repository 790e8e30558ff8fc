"""Errors as sentences: every mistake in both languages, and what ended a task group."""

from __future__ import annotations

import pytest

from ioc.alerts.parse import RuleMistakes, parse
from ioc.errors import IocError, Permanent, Retryable
from ioc.runtime.explain import expected, explain
from ioc.settings import ConfigMistakes, Mistake
from ioc.words import LANGS, Lang

TWO_MISTAKES = "rules:\n  - id: a\n    titel: x\n  - id: b\n    domain: sea\n"


@pytest.mark.parametrize("lang", LANGS)
def test_every_mistake_of_a_configuration_is_told(lang: Lang) -> None:
    error = ConfigMistakes([Mistake(file="a.toml", line=3, code="empty"), Mistake(file="b.toml", code="not_utf8")])

    lines = explain(error, lang).splitlines()

    assert len(lines) == 2
    assert lines[0].startswith("a.toml, dòng 3: " if lang == "vi" else "a.toml, line 3: ")
    assert lines[1].startswith("b.toml: ")


@pytest.mark.parametrize("lang", LANGS)
def test_every_mistake_in_rules_has_its_file_line_and_hint(lang: Lang) -> None:
    with pytest.raises(RuleMistakes) as caught:
        parse({"fire.yaml": TWO_MISTAKES})

    lines = explain(caught.value, lang).splitlines()

    assert len(lines) == len(caught.value.mistakes) > 1
    for line, mistake in zip(lines, caught.value.mistakes, strict=True):
        assert line.startswith(f"fire.yaml, {'dòng' if lang == 'vi' else 'line'} {mistake.line}: ")
        assert line.endswith(mistake.hint(lang))


FOREVER, LATER = Permanent("port_taken", port=1, host="h"), Retryable("topic_missing", topic="t")


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (FOREVER, FOREVER),
        (ExceptionGroup("", [LATER, ExceptionGroup("", [ValueError(), FOREVER])]), FOREVER),
        (ExceptionGroup("", [LATER]), LATER),
        (ExceptionGroup("", [LATER, ValueError()]), None),
        (ValueError(), None),
    ],
    ids=[
        "an error of ours is itself",
        "in a group what a person can mend is told first",
        "a group of what may go better later is that",
        "a group with something unforeseen is unforeseen",
        "anything else is unforeseen",
    ],
)
def test_what_ended_the_work(raised: Exception, told: IocError | None) -> None:
    assert expected(raised) is told
