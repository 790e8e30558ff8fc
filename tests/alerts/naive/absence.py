"""Nothing from a source: by the length of its silence, or by the times it was due. The log's clock decides, at ticks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.alerts.naive.heard import RANKS, Heard, Rule, Told, levels, ms

DAY = 86_400_000
LOCAL = 7 * 3_600_000


def dues(expect: Mapping[str, Any], first: int, last: int) -> Iterator[int]:
    """The times data are due from `first` to `last`, by the province's clock."""
    for day in range((first + LOCAL) // DAY - 1, (last + LOCAL) // DAY + 2):
        if "times" in expect:
            offsets = sorted((int(text[:2]) * 60 + int(text[3:])) * 60_000 for text in expect["times"])
        else:
            offsets = list(range(ms(expect.get("at", "0s")), DAY, ms(expect["every"])))
        for offset in offsets:
            at = day * DAY + offset - LOCAL
            if first <= at <= last:
                yield at


def _ladder(level: int, reached: Sequence[tuple[int, int]]) -> Iterator[tuple[int, Told]]:
    for rank, at in reached:
        if rank > level:
            yield rank, Told(at, "raised" if level else "fired", RANKS[rank])
            level = rank


def silences(
    rule: Rule, log: Sequence[Heard], counts: set[str], periods: Mapping[int, int], expect: Mapping[str, Any] | None
) -> Iterator[Told]:
    """Every transition. `counts`: ids of the events that count; `periods`: rank -> silence in ms, where no schedule."""
    start = level = 0
    ids: set[str] = set()
    for one in log:
        if one.id and (one.id not in counts or one.id in ids):
            if not one.id or start:
                continue
            start = one.clock
        elif one.id:
            ids.add(one.id)
            if level:
                yield Told(one.clock, "cleared", RANKS[level])
            start, level = one.clock, 0
        else:
            start = start or one.clock
            if expect is None:
                reached = [(rank, start + wait) for rank, wait in sorted(periods.items()) if one.clock >= start + wait]
            else:
                reached = _missed(rule, expect, start + 1, one.clock)
            for rank, told in _ladder(level, reached):
                level = rank
                yield told


def _missed(rule: Rule, expect: Mapping[str, Any], asked_from: int, clock: int) -> list[tuple[int, int]]:
    early, grace = ms(expect.get("early", "0s")), ms(expect.get("grace", "0s"))
    missed = [due + grace for due in dues(expect, asked_from + early, clock - grace)]
    return [(rank, missed[int(level) - 1]) for rank, (level, _) in levels(rule).items() if len(missed) >= level]
