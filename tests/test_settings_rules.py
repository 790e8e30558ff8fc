from __future__ import annotations

from pathlib import Path

import pytest

from ioc.alerts.parse import RuleMistakes
from ioc.settings import ConfigMistakes, load_rules
from ioc.settings.rules import SIZE


def test_the_shipped_rules_are_read_when_none_are_named() -> None:
    assert {"hotspot-fire", "pm25-high", "camera-offline", "brute-force"} <= set(load_rules().by_id)


def test_a_directory_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigMistakes) as caught:
        load_rules(tmp_path / "none")

    assert caught.value.mistakes[0].code == "unread"


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"\xff\xfe", "not_utf8"), (b"#" * (SIZE + 1), "too_big")],
    ids=["a file that is not UTF-8 is named", "a file of more than a megabyte is named"],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes, code: str) -> None:
    (tmp_path / "bad.yaml").write_bytes(content)

    with pytest.raises(ConfigMistakes) as caught:
        load_rules(tmp_path)

    assert [(one.file, one.code) for one in caught.value.mistakes] == [(str(tmp_path / "bad.yaml"), code)]


def test_a_mistake_in_a_rule_has_its_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("rules:\n  - id: x\n    colour: red\n", encoding="utf-8")

    with pytest.raises(RuleMistakes) as caught:
        load_rules(tmp_path)

    assert {one.file for one in caught.value.mistakes} == {"mine.yaml"}
