"""The band of those who cannot be told, and storm mode, as a browser without JavaScript and the beat see them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from ioc.alerts.rota import Shift
from ioc.desk import audit, rota
from ioc.desk.tables import NoticeRow
from ioc.desk.tables_duty import MessageRow, RunRow, WantRow
from ioc.settings.channels import Channels
from ioc.settings.routing import load_routing
from tests.console.room import Room
from tests.desk.made import MINUTE, NOON, alert_name, transition

DUTIES = ("truc-ban", "truong-ca", "lanh-dao", "truc-attt")


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """A console whose desk tells people by mail."""
    made = Room(tmp_path, channels=("webhook", "mail"), routing=load_routing())
    made.hear_all()
    yield made
    made.close()


def band(page: str, name: str) -> str | None:
    """The words of a band that is shown; None where it is hidden."""
    found = re.search(rf'<div id="{name}"([^>]*)>(.*?)</div>', page, re.DOTALL)
    assert found
    return None if "hidden" in found[1] else re.sub(r"<[^>]+>", " ", found[2])


def token(page: str) -> str:
    found = re.search(r'name="form" value="([^"]+)"', page)
    assert found
    return found[1]


def beat(room: Room) -> dict[str, Any]:
    assert room.console
    return asyncio.run(room.console.pulse.facts())


def staff(room: Room, *, mail: str = "an@example.org") -> None:
    """One person on every duty."""
    with room.desk.store.writing() as session:
        rota.set_contact(session, "Nguyễn An", {"mail": mail, "sms": "+84900000001"}, by="Hoa", now=NOON)
        for duty in DUTIES:
            rota.add_shift(session, Shift(duty, "Nguyễn An", NOON - MINUTE, NOON + 480 * MINUTE), "Hoa", NOON)


def run(nth: int, *, started: int | None, empty: str) -> RunRow:
    known = {"rule": "r", "open": True, "severity": 3, "route": "khan-cap", "due_at": None, "told_severity": 3}
    return RunRow(alert_id=alert_name(nth), started_at=started, empty=empty, told_as="unverified", **known)


def notice(nth: int, channel: str, state: str = "waiting") -> NoticeRow:
    times = {"created_at": NOON, "next_at": NOON, "lease_until": 0, "attempts": 0}
    return NoticeRow(
        channel=channel, key=f"k{nth}", alert_id=alert_name(nth), severity=3, body=b"{}", state=state, **times
    )


def flood(room: Room, count: int) -> None:
    room.receive(*(transition(nth) for nth in range(1, count + 1)))
    room.refresh()


def test_every_channel_of_the_settings_has_its_name_on_the_strip(tmp_path: Path) -> None:
    made = Room(tmp_path, channels=("webhook", *Channels.model_fields), routing=load_routing())
    made.hear_all()
    with made.served() as url:
        answer = httpx.get(url, trust_env=False)
    made.close()

    assert answer.status_code == 200
    assert [
        name for name in ("SMS: OK", "Gọi thoại: OK", "Thư: OK", "Zalo: OK", "Telegram: OK") if name not in answer.text
    ] == []


def test_a_fresh_desk_says_on_every_page_that_nobody_is_told(client: httpx.Client, room: Room) -> None:
    for path in ("/", "/rota", "/wall", "/nothing-here"):
        said = band(client.get(path).text, "untold")
        assert said is not None
        assert "LỊCH TRỰC TRỐNG" in said
        assert "ioc desk check" in said

    english = band(client.get("/?lang=en").text, "untold")
    assert english is not None
    assert "THE ROTA IS EMPTY" in english
    assert beat(room)["untold"] == {"alerts": 0, "notices": 0, "duties": 0, "empty": True}


def test_the_band_goes_when_everybody_can_be_reached_and_comes_back_with_the_counts(
    client: httpx.Client, room: Room
) -> None:
    staff(room)
    room.refresh()
    assert band(client.get("/").text, "untold") is None

    staff(room, mail="")
    with room.desk.store.writing() as session:
        session.add_all([run(1, started=NOON, empty="0 1"), run(2, started=NOON, empty="1")])
        session.add_all([run(3, started=None, empty="0"), run(4, started=NOON, empty="")])
        session.add_all([notice(1, "sms"), notice(2, "sms", "sent"), notice(3, "mail"), notice(4, "watch")])
    room.refresh()

    said = band(client.get("/?lang=en").text, "untold")
    assert said is not None
    assert "4 duties reach nobody. 2 alerts cannot reach whoever must be told. 1 messages wait" in said
    assert beat(room)["untold"] == {"alerts": 2, "notices": 1, "duties": 4, "empty": False}


def test_storm_mode_is_offered_only_above_the_limit(client: httpx.Client, room: Room) -> None:
    flood(room, 60)
    assert band(client.get("/").text, "storm") is None
    assert not beat(room)["storm"]["offered"]

    room.receive(transition(61))
    room.refresh()

    said = band(client.get("/?lang=en").text, "storm")
    assert said is not None
    assert "61 new alerts within the last hour" in said
    assert beat(room)["storm"] == {"since": None, "by": "", "together": 0, "new": 61, "offered": True}


def test_storm_mode_begins_with_a_name_says_how_many_are_grouped_and_ends_with_a_receipt(
    client: httpx.Client, room: Room
) -> None:
    page = client.get("/storm?lang=en").text
    assert "Begin storm mode" in page
    begun = client.post("/storm/begin", data={"name": "Trần Bình", "form": token(page)})
    assert (begun.status_code, begun.headers["location"]) == (303, "/storm")

    with room.desk.store.writing() as session:
        session.add(MessageRow(id=7, person="An", at=NOON, form="digest", grouped="", at_once=False, alerts=3))
        session.add_all(want(nth) for nth in (1, 2, 3))
    room.refresh()
    page = client.get("/storm").text

    said = band(client.get("/").text, "storm")
    assert said is not None
    assert "by Trần Bình: 3 alerts told together" in said
    assert beat(room)["storm"]["together"] == 3
    assert "End storm mode" in page
    assert client.post("/storm/end", data={"name": "Trần Bình", "form": token(page)}).status_code == 303
    assert band(client.get("/").text, "storm") is None
    assert "3 alerts told, 0 alone and 3 together, in 1 messages" in client.get("/storm").text
    with room.desk.store.reading() as session:
        assert [(one.actor, one.action) for one in audit.lines(session)] == [
            ("Trần Bình", "storm"),
            ("Trần Bình", "storm_end"),
        ]


def want(nth: int) -> WantRow:
    known = {"channels": "mail", "occasion": "alert", "step": 0, "run": NOON, "severity": 1, "at": NOON, "alone": False}
    spans = {"grouped": "", "wait": 0, "every": 0, "happening": "x", "state": "told", "message": 7}
    return WantRow(alert_id=alert_name(nth), person="An", **known, **spans)


def test_storm_mode_is_not_switched_without_a_name_twice_off_or_from_another_site(
    client: httpx.Client, room: Room
) -> None:
    known = token(client.get("/storm").text)

    nameless = client.post("/storm/begin", data={"name": "", "form": known})
    calm = client.post("/storm/end", data={"name": "Trần Bình", "form": known})
    foreign = client.post("/storm/begin", data={"name": "Trần Bình", "form": "y" * 20})
    other = client.post("/storm/else", data={"name": "Trần Bình", "form": known})

    assert [one.status_code for one in (nameless, calm, foreign, other)] == [422, 422, 403, 404]
    assert "Hãy ghi họ tên" in nameless.text
    assert "Chế độ thiên tai đang tắt." in calm.text
    with room.desk.store.reading() as session:
        assert list(audit.lines(session)) == []
