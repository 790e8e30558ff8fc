"""Directories of rules and feeds as one edition; every mistake of both at once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ioc.settings.edition import EditionMistakes, load_edition
from ioc.settings.shipped import shipped


@pytest.fixture
def place(tmp_path: Path) -> Path:
    for name in ("rules", "feeds"):
        (tmp_path / name).mkdir()
        for path in shipped(name).glob("*.yaml"):
            shutil.copy(path, tmp_path / name)
    return tmp_path


def load(place: Path, *, demo: bool | None = None) -> str:
    return load_edition(place / "rules", place / "feeds", demo=demo)[0].name


def test_a_copy_of_the_shipped_directories_has_their_name(place: Path) -> None:
    assert load(place) == load_edition()[0].name


@pytest.mark.parametrize("demo", [None, True, False])
def test_sources_that_nobody_waits_for_are_marked_as_the_catalogue_marks_them(place: Path, demo: bool | None) -> None:
    _, content = load_edition(place / "rules", place / "feeds", demo=demo)
    expected = {source.expected for feed in content.catalogue.feeds if feed.demo for source in feed.sources}
    assert expected == ({False} if demo is False else {True})


def test_a_changed_level_is_another_edition_and_a_comment_is_not(place: Path) -> None:
    before = load(place)
    path = place / "rules" / "camera.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "\n# tạm\n", encoding="utf-8")
    assert load(place) == before
    path.unlink()
    assert load(place) != before


def test_mistakes_of_rules_and_of_feeds_are_told_together(place: Path) -> None:
    (place / "rules" / "camera.yaml").write_text("rules: [{id: x}]\n", encoding="utf-8")
    (place / "feeds" / "suricata.yaml").write_text("name: [\n", encoding="utf-8")

    with pytest.raises(EditionMistakes) as refused:
        load(place)

    said = refused.value.sentences("en")
    assert any(one.startswith("camera.yaml, line 1: x.") for one in said)
    assert any("suricata.yaml, line " in one for one in said)
    assert refused.value.values["count"] == len(said)


def test_a_directory_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(EditionMistakes) as refused:
        load_edition(tmp_path / "none", tmp_path / "neither")
    assert len(refused.value.sentences("vi")) == 2
