"""What passes on to another key, and what the second stage takes in."""

from __future__ import annotations

from collections.abc import Sequence

from ioc.alerts import alert
from ioc.alerts.stage import Keys
from ioc.alerts.state import from_bytes
from ioc.events.codec import decode, encode
from ioc.streams.changelog import Fold
from ioc.streams.headers import CLOCK, TICK, Header, Origin, clock_header, origin_header, read_origin, value_of
from ioc.streams.inlet import Inlet, inlet_of
from ioc.streams.outcome import Outcome
from ioc.streams.partition import Partition
from ioc.streams.repartition import IDLE_MS, Onwards, Taken, batches
from ioc.streams.topics import by_changelog_topic, by_topic, changelog_topic, input_topic, partition_of, table
from tests.streams.memory_log import Row
from tests.streams.two_hops import FIELD, attack, counted, rulebook, ruleset

HERE, THERE = "ab" * 16, "cd" * 16
ADDRESS = "203.0.113.1"
NOW = 1_750_000_000_000


def row(offset: int, value: bytes | None, headers: Sequence[Header] = (), at: int = NOW) -> Row:
    return Row(offset, at, b"k", value, headers)


def first() -> Partition:
    made = Partition("netsec", rulebook(), HERE, 0, 1)
    made.restore(Fold(HERE, 0), 0)
    return made


def second(fold: Fold | None = None, committed: int = 0, before: Sequence[Row] = ()) -> Partition:
    made = Partition("netsec", rulebook(FIELD), THERE, 0, 1, FIELD)
    made.restore(fold or Fold(THERE, 0), committed, before)
    return made


def passed(origin: int, address: str = ADDRESS, partition: int = 0, topic_id: str = HERE) -> tuple[bytes, list[Header]]:
    event = attack("a", address, NOW, (partition, origin))
    return encode(event), [("ce_type", b"netsec"), origin_header(Origin(topic_id, partition, origin, 0))]


def stored(partition: Partition, outcome: Outcome, fold: Fold, at: int = NOW) -> Fold:
    for key, value in partition.records(outcome.dirty, 1):
        fold.add(key, value, at)
    return fold


def test_only_what_a_rule_of_the_field_could_count_passes_on() -> None:
    keys = Keys(ruleset(), "netsec")

    assert keys.fields == (FIELD,)
    assert keys.of(decode(encode(attack("a", ADDRESS, NOW)))) == [(FIELD, ADDRESS)]
    assert not keys.of(decode(encode(attack("a", None, NOW))))
    faulty = attack("a", ADDRESS, NOW).model_copy(update={"quality": "fault"})
    assert not keys.of(decode(encode(faulty)))


def test_an_event_passes_on_as_it_came_with_its_origin_last() -> None:
    raw = encode(attack("a", ADDRESS, NOW))
    clock = clock_header("may", NOW)
    record = row(7, raw, [("ce_id", b"x"), origin_header(Origin("file", 0, 1, 0)), clock])
    (one,) = Onwards(HERE, 3, 12).event([(FIELD, ADDRESS)], record)

    assert (one.key, one.value, one.partition) == (ADDRESS.encode(), raw, partition_of(ADDRESS, 12))
    assert one.headers == [("ce_id", b"x"), clock, origin_header(Origin(HERE, 3, 7, 0))]
    assert batches("netsec", [one])[0][:2] == (by_topic("netsec", FIELD), one.partition)


def test_late_events_and_copies_do_not_pass_on() -> None:
    raws = [encode(attack("a", ADDRESS, at, nth)) for nth, at in enumerate((NOW, NOW - 60_000, NOW - 10_000))]
    outcome = first().judge([row(nth, raw) for nth, raw in enumerate([*raws, raws[0]])])

    origins = [read_origin(one.headers[-1][1]) for one in outcome.onward]
    assert [one.offset for one in origins if one] == [0, 2]
    assert outcome.fates == {("trial", "accepted"): 2, ("trial", "late"): 1, ("trial", "duplicate"): 1}


def test_a_repeated_first_hop_is_taken_in_once() -> None:
    records = [row(nth, *passed(origin)) for nth, origin in enumerate((0, 1, 2, 0, 1, 2, 3))]
    partition = second()
    outcome = partition.judge(records)

    assert counted(partition.cells[ADDRESS].state) == 4
    assert outcome.fates == {("trial", "accepted"): 4, ("trial", "duplicate"): 3}


