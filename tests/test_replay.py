from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.adapters.parsed import Parsed
from ioc.events import Environment, Location, event_id
from ioc.events.envelope import Media
from ioc.replay import GROWTH, RUN_ON_MS, STEP_MS, Changes, Step, mark_of, moment, name_of, notifies, steps

AT = datetime(2026, 5, 14, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)


def event(place: Location | None = None, *, late: timedelta = timedelta(), **fields: object) -> Environment:
    whole: dict[str, object] = {
        "type": "environment",
        "id": event_id("s", "1"),
        "feed": "f",
        "source": "s",
        "observed_at": AT,
        "received_at": AT + late,
        "quantity": "pm25",
        "value": 1.0,
        "unit": "ug/m3",
        "location": place,
        **fields,
    }
    return Environment.model_validate(whole)


def changed(changes: Changes, given: Environment, received: datetime | None = None) -> Environment:
    (found,) = changes(Parsed(1, (given,), received_at=received)).events
    assert isinstance(found, Environment)
    return found


class TestChanges:
    def test_an_event_gets_an_id_of_the_replay_and_of_its_own(self) -> None:
        other = event(id=event_id("s", "2"))
        ids = {changed(Changes(mark), one).id for mark in ("a", "b") for one in (event(), other)}

        assert len(ids | {event().id, other.id}) == 6
        assert changed(Changes("a"), event()).id == changed(Changes("a"), event()).id

    def test_a_place_moves_north_and_east(self) -> None:
        found = changed(Changes("a", -29.15, -5.1), event(Location(lat=51.00002, lon=110.7, error_m=500)))

        assert found.location == Location(lat=21.85002, lon=105.6, error_m=500)

    @pytest.mark.parametrize(("north", "east"), [(70, 0), (-150, 0), (0, 80), (0, -300)])
    def test_what_would_leave_the_globe_is_refused_and_says_where_it_was(self, north: float, east: float) -> None:
        found = Changes("a", north, east)(Parsed(7, (event(Location(lat=21.5, lon=105.8)), event())))

        assert [one.location for one in found.events] == [None]
        assert [(one.record, one.field, one.excerpt) for one in found.rejected] == [(7, "--move", "21.5, 105.8")]

    def test_every_time_moves(self) -> None:
        given = event(late=HOUR, media=(Media(kind="image", url="http://x/1", taken_at=AT - HOUR),))
        found = changed(Changes("a", shift=24 * HOUR), given, AT + HOUR)

        assert (found.observed_at, found.received_at) == (AT + 24 * HOUR, AT + 25 * HOUR)
        assert found.media[0].taken_at == AT + 23 * HOUR

    def test_a_record_without_a_receipt_of_its_own_was_received_when_it_was_observed(self) -> None:
        given = event(late=365 * 24 * HOUR)

        assert changed(Changes("a"), given).received_at == AT
        assert changed(Changes("a"), given, given.received_at).received_at == given.received_at

    def test_a_record_without_events_stays_as_it_is(self) -> None:
        ignored = Parsed(1, ignored="heartbeat")

        assert Changes("a", 1, 1, HOUR)(ignored) is ignored


def test_an_event_far_ahead_of_its_receipt_stands_where_it_was_received() -> None:
    at = int(AT.timestamp() * 1000)

    assert moment(event(late=HOUR), ahead=300) == at
    assert moment(event(late=timedelta(seconds=-300)), ahead=300) == at
    assert moment(event(late=timedelta(seconds=-301)), ahead=300) == at - 301_000


def test_a_name_says_the_days_of_the_data_in_local_time_and_whether_it_notifies() -> None:
    evening = datetime(2026, 5, 14, 18, tzinfo=UTC)

    assert name_of(AT, AT + HOUR, "1a2b3c4d") == "2026-05-14-1a2b3c4d"
    assert name_of(AT, evening, "1a2b3c4d") == "2026-05-14..2026-05-15-1a2b3c4d"
    assert not notifies(name_of(AT, evening, "1a2b3c4d"))
    assert notifies(name_of(AT, evening, "1a2b3c4d", notify=True))


def test_a_mark_tells_contents_and_their_order_apart() -> None:
    marks = [mark_of(parts) for parts in ([b"ab", b"c"], [b"a", b"bc"], [b"c", b"ab"], [b"abc"])]

    assert len(set(marks)) == 4
    assert mark_of([b"ab", b"c"]) == marks[0]


moments = st.lists(
    st.tuples(st.integers(0, 300_000) | st.integers(0, 40_000_000_000), st.integers(0, 3)), min_size=1, max_size=30
).map(sorted)


class TestSteps:
    @given(moments)
    def test_events_come_in_order_each_behind_a_tick_of_its_moment(self, given: list[tuple[int, int]]) -> None:
        made = list(steps(given))
        clocks = [step.clock for step in made]

        assert clocks == sorted(clocks)
        assert [(step.clock, step.partition) for step in made if step.nth >= 0] == given
        assert [step.nth for step in made if step.nth >= 0] == list(range(len(given)))
        for at, partition in given:
            first = next(step for step in made if (step.clock, step.partition) == (at, partition))
            assert first.nth < 0

    @given(moments)
    def test_a_silence_is_told_in_time_and_costs_little(self, given: list[tuple[int, int]]) -> None:
        made = list(steps(given))
        end = given[-1][0] + RUN_ON_MS
        for partition in {partition for _, partition in given}:
            mine = [step for step in made if step.partition == partition]
            assert mine[-1] == Step(end, partition, -1)
            spoke = 0
            for before, after in pairwise(mine):
                spoke = before.clock if before.nth >= 0 else spoke
                assert after.clock - before.clock <= max(STEP_MS, (before.clock - spoke) // GROWTH)
            assert len(mine) <= 900 * len(given)

    @given(moments, st.integers(0, 3))
    def test_one_partition_is_ticked_by_its_own_events_alone(self, given: list[tuple[int, int]], kept: int) -> None:
        def of(events: Sequence[tuple[int, int]]) -> list[int]:
            made = steps(events, run_on=RUN_ON_MS + given[-1][0] - events[-1][0])
            return [step.clock for step in made if step.partition == kept]

        alone = [one for one in given if one[1] == kept]
        if alone:
            assert of(given) == of(alone)

    def test_no_event_no_tick(self) -> None:
        assert list(steps([])) == []
