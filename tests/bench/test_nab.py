"""docs/nab.md says what the engine finds in the labelled series today."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.nab import CHOSEN, PAGE, Score, Series, choose, flatline, grid_table, halves, load, score, table
from ioc.alerts.parse import parse
from ioc.settings import load_rules

MADE = Series("made", [], [(100, 200), (300, 400)])


def test_an_alert_is_right_where_it_begins_within_a_window() -> None:
    assert score(MADE, [99, 100, 150, 200, 201]) == Score(5, 3, 2, 1)
    assert score(MADE, []) == Score(0, 0, 2, 0)
    assert score(MADE, [150, 350]).f1 == 1.0
    assert score(MADE, [150]).f1 == pytest.approx(2 / 3)


def test_the_flatline_is_that_of_the_shipped_rule() -> None:
    shipped = load_rules().by_id["station-stuck"].condition

    assert parse({"nab.yaml": json.dumps({"rules": [flatline()]})}).rules[0].condition == shipped


@pytest.mark.data
def test_the_table_is_what_the_script_gives(shared_data: Path) -> None:
    assert table(load(shared_data / "netlink")) in PAGE.read_text(encoding="utf-8")


@pytest.mark.data
@pytest.mark.slow
def test_the_setting_is_the_best_of_those_tried_on_the_first_half(shared_data: Path) -> None:
    tried = choose(halves(load(shared_data / "netlink"))[0])

    assert tried[0][:2] == CHOSEN
    assert grid_table(tried) in PAGE.read_text(encoding="utf-8")
