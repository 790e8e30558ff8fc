import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.adapters.numbers import number, whole
from ioc.adapters.refusal import Refusal

TAKEN = {
    "an integer": (21, 21.0),
    "a float": (2.5, 2.5),
    "text": (" 61.3 ", 61.3),
    "a sign and an exponent": ("-1.5e-3", -0.0015),
    "no digit before the point": (".5", 0.5),
    "no digit after the point": ("5.", 5.0),
    "a comma that can only be the decimal sign": ("61,3", 61.3),
    "four digits after a comma": ("1,2345", 1.2345),
    "a zero before the comma": ("0,123", 0.123),
    "four digits before the comma": ("1234,567", 1234.567),
}
REFUSED = {
    "a comma that may group thousands": ("1,234", "not_a_number"),
    "both signs": ("1.234,5", "not_a_number"),
    "two commas": ("1,234,567", "not_a_number"),
    "an underscore, which Python would take": ("1_000", "not_a_number"),
    "hexadecimal": ("0x10", "not_a_number"),
    "digits of another script": ("٣", "not_a_number"),
    "a unit behind it": ("31 °C", "not_a_number"),
    "NaN": ("NaN", "not_finite"),
    "infinity": ("-Infinity", "not_finite"),
    "Excel's infinity": ("1.#INF", "not_finite"),
    "beyond a double": ("1e999", "not_finite"),
    "an integer beyond a double": (10**400, "not_finite"),
    "NaN as a float": (float("nan"), "not_finite"),
    "nothing": (None, "missing"),
    "an empty text": ("  ", "empty"),
    "a truth value": (True, "wrong_type"),
    "a list": ([1], "wrong_type"),
    "a very long text": ("1" * 65, "too_long"),
}


@pytest.mark.parametrize(("given_", "expected"), TAKEN.values(), ids=TAKEN)
def test_taken(given_: object, expected: float) -> None:
    assert number(given_) == expected


@pytest.mark.parametrize(("given_", "code"), REFUSED.values(), ids=REFUSED)
def test_refused(given_: object, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        number(given_)
    assert caught.value.code == code


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_what_python_writes_is_read_back(value: float) -> None:
    assert number(repr(value)) == value


def outcome(given_: object) -> float | str:
    try:
        return number(given_)
    except Refusal as refusal:
        return refusal.code


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused_with_a_code(text: str) -> None:
    found = outcome(text)
    codes = {"not_a_number", "not_finite", "empty", "too_long"}
    assert found in codes if isinstance(found, str) else found - found == 0


@pytest.mark.parametrize("given_", [2.5, "2.5", 1e300, "x"])
def test_a_whole_number_has_no_fraction(given_: object) -> None:
    with pytest.raises(Refusal):
        whole(given_)


def test_a_whole_number_keeps_all_its_digits() -> None:
    assert whole(18446744073709551615) == 18446744073709551615
    assert whole("41") == whole(41.0) == 41
