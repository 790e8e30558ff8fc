from __future__ import annotations

from ioc.alerts import alert
from ioc.alerts import signal as signals
from ioc.alerts.alert import Position
from ioc.alerts.correlate import SignalEngine
from ioc.alerts.signal import Signal
from ioc.streams.changelog import Fold
from ioc.streams.crossing import Crossing
from ioc.streams.headers import origin_header
from ioc.streams.signal_rules import SignalRules
from ioc.streams.signals import origin
from tests.alerts.crossing import NOON, rules, signal
from tests.streams.memory_log import Row

HERE = "cd" * 16


def row(nth: int, one: Signal) -> Row:
    return Row(nth, NOON + nth, b"k", signals.encode(one), [origin_header(origin(one))])


def test_a_signal_for_which_a_cell_has_no_room_loses_nothing_of_what_it_opens_there() -> None:
    partition = Crossing(SignalRules(SignalEngine(rules({"by": ["source"], "max_groups": 2}))), HERE)
    partition.restore(Fold(HERE, 0), 0)
    names = ("fire0", "fire1", "fire2", "cam")
    heard = [signal(name, nth, input=Position("ab" * 16, 0, nth)) for nth, name in enumerate(names)]
    outcome = partition.judge([row(nth, one) for nth, one in enumerate(heard)])
    told = [alert.decode(raw) for _, raw in outcome.transitions]
    assert [(one.change, one.revision) for one in told] == [("fired", 1), ("fired", 1)]
    assert [one.alert_id for one in told] == [raw.decode() for raw, _ in outcome.transitions]
    assert partition.open_alerts() == sorted(one.alert_id for one in told)
    assert outcome.rule_errors == 1
