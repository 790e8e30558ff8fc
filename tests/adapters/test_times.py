from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.adapters.refusal import Refusal
from ioc.adapters.times import EARLIEST, acquired, instant, zone_of

HANOI = "+07:00"
TAKEN = {
    "RFC 3339": ("2026-05-14T10:00:00+07:00", "2026-05-14T03:00:00+00:00", False),
    "Z": ("2026-05-14T10:00:00Z", "2026-05-14T10:00:00+00:00", False),
    "a zone without a colon": ("2026-05-14T10:00:00.123456+0700", "2026-05-14T03:00:00.123456+00:00", False),
    "a zone of hours only": ("2026-05-14T10:00:00+07", "2026-05-14T03:00:00+00:00", False),
    "west of Greenwich": ("2026-05-14T10:00:00-0930", "2026-05-14T19:30:00+00:00", False),
    "the word UTC": ("2026-05-14 10:00:00 UTC", "2026-05-14T10:00:00+00:00", False),
    "a blank for T": ("2026-05-14 10:00:00+07:00", "2026-05-14T03:00:00+00:00", False),
    "no zone": ("2026-05-14T10:00:00", "2026-05-14T03:00:00+00:00", True),
    "no seconds": ("2026-05-14 10:00", "2026-05-14T03:00:00+00:00", True),
    "a day alone": ("2026-05-14", "2026-05-13T17:00:00+00:00", True),
    "unpadded month, day, hour": ("2026-5-4 7:05", "2026-05-04T00:05:00+00:00", True),
    "a comma before the fraction": ("2026-05-14T10:00:00,5Z", "2026-05-14T10:00:00.500000+00:00", False),
    "nanoseconds": ("2026-05-14T10:00:00.123456789Z", "2026-05-14T10:00:00.123456+00:00", False),
    "24:00 is the next midnight": ("2026-12-31T24:00:00Z", "2027-01-01T00:00:00+00:00", False),
    "a leap second": ("2026-12-31T23:59:60Z", "2027-01-01T00:00:00+00:00", False),
    "blanks around it": (" 2026-05-14T10:00:00Z ", "2026-05-14T10:00:00+00:00", False),
    "compact": ("20260514100000", "2026-05-14T03:00:00+00:00", True),
    "compact without seconds": ("202605141000", "2026-05-14T03:00:00+00:00", True),
    "compact 24:00": ("20260514240000", "2026-05-14T17:00:00+00:00", True),
    "ISO basic": ("20260514T100000Z", "2026-05-14T10:00:00+00:00", False),
    "epoch seconds": (1778752800, "2026-05-14T10:00:00+00:00", False),
    "epoch seconds with a fraction": (1778752800.25, "2026-05-14T10:00:00.250000+00:00", False),
    "epoch milliseconds": (1778752800123, "2026-05-14T10:00:00.123000+00:00", False),
    "epoch microseconds as text": ("1778752800123456", "2026-05-14T10:00:00.123456+00:00", False),
    "epoch nanoseconds": (1778752800123456789, "2026-05-14T10:00:00.123456+00:00", False),
}
REFUSED = {
    "day/month/year, which has two readings": ("05/04/2026 10:00", "not_a_time"),
    "the 30th of February": ("2026-02-30T00:00:00Z", "not_a_time"),
    "25 o'clock": ("2026-05-14T25:00:00Z", "not_a_time"),
    "24:01": ("2026-05-14T24:01:00Z", "not_a_time"),
    "a zone beyond the earth": ("2026-05-14T10:00:00+99:00", "not_a_time"),
    "year zero": ("0000-01-01T00:00:00Z", "not_a_time"),
    "a year of five digits": ("12026-05-14T10:00:00Z", "not_a_time"),
    "the last year there is": ("9999-12-31T23:59:59Z", "not_a_time"),
    "Unix's beginning": ("1970-01-01T00:00:00Z", "out_of_range"),
    "a clock chip's beginning": ("2000-01-01T00:00:00Z", "out_of_range"),
    "an epoch of eleven digits": (17787528001, "not_a_time"),
    "a negative epoch": (-1778752800, "not_a_time"),
    "infinity": (float("inf"), "not_a_time"),
    "words": ("yesterday", "not_a_time"),
    "digits of another script": ("٢٠٢٦-05-14", "not_a_time"),
    "too much of it": ("2" * 10_000, "not_a_time"),
    "nothing": (None, "missing"),
    "an empty text": ("", "empty"),
    "a truth value": (True, "wrong_type"),
    "a list": ([2026], "wrong_type"),
}


