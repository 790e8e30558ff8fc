from __future__ import annotations

import random
from itertools import pairwise

from ioc.alerts import alert, signal
from ioc.alerts.alert import Position
from ioc.streams.headers import ORIGIN, Origin, read_origin, value_of
from ioc.streams.publish import Record
from ioc.streams.signals import Outflow
from tests.alerts.test_signal import told

TOPIC_ID = "ab" * 16


def made(offset: int, name: str = "a", revision: int = 1) -> signal.Signal:
    found = signal.signal_of(transition(offset, name, revision))
    assert found is not None
    return found


def transition(offset: int, name: str = "a", revision: int = 1) -> alert.Transition:
    place = Position(TOPIC_ID, 3, offset)
    return told(alert_id=name * 32, revision=revision, input=place, change="fired" if revision == 1 else "raised")


def origins(records: list[Record]) -> list[Origin | None]:
    return [read_origin(value_of(one.headers, ORIGIN) or b"") for one in records]


def offsets(records: list[Record]) -> list[tuple[int, str]]:
    found = [signal.decode(one.value or b"") for one in records]
    return [(one.input.offset, one.alert_id[0]) for one in found]


def test_a_signal_is_a_record_with_its_alert_as_key_and_its_origin_in_a_header() -> None:
    one = made(7)
    (record,) = Outflow().ready([one], 8)
    assert record.key == b"a" * 32
    assert signal.decode(record.value or b"") == one
    assert origins([record]) == [Origin(TOPIC_ID, 3, 7, one.order)]


def test_what_a_crash_kept_back_goes_among_the_others_when_its_record_has_been_passed() -> None:
    flow = Outflow()
    flow.recall([transition(90, "c"), transition(5, "b")])

    assert offsets(flow.ready([], 5)) == [], "the record at 5 has not come again yet"
    assert offsets(flow.ready([made(3), made(80)], 81)) == [(3, "a"), (5, "b"), (80, "a")]
    assert offsets(flow.ready([made(90, "f"), made(91)], 100)) == [(90, "c"), (90, "f"), (91, "a")]
    assert flow.ready([], 1_000) == []


def test_what_is_no_evidence_is_not_sent() -> None:
    flow = Outflow()
    flow.recall([told("state_lost")])
    assert flow.ready([], 1_000) == []


def test_origins_rise_however_the_signals_were_made() -> None:
    random_ = random.Random(5)
    every = [(offset, name, revision) for offset in range(40) for name in "abc" for revision in (1, 2)]
    kept = [one for one in every if random_.random() < 0.4]
    flow = Outflow()
    flow.recall(transition(*one) for one in random_.sample(kept, len(kept)))
    sent: list[Origin | None] = []
    for start in range(0, 40, 10):
        fresh = [made(*one) for one in every if one not in kept and start <= one[0] < start + 10]
        sent += origins(flow.ready(random_.sample(fresh, len(fresh)), start + 10))

    places = [(one.offset, one.nth) for one in sent if one is not None]
    assert len(places) == len(every)
    assert all(first < second for first, second in pairwise(places))
