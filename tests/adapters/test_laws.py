"""Laws of every adapter, on any bytes and on good inputs that were damaged."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.adapters import ADAPTERS, DOMAIN_OF, Parsed
from ioc.adapters.defaults import default_feed
from ioc.adapters.sentences import as_json, ignored_text
from ioc.catalogue import Feed
from ioc.errors import Unreadable
from ioc.events.codec import STRUCTS, decode, encode
from tests.adapters.golden import RECEIVED, feed_of, inputs

Damage = Callable[[bytes], bytes]


def judged(raw: bytes, feed: Feed) -> list[Parsed] | None:
    """All records, their laws checked; None where the input is unreadable."""
    found: list[Parsed] = []
    try:
        found.extend(ADAPTERS[feed.adapter](raw, feed, RECEIVED))
    except Unreadable:
        assert not found, "unreadable is said before the first record"
        return None
    assert [parsed.record for parsed in found] == list(range(1, len(found) + 1))
    for parsed in found:
        lawful(parsed, feed)
    return found


def lawful(parsed: Parsed, feed: Feed) -> None:
    assert sum((bool(parsed.events), bool(parsed.rejected) and not parsed.events, parsed.ignored is not None)) == 1
    for event in parsed.events:
        assert event.type == DOMAIN_OF[feed.adapter]
        assert event.received_at == (parsed.received_at or RECEIVED)
        again = decode(encode(event))
        assert isinstance(again, STRUCTS[event.type])
        assert again.id == event.id
    for refused in parsed.rejected:
        assert refused.record == parsed.record
        assert refused.field
        assert len(refused.excerpt) <= 200
        said = as_json(refused)
        assert said["vi"]
        assert said["en"]
    if parsed.ignored:
        assert ignored_text(parsed.ignored, "vi")


@pytest.mark.parametrize("name", ADAPTERS)
@given(raw=st.binary(max_size=400))
def test_any_bytes_are_judged_or_unreadable(name: str, raw: bytes) -> None:
    judged(raw, default_feed(name))


@pytest.mark.parametrize("name", ADAPTERS)
@given(raw=st.text(st.sampled_from('{}[]",:\n\t\\ 01eE-.NaLatitudexyz;|"ộ'), max_size=200))
def test_any_text_of_brackets_and_marks_is_judged_or_unreadable(name: str, raw: str) -> None:
    judged(raw.encode(), default_feed(name))


@st.composite
def damages(draw: st.DrawFn) -> Damage:
    place, length = draw(st.floats(0, 1)), draw(st.integers(0, 30))
    put = draw(
        st.binary(max_size=12) | st.sampled_from([b"NaN", b"1e999", b'"', b"{", b"]", b"\n", b"\x00", b"\xff", b"null"])
    )

    def damage(raw: bytes) -> bytes:
        at = int(place * len(raw))
        return raw[:at] + put + raw[at + length :]

    return damage


@pytest.mark.parametrize("case", inputs(), ids=lambda case: f"{case.parent.name}-{case.stem}")
@settings(max_examples=15)
@given(hurt=st.lists(damages(), min_size=1, max_size=3))
def test_damaged_inputs_are_judged_or_unreadable(case: Path, hurt: list[Damage]) -> None:
    raw = case.read_bytes()
    for damage in hurt:
        raw = damage(raw)
    judged(raw, feed_of(case))


@pytest.mark.parametrize("case", inputs(), ids=lambda case: f"{case.parent.name}-{case.stem}")
def test_ids_do_not_depend_on_when_it_was_received(case: Path) -> None:
    feed = feed_of(case)
    if case.stem == "camera-status":
        pytest.skip("a status has no time of its own: it is so when it is heard")
    first = judged(case.read_bytes(), feed)
    if first is None:
        return
    later = ADAPTERS[feed.adapter](case.read_bytes(), feed, datetime(2027, 1, 1, tzinfo=UTC))
    assert [[e.id for e in p.events] for p in first] == [[e.id for e in p.events] for p in later]
