"""Mistakes planted in walls, all caught: by the rules, Grafana's registries, InfluxDB's answers, or what is displayed.

Which check catches which mistake stands in `expected/mutants.txt` (`IOC_WRITE_EXPECTED=1` writes it anew).
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from typing import Any

import pytest

from dashboards.build import build
from ioc.errors import Retryable
from ioc.sinks.influx_walls import InfluxWalls
from tests.dashboards.expectations import FOLDER
from tests.dashboards.filled import fill
from tests.dashboards.grafana import answers, lint, node, real_now
from tests.dashboards.mutants import MUTANTS
from tests.dashboards.rules import findings
from tests.dashboards.test_queries import empty
from tests.real_services import GrafanaPackages

WALLS: dict[str, Any] = {name.removesuffix(".json"): json.loads(text) for name, text in build().items()}

pytestmark = pytest.mark.services


def test_there_are_enough_of_them_and_each_has_a_name() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 40


async def test_every_planted_mistake_is_caught_and_the_clean_walls_are_clean(
    influx: InfluxWalls, grafana_packages: GrafanaPackages
) -> None:
    await fill(influx, real_now())
    made = {mutant.name: mutant.made(WALLS) for mutant in MUTANTS}
    caught: dict[str, list[str]] = defaultdict(list)

    every = {**WALLS, **made}
    linted = lint(grafana_packages, every)
    for name, wall in every.items():
        if ruled(wall):
            caught[name].append("rules")
        if linted[name]:
            caught[name].append("registries")
    asked: list[tuple[str, Any, list[Any]]] = []
    for name, base, wall in [
        *((name, wall, wall) for name, wall in WALLS.items()),
        *((mutant.name, WALLS[mutant.wall], made[mutant.name]) for mutant in MUTANTS),
    ]:
        for before, panel in zip(base["panels"], wall["panels"], strict=True):
            if panel.get("targets") and (base is wall or panel != before):
                try:
                    told = await answers(influx, panel)
                    wrong = any(map(empty, told))
                except (AssertionError, Retryable):
                    told, wrong = [], True
                if wrong:
                    caught[name].append("queries")
                elif "targets" in before:
                    asked.append((name, panel, told))
                    asked.append((name, before, await answers(influx, before)))
    given = [{"panel": panel, "answers": told} for _, panel, told in asked]
    shown = node(grafana_packages, "shown.cjs", given)
    for nth in range(0, len(asked), 2):
        if shown[nth] != shown[nth + 1]:
            caught[asked[nth][0]].append("display")

    assert {name: caught[name] for name in WALLS if caught[name]} == {}, "the clean base"
    table = "".join(f"{mutant.name} | {', '.join(dict.fromkeys(caught[mutant.name]))}\n" for mutant in MUTANTS)
    if os.environ.get("IOC_WRITE_EXPECTED"):
        (FOLDER / "mutants.txt").write_text(table, encoding="utf-8")
    assert [mutant.name for mutant in MUTANTS if not caught[mutant.name]] == []
    assert table == (FOLDER / "mutants.txt").read_text(encoding="utf-8")


def ruled(wall: Any) -> bool:
    """Whether our rules find something; a wall that they cannot even read is found."""
    try:
        return bool(findings(wall))
    except (KeyError, IndexError, StopIteration, TypeError):
        return True
