"""docs/rules.md is what the code gives, and its pictures are runs of the engine.

`ioc rules show > docs/rules.md` writes it anew.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from ioc.alerts.kinds import CONDITIONS
from ioc.cli.app import run
from ioc.workshop import reference
from ioc.workshop.examples import EXAMPLES
from ioc.workshop.reference import page, rules_of, section

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"
SHOWN = [(kind, nth) for kind, examples in EXAMPLES.items() for nth in range(len(examples))]


def test_the_page_is_what_the_code_gives() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "ioc rules show > docs/rules.md"


def test_every_kind_is_on_it_with_an_example() -> None:
    assert EXAMPLES.keys() == CONDITIONS.keys()
    assert all(EXAMPLES.values())


@pytest.mark.parametrize(("kind", "nth"), SHOWN)
def test_an_example_shows_its_kind_beginning_and_ending(kind: str, nth: int) -> None:
    played = reference._played(EXAMPLES[kind][nth])
    changes = [one.change for one in played.transitions]
    assert changes[0] == "fired"
    assert changes[-1] == "cleared"
    assert {one.why.kind for one in played.transitions} == {kind}


@pytest.mark.parametrize(("kind", "nth"), SHOWN)
def test_the_table_says_whether_a_kind_lasts(kind: str, nth: int) -> None:
    said = reference._lasting(kind)
    momentary = rules_of(EXAMPLES[kind][nth]).by_id["example"].momentary
    assert said == "either" or (said == "moment") == momentary


def test_a_picture_has_a_column_for_each_step() -> None:
    example = EXAMPLES["threshold"][0]
    rows = reference.picture(reference._played(example), example.step).splitlines()
    assert rows[0] == "observed |▁▂▄▃▁▄▄▄▇▇█▆▄▄▃▂▂▂▂▁▁|"
    assert rows[1] == "stands   |       ▒▒▒▓▓▓▓▓▒▒▒   | one column = 10m"
    assert rows[2:] == [
        "   1h10m  fired moderate",
        "   1h40m  raised severe",
        "   2h30m  lowered moderate",
        "      3h  cleared moderate",
    ]


def test_events_of_two_domains_have_a_row_each() -> None:
    example = EXAMPLES["near"][0]
    rows = reference.picture(reference._played(example), example.step).splitlines()
    assert [row.partition("|")[0].strip() for row in rows[:3]] == ["hotspot", "camera", "stands"]
    assert rows[3:] == ["   2h10m  fired severe", "   3h10m  cleared severe"]


def test_show_prints_the_page_or_one_kind(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "show"]) == 0
    assert capsys.readouterr().out == page()
    assert run(["rules", "show", "spike"]) == 0
    assert capsys.readouterr().out == section("spike") + "\n"
    assert run(["rules", "show", "spyke"]) == 1
    assert "spike" in capsys.readouterr().err
