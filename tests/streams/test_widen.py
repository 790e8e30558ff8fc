from __future__ import annotations

from ioc.alerts.open_alerts import OpenAlerts
from ioc.streams import changelog
from ioc.streams.changelog import NO_STAMP, Fold, StateRecord

HERE = "ab" * 16


def state(generation: int, offset: int, topic_id: str = HERE) -> bytes:
    return changelog.encode(StateRecord(generation, topic_id, 0, offset, 0, False, "", "v", b"s", [], [], []))


def test_a_tombstone_takes_a_key_out_of_its_partition_and_leaves_the_generation_known() -> None:
    fold = Fold(HERE, 0)
    fold.add(b"a", state(7, 5), 1)
    fold.add(b"b", state(6, 6), 1)
    fold.add(b"a", None, 2)
    fold.add(b"unknown", None, 3)

    assert set(fold.winners) == {"b"}
    assert fold.highest == 7


def test_a_moved_state_gives_way_to_the_first_one_written_where_it_went() -> None:
    fold = Fold(HERE, 2)
    fold.add(b"a", state(7, NO_STAMP, ""), 1)
    assert fold.winners["a"].rank == (7, NO_STAMP)

    fold.add(b"a", changelog.encode(StateRecord(7, HERE, 2, 0, 0, False, "", "v", b"t", [], [], [])), 2)
    assert fold.winners["a"].record.state == b"t"


def test_a_list_says_nothing_of_moves_unless_it_is_told_to() -> None:
    assert OpenAlerts(domain="camera", topic_id=HERE, partition=0, offset=0, generation=1, alerts=()).to is None