def test_each_partition_of_the_input_has_its_own_order_and_a_new_topic_begins_anew() -> None:
    records = [
        row(0, *passed(5, partition=0)),
        row(1, *passed(3, partition=1)),
        row(2, *passed(0, partition=0, topic_id="ef" * 16)),
    ]
    partition = second()
    partition.judge(records)

    assert counted(partition.cells[ADDRESS].state) == 3


def test_an_event_that_the_source_clock_accepted_is_late_nowhere() -> None:
    late = encode(attack("b", ADDRESS, NOW - 3_600_000)), [origin_header(Origin(HERE, 1, 0, 0))]
    partition = second()
    outcome = partition.judge([row(0, *passed(0)), row(1, *late)])

    assert outcome.fates == {("trial", "accepted"): 2}
    assert counted(partition.cells[ADDRESS].state) == 2


def test_a_record_without_origin_or_at_the_wrong_key_is_refused() -> None:
    raw, _ = passed(0)
    nobody = encode(attack("a", None, NOW)), [origin_header(Origin(HERE, 0, 1, 0))]
    outcome = second().judge([row(0, raw), row(1, *nobody)])

    assert [(one.reasons[0].field, one.topic) for one in outcome.rejected] == [
        ("ioc-origin", by_topic("netsec", FIELD)),
        ("source", by_topic("netsec", FIELD)),
    ]


def test_what_was_forgotten_is_not_taken_in_again() -> None:
    """An address falls silent and leaves memory; then a zombie of the first hop repeats what it had sent."""
    fold = Fold(THERE, 0)
    one = second()
    stored(one, one.judge([row(0, *passed(4))]), fold)
    later = NOW + 8 * 86_400_000
    stored(one, one.judge([row(1, None, [(TICK, b"")], later)]), fold, later)  # the window has emptied
    one.judge([row(2, None, [(TICK, b"")], later + 2 * IDLE_MS)])
    assert ADDRESS not in one.cells

    loaded = second(fold, 3, [row(2, None, [(TICK, b"")], later + 2 * IDLE_MS)])
    assert ADDRESS not in loaded.cells

    for partition in (one, loaded):
        outcome = partition.judge(
            [row(3, *passed(4), at=later + 2 * IDLE_MS), row(4, *passed(5), at=later + 2 * IDLE_MS)]
        )
        assert outcome.fates == {("trial", "duplicate"): 1, ("trial", "accepted"): 1}


def test_an_open_alert_of_a_key_is_never_forgotten() -> None:
    one, fold = second(), Fold(THERE, 0)
    stored(one, one.judge([row(nth, *passed(nth)) for nth in range(3)]), fold)
    assert one.open_alerts()

    loaded = second(fold, 3, [row(2, None, [(TICK, b"")], NOW + 3 * IDLE_MS)])
    assert loaded.open_alerts() == one.open_alerts()
    assert counted(from_bytes(fold.winners[ADDRESS].record.state)) == 3


def test_a_replays_ticks_pass_on_once_a_minute_and_count_when_every_partition_has_sent_one() -> None:
    onwards = Onwards(HERE, 1, 2)
    sent = [
        one
        for nth, clock in enumerate((NOW, NOW + 1, NOW + 60_000))
        for one in onwards.tick((FIELD,), nth, "may", clock)
    ]
    assert [(one.partition, value_of(one.headers, CLOCK)) for one in sent] == [
        (number, f"may:{clock}".encode()) for clock in (NOW, NOW + 60_000) for number in (0, 1)
    ]

    taken = Taken(2)
    assert taken.tick("may", NOW, Origin(HERE, 0, 0, 0)) == 0
    assert taken.tick("may", NOW - 50, Origin(HERE, 1, 0, 0)) == NOW - 50
    assert taken.tick("may", NOW + 9, Origin(HERE, 1, 9, 0)) == NOW
    assert taken.tick("june", NOW + 9, Origin(HERE, 1, 9, 0)) == 0


