from __future__ import annotations

from ioc.streams.tenure import Tenure

A, B = ("t", 0), ("t", 1)


def test_memory_is_kept_from_one_generation_to_the_next() -> None:
    tenure = Tenure()
    tenure.assigned(4, [A, B])
    tenure.assigned(5, [A])
    assert tenure.kept(A, 4, 5)
    assert tenure.kept(A, 5, 5)
    assert tenure.spots == {A}


def test_a_generation_that_was_missed_breaks_it() -> None:
    tenure = Tenure()
    tenure.assigned(4, [A])
    tenure.assigned(6, [A])
    assert not tenure.kept(A, 4, 6)
    assert tenure.kept(A, 6, 6)


def test_a_partition_that_was_away_for_one_generation_is_loaded_again() -> None:
    tenure = Tenure()
    tenure.assigned(4, [A, B])
    tenure.assigned(5, [A])
    tenure.assigned(6, [A, B])
    assert tenure.kept(A, 4, 6)
    assert not tenure.kept(B, 4, 6)


def test_a_consumer_group_that_begins_again_keeps_nothing() -> None:
    tenure = Tenure()
    tenure.assigned(7, [A])
    tenure.assigned(1, [A])
    assert not tenure.kept(A, 7, 1)


def test_what_was_fetched_in_an_earlier_generation_is_over() -> None:
    tenure = Tenure()
    assert not tenure.over(3)
    tenure.assigned(4, [A])
    assert tenure.over(3)
    assert not tenure.over(4)


def test_of_a_generation_that_was_not_told_yet_nothing_is_kept() -> None:
    """A chunk may come before the assignment is told; generations in between may have been somebody else's."""
    made = Tenure()
    made.assigned(1, [("t", 0)])
    assert made.kept(("t", 0), 1, 1)
    assert not made.kept(("t", 0), 1, 3)
    made.assigned(3, [("t", 0)])
    assert not made.kept(("t", 0), 1, 3)
    assert made.kept(("t", 0), 3, 3)
