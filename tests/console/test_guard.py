from __future__ import annotations

from collections.abc import Mapping

import httpx
import pytest
from starlette.datastructures import Headers

from ioc.console.guard import FORM_BYTES, HEADERS, known_host, refusal
from ioc.desk import board
from tests.console.room import Room
from tests.desk.made import transition

HOSTS = {
    "127.0.0.1": True,
    "127.0.0.1:8080": True,
    "localhost:1": True,
    "LOCALHOST": True,
    "[::1]:8080": True,
    "evil.example": False,
    "127.0.0.1.evil.example": False,
    "evil.example:8080": False,
    "127.0.0.1@evil.example": False,
    "evil@127.0.0.1": False,
    "127.0.0.1:99999": False,
    "127.0.0.1/x": False,
    "10.0.0.5:8080": False,
    "": False,
}


@pytest.mark.parametrize(("host", "known"), HOSTS.items(), ids=[host or "none" for host in HOSTS])
def test_only_this_machines_names_are_answered(host: str, known: bool) -> None:
    assert known_host(host) == known


def test_a_name_that_an_attackers_dns_points_here_is_refused(client: httpx.Client) -> None:
    answer = client.get("/", headers={"Host": "evil.example"})

    assert answer.status_code == 421
    assert "127.0.0.1" in answer.text
    assert "IOC" not in answer.text


@pytest.mark.parametrize("path", ["/", "/static/app.css", "/leaflet/leaflet.css", "/api/board", "/nothing"])
def test_every_answer_carries_the_headers(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS


def attempt(client: httpx.Client, room: Room, headers: Mapping[str, str] = {}, **form: str) -> httpx.Response:
    """Try to accept alert 1001 as this browser would, except for what is given."""
    room.receive(transition(1))
    client.get("/")
    fields = {"name": "Nguyễn Văn An", "form": client.cookies["ioc_form"], **form}
    return client.post("/alerts/1001/accept", data=fields, headers=dict(headers))


def owner(room: Room) -> str | None:
    with room.office.store.reading() as session:
        found = board.find(session, "1001")
    assert found
    return found.matter.accepted_by


ATTACKS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "another site's form": ({"Origin": "https://evil.example"}, {}),
    "another port of this machine": ({"Origin": "http://127.0.0.1:1"}, {}),
    "a page without origin": ({"Origin": "null"}, {}),
    "a browser that says it crosses sites": ({"Sec-Fetch-Site": "cross-site"}, {}),
    "a browser that says same-site": ({"Sec-Fetch-Site": "same-site"}, {}),
    "no token": ({}, {"form": ""}),
    "another browser's token": ({}, {"form": "x" * 32}),
    "a plain text body": ({"Content-Type": "text/plain"}, {}),
    "a JSON body": ({"Content-Type": "application/json"}, {}),
    "another host": ({"Host": "evil.example"}, {}),
}


@pytest.mark.parametrize(("headers", "form"), ATTACKS.values(), ids=ATTACKS.keys())
def test_an_act_that_did_not_come_from_our_page_does_nothing(
    client: httpx.Client, room: Room, headers: dict[str, str], form: dict[str, str]
) -> None:
    answer = attempt(client, room, headers, **form)

    assert answer.status_code in {403, 415, 421}
    assert owner(room) is None


def test_an_act_of_our_page_is_done(client: httpx.Client, room: Room) -> None:
    base = str(client.base_url).rstrip("/")
    answer = attempt(client, room, {"Origin": base, "Sec-Fetch-Site": "same-origin"})

    assert answer.status_code == 303
    assert owner(room) == "Nguyễn Văn An"


def test_a_form_without_a_cookie_does_nothing(client: httpx.Client, room: Room) -> None:
    room.receive(transition(1))

    answer = client.post("/alerts/1001/accept", data={"name": "An", "form": "a" * 32})

    assert (answer.status_code, owner(room)) == (403, None)


def test_a_flood_is_refused_by_its_length(client: httpx.Client) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert client.post("/seen", headers=form, content=b"a" * (FORM_BYTES + 1)).status_code == 413


@pytest.mark.parametrize("length", ["", "-1", "1e9", "９", str(FORM_BYTES + 1), "9" * 400])
def test_a_length_that_is_none_is_refused(length: str) -> None:
    given = {"host": "127.0.0.1", "content-type": "application/x-www-form-urlencoded", "content-length": length}
    raw = [(name.encode(), value.encode()) for name, value in given.items()]
    assert refusal("POST", Headers(raw=raw)) == "form_size"


@pytest.mark.parametrize("body", [b"\xff\xfe", b"&" * 30_000, b"name=%ff&form=%00", b"=" * 1000])
def test_garbage_is_refused_without_a_trace(client: httpx.Client, body: bytes) -> None:
    client.get("/")
    answer = client.post("/seen", content=body, headers={"Content-Type": "application/x-www-form-urlencoded"})

    assert answer.status_code in {403, 415}
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_do_nothing(client: httpx.Client, method: str) -> None:
    assert client.request(method, "/alerts/1001/accept").status_code in {403, 405, 413, 415}
