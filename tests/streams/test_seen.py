from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ioc.events import event_id
from ioc.streams.seen import Seen, hash64, pack, unpack
from ioc.streams.topics import SEEN_MS


def test_an_id_is_first_once() -> None:
    seen = Seen()
    assert [seen.first(7, 1), seen.first(7, 2), seen.first(8, 3)] == [True, False, True]


def test_after_a_crash_the_record_itself_is_no_duplicate_and_its_copy_is() -> None:
    seen = Seen()
    seen.recall([(7, 100), (8, 101), (7, 150)], committed=90)

    assert seen.first(7, 100)
    assert seen.first(8, 101)
    assert not seen.first(7, 150)


def test_ids_below_the_committed_offset_make_duplicates_of_all_that_comes() -> None:
    seen = Seen()
    seen.recall([(7, 10)], committed=90)
    assert not seen.first(7, 95)


def test_an_id_seen_at_a_lower_offset_than_the_record_that_comes_is_a_duplicate() -> None:
    seen = Seen()
    seen.recall([(7, 100)], committed=100)
    assert not seen.first(7, 101)
    assert not seen.first(7, 102)


@given(st.integers(1, SEEN_MS - 1))
def test_an_id_is_known_for_ten_minutes_of_log_time(after: int) -> None:
    seen = Seen()
    seen.advance(1_000_000)
    seen.advance(1_000_000 + SEEN_MS + 5)
    assert seen.first(7, 1)
    seen.advance(1_000_000 + SEEN_MS + 5 + after)
    assert not seen.first(7, 2)
    assert seen.overflow == 0


def test_an_id_is_forgotten_after_twenty() -> None:
    seen = Seen()
    seen.advance(1_000_000)
    seen.first(7, 1)
    seen.advance(1_000_000 + SEEN_MS)
    seen.advance(1_000_000 + 2 * SEEN_MS)
    assert seen.first(7, 2)
    assert len(seen) == 1


def test_memory_is_bounded_and_what_is_forgotten_early_is_counted() -> None:
    seen = Seen(limit=100)
    for one in range(1000):
        seen.first(one, one)
        assert len(seen) <= 100

    assert len(seen) + seen.overflow == 1000
    assert not seen.first(999, 1000)
    assert seen.first(1, 1001)


def test_recalling_more_than_fits_is_counted_too() -> None:
    seen = Seen(limit=10)
    seen.recall([(n, n) for n in range(25)], committed=100)
    assert len(seen) == 10
    assert seen.overflow == 15


@given(st.lists(st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 2**31)), min_size=1), st.integers(0, 2**50))
def test_pairs_come_back_as_they_were_packed(pairs: list[tuple[int, int]], start: int) -> None:
    pairs = sorted(((one, start + offset) for one, offset in pairs), key=lambda pair: pair[1])
    assert unpack(pack("ab", 3, pairs), "ab", 3) == pairs


def test_pairs_of_another_log_mean_nothing() -> None:
    raw = pack("ab", 3, [(1, 1)])
    assert unpack(raw, "cd", 3) == []
    assert unpack(raw, "ab", 4) == []


@given(st.text(max_size=64))
def test_any_text_has_a_hash_of_64_bits(text: str) -> None:
    assert 0 <= hash64(text) < 2**64


def test_our_ids_hash_to_their_first_half() -> None:
    one = event_id("source", 1)
    assert hash64(one) == int(one[:16], 16)
    assert hash64("not hexadecimal!") != hash64("not hexadecimal?")


def test_what_was_recalled_outlives_the_first_tick() -> None:
    seen = Seen()
    seen.recall([(7, 10)], committed=90)
    seen.advance(1_700_000_000_000)
    assert not seen.first(7, 95)
