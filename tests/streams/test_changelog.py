from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from ioc.streams import changelog, holes
from ioc.streams.changelog import BASE_KEY, NO_STAMP, Fold, StateRecord
from ioc.streams.holes import CLOCK_KEY, Change, ClockRecord

HERE = "aa" * 16


def record(generation: int, offset: int, *outbox: bytes, topic_id: str = HERE, state: bytes = b"s") -> StateRecord:
    return StateRecord(generation, topic_id, 2, offset, 0, True, "", "v1", state, [], [], list(outbox))


def fold(*records: tuple[str, StateRecord]) -> Fold:
    made = Fold(HERE, 2)
    for at, (key, one) in enumerate(records):
        made.add(key.encode(), changelog.encode(one), 1000 + at)
    return made


def test_a_record_comes_back_as_it_was_written() -> None:
    one = StateRecord(3, HERE, 2, 77, 9, True, "may", "v1", b"\x00\xff", ["a1"], [("t", 1, 2, 3)], [b"{}", b"x"])
    assert changelog.decode(changelog.encode(one)) == one


def test_the_greatest_generation_and_stamp_counts_wherever_it_lies() -> None:
    records = [("k", record(1, 50)), ("k", record(2, 40)), ("k", record(2, 60)), ("k", record(1, 900))]
    for order in itertools.permutations(records):
        made = fold(*order)
        assert made.winners["k"].rank == (2, 60)
        assert made.highest == 2
        assert [key for key, _ in made.unsettled(61, 3)] == ([] if order[-1][1].offset == 60 else [b"k"])


def test_a_stamp_of_another_log_counts_as_none() -> None:
    made = fold(("k", record(2, 5)), ("k", record(2, 900, topic_id="bb" * 16)))
    assert made.winners["k"].rank == (2, 5)

    alone = fold(("k", record(2, 900, topic_id="bb" * 16)))
    assert alone.winners["k"].rank == (2, NO_STAMP)
    assert alone.outboxes(0) == []


def test_of_equal_records_the_later_counts() -> None:
    made = fold(("k", record(1, 5, state=b"old")), ("k", record(1, 5, state=b"new")))
    assert made.winners["k"].record.state == b"new"
    assert made.winners["k"].written == 1001


def test_outboxes_at_or_beyond_the_committed_offset_come_again_in_the_order_of_the_log() -> None:
    made = fold(
        ("c", record(1, 30, b"c1", b"c2")),
        ("a", record(1, 50, b"a1")),
        ("b", record(1, 29, b"b1")),
        ("d", record(1, 40)),
    )
    assert made.outboxes(30) == [b"c1", b"c2", b"a1"]
    assert made.outboxes(0) == [b"b1", b"c1", b"c2", b"a1"]
    assert made.outboxes(51) == []


def test_a_winner_beyond_the_committed_offset_is_written_under_the_loaders_generation() -> None:
    made = fold(("a", record(1, 30, b"a1")), ("b", record(1, 29)), ("c", record(2, 31)))
    ((key, value),) = made.unsettled(30, 2)
    assert key == b"a"
    assert changelog.decode(value) == record(2, 30, b"a1")


def test_a_clock_beyond_the_committed_offset_too() -> None:
    made = Fold(HERE, 2)
    made.add(CLOCK_KEY, holes.encode(ClockRecord(1, HERE, 2, 30, [Change(30, 5000, 77)])), 1)
    assert list(made.unsettled(31, 2)) == []
    ((key, value),) = made.unsettled(30, 2)
    assert (key, holes.decode(value)) == (CLOCK_KEY, ClockRecord(2, HERE, 2, 30, [Change(30, 5000, 77)]))


def test_of_a_clock_of_another_log_only_the_length_of_the_holes_is_taken() -> None:
    made = Fold(HERE, 2)
    made.add(CLOCK_KEY, holes.encode(ClockRecord(1, "bb" * 16, 2, 30, [Change(20, 100, 5), Change(30, 5000, 77)])), 1)
    assert made.clock is not None
    assert made.clock.changes == [Change(NO_STAMP, 5000, 0)]


def test_what_is_no_record_is_counted_and_stops_nothing() -> None:
    made = Fold(HERE, 2)
    made.add(b"k", b"not msgpack", 1)
    made.add(b"\xfe", changelog.encode(record(1, 1)), 1)
    made.add(BASE_KEY, b"junk", 1)
    made.add(None, b"x", 1)
    made.add(b"k", None, 1)
    made.add(b"k", changelog.encode(record(1, 1)), 1)
    assert made.unreadable == 3
    assert list(made.winners) == ["k"]


def test_the_greatest_base_counts() -> None:
    made = Fold(HERE, 2)
    for generation in (4, 9, 2):
        made.add(BASE_KEY, changelog.write_base(generation), 1)
    assert made.base == 9
    assert made.winners == {}


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(0, 3), st.integers(-1, 5), st.sampled_from([HERE, "bb" * 16]))
    )
)
def test_the_winner_is_the_one_that_sorting_finds(rows: list[tuple[str, int, int, str]]) -> None:
    made = fold(*((key, record(g, o, topic_id=t, state=b"%d" % n)) for n, (key, g, o, t) in enumerate(rows)))
    for key in {row[0] for row in rows}:
        mine = [(g, o if t == HERE else -1, n) for n, (k, g, o, t) in enumerate(rows) if k == key]
        assert made.winners[key].record.state == b"%d" % max(mine)[2]
        assert made.winners[key].last == (max(mine)[2] == mine[-1][2])
