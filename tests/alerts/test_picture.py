"""What a transition carries: evidence, place, pictures, steps; always a whole picture, always bounded."""

from __future__ import annotations

from typing import Any

from ioc.alerts.alert import decode, encode
from ioc.alerts.state import to_bytes
from ioc.events.envelope import Media
from tests.alerts.timeline import RULE, START, START_MS, Timeline

OFFLINE: dict[str, Any] = {
    "domain": "camera",
    "quantity": "status",
    "condition": {"kind": "match", "when": {"kind": "offline"}, "until": {"kind": "online"}},
    "severities": {"moderate": {}},
}


def pictures(*names: str) -> tuple[Media, ...]:
    return tuple(Media(kind="image", url=f"https://nvr.tn/{name}.jpg", taken_at=START) for name in names)


def test_evidence_is_the_first_four_and_the_worst() -> None:
    line = Timeline({"hold": "10m"})
    for minute, value in enumerate([90, 91, 92, 93, 94, 140, 95, 96, 97, 98, 99]):
        line.at(minute).reads(value, title=f"n{minute}")

    assert [one.value for one in line.last.evidence] == [90, 91, 92, 93, 140]
    assert line.last.evidence[0].observed_at == START_MS


def test_the_worst_below_a_level_is_the_lowest() -> None:
    low = {
        "quantity": "ph",
        "condition": {"kind": "threshold", "compare": "below"},
        "severities": {"severe": {"level": 5}},
    }
    line = Timeline({**low, "hold": "9m"})
    for minute, value in enumerate([4.5, 4.4, 4.3, 4.2, 4.1, 3.0, 4.9, 4.9, 4.9, 4.9]):
        line.at(minute).reads(value, quantity="ph", unit="1")

    assert line.last.evidence[-1].value == 3.0
    assert line.last.why.above is False


def test_the_whole_picture_stands_in_every_transition() -> None:
    line = (
        Timeline({"settle": "5m"}).at(0).reads(90, media=pictures("a")).at(1).reads(200).at(2).reads(10).at(8).ticks()
    )

    assert [one.change for one in line.transitions] == ["fired", "raised", "cleared"]
    for number, one in enumerate(line.transitions, 1):
        assert one.revision == number
        assert one.alert_id == line.transitions[0].alert_id
        assert one.opened_at == START_MS
        assert (one.lat, one.lon, one.commune) == (21.6, 105.8, "05443")
        assert one.media == ("https://nvr.tn/a.jpg",)
        assert one.steps == tuple(RULE["steps"])
        assert one.call == RULE["call"]
        assert one.evidence[0].value == 90
        assert one.input is None
        assert decode(encode(one)) == one
    assert line.last.last_seen == START_MS + 60_000


def test_two_links_to_pictures_at_most() -> None:
    line = Timeline(OFFLINE).at(0).reads(kind="offline", media=pictures("a", "b", "c"))

    assert line.last.media == ("https://nvr.tn/a.jpg", "https://nvr.tn/b.jpg")


def test_a_drill_is_marked_and_never_mixed_with_the_real_thing() -> None:
    line = Timeline().at(0).reads(90, drill=True).at(1).reads(90).at(2).reads(10, drill=True)

    assert [(one.change, one.drill) for one in line.transitions] == [
        ("fired", True),
        ("fired", False),
        ("cleared", True),
    ]
    assert line.transitions[0].alert_id == line.transitions[2].alert_id != line.transitions[1].alert_id


def test_an_event_without_a_place_gives_an_alert_without_one() -> None:
    line = Timeline().at(0).reads(90, commune="nowhere")

    assert (line.last.lat, line.last.commune) == (None, None)


def test_one_memory_takes_at_most_a_kilobyte_stored() -> None:
    line = Timeline({"title": {"vi": "Ệ" * 60, "en": "x" * 60}, "hold": "5m"})
    calm = len(to_bytes(Timeline().at(0).reads(1).state))
    for minute in range(9):
        line.at(minute).reads(90 + minute, title="Trạm quan trắc Hùng Vương, phường Phan Đình Phùng", id="f" * 32)

    assert line.told == [(5, "fired", "moderate")]
    assert len(to_bytes(line.state)) - calm <= 1024


def test_a_calm_source_costs_no_memory() -> None:
    line = Timeline({}, {"id": "other", "quantity": "pm10"})
    for minute in range(9):
        line.at(minute).reads(1).reads(1, quantity="pm10")

    assert line.state.memories == {}
    assert len(to_bytes(line.state)) < 200


def test_the_rule_version_is_that_of_the_rule_that_judged() -> None:
    line = Timeline().at(0).reads(90)

    assert line.last.rule_version == line.rules.rules[0].version
    assert (line.last.rule, line.last.domain, line.last.source, line.last.feed) == (
        "tried",
        "environment",
        "s",
        "tried",
    )
    assert (line.last.certainty, line.last.status) == ("observed", "firing")


def test_a_title_cannot_carry_controls_or_turn_the_text_around() -> None:
    line = Timeline().at(0).reads(90, title="a\x07b\u202ec" + "d" * 90)

    assert line.last.evidence[0].title == "a\ufffdb\ufffdc" + "d" * 35
