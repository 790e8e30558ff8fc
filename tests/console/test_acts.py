from __future__ import annotations

import httpx
import pytest

from ioc.desk import audit, board
from ioc.desk.board import Matter
from tests.console.room import Room
from tests.desk.made import MINUTE, alert_name, ended, transition


def post(client: httpx.Client, path: str, *, json: bool = False, **fields: object) -> httpx.Response:
    """Send a form of this browser."""
    if "ioc_form" not in client.cookies:
        client.get("/")
    headers = {"Accept": "application/json"} if json else {}
    return client.post(path, data={"form": client.cookies["ioc_form"], **fields}, headers=headers)


def matter(room: Room, label: str) -> Matter:
    with room.office.store.reading() as session:
        found = board.find(session, label)
    assert found
    return found.matter


def test_accepting_without_scripts_leads_back_to_the_card(client: httpx.Client, room: Room) -> None:
    room.receive(transition(1))

    answer = post(client, "/alerts/1001/accept", name="Nguyễn Văn An")
    card = client.get(answer.headers["location"])

    assert (answer.status_code, answer.headers["location"]) == (303, "/alerts/1001")
    assert "Nguyễn Văn An" in card.text
    assert 'action="/alerts/1001/accept"' not in card.text


def test_the_name_is_asked_once_and_remembered_in_this_browser(client: httpx.Client, room: Room) -> None:
    room.receive(transition(1), transition(2))
    post(client, "/alerts/1001/accept", name="Nguyễn Văn An")

    assert 'value="Nguyễn Văn An"' in client.get("/alerts/1002").text
    assert "Điểm nhiệt gần rừng" in client.get("/").text.split('id="mine-list"')[1].split("</ul>")[0]


def test_whoever_comes_second_is_told_who_was_first(client: httpx.Client, room: Room) -> None:
    room.receive(transition(1))
    post(client, "/alerts/1001/accept", name="Nguyễn Văn An")
    room.clock.ms += MINUTE

    page = post(client, "/alerts/1001/accept", name="Lê Thị Bình")
    facts = post(client, "/alerts/1001/accept", json=True, name="Lê Thị Bình")

    assert page.status_code == facts.status_code == 409
    assert "Nguyễn Văn An đã tiếp nhận lúc 12:30" in page.text
    assert facts.json()["by"] == "Nguyễn Văn An"
    assert matter(room, "1001").accepted_by == "Nguyễn Văn An"


def test_accepting_twice_is_accepting_once(client: httpx.Client, room: Room) -> None:
    room.receive(transition(1))

    answers = [post(client, "/alerts/1001/accept", json=True, name="Nguyễn Văn An") for _ in range(3)]

    assert [(a.status_code, a.json()["first"]) for a in answers] == [(200, True)] * 3
    with room.office.store.reading() as session:
        assert len(list(audit.lines(session))) == 1


@pytest.mark.parametrize("name", ["", " ", "1", "99"])
def test_a_name_that_names_nobody_is_asked_for_again_on_the_card(client: httpx.Client, room: Room, name: str) -> None:
    room.receive(transition(1))

    answer = post(client, "/alerts/1001/accept", name=name)

    assert answer.status_code == 422
    assert "Họ tên" in answer.text
    assert 'action="/alerts/1001/accept"' in answer.text
    assert matter(room, "1001").accepted_by is None


def test_an_unknown_number_is_said_to(client: httpx.Client) -> None:
    assert post(client, "/alerts/9999/accept", json=True, name="An Bình").json()["said"] == "Không có cảnh báo này."


def test_an_ended_alert_is_seen_one_by_one(client: httpx.Client, room: Room) -> None:
    room.receive(transition(1), ended(1, 2))

    refused = post(client, "/alerts/1001/accept", name="Nguyễn Văn An")
    seen = post(client, "/alerts/1001/seen", name="Nguyễn Văn An")

    assert (refused.status_code, seen.status_code) == (409, 303)
    assert matter(room, "1001").state == "closed"
    assert "Nguyễn Văn An đã xem" in client.get("/alerts/1001").text, "its number still finds it"


def test_many_ended_alerts_are_seen_at_once_and_only_those_named(client: httpx.Client, room: Room) -> None:
    room.receive(*(transition(n) for n in range(1, 7)), *(ended(n, 2) for n in range(1, 6)))

    named = [alert_name(n) for n in (1, 2, 3, 6)]
    answer = post(client, "/seen", json=True, name="Lê Thị Bình", id=named)

    assert answer.json()["count"] == 3, "number 6 is still on"
    states = [matter(room, str(1000 + n)).state for n in range(1, 7)]
    assert states == ["closed", "closed", "closed", "ended", "ended", "waiting"]


def test_ten_thousand_at_once(client: httpx.Client, room: Room) -> None:
    ids = [alert_name(n) for n in range(1, 10_001)]

    assert post(client, "/seen", json=True, name="Lê Thị Bình", id=ids).json()["count"] == 0


def test_an_act_reaches_the_open_pages_at_once(client: httpx.Client, room: Room) -> None:
    room.receive(transition(1))
    room.refresh()
    before = client.get("/api/board").json()

    with client.stream("GET", f"/api/stream?after={before['epoch']}.{before['change']}") as stream:
        lines = stream.iter_lines()
        assert next(line for line in lines if line.startswith("event")) == "event: beat"
        post(client, "/alerts/1001/accept", name="Nguyễn Văn An")
        told = next(line for line in lines if "Nguyễn Văn An" in line)

    assert '"group":"owned"' in told


def test_an_act_on_several_changes_each_and_says_what_it_could_not(client: httpx.Client, room: Room) -> None:
    room.receive(*(transition(nth) for nth in (1, 2, 3)), ended(3, 2))
    post(client, "/alerts/1002/accept", name="Lê Thị Bình")

    named = [alert_name(nth) for nth in (1, 2, 3, 9)]
    answer = post(client, "/several/accept", json=True, name="Nguyễn Văn An", id=named)

    assert answer.json()["count"] == 1
    assert answer.json()["second"] == 1
    assert answer.json()["refused"] == {"alert_ended": 1, "alert_unknown": 1}
    assert (matter(room, "1001").accepted_by, matter(room, "1002").accepted_by) == ("Nguyễn Văn An", "Lê Thị Bình")


def test_an_act_on_several_that_none_can_take_says_why(client: httpx.Client, room: Room) -> None:
    room.receive(transition(1), transition(2))

    answer = post(client, "/several/verify", json=True, name="Nguyễn Văn An", id=[alert_name(1), alert_name(2)])

    assert (answer.status_code, answer.json()["code"]) == (422, "verify_how")
    assert post(client, "/several/hand", json=True, name="Nguyễn Văn An", id=[alert_name(1)]).status_code == 404
    assert post(client, "/several/accept", json=True, name="Nguyễn Văn An").status_code == 415
