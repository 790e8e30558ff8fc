"""Worlds of the simulation; thousands of them: `python -m tests.simulation --worlds 10000 --jobs 2`."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from tests.simulation.world import STAFFED, play, template

SEEDS = 24


@pytest.mark.parametrize("part", range(3))
def test_whatever_dies_when_the_log_the_desk_and_the_receiver_say_what_the_oracle_says(
    part: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    empty = template(tmp_path)
    troubles = 0
    for seed in range(part * SEEDS, (part + 1) * SEEDS):
        outcome = play(seed, empty, tmp_path)
        assert not outcome.wrong, f"seed {seed}: {outcome.wrong[:3]}"
        troubles += outcome.kills + outcome.freezes + outcome.rebalances
    assert troubles > SEEDS


def test_a_seed_is_the_same_world_each_time(tmp_path: Path) -> None:
    empty = template(tmp_path)
    assert play(STAFFED, empty, tmp_path) == play(STAFFED, empty, tmp_path)
