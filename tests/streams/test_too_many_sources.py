"""Names of sources without end: those that remember nothing give way, nothing that is open or waited for does."""

from __future__ import annotations

import pytest

from ioc.streams import holding
from ioc.streams.changelog import Fold
from ioc.streams.partition import Partition
from tests.streams.small_rules import WATCHED, rulebook
from tests.streams.test_worlds import HERE, Log


@pytest.fixture
def partition(monkeypatch: pytest.MonkeyPatch) -> Partition:
    monkeypatch.setattr(holding, "MOST_SOURCES", 20)
    made = Partition("environment", rulebook(), HERE, 0, 1)
    made.restore(Fold(HERE, 0), 0)
    return made


def judged(partition: Partition, log: Log, start: int = 0) -> int:
    outcome = partition.judge(log.rows, start)
    assert outcome.stop == len(log.rows)
    partition.records(outcome.dirty, 1)
    return outcome.forgotten


def test_the_longest_silent_give_way_and_what_is_open_or_waited_for_stays(partition: Partition) -> None:
    log = Log()
    log.live("burning", 95)
    for nth in range(60):
        log.live(f"made-up-{nth:03}", 10)
        log.tick()
    forgotten, start = 0, 0
    for end in range(1, len(log.rows) + 1):
        part = Log()
        part.rows = log.rows[:end]
        forgotten += judged(partition, part, start)
        start = end

    assert len(partition.cells) <= 21
    assert forgotten == 61 + len(WATCHED) - len(partition.cells)
    assert {"burning", *WATCHED, "made-up-059"} <= partition.cells.keys()
    assert "made-up-000" not in partition.cells
    assert len(partition.open_alerts()) == 1 + len(WATCHED)


def test_a_source_that_gave_way_is_judged_when_it_speaks_again(partition: Partition) -> None:
    log = Log()
    for nth in range(40):
        log.live(f"made-up-{nth:03}", 10)
    judged(partition, log)
    start = len(log.rows)
    log.tick()
    assert judged(partition, log, start)
    assert "made-up-000" not in partition.cells

    start = len(log.rows)
    log.live("made-up-000", 95)
    outcome = partition.judge(log.rows, start)
    assert len(outcome.transitions) == 1
