from __future__ import annotations

import random
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.alerts import alert
from ioc.events.codec import encode
from ioc.streams import partition as module
from ioc.streams.changelog import Fold
from ioc.streams.headers import CLOCK, ORIGIN, TICK, Header, Origin, clock_header, origin_header
from ioc.streams.holes import CLOCK_KEY, decode
from ioc.streams.outcome import Outcome
from ioc.streams.partition import Partition
from ioc.streams.topics import DAY, REWRITE_MS, partition_of
from tests.streams.memory_log import Row
from tests.streams.small_rules import reading, rulebook

HERE = "ab" * 16
T0 = 1_700_000_000_000


def fresh(number: int = 0, partitions: int = 1) -> Partition:
    made = Partition("environment", rulebook(), HERE, number, partitions)
    made.restore(Fold(HERE, number), 0)
    return made


class Script:
    """Rows one after the other, a second apart unless told."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.now = T0

    def add(self, value: bytes | None, headers: Sequence[Header] = (), wait: int = 1000) -> None:
        self.now += wait
        self.rows.append(Row(len(self.rows), self.now, b"k", value, headers))

    def read(
        self, source: str, value: float, headers: Sequence[Header] = (), wait: int = 1000, nth: object = 0
    ) -> None:
        self.add(encode(reading(source, self.now + wait, value, nth=nth)), headers, wait)

    def tick(self, wait: int = 1000) -> None:
        self.add(None, [(TICK, b"")], wait)


def told(outcome: Outcome) -> list[tuple[str, str, str]]:
    found = [alert.decode(raw) for _, raw in outcome.transitions]
    return [(one.rule, one.source, one.change) for one in found]


def test_transitions_name_their_input_and_states_carry_the_outbox() -> None:
    script = Script()
    script.read("a", 60)
    script.read("a", 95)
    partition = fresh()
    outcome = partition.judge(script.rows)

    first, second = (alert.decode(raw) for _, raw in outcome.transitions)
    assert (first.change, second.change) == ("fired", "raised")
    assert first.input == alert.Position(HERE, 0, 0)
    assert second.input == alert.Position(HERE, 0, 1)
    assert [cell.key for cell in outcome.dirty] == ["a"]
    assert outcome.dirty[0].outbox == [raw for _, raw in outcome.transitions]
    assert outcome.fates == {("trial", "accepted"): 2}
    assert [offset for _, offset in outcome.seen] == [0, 1]


def test_what_is_no_event_is_rejected_with_its_reasons_and_the_rest_is_judged() -> None:
    script = Script()
    script.add(b"not json")
    script.add(None)
    script.add(encode(reading("a", T0, 5)).replace(b'"pm25"', b'"pm26"'))
    script.read("a", 60, [(CLOCK, b"nonsense")])
    script.read("a", 60, [(ORIGIN, b"nonsense")])
    script.read("a", 61)
    outcome = fresh().judge(script.rows)

    assert outcome.fates == {("", "rejected"): 5, ("trial", "accepted"): 1}
    assert [(one.offset, one.reasons[0].field, one.reasons[0].code) for one in outcome.rejected] == [
        (0, "-", "not_this_format"),
        (1, "-", "empty"),
        (2, "quantity", "unknown_value"),
        (3, "ioc-clock", "contract"),
        (4, "ioc-origin", "contract"),
    ]
    assert told(outcome) == [("high", "a", "fired")]


def test_an_event_in_a_partition_that_is_not_its_sources_is_rejected() -> None:
    script = Script()
    script.read("a", 60)
    wrong = (partition_of("a", 4) + 1) % 4
    outcome = fresh(wrong, 4).judge(script.rows)

    assert outcome.fates == {("", "rejected"): 1}
    assert outcome.rejected[0].reasons[0].field == "source"


def test_a_copy_is_a_duplicate_and_changes_nothing() -> None:
    script = Script()
    script.read("a", 60)
    script.add(script.rows[0].value)
    outcome = fresh().judge(script.rows)

    assert outcome.fates == {("trial", "accepted"): 1, ("trial", "duplicate"): 1}


def test_an_origin_is_taken_in_once_whatever_the_id() -> None:
    script = Script()
    for nth, origin in enumerate([(5, 0), (5, 1), (5, 1), (4, 9), (6, 0)]):
        script.read("a", 10, [origin_header(Origin("cd" * 16, 2, *origin))], nth=nth)
    script.read("a", 10, [origin_header(Origin("cd" * 16, 3, 0, 0))], nth="other partition")
    outcome = fresh().judge(script.rows)

    assert outcome.fates == {("trial", "accepted"): 4, ("trial", "duplicate"): 2}


def test_records_judged_before_are_passed_over() -> None:
    script = Script()
    script.read("a", 60)
    script.read("b", 60)
    partition = fresh()
    partition.judge(script.rows)
    again = partition.judge(script.rows)

    assert again.again == 2
    assert not again.dirty
    assert not again.transitions
    assert again.stop == 2


def test_silence_fires_at_the_first_tick_that_is_late_enough_and_ends_with_an_event() -> None:
    script = Script()
    script.read("w0", 10)
    for _ in range(25):
        script.tick()
    script.read("w0", 11)
    partition = fresh()
    outcome = partition.judge(script.rows)

    silent = [alert.decode(raw) for _, raw in outcome.transitions]
    mine = [one for one in silent if one.source == "w0"]
    assert [one.change for one in mine] == ["fired", "cleared"]
    assert mine[0].input is not None
    assert mine[0].input.offset == 20
    assert {one.source for one in silent} == {"never", "w0", "w1"}


def test_nobodys_silence_counts_while_nobody_read() -> None:
    script = Script()
    script.read("w0", 10)
    script.tick()
    script.tick(wait=3_600_000)
    for _ in range(15):
        script.tick()
    partition = fresh()
    outcome = partition.judge(script.rows)
    assert partition.holes.lost == 3_599_000
    key, value = partition.clock_record(1) or (b"", b"")
    assert key == CLOCK_KEY
    assert decode(value).lost == 3_599_000
    assert partition.clock_record(1) is None
    assert told(outcome) == []

    for _ in range(6):
        script.tick()
    assert ("silent", "w0", "fired") in told(partition.judge(script.rows))


def test_the_length_of_holes_is_written_again_before_the_changelog_forgets_it() -> None:
    """Without it a load would count from 0, and every source that was heard since would be missed at once."""
    script = Script()
    script.tick()
    script.tick(wait=3_600_000)
    partition = fresh()
    partition.judge(script.rows)
    fold = Fold(HERE, 0)
    key, value = partition.clock_record(1) or (b"", b"")
    fold.add(key, value, script.now)

    def written(one: Partition, hours: int) -> int:
        found = 0
        for _ in range(hours * 1200):
            script.tick(wait=3_000)
            one.judge(script.rows[-1:])
            found += one.clock_record(1) is not None
        return found

    assert written(partition, 46) == 0
    assert written(partition, 3) == 1

    loaded = Partition("environment", rulebook(), HERE, 0, 1)
    loaded.restore(fold, len(script.rows), script.rows[-1:])
    assert loaded.holes.lost == 3_599_000
    assert loaded.clock_record(2) is not None, "a worker that restarts each day never comes to its second day"


def test_a_replay_lives_by_its_own_clock() -> None:
    script = Script()
    start = T0 - 90 * DAY
    for second in (0, 10, 15):
        script.add(
            encode(reading("w0", start + second * 1000, 10)), [clock_header("may", start + second * 1000)], wait=1
        )
    script.tick()
    script.tick(wait=3 * DAY)
    partition = fresh()
    quiet = [one for one in told(partition.judge(script.rows)) if one[1] == "w0"]

    script.add(None, [(TICK, b""), clock_header("may", start + 34_000)])
    script.add(None, [(TICK, b""), clock_header("june", start + 99_000)])
    before = [one for one in told(partition.judge(script.rows)) if one[1] == "w0"]
    script.add(None, [(TICK, b""), clock_header("may", start + 36_000)])
    after = [one for one in told(partition.judge(script.rows)) if one[1] == "w0"]

    assert (quiet, before, after) == ([], [], [("silent", "w0", "fired")])


def test_one_keys_outbox_cuts_the_chunk_before_its_record_grows_too_large(monkeypatch: object) -> None:
    script = Script()
    for nth in range(400):
        script.read("a", 60 if nth % 2 else 10, wait=10)
    partition = fresh()
    at, slices, transitions = 0, 0, 0
    while at < len(script.rows):
        outcome = partition.judge(script.rows, at)
        at, slices, transitions = outcome.stop, slices + 1, transitions + len(outcome.transitions)
        assert all(len(value) < 300_000 for _, value in partition.records(outcome.dirty, 1))

    assert slices > 1
    assert transitions == 399


def test_a_rule_that_throws_is_told_and_the_next_event_is_judged() -> None:
    partition = fresh()
    step, calls = partition._rules.step, []

    def throws(*given: object) -> object:
        calls.append(given)
        if len(calls) == 1:
            raise ZeroDivisionError("by rule")
        return step(*given)  # type: ignore[arg-type]  # passed on

    partition._rules.step = throws  # type: ignore[method-assign,assignment]  # a rule gone wrong
    script = Script()
    script.read("a", 60)
    script.read("a", 61)
    outcome = partition.judge(script.rows)

    assert outcome.rule_errors == 1
    assert outcome.rejected[0].kind == "rule_error"
    assert outcome.rejected[0].note == "ZeroDivisionError: by rule"
    assert told(outcome) == [("high", "a", "fired")]


def test_bytes_that_nobody_can_read_begin_the_source_anew() -> None:
    first = fresh()
    script = Script()
    script.read("a", 60)
    outcome = first.judge(script.rows)
    outcome.dirty[0].state = None
    outcome.dirty[0].raw = b"\x00 of another time"
    fold = Fold(HERE, 0)
    for key, value in first.records(outcome.dirty, 1):
        fold.add(key, value, T0)
    second = Partition("environment", rulebook(), HERE, 0, 1)
    second.restore(fold, 1, script.rows)
    script.read("a", 61)
    again = second.judge(script.rows)

    assert again.lost_states == 1
    assert told(again) == [("high", "a", "fired")]


def test_a_restored_partition_knows_its_open_alerts_without_reading_its_states() -> None:
    first = fresh()
    script = Script()
    script.read("a", 60)
    script.read("b", 10)
    outcome = first.judge(script.rows)
    fold = Fold(HERE, 0)
    for key, value in first.records(outcome.dirty, 1):
        fold.add(key, value, T0)
    second = Partition("environment", rulebook(), HERE, 0, 1)
    second.restore(fold, 2, script.rows)

    assert second.open_alerts() == first.open_alerts() != []
    assert all(second.cells[key].state is None for key in ("a", "b"))


def test_live_keys_are_written_again_every_two_days_and_idle_ones_leave_after_fourteen() -> None:
    script = Script()
    script.read("live", 60)
    script.read("idle", 10)
    partition = fresh()
    partition.records(partition.judge(script.rows).dirty, 1)

    def days(number: int) -> list[str]:
        dirty: list[str] = []
        for _ in range(number * 24):
            script.tick(wait=module.SWEEP_MS)
            outcome = partition.judge(script.rows)
            dirty += [cell.key for cell in outcome.dirty if cell.key in ("live", "idle")]
            partition.records(outcome.dirty, 1)
        return dirty

    assert days(1) == []
    assert days(REWRITE_MS // DAY) == ["live"]
    assert set(days(12)) == {"live"}
    assert "live" in partition.cells
    assert "idle" not in partition.cells


@given(st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_however_the_log_is_cut_the_outcome_is_the_same(seed: int) -> None:
    from tests.streams.log_filling import fill
    from tests.streams.memory_log import MemoryLog
    from tests.streams.test_delivery_simulated import TOPIC

    random_ = random.Random(seed)
    log = MemoryLog()
    fill(log, random_, 120)
    rows = log.rows[TOPIC, 0]
    whole = fresh()
    expected = whole.judge(rows)
    cut = fresh()
    transitions, fates, at = [], expected.fates.__class__(), 0
    while at < len(rows):
        end = at + random_.randrange(1, 20)
        outcome = cut.judge(rows[at:end])
        transitions += outcome.transitions
        fates += outcome.fates
        at = end

    rules = rulebook()
    assert transitions == expected.transitions
    assert fates == expected.fates
    assert {key: rules.to_bytes(cell.state) for key, cell in cut.cells.items()} == {
        key: rules.to_bytes(cell.state) for key, cell in whole.cells.items()
    }
