"""Directory, silences and rota as a browser without JavaScript sees them."""

from __future__ import annotations

import re

import httpx

from ioc.alerts.rota import Shift
from ioc.desk import directory, rota
from ioc.desk.directory import Entry
from tests.console.room import Room
from tests.desk.made import MINUTE, NOON, transition

RANGERS = Entry(
    "Hạt Kiểm lâm <Đại Từ>", communes=frozenset({"05818"}), domains=frozenset({"hotspot"}), mobile="0900000001"
)


def token(page: str) -> str:
    found = re.search(r'name="form" value="([^"]+)"', page)
    assert found
    return found[1]


def fill(room: Room) -> None:
    with room.desk.store.writing() as session:
        directory.replace(session, [RANGERS, Entry("Cảnh sát PCCC", office="114")], "An", NOON)


def test_the_directory_is_found_without_marks_and_every_number_can_be_tapped(room: Room, client: httpx.Client) -> None:
    fill(room)

    text = client.get("/directory?q=kiem lam").text

    assert 'href="tel:0900000001"' in text
    assert "&lt;Đại Từ&gt;" in text
    assert "PCCC" not in text
    assert "chưa kiểm tra số trong 90 ngày" in text


def test_a_card_shows_whom_to_call_for_it_the_nearest_first(room: Room, client: httpx.Client) -> None:
    fill(room)
    room.receive(transition(1))

    text = client.get("/alerts/1001").text

    assert text.index("tel:0900000001") < text.index("tel:114")


def test_a_silence_is_made_shown_and_ended(room: Room, client: httpx.Client) -> None:
    page = client.get("/silences?rule=hotspot-near-forest").text
    given = {"name": "Nguyễn An", "rule": "hotspot-near-forest", "communes": "05818", "reason": "đốt có phép"}
    made = client.post("/silences", data={**given, "minutes": "60", "form": token(page)})
    shown = client.get("/silences").text

    assert 'value="hotspot-near-forest"' in page
    assert made.status_code == 303
    assert "hotspot-near-forest · 05818" in shown
    assert "Nguyễn An: đốt có phép" in shown
    ended = client.post("/silences/s1/end", data={"name": "Bình", "form": token(shown)})
    assert ended.status_code == 303
    assert "Không có gì đang tạm ngừng." in client.get("/silences").text


def test_a_silence_that_would_hide_too_much_is_refused_in_words(client: httpx.Client) -> None:
    form = {"name": "Nguyễn An", "reason": "thử", "minutes": "60", "form": token(client.get("/silences").text)}

    answer = client.post("/silences", data=form)

    assert answer.status_code == 422
    assert "Quá rộng" in answer.text


def test_a_silence_from_another_site_is_refused(client: httpx.Client) -> None:
    client.get("/silences")

    assert client.post("/silences", data={"name": "An", "rule": "x", "form": "y" * 20}).status_code == 403


def test_the_rota_says_who_is_on_duty_and_when_nobody_is(room: Room, client: httpx.Client) -> None:
    assert "Chưa có ca trực nào" in client.get("/rota").text
    now = room.desk.now()
    with room.desk.store.writing() as session:
        rota.add_shift(session, Shift("truc-ban", "Nguyễn An", now, now + 480 * MINUTE), "Admin", now)

    text = client.get("/rota?lang=en").text

    assert "Nguyễn An" in text
    assert "NOBODY: truc-ban from" in text
