"""A log filled by a seed, and what stands in `ioc.alerts` after it was judged, for simulations of delivery."""

from __future__ import annotations

import random
from collections import defaultdict

from ioc.alerts import alert, open_alerts
from ioc.events.codec import encode
from ioc.streams.headers import OPEN, TICK, value_of
from ioc.streams.topics import ALERTS, input_topic
from tests.streams.memory_log import MemoryLog
from tests.streams.small_rules import reading

TOPIC = input_topic("environment")


def fill(log: MemoryLog, random_: random.Random, length: int) -> None:
    """Readings of a few keys, copies of earlier ones, readings that come late, ticks, and a hole in the ticks."""
    told: list[bytes] = []
    hole = random_.randrange(length)
    for at in range(length):
        log.now += random_.choice((0, 3, 200, 400))
        if random_.random() < 0.25 and abs(at - hole) > 8:
            log.now += random_.choice((100, 1000))
            log.append(TOPIC, 0, None, None, [(TICK, b"")])
            continue
        if abs(at - hole) <= 8:
            log.now += 1500
        if told and random_.random() < 0.15:
            log.append(TOPIC, 0, b"", random_.choice(told))
            continue
        source = random_.choice(("a", "b", "w0", "w1", f"once-{at}"))
        quantity = random_.choice(("pm25", "pm25", "pm10"))
        late = random_.choice((0, 0, 0, 5_000, 60_000))
        raw = encode(reading(source, log.now - late, random_.choice((10, 45, 60, 95)), quantity, at))
        told.append(raw)
        log.append(TOPIC, 0, source.encode(), raw)


def transitions(log: MemoryLog) -> dict[tuple[str, int], set[bytes]]:
    found: defaultdict[tuple[str, int], set[bytes]] = defaultdict(set)
    for row in log.rows[ALERTS, 0]:
        if value_of(row.headers, OPEN) is None:
            one = alert.decode(row.value or b"")
            found[one.alert_id, one.revision].add(row.value or b"")
    return found


def falsely_ended(log: MemoryLog) -> list[str]:
    """What a desk that believes every list would end though it is open in the end."""
    open_at: dict[str, int] = {}
    revisions: dict[str, int] = {}
    highest, wrong = 0, []
    for row in log.rows[ALERTS, 0]:
        if value_of(row.headers, OPEN) is None:
            one = alert.decode(row.value or b"")
            assert one.input is not None
            if one.revision <= revisions.get(one.alert_id, 0):
                continue
            revisions[one.alert_id] = one.revision
            if one.status == "firing":
                open_at.setdefault(one.alert_id, one.input.offset)
            else:
                open_at.pop(one.alert_id, None)
            continue
        listed = open_alerts.decode(row.value or b"")
        if listed.generation >= highest:
            highest = listed.generation
            wrong += [one for one, at in open_at.items() if at < listed.offset and one not in listed.alerts]
    return wrong
