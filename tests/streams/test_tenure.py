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
