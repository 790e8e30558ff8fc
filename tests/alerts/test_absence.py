"""Silence of registered sources, on the log clock."""

from __future__ import annotations

from typing import Any

from ioc.alerts.state import due, live, open_alerts
from tests.alerts.timeline import START_MS, Timeline, catalogue, made

SILENT: dict[str, Any] = {
    "quantity": [],
    "condition": {"kind": "absence", "period": "lost"},
    "severities": {"minor": {"level": 1}, "moderate": {"level": 4}},
}
KNOWN = catalogue("environment", "s", "t", every=600)


def line_of(**changes: Any) -> Timeline:
    return Timeline({**SILENT, **changes}, registry=KNOWN)


def test_silent_for_the_whole_period_is_missed() -> None:
    line = line_of().at(0).reads().at(9, 59).ticks()
    assert line.told == []

    line.at(10).ticks()
    assert line.told == [(10, "fired", "minor")]


def test_one_second_short_of_the_period_is_not_missed() -> None:
    line = line_of().at(0).reads().at(9, 59).reads().at(19, 58).reads().at(20).ticks()

    assert line.told == []


def test_longer_silence_is_graver_and_any_event_ends_it() -> None:
    line = line_of().at(0).reads().at(41).ticks().at(55).reads()

    assert line.told == [(10, "fired", "minor"), (40, "raised", "moderate"), (55, "cleared", "moderate")]
    assert line.last.why.value == 55 * 60
    assert not open_alerts(line.state)


def test_one_silence_is_one_alert_however_many_ticks() -> None:
    line = line_of().at(0).reads()
    for minute in range(39):
        line.at(minute).ticks().reload()

    assert line.told == [(10, "fired", "minor")]


def test_two_silences_are_two_alerts() -> None:
    line = line_of().at(0).reads().at(10).ticks().at(11).reads().at(21).ticks()

    assert [change for _, change, _ in line.told] == ["fired", "cleared", "fired"]
    assert len({one.alert_id for one in line.transitions}) == 2


def test_a_source_never_heard_is_missed_from_the_first_tick() -> None:
    line = line_of()
    assert due(line.state) == 1
    assert live(line.state)

    line.at(100).ticks().at(109, 59).ticks()
    assert line.told == []

    line.at(110).ticks()
    assert line.told == [(110, "fired", "minor")]
    assert line.last.why.values["seen"] == "no"
    assert (line.last.lat, line.last.lon) == (21.6, 105.8)

    line.at(111).reads()
    assert line.told[-1] == (111, "cleared", "minor")


def test_a_source_never_heard_has_the_same_alert_id_on_every_worker() -> None:
    first, second = line_of().at(100), line_of().at(100)

    first.ticks().at(110).ticks()
    second.ticks().reload().at(105).ticks().at(110, 0.9).ticks()

    assert first.last.alert_id == second.last.alert_id


def test_only_registered_sources_are_missed() -> None:
    line = Timeline(SILENT, registry=KNOWN, source="stranger").at(0).reads().at(100_000).ticks()

    assert line.told == []
    assert due(line.state) == 0


def test_every_expected_source_has_a_state_before_it_was_heard() -> None:
    engine = line_of().engine

    assert [(name, state.source, due(state)) for name, state in engine.expect()] == [("s", "s", 1), ("t", "t", 1)]


def test_data_of_a_faulty_or_calibrating_station_are_a_sign_of_life() -> None:
    line = line_of().at(0).reads().at(9).reads(quality="fault").at(18).reads(quality="calibration").at(27, 59).ticks()

    assert line.told == []


def test_a_source_whose_clock_is_wrong_is_missed_though_it_sends() -> None:
    line = line_of().at(0).reads().at(5).reads(ago=60).at(9).reads(ago=-60, received_ms=0).at(10).ticks()
    assert line.fates == ["accepted", "late", "future"]
    assert line.told == [(10, "fired", "minor")]

    line.at(11).reads(ago=-60, received_ms=0).at(12).reads()
    assert line.told == [(10, "fired", "minor"), (12, "cleared", "minor")]


def test_a_source_that_began_with_a_wrong_clock_is_missed_from_its_first_event() -> None:
    line = line_of().at(0).reads(ago=-60, received_ms=0).at(3).ticks().at(10).ticks()

    assert line.fates == ["future"]
    assert line.told == [(10, "fired", "minor")]


def test_a_drill_is_no_sign_of_life() -> None:
    line = line_of().at(0).reads().at(9).reads(drill=True).at(10).ticks()

    assert line.told == [(10, "fired", "minor")]


def test_a_hole_in_the_ticks_is_not_counted_as_silence() -> None:
    line = line_of().at(0).reads().at(5).ticks()
    line.lost = 20 * 60_000

    line.at(29, 59).ticks()
    assert line.told == []

    line.at(30).ticks()
    assert line.told == [(30, "fired", "minor")]
    assert line.last.why.since == START_MS


def test_a_fixed_period_is_the_same_for_every_source() -> None:
    line = line_of(condition={"kind": "absence", "period": "90s"}).at(0).reads().at(1, 30).ticks()

    assert line.told == [(1.5, "fired", "minor")]


def test_a_rule_for_one_source_leaves_the_others_alone() -> None:
    assert Timeline({**SILENT, "where": {"source": "t"}}, registry=KNOWN).at(0).reads().at(90).ticks().told == []
    assert Timeline({**SILENT, "where": {"feed": ["x", "tried"]}}, registry=KNOWN).at(0).reads().at(9).state.due > 1


def test_the_alert_names_the_last_event_as_its_opener() -> None:
    event = made("environment", 0, 5)
    once = Timeline(SILENT, registry=KNOWN).at(0).takes(event).at(10).ticks()
    again = Timeline(SILENT, registry=KNOWN).at(0).takes(event).reload().at(12).ticks()

    assert once.last.alert_id == again.last.alert_id
    assert once.last.commune == "05443"


def test_ticks_of_another_clock_pass_a_replayed_source_by() -> None:
    line = line_of().at(0).reads(replay="may").at(60).ticks()
    assert line.told == []

    line.ticks(replay="may")
    assert line.told[0] == (10, "fired", "minor")
    assert line.last.replay == "may"


def test_a_replay_of_the_past_leaves_a_live_source_alone() -> None:
    line = line_of().at(0).reads().at(9).reads(ago=1000, replay="may").at(10).ticks()

    assert line.fates == ["accepted", "late"]
    assert line.told == [(10, "fired", "minor")]


def test_a_tick_before_it_is_due_costs_and_changes_nothing() -> None:
    line = line_of().at(0).reads()
    before = line.reload().state

    line.at(5).ticks()

    assert line.state == before
