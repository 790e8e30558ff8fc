from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from ioc.alerts.rota import Change, Gap, Rota, Shift, swap, turns

HOUR = 3_600_000
AN, BINH = Shift("officer", "An", 0, 8 * HOUR), Shift("officer", "Bình", 8 * HOUR, 16 * HOUR)
ROTA = Rota([AN, BINH])


def test_a_shift_holds_its_first_moment_and_not_its_last() -> None:
    assert ROTA.on_duty("officer", 0) == ("An",)
    assert ROTA.on_duty("officer", 8 * HOUR - 1) == ("An",)
    assert ROTA.on_duty("officer", 8 * HOUR) == ("Bình",)
    assert ROTA.on_duty("lead", 0) == ()


def test_a_stand_in_takes_the_place_of_one_person_for_a_span() -> None:
    changed = Rota(ROTA.shifts, [Change("officer", "Chi", 2 * HOUR, 4 * HOUR, "An")])

    assert [changed.on_duty("officer", hour * HOUR) for hour in (1, 2, 3, 4)] == [("An",), ("Chi",), ("Chi",), ("An",)]


def test_the_change_made_later_holds() -> None:
    first, later = Change("officer", "Chi", 0, HOUR, "An"), Change("officer", "Dũng", 0, HOUR, "Chi")

    assert Rota(ROTA.shifts, [first, later]).on_duty("officer", 0) == ("Dũng",)
    assert Rota(ROTA.shifts, [later, first]).on_duty("officer", 0) == ("Chi",)


def test_two_people_swap_their_shifts() -> None:
    swapped = Rota(ROTA.shifts, swap(AN, BINH))

    assert swapped.on_duty("officer", HOUR) == ("Bình",)
    assert swapped.on_duty("officer", 9 * HOUR) == ("An",)


def test_where_nobody_is_on_duty_the_gap_is_found_and_the_leaver_still_answers() -> None:
    assert ROTA.gaps("officer", 0, 20 * HOUR) == [Gap("officer", 16 * HOUR, 20 * HOUR)]
    assert ROTA.responsible("officer", 18 * HOUR) == ("Bình",)
    assert ROTA.on_duty("officer", 18 * HOUR) == ()


def test_a_person_who_has_left_leaves_a_gap_and_answers_for_nothing() -> None:
    without = Rota(ROTA.shifts, (), frozenset({"Bình"}))

    assert without.gaps("officer", 0, 16 * HOUR) == [Gap("officer", 8 * HOUR, 16 * HOUR)]
    assert without.responsible("officer", 9 * HOUR) == ("An",)


def test_the_next_change_of_people_is_known() -> None:
    assert ROTA.next_change("officer", 0) == 8 * HOUR
    assert ROTA.next_change("officer", 9 * HOUR) == 16 * HOUR
    assert ROTA.next_change("officer", 17 * HOUR) is None


def test_turns_go_round_without_a_gap() -> None:
    made = turns("officer", ["An", "Bình", "Chi"], 0, 8 * HOUR, 48 * HOUR)

    assert [one.person for one in made] == ["An", "Bình", "Chi", "An", "Bình", "Chi"]
    assert Rota(made).gaps("officer", 0, 48 * HOUR) == []


SPAN = st.tuples(st.integers(0, 40), st.integers(1, 12)).map(lambda one: (one[0], one[0] + one[1]))
SHIFTS = st.lists(st.tuples(st.sampled_from("ABC"), SPAN), max_size=6)
CHANGES = st.lists(st.tuples(st.sampled_from("ABCD"), SPAN, st.sampled_from(["", "A", "B"])), max_size=4)


@given(SHIFTS, CHANGES)
def test_gaps_are_exactly_the_moments_without_anybody(
    shifts: list[tuple[str, tuple[int, int]]], changes: list[tuple[str, tuple[int, int], str]]
) -> None:
    rota = Rota(
        [Shift("o", person, *span) for person, span in shifts],
        [Change("o", person, *span, instead) for person, span, instead in changes],
    )
    found = rota.gaps("o", 0, 60)

    for at in range(60):
        assert (rota.on_duty("o", at) == ()) == any(gap.start <= at < gap.end for gap in found)
    assert all(one.end < other.start for one, other in itertools.pairwise(found))


@given(SHIFTS)
def test_once_somebody_was_on_duty_no_moment_is_without_an_owner(shifts: list[tuple[str, tuple[int, int]]]) -> None:
    rota = Rota([Shift("o", person, *span) for person, span in shifts])
    begun = False
    for at in range(60):
        begun = begun or bool(rota.on_duty("o", at))
        assert bool(rota.responsible("o", at)) == begun
