"""Values that a group has shown within a window, in four bytes each."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from ioc.alerts.known_values import MOST, Known, mark_of
from ioc.alerts.window import PANES

SIGHTS = st.lists(st.tuples(st.integers(1, 400), st.sampled_from("abcdefgh")), max_size=80)


@given(SIGHTS)
def test_new_is_what_the_naive_definition_calls_new(sights: list[tuple[int, str]]) -> None:
    known = Known()
    seen: dict[str, int] = {}
    for pane, value in sorted(sights):
        wanted = value not in seen or seen[value] <= pane - PANES
        seen[value] = pane
        assert known.see(value, pane * 1000 + 7, 1000) is wanted
    if seen:
        assert known.empties(1000) == (max(seen.values()) + PANES) * 1000
        assert known.born == min(sights)[0] * 1000 + 7


@given(SIGHTS, st.lists(st.integers(0, 20), min_size=80, max_size=80))
def test_disorder_changes_only_which_event_of_a_value_speaks(sights: list[tuple[int, str]], lag: list[int]) -> None:
    known, other = Known(), Known()
    sights = sorted(sights)
    lagging = [one for one, _ in sorted(zip(sights, lag, strict=False), key=lambda pair: pair[0][0] + pair[1])]

    first = [value for pane, value in sights if known.see(value, pane * 1000, 1000)]
    second = [value for pane, value in lagging if other.see(value, pane * 1000, 1000)]

    # A value that comes back just as its window ends may be told once more or once less, never a value unseen.
    assert set(first) == set(second)
    assert known.born == other.born


def test_the_newest_are_kept_and_what_was_pushed_out_is_new_again() -> None:
    known = Known()
    for number in range(MOST + 1):
        assert known.see(number, 1000 + number, 60_000)

    assert not known.see(1, 2000, 60_000)
    assert known.see(0, 2000, 60_000)
    assert not known.see(1, 2000, 60_000)
    assert known.see(2, 2000, 60_000)
    assert len(known.values) == 4 * MOST


def test_a_leap_of_time_forgets_what_was_before_it() -> None:
    known = Known()
    known.see("a", 5_000, 1000)
    known.see("b", 6_000, 1000)

    assert known.see("a", 5_000 + 256_000, 1000)
    assert known.see("b", 6_000 + 256_000, 1000)
    assert not known.see("a", 6_000 + 256_000, 1000)


def test_a_full_memory_is_small() -> None:
    known = Known()
    for number in range(1000):
        known.see(f"192.0.2.{number}", 1_780_000_000_000 + number * 60_000, 30 * 24 * 60_000)

    assert len(msgspec.msgpack.encode(known)) <= 4 * MOST + 32


def test_marks_are_found_at_their_own_places_only() -> None:
    known = Known()
    values = [f"v{number}" for number in range(MOST)]
    for value in values:
        known.see(value, 5_000, 1000)

    assert all(known.values.find(mark_of(value)) >= 0 for value in values)
    assert not any(known.see(value, 5_000, 1000) for value in values)
