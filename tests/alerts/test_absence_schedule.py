"""Due times that pass with nothing heard, on the log clock. START is 07:00 at +07:00: minute 60 is 08:00."""

from __future__ import annotations

from typing import Any

from ioc.alerts.sentence import sentence
from ioc.alerts.state import due
from ioc.catalogue import Catalogue, Expect
from tests.alerts.timeline import START_MS, Timeline, catalogue

MISSED: dict[str, Any] = {
    "quantity": [],
    "condition": {"kind": "absence", "period": "schedule"},
    "severities": {"minor": {"level": 1}, "moderate": {"level": 3}},
}
HOURLY = {"every": "1h", "at": "5m", "grace": "20m", "early": "10m"}


def known(**expect: Any) -> Catalogue:
    """Sources s and t of a feed with due times."""
    made = catalogue("environment", "s", "t")
    return made.model_copy(
        update={"feeds": (made.feeds[0].model_copy(update={"expect": Expect.model_validate(expect)}),)}
    )


def line_of(registry: Catalogue | None = None, **changes: Any) -> Timeline:
    return Timeline({**MISSED, **changes}, registry=registry or known(**HOURLY))


def test_what_is_not_there_when_the_grace_is_over_was_missed() -> None:
    line = line_of().at(5).reads().at(84, 59).ticks()
    assert line.told == []

    line.at(85).ticks()
    assert line.told == [(85, "fired", "minor")]
    assert sentence(line.last, "en") == "The data due at 08:05 14/05 did not come, 1 due in a row"
    assert sentence(line.last, "vi") == "Lượt dữ liệu 08:05 14/05 không đến, 1 lượt liên tiếp"


def test_the_third_in_a_row_is_graver_and_any_event_ends_it() -> None:
    line = line_of().at(5).reads().at(300).ticks().reload().at(301).reads()

    assert line.told == [(85, "fired", "minor"), (205, "raised", "moderate"), (301, "cleared", "moderate")]
    assert len({one.alert_id for one in line.transitions}) == 1


def test_what_comes_a_little_early_or_within_the_grace_counts() -> None:
    line = line_of()
    for minute in (0, 55, 144, 175):
        line.at(minute).ticks().reads()
    line.at(264, 59).ticks()

    assert line.told == []


def test_what_comes_too_early_counts_for_the_due_time_before() -> None:
    line = line_of().at(54, 59).reads().at(85).ticks()

    assert line.told == [(85, "fired", "minor")]


def test_a_source_never_heard_is_asked_for_what_is_due_after_the_first_tick() -> None:
    line = line_of()
    assert due(line.state) == 1

    line.at(54).ticks()
    assert due(line.state) == START_MS + 85 * 60_000
    line.at(85).ticks()
    assert line.told == [(85, "fired", "minor")]
    assert line.last.why.values["seen"] == "no"


def test_what_was_due_while_the_wait_had_not_begun_is_not_asked_for() -> None:
    line = line_of().at(57).ticks().at(144, 59).ticks()

    assert line.told == []


def test_a_hole_in_the_ticks_puts_it_off_by_its_length() -> None:
    line = line_of().at(5).reads()
    line.lost = 30 * 60_000
    line.at(114, 59).ticks()
    assert line.told == []

    line.at(115).ticks()
    assert line.told == [(115, "fired", "minor")]
    assert sentence(line.last, "en").startswith("The data due at 08:05")


def test_a_hole_before_the_last_event_puts_nothing_off() -> None:
    line = line_of()
    line.lost = 30 * 60_000
    line.at(5).reads().at(85).ticks()

    assert line.told == [(85, "fired", "minor")]


def test_a_source_without_due_times_is_passed_over() -> None:
    line = line_of(catalogue("environment", "s")).at(0).reads().at(10_000).ticks()

    assert line.told == []
    assert due(line.state) == 0


def test_a_source_may_have_due_times_of_its_own() -> None:
    feed = known(**HOURLY).feeds[0]
    passes = Expect.model_validate({"times": ["09:00", "21:00"], "grace": "30m"})
    own = feed.model_copy(update={"sources": (feed.sources[0].model_copy(update={"expect": passes}),)})
    line = line_of(Catalogue(feeds=(own,))).at(0).reads().at(150).ticks()

    assert line.told == [(150, "fired", "minor")]


def test_beside_a_plain_silence_each_keeps_its_own_time() -> None:
    plain = {**MISSED, "id": "silent", "condition": {"kind": "absence", "period": "1h"}}
    line = Timeline(MISSED, plain, registry=known(**HOURLY)).at(5).reads().at(65).ticks().at(85).ticks().at(86).reads()

    assert [(at, one.rule) for (at, _, _), one in zip(line.told, line.transitions, strict=True)] == [
        (65, "silent"),
        (85, "tried"),
        (86, "silent"),
        (86, "tried"),
    ]


def test_changed_due_times_are_asked_for_at_once() -> None:
    line = line_of().at(5).reads().at(30).ticks()
    line.under(line.rules, known(every="30m", grace="5m"))

    line.at(35).ticks()
    assert line.told == [(35, "fired", "minor")]
