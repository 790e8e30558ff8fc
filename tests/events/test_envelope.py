import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc import words
from ioc.events.envelope import clip, event_id, plain
from ioc.events.quantities import ENVIRONMENT, UNITS, EnvironmentQuantity

PARTS = st.lists(st.text(max_size=8).filter(lambda text: "\x1f" not in text), min_size=1, max_size=4)


def test_an_ids_value_is_part_of_the_contract() -> None:
    assert event_id("st:1", "pm25", "2026-05-14T03:00:00Z") == "a037a70e19696a6349098470c1ec7c88"


@given(PARTS, PARTS)
def test_two_keys_have_one_id_only_if_they_are_equal(one: list[str], other: list[str]) -> None:
    assert (event_id(*one) == event_id(*other)) == (one == other)


@given(st.text(max_size=50), st.integers(0, 40))
def test_clipped_text_shows_no_control_or_direction_mark(text: str, limit: int) -> None:
    found = clip(text, limit)
    assert len(found) <= limit
    assert not any(
        ord(c) < 32 or ord(c) == 127 or 0x202A <= ord(c) <= 0x202E or 0x2066 <= ord(c) <= 0x2069 for c in found
    )


def test_values_for_the_words_are_short_text() -> None:
    assert plain({"n": 3, "long": "x" * 100}) == {"n": "3", "long": "x" * 80}


@pytest.mark.parametrize("quantity", ENVIRONMENT)
def test_every_quantity_has_a_unit_and_a_range(quantity: EnvironmentQuantity) -> None:
    measure = ENVIRONMENT[quantity]
    assert measure.unit in UNITS
    assert measure.low < measure.high


def test_both_languages_have_the_same_placeholders() -> None:
    for key, text in words.texts().items():
        assert words.fields(text["vi"]) == words.fields(text["en"]), key
