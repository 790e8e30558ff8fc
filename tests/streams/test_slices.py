from __future__ import annotations

import pytest

from ioc.events.codec import encode
from ioc.streams import slices
from ioc.streams.changelog import Fold
from ioc.streams.partition import Partition
from tests.streams.memory_log import Row
from tests.streams.small_rules import reading, rulebook

NOW = 1_750_000_000_000


def test_few_records_that_take_long_end_a_slice_early_and_many_quick_ones_do_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [0.0]
    monkeypatch.setattr("ioc.streams.slices.time.monotonic", lambda: now[0])
    asked = slices.Slice()
    now[0] = slices.SLOW_SECONDS * 2
    assert asked()
    assert asked.slow

    now[0] = 0.0
    asked = slices.Slice()
    for _ in range(slices.EARLY):
        asked()
    now[0] = slices.SLOW_SECONDS * 2
    assert not asked()
    now[0] = slices.SLICE_SECONDS * 2
    assert asked()
    assert not asked.slow


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_a_chunk_judged_in_slices_says_the_same(size: int) -> None:
    rows = [
        Row(nth, NOW + nth, b"k", encode(reading(f"k{nth % 3}", NOW + nth, value, nth=nth)))
        for nth, value in enumerate((10, 60, 95, 85, 45, 10, 95) * 6)
    ]

    def judged(enough: object) -> tuple[list[bytes], dict[str, bytes]]:
        partition = Partition("environment", rulebook(), "ab" * 16, 0, 1)
        partition.restore(Fold("ab" * 16, 0), 0)
        told: list[bytes] = []
        at = parts = 0
        while at < len(rows):
            outcome = partition.judge(rows, at, enough)  # type: ignore[arg-type]  # one that says yes each time
            assert outcome.stop > at
            at, parts = outcome.stop, parts + 1
            told += [raw for _, raw in outcome.transitions]
        return told, {key: rulebook().to_bytes(cell.state) for key, cell in partition.cells.items()}

    calls = iter(range(10_000))
    assert judged(lambda: next(calls) % size == 0) == judged(slices.never)
