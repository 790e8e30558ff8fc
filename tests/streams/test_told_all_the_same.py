"""Transitions that the log will not take as they are, or that nobody can read any more: told short, or told of."""

from __future__ import annotations

import msgspec
import pytest
from prometheus_client import REGISTRY

from ioc.alerts import alert
from ioc.streams import changelog, publish, rejects, telling
from ioc.streams.changelog import StateRecord
from ioc.streams.headers import OPEN, value_of
from ioc.streams.topics import ALERTS, CHANGELOG, REJECTED, SIGNALS, input_topic
from tests.streams.test_evaluate import TOPIC_ID, Scene, scene

STATES = input_topic("environment") + CHANGELOG


def told(made: Scene) -> list[alert.Transition]:
    rows = [row for row in made.log.rows[ALERTS, 0] if value_of(row.headers, OPEN) is None]
    return [alert.decode(row.value or b"") for row in rows]


def refused(made: Scene) -> list[rejects.RejectedRecord]:
    return [rejects.decode(row.value or b"") for row in made.log.rows[REJECTED, 0]]


def untold(domain: str = "environment") -> float:
    return REGISTRY.get_sample_value("ioc_transitions_untold_total", {"domain": domain}) or 0.0


async def test_an_alert_that_is_too_large_reaches_people_without_its_evidence(caplog: pytest.LogCaptureFixture) -> None:
    whole = scene()
    whole.add("a", 60)
    await whole.take(0, 1)
    (full,) = told(whole)
    made = scene()
    made.door.limits[ALERTS] = len(alert.encode(full)) - 1
    before = untold()

    made.add("a", 60)
    await made.take(0, 1)

    (short,) = told(made)
    assert short == msgspec.structs.replace(full, evidence=(), media=())
    assert "without its evidence" in caplog.text
    assert (refused(made), untold()) == ([], before)


async def test_an_alert_that_does_not_fit_without_evidence_goes_without_its_steps() -> None:
    whole = scene()
    whole.add("a", 60)
    await whole.take(0, 1)
    (full,) = told(whole)
    made = scene()
    made.door.limits[ALERTS] = len(alert.encode(msgspec.structs.replace(full, evidence=()))) - 1
    made.add("a", 60)
    await made.take(0, 1)

    (short,) = told(made)
    assert (short.alert_id, short.revision, short.severity) == (full.alert_id, full.revision, full.severity)
    assert short.steps == ()


async def test_what_is_told_short_is_not_overtaken_by_what_comes_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever hears of an end first takes the beginning for older than what he knows."""
    whole = scene()
    whole.add("a", 60)
    await whole.take(0, 1)
    (full,) = told(whole)
    later = msgspec.structs.replace(full, revision=full.revision + 1, evidence=(), media=())
    key, raw = full.alert_id.encode(), alert.encode(full)
    monkeypatch.setattr(telling, "BATCH_BYTES", publish.size_of(publish.Record(key, raw)) - 1)
    made = scene()
    made.door.limits[ALERTS] = len(raw) - 1

    spot = telling.Spot("environment", "t", 0, 0)
    await telling.tell(made.door, spot, [(key, raw), (key, alert.encode(later))])

    assert [one.revision for one in told(made)] == [full.revision, later.revision]
    assert told(made)[0].evidence == ()


async def test_an_alert_that_no_record_can_hold_is_counted_and_stands_among_the_rejected() -> None:
    made = scene()
    made.door.limits[ALERTS] = 10
    made.door.limits[SIGNALS] = 10
    before = untold()
    made.add("a", 60)
    await made.take(0, 1)

    (one, two) = refused(made)
    assert "a" in one.note
    assert one.kind == "not_kept"
    assert "ioc.alerts" in one.note
    assert "ioc.signals" in two.note
    assert untold() == before + 2


async def test_an_outbox_that_nobody_can_read_any_more_does_not_keep_the_partition_from_being_judged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    made = scene()
    before = untold()
    foreign = StateRecord(1, TOPIC_ID, 0, 0, 0, False, "", "v", b"", [], [], [b'{"alert_id":"of another version"}'])
    made.log.append(STATES, 0, b"a", changelog.encode(foreign))
    made.add("b", 60)
    assert await made.take(0, 1)

    assert [one.source for one in told(made)] == ["b"]
    (one,) = refused(made)
    assert (one.kind, one.topic, one.partition) == ("not_kept", STATES, 0)
    assert "of another version" in one.note
    assert untold() == before + 1
    assert "cannot read" in caplog.text
