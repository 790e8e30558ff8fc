from typing import get_args

import pytest

from ioc import words
from ioc.adapters.parsed import Ignored
from ioc.adapters.sentences import ignored_text, reason_text
from ioc.events import FATES, Flag, Reason, Rejected
from ioc.words import LANGS
from tests.adapters.golden import inputs, outcome


@pytest.mark.parametrize("code", get_args(Reason))
def test_every_reason_has_a_sentence_without_any_values(code: Reason) -> None:
    for lang in LANGS:
        assert "{" not in reason_text(Rejected(record=1, field="x", code=code), lang)


@pytest.mark.parametrize("code", get_args(Ignored))
def test_every_ignored_code_has_a_sentence(code: str) -> None:
    assert {ignored_text(code, lang) for lang in LANGS} != {""}


@pytest.mark.parametrize("key", [f"flag.{flag}" for flag in get_args(Flag)] + [f"fate.{fate}" for fate in FATES])
def test_every_flag_and_fate_has_words(key: str) -> None:
    assert words.has(key)


CLOSEST = {
    "limits are named": (
        Rejected(
            record=1, field="dest_port", code="out_of_range", excerpt="70000", values={"low": "0", "high": "65535"}
        ),
        "Field “dest_port”: “70000” is outside 0 to 65535.",
    ),
    "pydantic's names for limits too": (
        Rejected(record=1, field="value", code="out_of_range", excerpt="2", values={"ge": "0", "le": "1"}),
        "Field “value”: “2” is outside 0 to 1.",
    ),
    "one limit alone gives the plain sentence": (
        Rejected(record=1, field="value", code="out_of_range", excerpt="2", values={"le": "1"}),
        "Field “value”: “2” is outside the allowed range.",
    ),
    "a variant before the detail": (
        Rejected(record=1, field="timestamp", code="out_of_range", excerpt="1970-01-01", values={"variant": "clock"}),
        "Field “timestamp”: the time “1970-01-01” lies before 2000, the device's clock was never set.",
    ),
    "an unknown variant is passed over": (
        Rejected(record=1, field="v", code="not_a_number", excerpt="x", values={"variant": "new"}),
        "Field “v” must be a number, got “x”.",
    ),
    "a long excerpt is shortened": (
        Rejected(record=1, field="v", code="not_a_number", excerpt="x" * 100),
        "Field “v” must be a number, got “" + "x" * 59 + "…”.",
    ),
    "braces of the sender stay braces": (
        Rejected(record=1, field="{v}", code="not_a_number", excerpt="{field}"),
        "Field “{v}” must be a number, got “{field}”.",
    ),
    "a whole record has no field": (
        Rejected(record=1, field="-", code="too_long", values={"limit": "131072"}),
        "The record is longer than 131072 bytes.",
    ),
}


@pytest.mark.parametrize(("refused", "expected"), CLOSEST.values(), ids=CLOSEST)
def test_the_closest_sentence_is_chosen(refused: Rejected, expected: str) -> None:
    assert reason_text(refused, "en") == expected


def test_every_unreadable_case_has_its_words() -> None:
    found = [shown for case in inputs() if isinstance(shown := outcome(case), dict)]
    assert {"firms_error", "no_json", "missing_columns", "empty_input", "utf16_input"} <= {
        one["unreadable"] for one in found
    }
    for one in found:
        for lang in LANGS:
            assert words.say(f"error.{one['unreadable']}", lang, **one["values"])
