from __future__ import annotations

import pytest

from ioc.events import Rejected
from ioc.streams.circuit import CONSECUTIVE, LEAST, Circuit, Sum

NOW = 1_750_000_000_000


def told(circuit: Circuit, *fates: bool, step: int = 10, start: int = NOW) -> list[int]:
    """Where it changed; True is a refusal."""
    return [nth for nth, refused in enumerate(fates) if circuit.take(start + nth * step, refused=refused)]


def test_a_thousand_refusals_in_a_row_are_a_faulty_feed_however_slowly_they_come() -> None:
    circuit = Circuit()

    assert told(circuit, *[True] * (CONSECUTIVE + 5), step=61_000) == [CONSECUTIVE - 1]
    assert circuit.open


def test_more_than_half_of_a_minute_is_a_faulty_feed_where_there_are_enough_records() -> None:
    assert told(Circuit(), *[True, True, False] * 40) == [LEAST - 1]
    assert told(Circuit(), *[False, True] * 400) == []
    assert told(Circuit(), *[True] * (LEAST - 1)) == []


def test_one_bad_record_among_good_ones_is_no_fault() -> None:
    assert told(Circuit(), *([False] * 9 + [True]) * 1_000) == []


def test_a_feed_is_mended_when_most_of_a_minute_is_good_again() -> None:
    circuit = Circuit()
    told(circuit, *[True] * CONSECUTIVE)

    (mended,) = told(circuit, *[False] * 6_000, start=NOW + 10_000)
    assert not circuit.open
    assert mended == CONSECUTIVE * 3  # a quarter of all is still bad


def test_a_quiet_feed_is_mended_by_its_first_good_record_after_a_minute() -> None:
    circuit = Circuit()
    told(circuit, *[True] * CONSECUTIVE)

    assert told(circuit, True, False, start=NOW + 10_000_000) == [1]


def test_time_stamps_that_go_back_are_counted_as_now() -> None:
    circuit = Circuit()
    assert told(circuit, *[True] * LEAST, step=-20) == [LEAST - 1]


@pytest.mark.parametrize("ahead", [2 * 60_000, 3_600_000, 10 * 365 * 86_400_000])
def test_one_time_stamp_far_ahead_does_not_hold_the_minute_for_what_comes_after(ahead: int) -> None:
    """Else every record counts as of that second until the others reach it: what is long past is held against a feed."""
    circuit = Circuit()
    circuit.take(NOW + ahead, refused=False)
    told(circuit, *[True] * CONSECUTIVE)
    assert circuit.open

    assert told(circuit, False, start=NOW + 100_000) == [0]
    assert not circuit.open


def test_the_sum_says_how_many_where_and_why() -> None:
    found = Sum()
    for offset, code in ((4, "missing"), (5, "missing"), (9, "not_this_format")):
        found.add(NOW + offset, offset, (Rejected(record=1, field="-", code=code),))  # type: ignore[arg-type]  # any reason

    assert found.note == "3 records refused, offsets 4 to 9: missing 2, not_this_format 1"
    assert (found.first, found.at) == (4, NOW + 9)
