"""A story is asked in absolute time, whatever its beginning and however often it repeats."""

from __future__ import annotations

import pytest

from ioc.embedded.province.beat import Beat, Due, dues
from ioc.embedded.province.native import DAY, HOUR, MINUTE, SECOND
from ioc.embedded.province.story import Dark, Extra, Hush, Level, Overpass, Story, World

BEGIN = 1_778_700_000_000 // DAY * DAY
BEAT = Beat("stations", "one", 5 * MINUTE, delay=10 * SECOND)


def at(minutes: float) -> int:
    return BEGIN + round(minutes * MINUTE)


def sent(story: Story, since: float, until: float) -> list[tuple[float, float]]:
    """Minutes of observation and of sending."""
    found = dues(World(1, story), BEAT, at(since), at(until))
    return sorted(((due.observed - BEGIN) / MINUTE, (due.at - BEGIN) / MINUTE) for due in found)


def test_a_level_runs_straight_from_its_first_to_its_last_value() -> None:
    story = Story([Level("one", 0, 10 * MINUTE, "pm25", 20, 40)], BEGIN)
    assert [story.level("one", "pm25", at(m)) for m in (-1, 0, 5, 10)] == [None, 20, 30, None]
    assert story.level("one", "pm10", at(5)) is None
    assert story.level("two", "pm25", at(5)) is None


def test_of_two_levels_the_later_one_holds() -> None:
    story = Story([Level("one", 0, HOUR, "ph", 7, 7), Level("one", 10 * MINUTE, HOUR, "ph", 5, 5)], BEGIN)
    assert [story.level("one", "ph", at(m)) for m in (5, 15)] == [7, 5]


@pytest.mark.parametrize("turn", [-3, -1, 0, 1, 40])
def test_a_daily_story_happens_every_day_before_and_after_its_beginning(turn: int) -> None:
    story = Story([Dark("one", HOUR, HOUR + 119 * SECOND)], BEGIN, DAY)
    begin = BEGIN + turn * DAY + HOUR
    assert story.of(Dark, "one", begin, begin + 1) == [Dark("one", begin, begin + 119 * SECOND)]
    assert story.of(Dark, "one", begin + 119 * SECOND, begin + DAY) == []


def test_what_lasts_over_midnight_is_found_on_the_next_day() -> None:
    story = Story([Dark("one", 23 * HOUR, 25 * HOUR)], BEGIN, DAY)
    assert len(story.of(Dark, "one", BEGIN, BEGIN + HOUR // 2)) == 1


def test_a_moment_is_found_in_the_span_that_holds_it_and_in_no_other() -> None:
    story = Story([Overpass("one", MINUTE, MINUTE, HOUR)], BEGIN)
    assert len(story.of(Overpass, "one", at(1), at(2))) == 1
    assert story.of(Overpass, "one", at(0), at(1)) == []
    assert story.of(Overpass, "one", at(2), at(3)) == []


def test_a_source_sends_by_its_schedule_and_its_delay() -> None:
    assert sent(Story(), 0, 10) == [(0, 1 / 6), (5, 5 + 1 / 6)]


def test_an_extra_reading_comes_beside_the_schedule_unless_it_falls_on_it() -> None:
    story = Story([Extra("one", 2 * MINUTE, 2 * MINUTE), Extra("one", 5 * MINUTE, 5 * MINUTE)], BEGIN)
    assert [observed for observed, _ in sent(story, 0, 10)] == [0, 2, 5]


def test_a_framed_silence_has_a_word_at_both_ends_and_none_between() -> None:
    story = Story([Hush("one", 12 * MINUTE, 31 * MINUTE, framed=True)], BEGIN)
    assert [at_door for _, at_door in sent(story, 6, 36)] == pytest.approx([10 + 1 / 6, 12, 31, 35 + 1 / 6])


def test_what_was_kept_comes_after_the_silence_with_the_oldest_last() -> None:
    story = Story([Hush("one", 2 * MINUTE, 20 * MINUTE, kept=True)], BEGIN)
    late = [Due(at(15), at(20) + SECOND), Due(at(10), at(20) + 2 * SECOND), Due(at(5), at(20) + 3 * SECOND)]
    found = sorted(dues(World(1, story), BEAT, at(3), at(24)), key=lambda due: due.at)
    assert found == [Due(at(20), at(20) + 10 * SECOND)] or found[:3] == late
    assert [due.observed for due in found[:3]] == [at(15), at(10), at(5)]


def test_the_neighbourhood_of_an_effect_is_its_margin() -> None:
    story = Story([Dark("one", HOUR, 2 * HOUR)], BEGIN)
    assert story.touches("one", at(30), 31 * MINUTE)
    assert not story.touches("one", at(30), 29 * MINUTE)
    assert not story.touches("two", at(90), HOUR)