def test_a_replay_at_the_second_hop_fires_and_ends_by_its_own_clock() -> None:
    def told(origin: int, value: bytes | None, clock: int) -> list[Header]:
        headers = [clock_header("may", clock), origin_header(Origin(HERE, 0, origin, 0))]
        return headers if value is not None else [(TICK, b""), *headers]

    events = [encode(attack("a", ADDRESS, 1_000_000 + nth, nth)) for nth in range(3)]
    records = [row(nth, raw, told(nth, raw, 1_000_000 + nth)) for nth, raw in enumerate(events)]
    partition = second()
    outcome = partition.judge([*records, row(3, None, told(3, None, 1_200_000))])

    assert [raw.count(b'"cleared"') for _, raw in outcome.transitions] == [0, 1]


def test_a_replays_time_goes_on_at_the_second_hop_after_a_crash() -> None:
    def told(offset: int, number: int, clock: int) -> Row:
        return row(offset, None, [(TICK, b""), clock_header("may", clock), origin_header(Origin(HERE, number, 7, 0))])

    events = [
        row(nth, encode(attack("a", ADDRESS, 1_000_000 + nth, nth)), headers)
        for nth in range(3)
        for headers in [[clock_header("may", 1_000_000 + nth), origin_header(Origin(HERE, 0, nth, 0))]]
    ]
    rows = [*events, told(3, 0, 1_200_000), told(4, 1, 1_200_000)]

    def stage() -> Partition:
        return Partition("netsec", rulebook(FIELD), THERE, partition_of(ADDRESS, 2), 2, FIELD)

    calm = stage()
    calm.restore(Fold(THERE, calm._number), 0)
    outcome = calm.judge(rows)
    assert [alert.decode(raw).change for _, raw in outcome.transitions] == ["fired", "cleared"]

    crashed, fold = stage(), Fold(THERE, calm._number)
    crashed.restore(fold, 0)
    stored(crashed, crashed.judge(rows[:4]), fold)
    again = stage()
    again.restore(fold, 4, rows[:4])
    assert [alert.decode(raw).change for _, raw in again.judge(rows[4:]).transitions] == ["cleared"]


def test_topics_of_fields_are_known_by_name() -> None:
    inlet = Inlet("netsec", FIELD)

    assert (inlet.topic, inlet.changelog) == (by_topic("netsec", FIELD), by_changelog_topic("netsec", FIELD))
    assert inlet_of(inlet.topic) == inlet
    assert [inlet_of(name) for name in (inlet.changelog, input_topic("netsec"), changelog_topic("netsec"), "x")] == [
        None
    ] * 4
    assert (inlet.stage, Inlet("netsec").stage) == (f"netsec.by-{FIELD}", "")
    rows = {one.name: one for one in table(5, fields=[("netsec", FIELD)])}
    assert rows[inlet.topic].partitions == rows[inlet.changelog].partitions == 5
    assert rows[inlet.changelog].policy == "compact,delete"


def test_more_keys_than_may_be_held_are_told_of_and_those_that_are_held_still_count() -> None:
    """Four addresses where three may be held: the fourth is one too many, until another has fallen silent."""
    few = rulebook(FIELD, 3)
    one = Partition("netsec", few, THERE, 0, 1, FIELD)
    one.restore(Fold(THERE, 0), 0)
    addresses = [f"203.0.113.{nth}" for nth in range(4)]
    outcome = one.judge([row(nth, *passed(nth, address), at=NOW + nth) for nth, address in enumerate(addresses)])
    told = [alert.decode(raw) for _, raw in outcome.transitions]
    assert {(made.rule, made.change, made.key) for made in told} == {
        ("rule-overflow", "fired", f"{FIELD}[0]|{rule}") for rule in ("many", "often")
    }
    assert outcome.fates == {("trial", "accepted"): 4}
    assert addresses[3] not in one.cells

    again = one.judge([row(4, *passed(3, addresses[3]), at=NOW + 4), row(5, *passed(5, addresses[0]), at=NOW + 5)])
    assert again.fates == {("trial", "duplicate"): 1, ("trial", "accepted"): 1}
    assert counted(one.cells[addresses[0]].state) == 2

    fold = stored(one, outcome, Fold(THERE, 0))
    later = NOW + 8 * 86_400_000  # every window has emptied
    stored(one, one.judge([row(6, None, [(TICK, b"")], later)]), fold, later)
    free = one.judge([row(7, *passed(7, addresses[3]), at=later + 2_000)])
    assert counted(one.cells[addresses[3]].state) == 1
    assert not free.transitions
