"""A source in a replay is not the live one, nor that of another replay: states of their own, on clocks of their own."""

from __future__ import annotations

from collections.abc import Sequence

from ioc.alerts import alert
from ioc.alerts.alert import Transition
from ioc.events import event_id
from ioc.events.codec import encode
from ioc.streams.changelog import Fold
from ioc.streams.headers import TICK, Header, Origin, clock_header, origin_header
from ioc.streams.outcome import Outcome
from ioc.streams.partition import Partition
from ioc.streams.topics import DAY
from tests.streams.memory_log import Row
from tests.streams.small_rules import reading, rulebook

HERE = "cd" * 16
NOW = 1_700_000_000_000
PAST = 1_600_000_000_000


class Log:
    """Rows of one partition; the live world goes by `now`, a replay by the clocks it brings."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.now = NOW

    def live(self, source: str, value: float, *, wait: int = 1000, quantity: str = "pm25") -> None:
        self.now += wait
        self._add(encode(reading(source, self.now, value, quantity)))

    def tick(self, *, wait: int = 1000) -> None:
        self.now += wait
        self._add(None, [(TICK, b"")])

    def replayed(
        self, name: str, at: int, source: str = "", value: float = 0, *, ahead: int = 0, nth: int = -1
    ) -> None:
        """An event observed at PAST + `at`, or a tick where no source is named."""
        headers = [clock_header(name, PAST + at)]
        if not source:
            self._add(None, [(TICK, b""), *headers])
            return
        event = reading(source, PAST + at + ahead, value)
        event = event.model_copy(update={"id": event_id(name, event.id)})
        if ahead:
            event = event.model_copy(update={"received_at": reading(source, PAST + at, 0).observed_at})
        self._add(encode(event), [*([origin_header(Origin(name, 0, nth, 0))] if nth >= 0 else []), *headers])

    def _add(self, value: bytes | None, headers: Sequence[Header] = ()) -> None:
        self.rows.append(Row(len(self.rows), self.now, b"k", value, headers))


def fresh() -> Partition:
    made = Partition("environment", rulebook(), HERE, 0, 1)
    made.restore(Fold(HERE, 0), 0)
    return made


def found(outcome: Outcome) -> list[Transition]:
    assert not outcome.rejected
    return [alert.decode(raw) for _, raw in outcome.transitions]


def told(outcome: Outcome) -> list[tuple[str, str, str, str]]:
    return [(one.rule, one.source, one.replay, one.change) for one in found(outcome)]


def test_one_source_has_one_alert_in_each_world_and_each_ends_by_itself() -> None:
    log = Log()
    log.live("a", 60)
    log.replayed("may", 0, "a", 60)
    log.replayed("june", 0, "a", 60)
    log.replayed("may", 1000, "a", 10)
    log.live("a", 10)
    outcome = fresh().judge(log.rows)

    assert told(outcome) == [
        ("high", "a", "", "fired"),
        ("high", "a", "may", "fired"),
        ("high", "a", "june", "fired"),
        ("high", "a", "may", "cleared"),
        ("high", "a", "", "cleared"),
    ]
    assert len({one.alert_id for one in found(outcome)}) == 3


def test_a_replay_does_not_hide_the_silence_of_the_live_source() -> None:
    log = Log()
    log.tick()
    for second in range(25):
        log.replayed("may", second * 1000, "w0", 1)
        log.tick()
    outcome = fresh().judge(log.rows)

    assert ("silent", "w0", "", "fired") in told(outcome)
    assert not [one for one in found(outcome) if one.replay]


def test_a_live_reading_does_not_hide_the_silence_of_the_replayed_source() -> None:
    log = Log()
    log.replayed("may", 0, "w0", 1)
    log.live("w0", 1)
    log.replayed("may", 20_000)
    outcome = fresh().judge(log.rows)

    assert told(outcome) == [("silent", "w0", "may", "fired")]
    assert found(outcome)[0].at == PAST + 20_000


def test_live_ticks_do_not_age_a_replayed_source_whose_first_reading_counts_for_nothing() -> None:
    log = Log()
    log.replayed("may", 0, "w0", 1, ahead=10_000_000)
    for _ in range(30):
        log.live("w0", 1)
        log.tick()
    outcome = fresh().judge(log.rows)

    assert outcome.fates["trial", "future"] == 1
    assert [one for one in told(outcome) if one[1] == "w0"] == []


def test_a_replay_that_is_played_again_brings_nothing_new_though_its_ids_are_forgotten() -> None:
    log = Log()

    def play(until: int) -> None:
        for nth, value in enumerate((60, 95, 10, 60, 10)[:until]):
            log.replayed("may", nth * 1000, "a", value, nth=nth)

    play(3)
    first = fresh()
    before = found(first.judge(log.rows))
    fold = Fold(HERE, 0)
    for key, value in first.records(list(first.cells.values()), 1):
        fold.add(key, value, log.now)
    again = Partition("environment", rulebook(), HERE, 0, 1)  # and no ids that were seen
    again.restore(fold, len(log.rows))
    play(5)
    after = found(again.judge(log.rows))

    assert [one.change for one in before] == ["fired", "raised", "cleared"]
    assert [(one.change, one.at) for one in after] == [("fired", PAST + 3000), ("cleared", PAST + 4000)]


def test_a_replayed_state_comes_back_from_the_changelog_in_its_own_world() -> None:
    log = Log()
    log.live("w0", 60)
    log.replayed("may", 0, "w0", 60)
    first = fresh()
    first.judge(log.rows)
    fold = Fold(HERE, 0)
    for key, value in first.records(list(first.cells.values()), 1):
        fold.add(key, value, log.now)
    second = Partition("environment", rulebook(), HERE, 0, 1)
    second.restore(fold, len(log.rows), log.rows)
    log.replayed("may", 20_000)

    assert told(second.judge(log.rows)) == [("silent", "w0", "may", "fired")]
    assert len(second.open_alerts()) == 3


def test_what_a_replay_left_open_is_forgotten_after_fourteen_days_and_a_live_alert_never() -> None:
    log = Log()
    log.live("a", 60)
    log.replayed("may", 0, "a", 60)
    partition = fresh()
    outcome = partition.judge(log.rows)
    partition.records(outcome.dirty, 1)
    assert len(partition.open_alerts()) == 2
    for _ in range(15):
        log.tick(wait=DAY)
        outcome = partition.judge(log.rows)
        assert all(not cell.replay for cell in outcome.dirty)
        partition.records(outcome.dirty, 1)

    assert [cell.replay for cell in partition.cells.values() if cell.source == "a"] == [""]
    assert len(partition.open_alerts()) == 1
