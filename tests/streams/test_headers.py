from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.streams.headers import (
    CLOCK,
    ORIGIN,
    Origin,
    clock_header,
    origin_header,
    read_clock,
    read_origin,
    value_of,
)


@given(st.text(min_size=1, max_size=30), st.integers(0, 4_000_000_000_000))
def test_a_clock_comes_back_as_it_was_sent(replay: str, clock: int) -> None:
    name, value = clock_header(replay, clock)
    assert name == CLOCK
    assert read_clock(value) == (replay, clock)


def test_an_origin_comes_back_as_it_was_sent() -> None:
    origin = Origin("ab" * 16, 11, 2**40, 3)
    name, value = origin_header(origin)
    assert name == ORIGIN
    assert read_origin(value) == origin


@pytest.mark.parametrize(
    "value",
    [b"", b":", b"x", b"x:", b":5", b"x:-5", b"x:1e3", b"x:999999999999999", b"x:" + b"9" * 400, b"\xff:5"],
)
def test_what_is_no_clock_is_none(value: bytes) -> None:
    assert read_clock(value) is None


@pytest.mark.parametrize("value", [b"", b"a:b", b"t:1:2", b"t:1:-2:0", b"t:1:x:0", b"t:1:2:3:4", b"\xff:1:2:3"])
def test_what_is_no_origin_is_none(value: bytes) -> None:
    assert read_origin(value) is None


def test_the_last_header_of_a_name_counts() -> None:
    assert value_of([("a", b"1"), ("b", b"2"), ("a", b"3")], "a") == b"3"
    assert value_of([], "a") is None
