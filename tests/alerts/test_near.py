"""The kind `near`: what is a pair, when it speaks, and the laws that hold whatever the order of arrival."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.alerts.correlate import SignalEngine, live, to_bytes
from ioc.alerts.signal import Signal
from tests.alerts.crossing import HOUR, MINUTE, NEAR, NOON, Crossing, Told, changes, rules, run, signal
from tests.alerts.near_oracle import Asked, oracle

SMOKE = signal("cam", 0)
FIRED = [Told(10, "fired", "severe")]


@pytest.mark.parametrize(
    ("signals", "told"),
    [
        pytest.param([SMOKE, signal("fire", 10, km=2)], FIRED, id="a hotspot near a camera that saw smoke before it"),
        pytest.param(
            [signal("fire", 10, km=2), SMOKE], FIRED, id="whichever is heard first, the later one's time counts"
        ),
        pytest.param([SMOKE, signal("fire", 10, km=4.99)], FIRED, id="at the edge of five kilometres"),
        pytest.param([SMOKE, signal("fire", 10, km=5.01)], [], id="beyond five kilometres"),
        pytest.param([SMOKE, signal("fire", 30)], [Told(30, "fired", "severe")], id="exactly thirty minutes apart"),
        pytest.param([SMOKE, signal("fire", 30.001)], [], id="more than thirty minutes apart"),
        pytest.param(
            [SMOKE, signal("fire", 10, severity="severe")],
            [Told(10, "fired", "extreme")],
            id="a graver trigger is graver",
        ),
        pytest.param([signal("fire", 0), signal("fire2", 1)], [], id="two of the same side are no pair"),
        pytest.param([signal("cam", 0, rule="camera-offline"), signal("fire", 1)], [], id="another rule's alert"),
        pytest.param([signal("cam", 0, domain="netsec"), signal("fire", 1)], [], id="another domain's alert"),
        pytest.param([SMOKE, signal("fire", 10, km=None)], [], id="nobody knows where"),
        pytest.param([signal("cam", 0, drill=True), signal("fire", 10)], [], id="a drill meets nothing real"),
        pytest.param([signal("cam", 0, replay="r"), signal("fire", 10, replay="r")], [], id="a replay meets nobody"),
        pytest.param(
            [SMOKE, signal("fire", 10, commune=None)], [Told(10, "fired", "severe", "-")], id="outside the province"
        ),
    ],
)
def test_what_is_a_pair(signals: list[Signal], told: list[Told]) -> None:
    made = Crossing()
    for one in signals:
        made.hears(one)
    assert made.told == told


def test_a_drill_meets_a_drill_and_stays_marked() -> None:
    made = Crossing().hears(signal("cam", drill=True)).hears(signal("fire", 1, drill=True))
    assert [(one.change, one.drill) for one in made.transitions] == [("fired", True)]


def test_an_alert_stands_as_long_as_it_is_known_to_have_stood() -> None:
    """The satellite's data come hours later; the camera's fire lasted from 12:00 to 13:00, as its all-clear says."""
    ended = signal("cam", 0, change="cleared", revision=2, at=NOON + 60 * MINUTE)
    made = Crossing().hears(SMOKE).hears(ended, NOON + 72 * MINUTE).hears(signal("fire", 50), NOON + 2 * HOUR)
    assert made.told == [Told(50, "fired", "severe")]


def test_an_all_clear_that_tells_of_a_longer_span_finds_what_lay_in_it() -> None:
    ended = signal("cam", 0, change="cleared", revision=2, at=NOON + 60 * MINUTE)
    made = Crossing().hears(SMOKE).hears(signal("fire", 50)).hears(ended, NOON + 72 * MINUTE)
    assert made.told == [Told(50, "fired", "severe")]


def test_a_pair_speaks_once_however_often_its_alerts_speak() -> None:
    made = Crossing().hears(SMOKE).hears(signal("fire", 10))
    made.hears(signal("fire", 10)).hears(signal("cam", 0, revision=2, change="raised", at=NOON + 15 * MINUTE))
    assert made.told == FIRED
    made.waits(NOON + 140 * MINUTE)
    assert made.told == [*FIRED, Told(130, "cleared", "severe")]
    made.hears(signal("fire", 10), NOON + 150 * MINUTE)
    made.hears(signal("cam", 0, revision=3, change="cleared", at=NOON + 20 * MINUTE), NOON + 151 * MINUTE)
    assert len(made.told) == 2, "its alert is over, and the same pair does not begin it again"


def test_a_trigger_that_grows_raises_what_its_pair_has_said() -> None:
    made = Crossing().hears(SMOKE).hears(signal("fire", 10))
    made.hears(signal("fire", 10, revision=2, change="raised", severity="extreme", at=NOON + 20 * MINUTE))
    assert made.told == [*FIRED, Told(10, "raised", "extreme")]


def test_a_trigger_that_grows_when_all_is_over_begins_an_alert_of_its_own() -> None:
    made = Crossing().hears(SMOKE).hears(signal("fire", 10)).waits(NOON + 140 * MINUTE)
    grown = signal("fire", 10, revision=2, change="raised", severity="extreme", at=NOON + 135 * MINUTE)
    made.hears(grown, NOON + 140 * MINUTE)
    assert [(one.change, one.severity, one.revision) for one in made.transitions] == [
        ("fired", "severe", 1),
        ("cleared", "severe", 2),
        ("fired", "extreme", 1),
    ]
    assert made.transitions[0].alert_id != made.transitions[2].alert_id


def test_an_alert_ends_when_nothing_further_was_heard_for_a_settle_and_goes_down_by_severity() -> None:
    made = Crossing().hears(SMOKE).hears(signal("fire", 10, severity="severe"))
    made.hears(signal("other", 25), NOON + 40 * MINUTE).waits(NOON + 4 * HOUR)
    assert made.told == [
        Told(10, "fired", "extreme"),
        Told(130, "lowered", "severe"),
        Told(160, "cleared", "severe"),
    ]


def test_what_is_heard_late_stands_for_its_settle_all_the_same() -> None:
    made = Crossing().hears(SMOKE).hears(signal("fire", 10), NOON + 5 * HOUR)
    assert made.told == FIRED
    made.waits(NOON + 9 * HOUR)
    assert made.told == [*FIRED, Told(7 * 60, "cleared", "severe")]


def test_two_that_are_heard_farther_apart_than_the_rule_waits_never_met() -> None:
    assert Crossing().hears(SMOKE).hears(signal("fire", 10), NOON + 6 * HOUR + 1).told == []
    assert Crossing().hears(SMOKE).hears(signal("fire", 10), NOON + 6 * HOUR).told == FIRED


def test_an_alert_that_is_heard_of_again_is_remembered_from_then_on() -> None:
    ended = signal("cam", 0, change="cleared", revision=2, at=NOON + 60 * MINUTE)
    made = Crossing().hears(SMOKE).hears(ended, NOON + 5 * HOUR).hears(signal("fire", 50), NOON + 10 * HOUR)
    assert [one.change for one in made.told] == ["fired"]


def test_what_a_state_held_is_forgotten_when_nothing_can_come_near_it_any_more() -> None:
    made = Crossing().hears(SMOKE).hears(signal("fire", 10))
    assert any(live(one) for one in made.states.values())
    made.waits(NOON + 6 * HOUR)
    assert any(one.partners for one in made.states.values()), "a hotspot may still come"
    made.waits(NOON + 6 * HOUR + 10 * MINUTE + 1)
    assert not any(live(one) for one in made.states.values())


def test_one_cell_remembers_so_many_and_no_more() -> None:
    made = Crossing()
    for nth in range(200):
        made.hears(signal(f"cam{nth}", nth / 100))
    (size,) = {len(one.partners) for one in made.states.values()}
    assert size == 64
    made.hears(signal("fire", 31.6))
    assert [one.change for one in made.told] == ["fired"], "the newest are those that it still knows"
    assert max(len(to_bytes(one)) for one in made.states.values()) < 32_000


def test_groups_beyond_the_rules_limit_are_refused_loudly() -> None:
    made = (
        Crossing({"by": ["source"], "max_groups": 2}).hears(SMOKE).hears(signal("fire1", 1)).hears(signal("fire2", 2))
    )
    with pytest.raises(OverflowError, match="more than 2 groups"):
        made.hears(signal("fire3", 3))
    assert len(made.told) == 2


def test_a_full_state_fits_a_record_by_far() -> None:
    made = Crossing({"by": ["source"]})
    for nth in range(64):
        made.hears(signal(f"cam{nth}", nth / 100, media=("https://nvr.tn/" + "x" * 100,)))
    for nth in range(200):
        made.hears(signal(f"fire{nth}", 1))
    with pytest.raises(OverflowError):
        made.hears(signal("one-too-many", 1, domain="hotspot", rule="hotspot-fire"))
    assert 100_000 < max(len(to_bytes(one)) for one in made.states.values()) < 450_000


def test_the_picture_names_both_sides_and_stands_where_the_trigger_is() -> None:
    camera = signal("cam", 0, km=0, media=("https://nvr.tn/1.jpg",))
    made = Crossing().hears(camera).hears(signal("fire", 12, km=2.1))
    (one,) = made.transitions
    assert (one.domain, one.key, one.source, one.feed, one.commune) == (
        "hotspot", "05818", "source:fire", "firms-viirs", "05818",
    )  # fmt: skip
    assert one.lat is not None
    assert camera.lat is not None
    assert one.lat > camera.lat
    assert [(e.id, e.title) for e in one.evidence] == [("event-fire", "source:fire"), ("event-cam", "source:cam")]
    assert [round(e.value, 1) for e in one.evidence] == [0.0, 2.1]
    assert one.media == ("https://nvr.tn/1.jpg",)
    assert (one.why.kind, one.why.unit, one.why.limit, one.why.window_s) == ("near", "km", 5.0, 1800)
    assert (one.why.values["gap_s"], one.why.values["partner"]) == ("720", "source:cam")


# --- when the rules change


@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param({"settle": "3h"}, None, id="another settle keeps what is open"),
        pytest.param({"condition": {**NEAR["condition"], "km": 3}}, "rule_reshaped", id="another distance ends it"),
        pytest.param({"id": "another"}, "rule_removed", id="a rule that is gone ends it"),
        pytest.param({"severities": {"minor": {}}}, "rule_reshaped", id="so does a severity that is gone"),
    ],
)
def test_a_change_of_rules_keeps_or_ends_with_a_reason(change: dict[str, Any], told: str | None) -> None:
    made = Crossing().hears(SMOKE).hears(signal("fire", 10))
    made.engine = SignalEngine(rules(change))
    made.ticks(NOON + 20 * MINUTE)
    assert [one.change for one in made.transitions[1:]] == ([told] if told else [])
    made.waits(NOON + 9 * HOUR)
    assert made.transitions[-1].status == "resolved"
    made.ticks(NOON + 10 * HOUR)
    assert not any(live(one) for one in made.states.values())


# --- laws, and a naive oracle

SPOTS = [(0.0, "a"), (3.0, "b"), (8.5, "c"), (200.0, "d")]
"""Places of triggers, km north, each in a commune of its own, so that a commune lies in one cell."""


def history(random_: random.Random, length: int, *, spans: bool) -> list[tuple[int, Signal]]:
    """Arrivals of both sides, some late, some repeated, some of no interest; with `spans` alerts that grow and end."""
    found: list[tuple[int, Signal]] = []
    reach = 3 * 60 if spans else 12 * 60
    for nth in range(length):
        minute = random_.uniform(0, reach)
        delay = random_.choice((0, 1, 40, 150)) if spans else random_.choice((0, 5, 200, 359, 361, 400, 900))
        severity = random_.choice(("moderate", "moderate", "severe"))
        more: dict[str, Any] = {"drill": random_.random() < 0.1, "severity": severity}
        if random_.random() < 0.5:
            km, commune = random_.choice(SPOTS)
            one = signal(f"fire{nth}", minute, km=km, commune=commune, **more)
        else:
            rule = random_.choice(("camera-smoke", "camera-fire-smoke", "camera-offline"))
            one = signal(f"cam{nth}", minute, km=random_.uniform(-8, 16) + random_.choice((0, 200)), rule=rule, **more)
        found.append((one.at + round(delay * MINUTE), one))
        lasts = random_.uniform(0, 70)
        for revision, change in enumerate(("raised", "cleared"), 2) if spans else ():
            if random_.random() < 0.5:
                at = one.since + round(lasts * MINUTE * (revision - 1) / 2)
                graver = random_.choice((severity, "extreme"))
                grown = signal(
                    f"{'cam' if one.domain == 'camera' else 'fire'}{nth}", minute, km=None, commune=one.commune, rule=one.rule, drill=one.drill, lat=one.lat, lon=one.lon, severity=graver, change=change, revision=revision, at=at,
                )  # fmt: skip
                found.append((at + round((delay + 1) * MINUTE), grown))
        if random_.random() < 0.1:
            found.append((found[-1][0] + MINUTE, one))
    return sorted(found, key=lambda pair: pair[0])


def by_group(told: list[tuple[str, int, str, str, int]]) -> dict[str, list[tuple[int, str, str, int]]]:
    found: dict[str, list[tuple[int, str, str, int]]] = {}
    for group, at, change, severity, revision in told:
        found.setdefault(group, []).append((at, change, severity, revision))
    return found


@pytest.mark.parametrize("spans", [False, True], ids=["moments, early and late", "spans that grow"])
@pytest.mark.parametrize("seed", range(24))
def test_the_engine_agrees_with_a_naive_oracle(seed: int, spans: bool) -> None:
    random_ = random.Random(seed)
    arrivals = history(random_, random_.randrange(5, 70), spans=spans)
    until = NOON + 60 * HOUR
    made = run(arrivals, until, reload=True)
    mine = [
        (key + ("!" if one.drill else ""), at, change, severity, revision)
        for one, (key, at, change, severity, revision) in zip(made.transitions, changes(made.transitions), strict=True)
    ]
    assert by_group(mine) == by_group(oracle(arrivals, until, Asked()))


def test_the_random_histories_are_worth_their_name() -> None:
    told = [
        one
        for seed in range(40)
        for one in oracle(history(random.Random(seed), 50, spans=True), NOON + 60 * HOUR, Asked())
    ]
    assert {change for _, _, change, _, _ in told} == {"fired", "raised", "lowered", "cleared"}
    assert len(told) > 200


@given(seed=st.integers(0, 10**6), data=st.data())
@settings(max_examples=25, deadline=None)
def test_any_order_within_the_wait_gives_the_same_alerts_and_severities(seed: int, data: st.DataObject) -> None:
    every = [one for _, one in history(random.Random(seed), 25, spans=True)]
    clock = NOON + 5 * HOUR
    long = {"settle": "30d"}
    one, other = Crossing(long), Crossing(long)
    for found in every:
        one.hears(found, clock)
    for found in data.draw(st.permutations(every)):
        other.hears(found, clock)

    def final(made: Crossing) -> dict[str, str]:
        return {f"{told.key}{told.drill}": told.severity for told in made.transitions}

    assert final(one) == final(other)


@given(seed=st.integers(0, 10**6))
@settings(max_examples=20, deadline=None)
def test_saved_and_loaded_anywhere_and_heard_twice_it_says_the_same(seed: int) -> None:
    arrivals = history(random.Random(seed), 30, spans=True)
    plain, loaded = run(arrivals, NOON + 20 * HOUR), run(arrivals, NOON + 20 * HOUR, reload=True)
    assert plain.transitions == loaded.transitions
    twice = Crossing()
    for clock, one in arrivals:
        twice.waits(clock).hears(one, clock).hears(one, clock)
    assert twice.waits(NOON + 20 * HOUR).transitions == plain.transitions
    assert {key: to_bytes(one) for key, one in plain.states.items()} == {
        key: to_bytes(one) for key, one in loaded.states.items()
    }


@given(seed=st.integers(0, 10**6))
@settings(max_examples=15, deadline=None)
def test_ticks_at_which_nothing_is_due_change_nothing(seed: int) -> None:
    made = run(history(random.Random(seed), 20, spans=True), NOON + 4 * HOUR)
    before = {key: to_bytes(one) for key, one in made.states.items()}
    told = len(made.transitions)
    made.ticks(made.clock)
    assert {key: to_bytes(one) for key, one in made.states.items()} == before
    assert len(made.transitions) == told
