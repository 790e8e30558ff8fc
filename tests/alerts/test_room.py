"""What one rule remembers of one group takes at most a kilobyte stored and three in memory, full and firing."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
import pytest

from ioc.alerts.state import Memory
from tests.alerts.timeline import Timeline

LONG = {"title": {"vi": "Ệ" * 60, "en": "x" * 60}}
TITLE = "Trạm quan trắc Hùng Vương, phường Phan Đình Phùng"
DAY = 24 * 60
FLOODS: dict[str, dict[str, Any]] = {
    "deviations from the window before": {"of": "mean", "baseline": "previous", "measure": "deviations", "floor": 1},
    "a mean over the window before": {"of": "mean", "baseline": "previous", "floor": 1},
    "deviations from the usual hour": {"of": "mean", "baseline": "same_hour", "measure": "deviations", "floor": 1},
    "a mean over the usual hour": {"of": "mean", "baseline": "same_hour", "floor": 1},
    "a count over the window before": {"of": "count", "baseline": "previous"},
    "a count over the usual hour": {"of": "count", "baseline": "same_hour"},
}


def _spike(name: str) -> Timeline:
    """Four days of dense readings, then a rise."""
    condition = {"kind": "spike", "window": "1h", **FLOODS[name]}
    line = Timeline({**LONG, "condition": condition, "severities": {"moderate": {"level": 1.2, "clear": 1}}})
    for minute in range(0, 4 * DAY, 3):
        line.at(minute).reads(20.123456 + minute % 7)
    for minute in range(4 * DAY, 4 * DAY + 50):
        line.at(minute).reads(90.123456 + minute % 7, id="f" * 32)
    return line


def _flatline() -> Timeline:
    condition = {"kind": "flatline", "for": "1h"}
    line = Timeline({**LONG, "condition": condition, "severities": {"minor": {"level": 1}}})
    for minute in range(0, 600, 7):
        line.at(minute).reads(20.123456, title=TITLE)
    return line


def _new_value() -> Timeline:
    domain: dict[str, Any] = {"domain": "netsec", "quantity": "ids_alert", "severities": {"minor": {}}, "settle": "10m"}
    line = Timeline({**LONG, **domain, "condition": {"kind": "new_value", "field": "src_ip", "learn": "1h"}})
    for number in range(400):
        line.at(number).reads(src_ip=f"2001:db8::{number:04x}", title=TITLE)
    return line


MADE: dict[str, Callable[[], Timeline]] = {
    **{name: partial(_spike, name) for name in FLOODS},
    "a run": _flatline,
    "known values": _new_value,
}


def live(thing: Any) -> int:
    """Bytes of a value and all that it holds; small whole numbers and the empty text are there anyway."""
    if thing is None or isinstance(thing, bool) or (isinstance(thing, int) and -6 < thing < 257) or thing == "":
        return 0
    size = sys.getsizeof(thing)
    if isinstance(thing, msgspec.Struct):
        return size + sum(live(getattr(thing, name)) for name in thing.__struct_fields__)
    if isinstance(thing, dict):
        return size + sum(live(key) + live(value) for key, value in thing.items())
    return size + sum(map(live, thing)) if isinstance(thing, (list, tuple)) else size


@pytest.mark.parametrize("name", MADE)
def test_one_memory_is_small(name: str) -> None:
    memory = MADE[name]().state.memories["tried"]
    stored = msgspec.msgpack.encode(memory)

    assert memory.level
    assert len(stored) <= 1024
    if memory.alert is not None:
        memory.alert.title = {"vi": "Trạm quan trắc báo một số đo đứng yên", "en": "Station reports a stuck value"}
    stored = msgspec.msgpack.encode(memory)
    assert live(msgspec.msgpack.decode(stored, type=Memory)) <= 3 * 1024
