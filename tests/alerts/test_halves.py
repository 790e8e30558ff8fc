"""Halves of a sequence: whatever order they come in, against a search through all of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from ioc.alerts.halves import KEPT, Half, Halves

WITHIN = 50
DELAY = 30


class One(NamedTuple):
    at: int
    name: str
    first: bool
    then: bool


def half(one: One) -> Half:
    return Half(one.at, one.name)


def paired(log: Sequence[One]) -> list[str]:
    """Who speaks, in any order."""
    halves, spoken = Halves(delay=DELAY), []
    newest = 0
    for one in log:
        found = halves.pair(half(one), first=one.first, then=one.then, within=WITHIN)
        assert all(0 <= two.then.at - two.first.at <= WITHIN for two in found)
        assert all(two.first.id != two.then.id for two in found)
        spoken += [two.then.id for two in found]
        newest = max(newest, one.at)
        halves.expire(newest, WITHIN)
    return sorted(spoken)


def alone(log: Sequence[One], until: int) -> list[str]:
    halves, spoken = Halves(delay=DELAY), []
    newest = 0
    for one in [*log, None]:
        now = until if one is None else max(newest, one.at)
        while (found := halves.unanswered(now, WITHIN)) is not None:
            spoken.append(found.id)
        newest = now
        if one is not None:
            halves.answer(half(one), first=one.first, then=one.then, within=WITHIN)
        halves.expire(newest, WITHIN)
    return sorted(spoken)


def should_pair(log: Sequence[One]) -> list[str]:
    return sorted(
        b.name
        for b in log
        if b.then and any(a.first and a.name != b.name and a.at <= b.at <= a.at + WITHIN for a in log)
    )


def should_stay_alone(log: Sequence[One], until: int) -> list[str]:
    return sorted(
        a.name
        for a in log
        if a.first
        and a.at + WITHIN + DELAY < until
        and not any(b.then and a.name != b.name and a.at <= b.at <= a.at + WITHIN for b in log)
    )


@st.composite
def logs(draw: st.DrawFn) -> list[One]:
    """Events no denser than what one side may hold, in an order no worse than the lateness allows."""
    at, made = 1_000, []
    for number in range(draw(st.integers(1, 40))):
        at += draw(st.integers(11, 60))  # fewer than eight in within + lateness
        first, then = draw(st.sampled_from([(True, False), (False, True), (True, True), (False, False)]))
        made.append(One(at, f"e{number:02}", first, then))
    made.sort(key=lambda one: (one.at + draw(st.integers(0, DELAY - 1)), one.name))
    return made


@given(logs())
def test_a_second_half_speaks_once_whichever_half_comes_first(log: list[One]) -> None:
    assert paired(log) == should_pair(log)


@given(logs(), st.integers(0, 200))
def test_a_first_half_speaks_when_no_answer_can_come_any_more(log: list[One], more: int) -> None:
    until = max(one.at for one in log) + more
    assert alone(log, until) == should_stay_alone(log, until)


def test_an_answer_at_the_last_moment_counts_and_one_later_does_not() -> None:
    for late, spoken in ((0, ""), (1, "a")):
        halves = Halves(delay=DELAY)
        halves.answer(Half(1_000, "a"), first=True, then=False, within=WITHIN)
        assert halves.unanswered(1_000 + WITHIN + DELAY, WITHIN) is None
        halves.answer(Half(1_000 + WITHIN + late, "b"), first=False, then=True, within=WITHIN)
        found = halves.unanswered(1_000 + WITHIN + DELAY + 1, WITHIN)
        assert (found.id if found else "") == spoken


def test_a_flood_of_one_side_leaves_a_sample_over_the_whole_span() -> None:
    halves = Halves(delay=DELAY)
    for at in range(1_000):
        halves.answer(Half(at, f"e{at:04}"), first=True, then=False, within=WITHIN)

    kept = [one.at for one in halves.first]
    assert len(kept) == KEPT
    assert (kept[0], kept[-1]) == (0, 999)
    assert max(later - sooner for sooner, later in pairwise(kept)) < 600


def test_nothing_is_kept_that_can_meet_nothing() -> None:
    halves = Halves(delay=DELAY)
    halves.pair(Half(100, "a"), first=True, then=False, within=WITHIN)
    halves.pair(Half(40, "b"), first=False, then=True, within=WITHIN)

    halves.expire(71, WITHIN)
    assert (len(halves.first), len(halves.then)) == (1, 0)
    assert halves.empty_at(WITHIN) == 100 + WITHIN + DELAY + 1
    halves.expire(180, WITHIN)
    assert halves
    halves.expire(181, WITHIN)
    assert not halves
