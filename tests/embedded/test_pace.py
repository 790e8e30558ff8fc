"""The province's time beside the wall's: never ahead of it, in step with it once the story is over."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.embedded.pace import FASTEST, Pace, paced
from ioc.embedded.province.native import DAY, HOUR, MINUTE
from ioc.embedded.scenarios import named
from ioc.errors import Permanent

NOW = 1_778_730_123_456
PACES = st.builds(Pace, st.just(NOW), st.floats(1, FASTEST), st.integers(MINUTE, DAY))


@given(PACES, st.integers(0, 2 * DAY))
def test_nothing_is_sent_before_it_has_happened(pace: Pace, after: int) -> None:
    happens = pace.begin + after
    assert pace.wall_of(happens) >= happens - 1


@given(PACES, st.integers(-DAY, 2 * DAY), st.integers(0, DAY))
def test_order_is_kept(pace: Pace, after: int, later: int) -> None:
    assert pace.wall_of(pace.begin + after) <= pace.wall_of(pace.begin + after + later)


@given(PACES)
def test_the_hours_before_are_due_at_once_and_the_end_is_the_present(pace: Pace) -> None:
    assert pace.wall_of(pace.begin - HOUR) == pace.wall_of(pace.begin) == NOW
    assert abs(pace.wall_of(pace.caught_up - 1) - pace.caught_up) <= 2
    assert pace.wall_of(pace.caught_up + HOUR) == pace.caught_up + HOUR


def test_at_speed_one_both_times_are_the_same() -> None:
    pace = paced(named("forest-fire"), 1, NOW)
    assert pace.begin == NOW
    assert pace.wall_of(NOW + 12345) == NOW + 12345


def test_a_story_of_twelve_hours_takes_twelve_minutes_at_speed_sixty() -> None:
    pace = paced(named("forest-fire"), 60, NOW)
    assert pace.caught_up - NOW == 12 * MINUTE


def test_a_story_of_silences_is_played_in_real_time() -> None:
    assert paced(named("link-cut"), 60, NOW) == paced(named("link-cut"), 1, NOW)


@pytest.mark.parametrize("speed", [0, 0.5, -1, 101, float("nan"), float("inf")])
def test_a_speed_that_would_show_nothing_true_is_refused(speed: float) -> None:
    with pytest.raises(Permanent):
        paced(named("smog"), speed, NOW)
