"""Rule files made to hurt: refused where they stand, quickly and in little memory, with a sentence.

Times are measured in CPU seconds of this thread, so a busy machine fails no test; the limits are those of S11 (100 ms,
50 MB) with the margin that a slower machine needs.
"""

from __future__ import annotations

import json
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ioc.alerts.engine import Engine
from ioc.alerts.parse import RuleMistakes, parse
from ioc.catalogue import Catalogue
from ioc.cli.app import run
from ioc.settings import ConfigMistakes, load_rules
from tests.alerts.timeline import RULE, made
from tests.workshop.made import written

SECONDS = 0.1
BYTES = 50 << 20


@contextmanager
def bounded(seconds: float = SECONDS, size: int = BYTES) -> Iterator[None]:
    """Fails where the body takes more CPU time or holds more memory at once."""
    tracemalloc.start()
    begin = time.thread_time()
    try:
        yield
        spent = time.thread_time() - begin
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < size, f"{peak >> 20} MB"
    assert spent < 5 * seconds, f"{spent * 1000:.0f} ms"  # tracing makes every allocation several times as dear


def laughs() -> str:
    """A billion laughs: each line names the one before ten times."""
    lines = ["a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    return "\n".join(lines)


BOMBS: dict[str, tuple[Callable[[], str], str]] = {
    "a billion laughs": (laughs, "no_anchors"),
    "a million aliases": (lambda: "a: &a 1\nb: [" + "*a, " * 250_000 + "]", "no_anchors"),
    "an anchor that holds itself": (lambda: "rules: &a [*a]", "no_anchors"),
    "a merge key": (lambda: "a: &a {x: 1}\nrules: [{<<: *a}]", "no_anchors"),
    "an object of Python": (lambda: "rules: !!python/object/apply:os.system ['true']", "no_tags"),
    "a tag": (lambda: "rules: !secret x", "no_tags"),
    "a key twice": (lambda: "rules: []\nrules: []", "not_yaml"),
    "lists a hundred thousand deep": (lambda: "rules: " + "[" * 100_000, "too_deep"),
    "mappings a hundred thousand deep": (lambda: "rules: " + "{a: " * 100_000, "too_deep"),
    "blocks a thousand deep": (lambda: "\n".join(" " * n + "a:" for n in range(1_000)), "too_deep"),
    "a second document": (lambda: "rules: []\n---\n" * 50_000, "one_document"),
    "a text without end": (lambda: 'rules: "' + "x" * 900_000, "not_yaml"),
    "a number of a million digits": (lambda: "rules: " + "9" * 900_000, "not_yaml"),
    "a hundred thousand control characters": (lambda: "rules: " + "\x07" * 100_000, "not_yaml"),
    "lone surrogates": (lambda: "rules: [\udc80]", "not_yaml"),
    "a list in place of a key": (lambda: "? [a]\n: b\n" * 50_000, "key_is_text"),
    "just over a megabyte": (lambda: "#" * (1024 * 1024 + 1), "file_too_large"),
    "a hundred megabytes": (lambda: "#" * 100_000_000, "file_too_large"),
    "comments that need three bytes each": (lambda: "#" + "ạ" * 400_000, "file_too_large"),
    "nothing at all": (str, "rules_list"),
    "a megabyte of comments": (lambda: "# x\n" * 250_000, "rules_list"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_at_once(name: str) -> None:
    make, code = BOMBS[name]
    text = make()
    with bounded(), pytest.raises(RuleMistakes) as caught:
        parse({"bomb.yaml": text})
    (found,) = caught.value.mistakes
    assert found.code == code
    assert all(found.hint(lang) for lang in ("vi", "en"))


def test_a_file_of_a_hundred_megabytes_is_not_even_read(tmp_path: Path) -> None:
    file = tmp_path / "large.yaml"
    with file.open("wb") as stream:
        stream.truncate(100_000_000)
    with bounded(), pytest.raises(ConfigMistakes) as caught:
        load_rules(tmp_path)
    assert [one.code for one in caught.value.mistakes] == ["too_big"]


def test_check_answers_a_bomb_with_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bomb.yaml").write_text(laughs(), encoding="utf-8")
    (tmp_path / "good.yaml").write_text(written({}), encoding="utf-8")
    assert run(["rules", "check", "--rules", str(tmp_path), "--lang", "en"]) == 1
    told = capsys.readouterr()
    assert len(told.out.splitlines()) == 1
    assert told.out.startswith("bomb.yaml, line 1: -: YAML anchors and aliases")


def many(count: int) -> dict[str, str]:
    """So many rules, five hundred in a file, as a generator of somebody's would write them."""
    texts = {}
    for at in range(0, count, 500):
        rules = [{**RULE, "id": f"r{nth}", "where": {"source": f"s{nth}"}} for nth in range(at, min(at + 500, count))]
        texts[f"many-{at}.yaml"] = json.dumps({"rules": rules}, ensure_ascii=False, indent=1)
    return texts


def test_ten_thousand_rules_are_taken() -> None:
    begin = time.thread_time()
    ruleset = parse(many(10_000))
    engine = Engine(ruleset, Catalogue(), "environment")
    spent = time.thread_time() - begin
    assert len(ruleset.rules) == 10_000
    assert spent < 60, "a restart must not wait for minutes"
    state = engine.new("s7")
    fate, told = engine.step(state, made("environment", 0, 90, source="s7"), 1)
    assert (fate, [one.rule for one in told]) == ("accepted", ["r7"])


def test_more_rules_than_that_are_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ioc.alerts.parse.MAX_RULES", 499)
    with pytest.raises(RuleMistakes) as caught:
        parse(many(500))
    assert [one.code for one in caught.value.mistakes] == ["too_many_rules"]


def test_ten_thousand_mistakes_are_told_without_end_of_memory() -> None:
    bad = json.dumps({"rules": [{"id": f"r{nth}"} for nth in range(2_000)]})
    with pytest.raises(RuleMistakes) as caught:
        parse({"bad.yaml": bad})
    assert len(caught.value.mistakes) >= 2_000
