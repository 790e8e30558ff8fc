"""What people called false is said on the card, counted per rule, quieted for a day, and given to the rule's author."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from ruamel.yaml import YAML

from ioc.desk import audit, silences
from ioc.desk.acts.act import Asked
from ioc.desk.acts.false_alarm import false_alarm
from ioc.desk.acts.verify import verify
from ioc.workshop.case import File
from tests.console.room import Room
from tests.console.test_acts import post
from tests.desk.made import MINUTE, NOON, alert_name, transition

AN = "Nguyễn Văn An"


def fires(room: Room, *numbers: int, **given: Any) -> None:
    for nth in numbers:
        at = NOON + nth * MINUTE
        known = {"source": "cam-1", "rule": "camera-fire-smoke", "opened_at": at, "at": at, "last_seen": at}
        room.receive(transition(nth, **{**known, **given}))


def false(room: Room, *numbers: int, cause: str = "weather") -> None:
    with room.office.store.writing() as session:
        for nth in numbers:
            false_alarm(session, alert_name(nth), Asked(AN, NOON + 9 * MINUTE), cause)


def test_three_false_of_the_last_five_are_proposed_to_be_quieted_and_two_are_not(
    client: httpx.Client, room: Room
) -> None:
    fires(room, 1, 2, 3, 4, 5, 6)
    false(room, 1, 3, 5)
    assert "noisy" not in client.get("/alerts/1006").text, "of the last five only two: the first is too old"

    false(room, 4, cause="device")
    card = client.get("/alerts/1006").text

    assert "3 trong 5 cảnh báo gần nhất" in card
    assert "Thiết bị 1, Thời tiết 2" in card


def test_drills_replays_and_other_sources_do_not_count(client: httpx.Client, room: Room) -> None:
    fires(room, 1, drill=True)
    fires(room, 2, replay="old")
    fires(room, 3, source="cam-2")
    fires(room, 4, 5)
    false(room, 1, 2, 3, 4)

    assert "noisy" not in client.get("/alerts/1003").text


def test_quieting_makes_a_silence_of_this_pair_for_a_day_that_lets_extreme_ones_through(
    client: httpx.Client, room: Room
) -> None:
    fires(room, 1, 2, 3)
    refused = post(client, "/alerts/1003/quiet", json=True, name=AN)
    false(room, 1, 2, 3)

    done = post(client, "/alerts/1003/quiet", json=True, name=AN)

    assert (refused.status_code, done.status_code) == (422, 200)
    with room.office.store.reading() as session:
        (made,) = silences.standing(session)
        assert (made.rule, made.source, made.owner) == ("camera-fire-smoke", "cam-1", AN)
        assert made.ends_at - made.starts_at == 24 * 60 * MINUTE
        assert silences.as_silence(made).up_to == "severe"
        assert [line.action for line in audit.lines(session)][-1] == "silence"


def test_the_week_is_counted_per_rule(client: httpx.Client, room: Room) -> None:
    fires(room, 1, 2, 3)
    fires(room, 4, rule="pm25-high")
    false(room, 1, 2)
    with room.office.store.writing() as session:
        verify(session, alert_name(3), Asked(AN, NOON), how="camera")
    room.clock.ms += 10 * MINUTE

    page = client.get("/false-alarms").text

    rows = [row.split("</tr>")[0] for row in page.split("<tr>")[2:]]
    assert [">".join(row.split("<td>")) for row in rows]
    assert "camera-fire-smoke" in rows[0]
    assert rows[0].count("<td>2</td>") == 1
    assert "33 %" in rows[0]
    assert "pm25-high" in rows[1]


def test_the_labelled_cases_are_a_file_that_ioc_rules_test_reads(client: httpx.Client, room: Room) -> None:
    fires(room, 1, 2)
    false(room, 1)
    with room.office.store.writing() as session:
        verify(session, alert_name(2), Asked(AN, NOON), how="scene")

    given = client.get("/false-alarms/camera-fire-smoke.yaml")
    read = File.model_validate(YAML(typ="safe").load(given.text))

    assert [(one.fires, one.rule) for one in read.tests] == [(True, "camera-fire-smoke"), (False, "camera-fire-smoke")]
    assert "#1001 là báo nhầm: Thời tiết" in given.text


@pytest.mark.parametrize("rule", ["nothing-known", "<b>", "a" * 300])
def test_a_rule_without_labels_has_no_cases(client: httpx.Client, rule: str) -> None:
    assert client.get(f"/false-alarms/{rule}.yaml").status_code == 404
