import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.gateway.limits import BURST, Bucket
from ioc.gateway.recent import Recent


def test_ten_seconds_worth_may_come_at_once() -> None:
    bucket = Bucket(5.0, 0.0)

    assert [bucket.wait(0.0) for _ in range(50)] == [0] * 50
    assert bucket.wait(0.0) == 1
    assert bucket.wait(1.0) == 0


def test_a_long_silence_saves_up_no_more_than_one_burst() -> None:
    bucket = Bucket(5.0, 0.0)

    assert [bucket.wait(1e6) for _ in range(51)] == [0] * 50 + [1]


def test_a_body_larger_than_the_bucket_passes_and_is_paid_for_by_waiting() -> None:
    bucket = Bucket(10.0, 0.0)

    assert bucket.wait(0.0) == 0
    bucket.pay(600, 0.0)
    asked = bucket.wait(0.0)
    assert asked == 51
    assert bucket.wait(asked - 1.0) > 0
    assert bucket.wait(float(asked)) == 0


def test_a_slow_feed_gets_one_record_at_a_time() -> None:
    bucket = Bucket(0.01, 0.0)

    assert bucket.wait(0.0) == 0
    assert bucket.wait(0.0) == 100
    assert bucket.wait(100.0) == 0


@given(
    rate=st.floats(0.1, 1000),
    bodies=st.lists(st.tuples(st.floats(0, 5), st.integers(0, 500)), max_size=60),
)
def test_no_timing_brings_in_more_than_the_rate_and_one_burst(rate: float, bodies: list[tuple[float, int]]) -> None:
    bucket, now, taken, last = Bucket(rate, 0.0), 0.0, 0, 0
    for pause, records in bodies:
        now += pause
        if bucket.wait(now) == 0:
            bucket.pay(records, now)
            last = max(1, records)
            taken += last

    assert taken - last <= max(1.0, rate * BURST) + rate * now + 1e-6


def test_a_clock_that_steps_back_gives_nothing() -> None:
    bucket = Bucket(1.0, 100.0)
    for _ in range(10):
        assert bucket.wait(100.0) == 0

    assert bucket.wait(50.0) == 1
    assert bucket.wait(100.5) == 1


@given(st.lists(st.text("ab", min_size=1, max_size=4), max_size=60), st.integers(1, 8))
def test_recent_ids_are_the_last_ones_and_bounded(ids: list[str], limit: int) -> None:
    recent, naive = Recent(limit), list[str]()
    for one in ids:
        recent.add([one])
        naive = [*[kept for kept in naive if kept != one], one][-limit:]

    assert len(recent) == len(naive)
    assert {one for one in ids if one in recent} == set(naive)


def test_what_was_never_taken_is_not_recent() -> None:
    assert "a" not in Recent()
    with pytest.raises(TypeError):
        [] in Recent()  # type: ignore[operator]  # noqa: B015 - ids are text