@pytest.mark.parametrize(("sent", "expected", "assumed"), TAKEN.values(), ids=TAKEN)
def test_taken(sent: object, expected: str, assumed: bool) -> None:
    found = instant(sent, HANOI)
    assert (found.at.isoformat(), found.assumed) == (expected, assumed)
    assert found.at.tzinfo is UTC


@pytest.mark.parametrize(("sent", "code"), REFUSED.values(), ids=REFUSED)
def test_refused(sent: object, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        instant(sent, HANOI)
    assert caught.value.code == code


def test_a_stated_form_is_read_in_the_feeds_zone() -> None:
    found = instant("14/05/2026 10h30", "Asia/Ho_Chi_Minh", "%d/%m/%Y %Hh%M")
    assert (found.at.isoformat(), found.assumed) == ("2026-05-14T03:30:00+00:00", True)


def test_a_stated_form_with_its_own_zone_assumes_nothing() -> None:
    found = instant("14.05.2026 10:30 +0900", HANOI, "%d.%m.%Y %H:%M %z")
    assert (found.at.isoformat(), found.assumed) == ("2026-05-14T01:30:00+00:00", False)


@given(st.datetimes(min_value=datetime(2000, 1, 3), max_value=datetime(9998, 1, 1)), st.integers(-14 * 60, 14 * 60))  # noqa: DTZ001
def test_every_written_time_is_read_back(at: datetime, minutes: int) -> None:
    sign = "-" if minutes < 0 else "+"
    zone = f"{sign}{abs(minutes) // 60:02d}{abs(minutes) % 60:02d}"
    found = instant(at.isoformat() + zone, HANOI)
    assert found.at == (at - timedelta(minutes=minutes)).replace(tzinfo=UTC)


def outcome(sent: object) -> datetime | str:
    try:
        return instant(sent, HANOI).at
    except Refusal as refusal:
        return refusal.code


@given(st.one_of(st.text(max_size=40), st.integers(), st.floats(), st.none(), st.booleans()))
def test_anything_else_is_read_or_refused(sent: object) -> None:
    found = outcome(sent)
    codes = {"not_a_time", "missing", "empty", "wrong_type", "out_of_range"}
    assert found in codes if isinstance(found, str) else found >= EARLIEST


ACQUIRED = {
    "an hour that lost its zeros": ("41", "00:41"),
    "three digits": ("638", "06:38"),
    "four digits": ("2359", "23:59"),
    "a number": (5, "00:05"),
    "midnight": ("0", "00:00"),
    "with a colon": ("06:38", "06:38"),
}


@pytest.mark.parametrize(("clock", "expected"), ACQUIRED.values(), ids=ACQUIRED)
def test_firms_time(clock: object, expected: str) -> None:
    assert acquired("2026-03-19", clock).at.isoformat() == f"2026-03-19T{expected}:00+00:00"


@pytest.mark.parametrize("clock", ["2460", "12345", "-41", "4.1", "", "x"])
def test_firms_time_refused(clock: str) -> None:
    with pytest.raises(Refusal):
        acquired("2026-03-19", clock)


@pytest.mark.parametrize("name", ["Mars/Olympus", "../../etc/passwd", "+25:00", ""])
def test_a_zone_that_is_none(name: str) -> None:
    with pytest.raises(ValueError, match="no zone"):
        zone_of(name)
