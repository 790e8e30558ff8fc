"""Rules on trial and alerts that another one explains, as a browser without JavaScript sees them."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from ioc.alerts.alert import Parent, Transition
from ioc.console.hidden import parents
from ioc.desk import audit, board
from tests.console.room import Room
from tests.desk.made import ended, transition

CUT = Parent(rule="power-cut", same="source")


def token(page: str) -> str:
    found = re.search(r'name="form" value="([^"]+)"', page)
    assert found
    return found[1]


def receive(room: Room, *transitions: Transition) -> None:
    """Apply transitions, and let the console look at them."""
    room.receive(*transitions)
    room.refresh()


def cells(page: str) -> list[list[str]]:
    """The table of scores."""
    rows = re.findall(r"<tr data-rule=.*?</tr>", page)
    return [re.findall(r">([^<>]+)<", row) for row in rows]


def judge(client: httpx.Client, label: str, verdict: str, name: str = "Nguyễn An", **more: Any) -> httpx.Response:
    form = {"name": name, "verdict": verdict, "form": token(client.get(f"/alerts/{label}").text), **more}
    return client.post(f"/alerts/{label}/judge", data=form)


def test_the_board_knows_nothing_of_a_trial(room: Room, client: httpx.Client) -> None:
    receive(room, transition(1, shadow=True), transition(2))

    rows = client.get("/api/board").json()["rows"]

    assert [row["n"] for row in rows] == ["1001"]
    assert "T001" not in client.get("/").text
    assert "T001" not in client.get("/wall").text


def test_the_page_of_trials_shows_scores_and_newest_alerts(room: Room, client: httpx.Client) -> None:
    receive(room, transition(1, shadow=True), ended(1, 2, shadow=True), transition(2, shadow=True, rule="other"))
    judge(client, "T001", "right")
    judge(client, "T002", "wrong")

    text = client.get("/trials").text

    assert cells(text) == [["hotspot-near-forest", "1", "0", "0", "100 %"], ["other", "0", "1", "0", "0 %"]]
    assert "#T001" in text
    assert "#T002" in text


def test_a_verdict_is_kept_with_its_line_of_audit(room: Room, client: httpx.Client) -> None:
    receive(room, transition(1, shadow=True))

    answer = judge(client, "T001", "wrong")

    assert (answer.status_code, answer.headers["location"]) == (303, "/trials")
    with room.desk.store.reading() as session:
        assert [(one.action, one.actor) for one in audit.lines(session)] == [("trial_judged", "Nguyễn An")]
    assert "Nguyễn An chấm sai" in client.get("/trials").text
    assert "Chấm đúng hay sai" in client.get("/alerts/T001").text


REFUSED = {
    "a word that is no verdict": ("T001", "maybe", "Nguyễn An", 415),
    "nobody's verdict": ("T001", "right", "", 422),
    "a verdict on a live alert": ("1001", "right", "Nguyễn An", 409),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_verdict_is_refused(room: Room, client: httpx.Client, case: str) -> None:
    label, verdict, name, status = REFUSED[case]
    receive(room, transition(1, shadow=True), transition(2))

    assert judge(client, label, verdict, name).status_code == status
    with room.desk.store.reading() as session:
        assert list(audit.lines(session)) == []


def test_a_foreign_form_judges_nothing(room: Room, client: httpx.Client) -> None:
    receive(room, transition(1, shadow=True))

    assert judge(client, "T001", "right", form="x" * 32).status_code == 403


def test_a_card_on_trial_asks_for_a_verdict_and_not_for_acceptance(room: Room, client: httpx.Client) -> None:
    receive(room, transition(1, shadow=True))

    text = client.get("/alerts/T001").text

    assert "/alerts/T001/judge" in text
    assert "/accept" not in text
    assert "QUY TẮC THỬ" in text


def test_a_promoted_alert_comes_onto_the_board(room: Room, client: httpx.Client) -> None:
    receive(room, transition(1, shadow=True))
    receive(room, transition(1, 2))

    assert [row["n"] for row in client.get("/api/board").json()["rows"]] == ["1001"]
    assert "Quy tắc hết thời gian thử" in client.get("/alerts/1001").text


def test_an_explained_alert_says_by_which_and_no_longer_once_that_one_ends(room: Room, client: httpx.Client) -> None:
    child = transition(2, source="cam-1", inhibited_by=(CUT,))
    receive(room, transition(1, rule="power-cut", source="cam-1"), child)
    assert "bị che bởi #1001" in client.get("/").text
    before = client.get("/api/board").json()
    assert {row["n"]: row.get("hidden") for row in before["rows"]} == {"1001": None, "1002": "1001"}

    receive(room, ended(1, 2, rule="power-cut", source="cam-1"))

    assert "bị che bởi #1001" not in client.get("/").text
    assert {row["n"]: row.get("hidden") for row in client.get("/api/board").json()["rows"]} == {
        "1001": None,
        "1002": None,
    }


def test_a_page_that_was_away_is_told_of_what_is_no_longer_explained(room: Room, client: httpx.Client) -> None:
    receive(room, transition(1, rule="power-cut", source="cam-1"))
    receive(room, transition(2, source="cam-1", inhibited_by=(CUT,)))
    known = client.get("/api/board").json()
    receive(room, ended(1, 2, rule="power-cut", source="cam-1"))

    with client.stream("GET", "/api/stream", params={"after": f"{known['epoch']}.{known['change']}"}) as answer:
        first = next(line for line in answer.iter_lines() if line.startswith("data:") and "rows" in line)

    assert '"n":"1002"' in first
    assert '"hidden"' not in first


def test_a_flapping_alert_says_so(room: Room, client: httpx.Client) -> None:
    receive(room, transition(1, flapping=True))

    assert "CHẬP CHỜN" in client.get("/").text
    assert "CHẬP CHỜN" in client.get("/alerts/1001").text


def test_of_many_alerts_only_the_one_of_its_source_is_explained(room: Room) -> None:
    links = (CUT, Parent(rule="hotspot-near-forest", same="commune"))
    room.receive(transition(1, rule="power-cut", source="s5", commune="x"))
    room.receive(*(transition(n, source=f"s{n}", commune=None, inhibited_by=links) for n in range(2, 500)))

    with room.desk.store.reading() as session:
        found = parents(board.snapshot(session).matters)

    assert found == {f"{5:032x}": "1001"}
