"""Panes: what is inside, when it leaves, and that order does not matter."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ioc.alerts.window import PANES, Window, pane_ms


def test_a_window_of_two_minutes_slides_by_two_seconds() -> None:
    assert pane_ms(120) == 2000
    assert pane_ms(600) == 10_000
    assert pane_ms(1) == 16


def test_an_event_counts_until_its_pane_leaves() -> None:
    window = Window()
    assert window.add(2_500, 2_500, 1000)

    window.expire(61_999, 1000)
    assert window.total == 1
    assert window.oldest_leaves(1000) == 62_000

    window.expire(62_000, 1000)
    assert (window.total, window.counts, window.oldest_leaves(1000)) == (0, [], 0)


def test_an_event_before_the_window_is_not_taken() -> None:
    window = Window()

    assert not window.add(1_000, 61_000, 1000)
    assert window.add(2_000, 61_000, 1000)


@given(st.lists(st.integers(1_000_000, 1_070_000), max_size=40), st.randoms(use_true_random=False))
def test_any_order_gives_the_count_of_the_naive_definition(times: list[int], dice: object) -> None:
    now = max(times, default=1_000_000)
    naive = sum(1 for at in times if at // 1000 > now // 1000 - PANES)
    shuffled = list(times)
    getattr(dice, "shuffle")(shuffled)  # noqa: B009 - hypothesis gives a random.Random under another name
    window = Window()

    for at in shuffled:
        window.add(at, now, 1000)

    assert window.total == naive == sum(window.counts)
    assert len(window.counts) <= PANES
    kept = [at for at in times if at // 1000 > now // 1000 - PANES]
    assert window.newest_leaves(1000) == ((max(kept) // 1000 + PANES) * 1000 if kept else 0)
    assert window.oldest_leaves(1000) == ((min(kept) // 1000 + PANES) * 1000 if kept else 0)
