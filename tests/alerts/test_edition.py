"""Rules and feeds as they travel through the log: what comes out is what went in."""

from __future__ import annotations

import json
import zlib

import msgspec
import pytest

from ioc.alerts.edition import Edition, edition, pack, read, unpack
from ioc.alerts.parse import parse
from ioc.alerts.rule import RuleSet
from ioc.settings.edition import load_edition
from tests.alerts.timeline import RULE


def test_the_shipped_rules_and_feeds_come_out_as_they_went_in() -> None:
    made, content = load_edition()
    again = read(unpack(pack(made)))
    assert again.rules.digest == content.rules.digest
    assert [one.version for one in again.rules.rules] == [one.version for one in content.rules.rules]
    assert again.catalogue == content.catalogue
    assert again.unread == ()


def test_holidays_travel_with_the_rules_that_ask_for_them() -> None:
    asks = parse({"a.yaml": json.dumps({"rules": [{**RULE, "active": {"holidays": "never"}}]})}, {20_000, 20_001})
    made = edition(asks.written, {}, asks.holidays)

    again = read(unpack(pack(made)))

    assert again.rules.digest == asks.digest
    assert again.rules.holidays == (20_000, 20_001)
    assert edition(asks.written, {}, (20_000,)).name != made.name


def test_what_was_packed_before_there_were_holidays_is_read() -> None:
    raw = zlib.compress(msgspec.msgpack.encode(((), ())))

    assert unpack(raw) == Edition((), ())


def test_templates_presets_and_sensitivity_are_written_out_in_it() -> None:
    text = json.dumps({
        "templates": {"high": {**RULE, "id": "${name}", "sensitivity": "low"}},
        "rules": [{"use": "high", "id": "tried", "with": {"name": "x"}}],
    })  # fmt: skip
    checked = parse({"a.yaml": text})

    assert read(edition(checked.written, {})).rules.digest == checked.digest
    assert checked.rules[0].severities["moderate"].clear == 65


def test_the_name_is_that_of_the_content_whatever_the_order() -> None:
    rules = {"b": {"id": "b", "x": 1}, "a": {"id": "a"}}
    feeds = {"f": {"name": "f"}}
    same = edition(dict(reversed(rules.items())), feeds)
    assert edition(rules, feeds).name == same.name
    assert len({edition(rules, {}).name, edition({}, feeds).name, edition({}, {}).name, same.name}) == 4


def test_what_another_version_of_the_program_wrote_is_left_out_and_named() -> None:
    made, content = load_edition()
    newer = msgspec.json.encode({**msgspec.json.decode(made.rules[0]), "colour": "red"})
    feed = msgspec.json.encode({**msgspec.json.decode(made.feeds[0]), "colour": "red"})

    found = read(Edition((newer, *made.rules[1:]), (feed, *made.feeds[1:])))

    gone = content.rules.rules[0].id
    assert found.unread == (gone, content.catalogue.feeds[0].name)
    assert found.rules.digest == RuleSet([one for one in content.rules.rules if one.id != gone]).digest
    assert len(found.catalogue.feeds) == len(content.catalogue.feeds) - 1


@pytest.mark.parametrize(
    "raw",
    [b"", b"no", pack(Edition((), ()))[:-3], zlib.compress(b"\xff"), zlib.compress(b"")],
    ids=["nothing", "noise", "cut off", "another content", "empty"],
)
def test_bytes_that_hold_no_edition_are_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        unpack(raw)


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ioc.alerts.edition.MOST_BYTES", 1000)
    with pytest.raises(ValueError, match="too large"):
        unpack(zlib.compress(bytes(2000)))
