"""Programs do what people do, by the same acts, and are told the same."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from ioc.alerts.lifecycle import ACTS
from ioc.console.doing import DOING
from ioc.desk import audit
from tests.console.room import Room
from tests.desk.made import MINUTE, ended, transition

AN, BINH = "Nguyễn Văn An", "Lê Thị Bình"


def act(client: httpx.Client, kind: str, number: str = "1001", **body: Any) -> httpx.Response:
    return client.post(f"/api/alerts/{number}/{kind}", json={"name": AN, **body})


def test_an_alert_is_read_accepted_handed_over_reported_and_closed(client: httpx.Client, room: Room) -> None:
    room.receive(transition(1))

    assert act(client, "accept").json()["said"] == f"{AN} đã tiếp nhận #1001."
    assert act(client, "hand", unit="Hạt Kiểm lâm Đại Từ", due="30").status_code == 200
    handed = client.get("/api/alerts/1001").json()
    assert (handed["people"], handed["unit"], handed["due_at"]) == (
        "handed",
        "Hạt Kiểm lâm Đại Từ",
        "2026-11-21T13:00:00+07:00",
    )
    assert act(client, "report", text="Đã dập").status_code == 200
    room.receive(ended(1, 2))
    assert act(client, "close").status_code == 200
    closed = client.get("/api/alerts/1001").json()
    assert (closed["people"], closed["status"], closed["can"]) == (
        "closed",
        "resolved",
        ["comment", "call", "verify", "false_alarm", "close", "reopen"],
    )
    assert [line["action"] for line in closed["acts"]] == ["accept", "hand", "report", "close"]
    assert closed["acts"][2]["text"] == "Đã dập"


def test_whoever_comes_second_is_told_who_was_first(client: httpx.Client, room: Room) -> None:
    room.receive(transition(1))
    act(client, "accept")
    room.clock.ms += MINUTE

    answer = act(client, "accept", name=BINH)

    assert (answer.status_code, answer.json()["by"], answer.json()["first"]) == (409, AN, False)


def test_the_same_key_is_one_act_however_often_it_is_sent(client: httpx.Client, room: Room) -> None:
    room.receive(transition(1))

    answers = [act(client, "comment", text="Khói đen", key="a1b2c3d4e5") for _ in range(3)]

    assert [one.status_code for one in answers] == [200] * 3
    with room.office.store.reading() as session:
        assert len(list(audit.lines(session))) == 1


def test_a_key_that_was_used_for_something_else_is_refused(client: httpx.Client, room: Room) -> None:
    room.receive(transition(1), transition(2))
    act(client, "comment", text="Khói đen", key="a1b2c3d4e5")

    assert act(client, "comment", "1002", text="Khói đen", key="a1b2c3d4e5").json()["code"] == "act_key"


def test_who_acts_on_what_another_has_changed_is_told_so(client: httpx.Client, room: Room) -> None:
    room.receive(transition(1))
    known = client.get("/api/alerts/1001").json()["acted"]
    act(client, "hand", unit="UBND xã La Bằng", due="30", name=BINH)

    answer = act(client, "assign", to="Trần Văn Công", acted=known)

    assert (answer.status_code, answer.json()["code"]) == (409, "alert_moved")
    assert BINH in answer.json()["said"]
    again = act(client, "assign", to="Trần Văn Công", acted=client.get("/api/alerts/1001").json()["acted"])
    assert again.status_code == 200


@pytest.mark.parametrize(
    ("kind", "body", "told"),
    [
        ("close", {}, (409, "alert_on")),
        ("comment", {}, (422, "words_missing")),
        ("hand", {"unit": "UBND", "due": "soon"}, (422, "time_unread")),
        ("hand", {"due": "30"}, (422, "unit_missing")),
        ("verify", {}, (422, "verify_how")),
        ("false_alarm", {}, (422, "false_cause")),
        ("false_alarm", {"cause": "other"}, (422, "false_words")),
        ("snooze", {"until": "15"}, (409, "alert_unowned")),
        ("merge", {"into": "1001"}, (422, "merge_itself")),
        ("merge", {"into": "7777"}, (404, "alert_unknown")),
        ("comment", {"text": "x", "severity": "worst"}, (422, "body_misread")),
        ("comment", {"text": "x", "colour": "red"}, (422, "body_misread")),
        ("comment", {"text": "x", "name": "12"}, (422, "name_no_letters")),
    ],
)
def test_what_cannot_be_is_refused_with_a_code_and_a_sentence(
    client: httpx.Client, room: Room, kind: str, body: dict[str, str], told: tuple[int, str]
) -> None:
    room.receive(transition(1))

    answer = act(client, kind, **body)

    assert (answer.status_code, answer.json()["code"]) == told
    assert len(answer.json()["said"]) > 10
    with room.office.store.reading() as session:
        assert list(audit.lines(session)) == []


def test_an_act_that_nobody_knows_and_an_alert_that_is_not_there(client: httpx.Client) -> None:
    assert act(client, "explode").status_code == 422
    assert act(client, "accept", "9999").status_code == 404
    assert client.get("/api/alerts/9999").json()["code"] == "alert_unknown"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content-type": "text/plain"}, 415),
        ({"content-type": "application/x-www-form-urlencoded"}, 415),
        ({"content-type": "application/json", "origin": "http://evil.example"}, 403),
        ({"content-type": "application/json", "sec-fetch-site": "cross-site"}, 403),
        ({"content-type": "application/json", "host": "evil.example"}, 421),
    ],
    ids=["as text", "as a form", "from another origin", "from another site", "to another name"],
)
def test_another_sites_page_can_do_nothing(
    client: httpx.Client, room: Room, headers: dict[str, str], status: int
) -> None:
    room.receive(transition(1))
    body = json.dumps({"name": AN})

    assert client.post("/api/alerts/1001/accept", content=body, headers=headers).status_code == status
    with room.office.store.reading() as session:
        assert list(audit.lines(session)) == []


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b"null", b'"x"', b"\xff\xfe", b'{"name": 1}'])
def test_a_body_that_is_none_is_refused(client: httpx.Client, room: Room, body: bytes) -> None:
    room.receive(transition(1))

    answer = client.post("/api/alerts/1001/accept", content=body, headers={"content-type": "application/json"})

    assert answer.status_code in {400, 422}


def test_the_description_names_every_act_and_nothing_of_the_pages(client: httpx.Client) -> None:
    told = client.get("/api/openapi.json").json()

    assert told["openapi"].startswith("3.")
    assert set(told["paths"]) == {"/api/board", "/api/stream", "/api/alerts/{number}", "/api/alerts/{number}/{act}"}
    (act_name,) = [
        one for one in told["paths"]["/api/alerts/{number}/{act}"]["post"]["parameters"] if one["name"] == "act"
    ]
    assert act_name["schema"]["enum"] == list(ACTS) == list(DOING)
