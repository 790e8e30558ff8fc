"""The golden lists are what their naive scripts say of the real files, and hang together by themselves."""

import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.acceptance.situations import GOLDEN, SITUATIONS, Situation

ROOT = Path(__file__).parents[2]
SEVERITIES = ["minor", "moderate", "severe", "extreme"]

each_situation = pytest.mark.parametrize("situation", SITUATIONS, ids=[s.name for s in SITUATIONS])


@pytest.fixture(scope="module")
def shipped() -> dict[str, dict[str, Any]]:
    """Rule id -> rule, as the YAML says it."""
    files = sorted((ROOT / "config" / "rules").glob("*.yaml"))
    read = YAML(typ="safe", pure=True).load
    return {rule["id"]: rule for file in files for rule in read(file.read_text(encoding="utf-8"))["rules"]}


@pytest.mark.data
@each_situation
def test_the_naive_script_tells_the_committed_list(situation: Situation, shared_data: Path) -> None:
    command = [sys.executable, str(GOLDEN / situation.script), str(shared_data / situation.file)]
    told = subprocess.run(
        [*command, situation.move] if situation.move else command,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=True,
    )
    assert json.loads(told.stdout) == situation.golden()


@each_situation
def test_every_record_has_one_fate(situation: Situation) -> None:
    golden = situation.golden()
    assert sum(golden["fates"].values()) == golden["records"] > 0


@each_situation
def test_episodes_are_of_shipped_rules_and_told_in_order(
    situation: Situation, shipped: dict[str, dict[str, Any]]
) -> None:
    episodes = situation.golden()["episodes"]
    assert episodes == sorted(episodes, key=lambda e: (e["opened_at"], e["rule"], e["key"]))
    for episode in episodes:
        steps = episode["steps"]
        moments = [step["at"] for step in steps] + [episode["ended_at"]] * (episode["ended_at"] is not None)
        assert moments == sorted(moments)
        assert (steps[0]["how"], steps[0]["at"]) == ("opened", episode["opened_at"])
        for before, step in pairwise(steps):
            higher = SEVERITIES.index(step["severity"]) - SEVERITIES.index(before["severity"])
            assert step["how"] == ("raised" if higher > 0 else "lowered")
            assert higher != 0
        assert {step["severity"] for step in steps} <= set(shipped[episode["rule"]]["severities"])


@each_situation
def test_one_rule_and_key_have_one_open_alert_at_a_time(situation: Situation) -> None:
    last: dict[tuple[str, str], str | None] = {}
    for episode in situation.golden()["episodes"]:
        name = (episode["rule"], episode["key"])
        ended = last.get(name, "")
        assert ended is not None, f"{name} opened again while open"
        assert ended <= episode["opened_at"]
        last[name] = episode["ended_at"]


def test_the_page_says_of_every_shipped_rule_whether_a_real_file_meets_it(shipped: dict[str, dict[str, Any]]) -> None:
    page = (ROOT / "docs" / "golden.md").read_text(encoding="utf-8")
    told = {line.split("|")[1].strip(" `"): line for line in page.splitlines() if line.startswith("| `")}
    assert set(shipped) <= set(told)
    fired = {episode["rule"] for s in SITUATIONS for episode in s.golden()["episodes"]}
    ended = {episode["rule"] for s in SITUATIONS for episode in s.golden()["episodes"] if episode["ended_at"]}
    said = {rule for rule in shipped if "fires and clears" in told[rule]}
    assert said == fired == ended
