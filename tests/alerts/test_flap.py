"""Openings are counted within their span, and forgotten with it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ioc.alerts.flap import forgotten_at, opened

HOUR = 3_600_000


def test_the_fourth_opening_within_the_hour_is_flapping() -> None:
    openings: list[int] = []

    assert [opened(openings, at, 4, HOUR) for at in (1, 2, 3, HOUR + 1)] == [False, False, False, True]


def test_an_opening_older_than_the_span_no_longer_counts() -> None:
    assert not opened([1, 2, 3], HOUR + 2, 4, HOUR)
    assert opened([2, 3, 4], HOUR + 2, 4, HOUR)


def test_a_calm_group_is_forgotten() -> None:
    openings = [5]

    assert forgotten_at(openings, HOUR, 0) == 5 + HOUR + 1
    assert forgotten_at(openings, HOUR, 600) == 5 + HOUR + 600 + 1
    assert forgotten_at([], HOUR, 600) == 0


@given(
    times=st.lists(st.integers(1, 100), min_size=1, max_size=40),
    opens=st.integers(2, 6),
    within=st.integers(1, 40),
)
def test_it_agrees_with_counting_all_openings(times: list[int], opens: int, within: int) -> None:
    openings: list[int] = []
    for place, at in enumerate(times):
        wanted = sum(1 for one in times[: place + 1] if one >= at - within) >= opens

        assert opened(openings, at, opens, within) is wanted
        assert len(openings) <= opens
