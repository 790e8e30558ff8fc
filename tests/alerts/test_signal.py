from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.alerts.alert import Change, Evidence, Position, Transition, Why
from ioc.alerts.signal import READABLE, STAGE, Signal, decode, encode, signal_of

NOON = 1_778_734_800_000
MINUTE = 60_000
HERE = Position("ab" * 16, 3, 77)


def told(change: Change = "fired", **given: Any) -> Transition:
    known: dict[str, Any] = {
        "alert_id": "0123456789abcdef" * 2,
        "revision": 1,
        "rule": "hotspot-fire",
        "rule_version": "1" * 12,
        "title": {"vi": "Điểm nhiệt", "en": "Hotspot"},
        "domain": "hotspot",
        "key": "firms:noaa21|05818",
        "source": "firms:noaa21",
        "feed": "firms-viirs",
        "status": "firing" if change in ("fired", "raised", "lowered") else "resolved",
        "change": change,
        "severity": "severe",
        "certainty": "likely",
        "at": NOON + 20 * MINUTE,
        "clock": NOON + 30 * MINUTE,
        "opened_at": NOON,
        "last_seen": NOON + 10 * MINUTE,
        "why": Why(kind="threshold", quantity="fire_frp", unit="MW", value=38.6, limit=20.0),
        "evidence": (Evidence(id="e" * 32, observed_at=NOON, value=38.6),),
        "lat": 21.63,
        "lon": 105.57,
        "commune": "05818",
        "input": HERE,
    }
    return Transition(**{**known, **given})


def signal(**given: Any) -> Signal:
    found = signal_of(told(**given))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("change", "span"),
    [
        pytest.param("fired", (NOON, NOON + 20 * MINUTE), id="what begins stands until now"),
        pytest.param("raised", (NOON, NOON + 20 * MINUTE), id="what grows has stood since it began"),
        pytest.param(
            "cleared", (NOON, NOON + 10 * MINUTE), id="what ended stood until its last event, not its all-clear"
        ),
    ],
)
def test_evidence_becomes_a_signal_with_the_span_in_which_it_stood(change: Change, span: tuple[int, int]) -> None:
    found = signal(change=change)
    assert (found.since, found.at) == span
    assert (found.change, found.rule, found.severity, found.key) == (
        change,
        "hotspot-fire",
        "severe",
        "firms:noaa21|05818",
    )
    assert (found.event, found.value, found.unit, found.input) == ("e" * 32, 38.6, "MW", HERE)


@pytest.mark.parametrize("change", ["lowered", "state_lost", "rule_removed", "rule_reshaped", "source_retired"])
def test_an_end_that_is_ours_and_a_fall_are_no_evidence(change: Change) -> None:
    assert signal_of(told(change)) is None


def test_what_stands_in_no_log_has_no_origin_and_is_no_signal() -> None:
    assert signal_of(told(input=None)) is None


def test_what_was_made_of_signals_is_none() -> None:
    assert signal_of(told(input=Position("ab" * 16, 0, 7, STAGE))) is None


def test_an_all_clear_whose_last_event_lies_before_the_firing_has_no_span_backwards() -> None:
    assert signal(change="cleared", last_seen=NOON - MINUTE).at == NOON


def test_a_drill_and_a_replay_stay_marked() -> None:
    found = signal(drill=True, replay="2026-05-14-1a2b3c4d")
    assert (found.drill, found.replay) == (True, "2026-05-14-1a2b3c4d")


@given(
    since=st.integers(0, 2**42),
    revision=st.integers(1, 2**20),
    drill=st.booleans(),
    place=st.none() | st.tuples(st.floats(-90, 90), st.floats(-180, 180)),
    commune=st.none() | st.text(max_size=8),
)
def test_bytes_and_back(
    since: int, revision: int, drill: bool, place: tuple[float, float] | None, commune: str | None
) -> None:
    lat, lon = place or (None, None)
    one = signal(opened_at=since, at=since, revision=revision, drill=drill, lat=lat, lon=lon, commune=commune)
    assert decode(encode(one)) == one


def test_bytes_that_are_no_signal_are_refused() -> None:
    for raw in (b"", b"{}", b"[1]", encode(signal())[:-5], b'{"alert_id": 3}'):
        with pytest.raises(msgspec.DecodeError):
            decode(raw)


def test_the_signals_of_one_record_have_an_order_that_does_not_know_the_others() -> None:
    fired, cleared = signal(revision=1), signal(revision=2, change="cleared")
    other = signal(alert_id="f" * 32)
    assert fired.order < cleared.order < other.order < 2**63
    assert signal(revision=70_000).order < signal(alert_id="0123456789b" + "0" * 21).order


def test_severity_at_least_is_met_by_that_severity_and_all_graver_ones() -> None:
    at_least: Any = READABLE["severity_at_least"].read
    assert "severe" in at_least(signal(severity="extreme"))
    assert "severe" in at_least(signal(severity="severe"))
    assert "severe" not in at_least(signal(severity="moderate"))
