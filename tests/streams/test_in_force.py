"""Which rule set judges which record: a function of the ticks of one partition, known at any committed offset."""

from __future__ import annotations

import random

import pytest

from ioc.streams.changelog import Fold
from ioc.streams.headers import order_header, read_order
from ioc.streams.in_force import REWRITE_MS, RULES_KEY, InForce, Since, at, decode, encode

TOPIC_ID = "ab" * 16


def test_a_greater_number_changes_the_edition_and_a_smaller_or_equal_one_changes_nothing() -> None:
    held = InForce(Since(-1, 5, "a"))

    assert held.order(3, 6, "b")
    assert not held.order(4, 5, "a")  # a worker that has not heard of it yet
    assert not held.order(5, 6, "c")  # two orders of one number: the first stands
    assert held.now == Since(3, 6, "b")


def test_the_same_edition_ordered_anew_is_no_change_of_rules() -> None:
    held = InForce(Since(-1, 5, "a"))
    assert not held.order(3, 6, "a")
    assert held.now.number == 6
    assert held.changed


def test_the_record_of_a_tick_is_judged_by_what_it_orders_and_the_one_before_by_what_held() -> None:
    changes = [Since(-1, 1, "a"), Since(10, 2, "b"), Since(20, 3, "c")]
    assert [at(changes, offset).name for offset in (0, 10, 11, 20, 21)] == ["a", "a", "b", "b", "c"]  # type: ignore[union-attr]  # never None where there are changes


def test_before_all_that_is_known_the_oldest_counts() -> None:
    assert at([Since(10, 2, "b")], 4) == Since(10, 2, "b")
    assert at([], 4) is None


@pytest.mark.parametrize("seed", range(20))
def test_pruning_forgets_nothing_that_a_loader_at_or_beyond_the_commit_can_ask(seed: int) -> None:
    random_ = random.Random(seed)
    held, offset = InForce(Since(-1, 0, "e0")), 0
    for number in range(1, 200):
        offset += random_.randrange(1, 9)
        held.order(offset, number, f"e{number % 7}")
    whole, committed = list(held.changes), random_.randrange(offset)

    held.prune(committed)

    assert [at(held.changes, one) for one in range(committed, offset + 2)] == [
        at(whole, one) for one in range(committed, offset + 2)
    ]
    assert len([one for one in held.changes if one.offset < committed]) == 1


def test_a_loader_believes_the_highest_generation_wherever_its_record_lies() -> None:
    fold = Fold(TOPIC_ID, 0)
    ours, zombie = InForce(Since(-1, 1, "a"), Since(9, 2, "b")), InForce(Since(-1, 1, "a"), Since(12, 3, "x"))
    fold.add(RULES_KEY, encode(ours.record(4, TOPIC_ID, 0)), 0)
    fold.add(RULES_KEY, encode(zombie.record(3, TOPIC_ID, 0)), 0)
    assert fold.rules is not None
    assert fold.rules.changes[-1].name == "b"
    assert (fold.winners, fold.unreadable, fold.highest) == ({}, 0, 4)


def test_offsets_of_another_log_say_nothing() -> None:
    fold = Fold(TOPIC_ID, 0)
    fold.add(RULES_KEY, encode(InForce(Since(-1, 1, "a")).record(4, "cd" * 16, 0)), 0)
    assert fold.rules is None
    assert fold.highest == 4


def test_what_is_known_from_before_the_first_record_is_kept_as_well() -> None:
    fold = Fold(TOPIC_ID, 0)
    fold.add(RULES_KEY, encode(InForce(Since(-1, 1, "a")).record(4, TOPIC_ID, 0)), 0)
    assert fold.rules is not None
    assert at(fold.rules.changes, 0) == Since(-1, 1, "a")


def test_it_is_written_once_for_each_change_and_again_before_the_changelog_forgets_it() -> None:
    held = InForce(Since(-1, 1, "a"))
    assert held.changed
    assert decode(encode(held.record(1, TOPIC_ID, 0))).changes == [Since(-1, 1, "a")]
    assert not held.changed
    held.renew(1_000)
    held.renew(REWRITE_MS)
    assert not held.changed
    held.renew(1_000 + REWRITE_MS)
    assert held.changed


def test_an_order_on_a_tick_reads_as_it_was_written() -> None:
    _, raw = order_header(1_750_000_000_000, "0123456789abcdef")
    assert read_order(raw) == (1_750_000_000_000, "0123456789abcdef")


@pytest.mark.parametrize(
    "raw", [b"", b":", b"1", b"1:", b":a", b"x:a", b"-1:a", b"1:a b", b"1" * 16 + b":a", b"1:\xff"]
)
def test_what_is_no_order_orders_nothing(raw: bytes) -> None:
    assert read_order(raw) is None
