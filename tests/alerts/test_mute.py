from __future__ import annotations

import pytest

from ioc.alerts.active import Active, local_day
from ioc.alerts.mute import Area, Silence, Window, muted
from tests.desk.made import NOON, transition

HOUR = 3_600_000
RULE = Area(rule="hotspot-near-forest")
SILENCE = Silence("s1", RULE, NOON, NOON + HOUR, "severe")


@pytest.mark.parametrize(
    ("area", "covers"),
    [
        (RULE, True),
        (Area(rule="other"), False),
        (Area(rule="hotspot-near-forest", source="viirs-2"), False),
        (Area(source="viirs-1", domain="hotspot", feed="firms"), True),
        (Area(communes=frozenset({"05818", "05443"})), True),
        (Area(communes=frozenset({"05443"})), False),
    ],
)
def test_all_that_an_area_names_must_be_so(area: Area, *, covers: bool) -> None:
    assert area.covers(transition()) is covers


def test_an_alert_without_a_place_is_in_no_commune() -> None:
    assert not Area(communes=frozenset({"05818"})).covers(transition(commune=None))


def test_an_area_that_names_no_rule_source_or_commune_is_too_wide() -> None:
    assert not Area(domain="hotspot", feed="firms").narrow
    assert RULE.narrow


def test_a_silence_holds_from_its_begin_to_its_end_and_no_longer() -> None:
    at = [NOON - 1, NOON, NOON + HOUR - 1, NOON + HOUR]

    assert [SILENCE.mutes(transition(), one) for one in at] == [False, True, True, False]


def test_what_grows_worse_than_what_was_silenced_breaks_through() -> None:
    assert muted(transition(), [SILENCE], NOON) == SILENCE
    assert muted(transition(severity="extreme"), [SILENCE], NOON) is None


def test_of_several_the_one_that_ends_last_is_named() -> None:
    longer = SILENCE._replace(name="s2", ends_at=NOON + 2 * HOUR)

    assert muted(transition(), [longer, SILENCE], NOON) == longer


def window(**given: object) -> Window:
    return Window("w1", RULE, Active.model_validate(given), local_day(NOON), local_day(NOON) + 30, "severe")


def test_a_window_comes_back_by_hours_past_midnight() -> None:
    nightly = window(hours="22:00-02:00")
    ten = NOON + 9 * HOUR + HOUR // 2

    assert nightly.turn(ten - 1) is None
    found = nightly.turn(ten)
    assert found is not None
    assert (found.starts_at, found.ends_at, found.window) == (ten, ten + 4 * HOUR, "w1")
    assert nightly.turn(ten + 4 * HOUR - 1) == found
    assert nightly.turn(ten + 4 * HOUR) is None
    assert nightly.next_turn(NOON) == ten
    assert nightly.next_turn(ten) == ten + 24 * HOUR


def test_a_window_keeps_to_its_days_and_to_its_last_day() -> None:
    """21 November 2026 is a Saturday."""
    weekly = window(hours="08:00-10:00", days=["sun"])
    sunday = NOON + 20 * HOUR

    assert weekly.turn(sunday - 24 * HOUR) is None
    assert weekly.turn(sunday) is not None
    assert weekly.turn(sunday + 7 * 24 * HOUR) is not None
    assert weekly.turn(sunday + 5 * 7 * 24 * HOUR) is None
