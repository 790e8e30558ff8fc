"""A rule that throws, seen through the stream: an alert of its own in `ioc.alerts`, and everything else goes on."""

from __future__ import annotations

from ioc.alerts import alert
from ioc.alerts.engine import Engine
from ioc.events.codec import Observed, encode
from ioc.streams import changelog
from ioc.streams.evaluate import Evaluate
from ioc.streams.fetched import Fetched
from ioc.streams.headers import OPEN, TICK, value_of
from ioc.streams.rulebook import EngineRules
from ioc.streams.tenure import Tenure
from ioc.streams.topics import ALERTS, REJECTED, changelog_topic, input_topic
from tests.streams.memory_log import Door, MemoryLog
from tests.streams.small_rules import catalogue, reading, ruleset

TOPIC = input_topic("environment")


def broken() -> EngineRules:
    """The rule `often` throws on every event that it reads."""
    engine = Engine(ruleset(), catalogue(), "environment")

    def throw(event: Observed) -> int:
        raise ZeroDivisionError(event.id)

    engine._plans["often"].read = throw
    return EngineRules(engine)


async def worker(log: MemoryLog) -> Evaluate:
    tenure = Tenure()
    tenure.assigned(1, [(TOPIC, 0)])

    async def committed(_topic: str, _partition: int) -> int | None:
        return None

    return Evaluate(
        "environment",
        broken(),
        sender=Door(log),
        reader=log,
        tenure=tenure,
        committed=committed,
        topic_id="ab" * 16,
        partitions=1,
    )


async def test_it_raises_its_own_alert_and_the_next_event_and_the_other_rules_are_judged() -> None:
    log = MemoryLog()
    for nth, (source, value, quantity) in enumerate(
        (("a", 10, "pm10"), ("a", 60, "pm25"), ("b", 10, "pm10"), ("a", 95, "pm25"), ("a", 10, "pm10"))
    ):
        log.now += 1000
        log.append(TOPIC, 0, source.encode(), encode(reading(source, log.now, value, quantity, nth)))
    log.now += 1000
    log.append(TOPIC, 0, None, None, [(TICK, b"")])
    made = await worker(log)

    finish = await made.handle(Fetched(TOPIC, 0, 1, log.rows[TOPIC, 0]))
    assert finish is not None
    await finish

    rows = [row for row in log.rows[ALERTS, 0] if value_of(row.headers, OPEN) is None]
    told = [alert.decode(row.value or b"") for row in rows]
    assert [(one.rule, one.source, one.change, one.severity) for one in told] == [
        ("rule-error", "a", "fired", "moderate"),
        ("high", "a", "fired", "moderate"),
        ("rule-error", "b", "fired", "moderate"),
        ("high", "a", "raised", "severe"),
    ]
    assert told[0].evidence[0].title == "often: ZeroDivisionError"
    assert log.rows[REJECTED, 0] == []  # the events are good, and were judged by the rules that work
    stamps = {
        row.key: changelog.decode(row.value or b"").offset
        for row in log.rows[changelog_topic("environment"), 0]
        if row.key in (b"a", b"b")
    }
    assert stamps == {b"a": 4, b"b": 2}
