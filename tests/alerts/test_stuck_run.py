"""The newest run of readings within a tolerance."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ioc.alerts.stuck_run import Run

HOUR = 3_600_000


def run_of(values: list[float], within: float = 0.0, step: int = HOUR) -> Run:
    run = Run()
    for place, value in enumerate(values):
        run.read((place + 1) * step, value, within, f"{place}")
    return run


@given(st.lists(st.integers(0, 3), min_size=1, max_size=30), st.integers(0, 2))
def test_it_is_the_run_of_the_naive_definition(values: list[float], within: int) -> None:
    begin = 0
    for place in range(len(values)):
        if max(values[begin : place + 1]) - min(values[begin : place + 1]) > within:
            begin = place

    run = run_of(values, within)

    assert run.first == (begin + 1) * HOUR
    assert run.newest == len(values) * HOUR
    assert run.count == len(values) - begin
    assert run.lasted(HOUR, 1) == len(values) - 1 - begin
    assert run.opened_by == str(begin)


def test_a_reading_older_than_the_newest_says_nothing() -> None:
    run = run_of([5, 5, 5])

    assert run.read(HOUR, 9.0, 0.0, "x") is None
    assert run == run_of([5, 5, 5])


def test_too_few_readings_are_no_stuck_value() -> None:
    assert run_of([5, 5, 5, 5, 5]).lasted(HOUR, 6) == 0.0
    assert run_of([5, 5, 5, 5, 5, 5]).lasted(HOUR, 6) == 5.0


def test_a_tolerance_in_decimals_is_met_by_decimals() -> None:
    assert run_of([0.3, 0.4, 0.3], 0.1).count == 3
    assert run_of([0.3, 0.400002, 0.3], 0.1).count == 1


def test_silence_counts_only_between_readings() -> None:
    run = run_of([5, 5])

    assert run.lasted(HOUR, 2) == 1.0
    run.read(100 * HOUR, 5.0, 0.0, "x")
    assert run.lasted(HOUR, 2) == 99.0
