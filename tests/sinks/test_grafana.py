"""The door to Grafana, before a double of it; once more with every request and answer judged by Grafana's OpenAPI."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from dashboards.build import build
from ioc.errors import IocError, Permanent, Retryable
from ioc.runtime.explain import explain
from ioc.sinks.grafana import MARK, Grafana
from ioc.words import LANGS
from tests.sinks.grafana_contract import Contract
from tests.sinks.grafana_double import TOKEN, GrafanaDouble, served
from tests.sinks.test_alert_points import change

WALL = json.loads(build()["ioc-overview-vi.json"])
OPENAPI = Path("grafana") / "grafana-http-api-13.0.0.rebuilt.openapi.json"
PAGE = "<html>a page of a proxy, with a message</html>"


@pytest.fixture(params=["alone", pytest.param("judged", marks=pytest.mark.data)])
def double(request: pytest.FixtureRequest) -> Iterator[GrafanaDouble]:
    contract = Contract(request.getfixturevalue("shared_data") / OPENAPI) if request.param == "judged" else None
    made = GrafanaDouble(contract)
    yield made
    assert made.faults == []


@pytest.fixture
def url(double: GrafanaDouble) -> Iterator[str]:
    with served(double) as address:
        yield address


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def grafana(url: str, waits: list[float]) -> Iterator[Grafana]:
    with Grafana(url, SecretStr(TOKEN), wait=waits.append) as made:
        yield made


def code_of(error: pytest.ExceptionInfo[IocError]) -> str:
    """Its code, after its sentences have been said."""
    for lang in LANGS:
        assert "{" not in explain(error.value, lang)
    return error.value.code


# --- folder and walls


def test_a_folder_is_made_once(grafana: Grafana, double: GrafanaDouble) -> None:
    grafana.folder("ioc", "IOC")
    grafana.folder("ioc", "IOC")
    assert double.folders == {"ioc": "IOC"}
    assert [one for one in double.seen if one.startswith("POST")] == ["POST /api/folders"]


def test_another_folder_of_the_same_name_is_told(grafana: Grafana, double: GrafanaDouble) -> None:
    double.folders["other"] = "IOC"
    with pytest.raises(Permanent) as error:
        grafana.folder("ioc", "IOC")
    assert code_of(error) == "grafana_name"


def test_a_wall_takes_the_place_of_the_one_with_its_uid(grafana: Grafana, double: GrafanaDouble, url: str) -> None:
    grafana.folder("ioc", "IOC")
    first = grafana.push({**WALL, "id": 77, "version": 12}, "ioc", "first")
    assert not {"id", "version"} & set(double.walls["ioc-overview-vi"].pop("given"))
    second = grafana.push({**WALL, "title": "B"}, "ioc", "second")
    assert first == second == f"{url}/d/ioc-overview-vi/wall"
    kept = double.walls["ioc-overview-vi"]
    assert (kept["title"], kept["version"], kept["folder"]) == ("B", 2, "ioc")


@pytest.mark.parametrize(
    ("status", "said", "code"),
    [
        (412, {"status": "version-mismatch", "message": "changed by someone else"}, "grafana_version"),
        (412, {"status": "name-exists", "message": "same name in folder"}, "grafana_name"),
        (409, {"message": "exists"}, "grafana_name"),
        (400, {"message": "Cannot save provisioned dashboard"}, "grafana_refused"),
        (403, {"message": "Permissions needed: dashboards:write"}, "grafana_forbidden"),
        (422, PAGE, "grafana_refused"),
        (404, PAGE, "grafana_missing"),
        (200, PAGE, "grafana_other"),
        (200, [], "grafana_other"),
    ],
)
def test_what_a_person_must_mend_is_one_sentence_and_not_tried_again(
    grafana: Grafana, double: GrafanaDouble, status: int, said: Any, code: str
) -> None:
    double.troubles.append((status, said, {}))
    with pytest.raises(Permanent) as error:
        grafana.push(WALL, "ioc", "m")
    assert code_of(error) == code
    assert len(double.seen) == 1


def test_a_wrong_token_is_told_and_never_shown(url: str) -> None:
    with Grafana(url, SecretStr("glsa_wrong")) as grafana, pytest.raises(Permanent) as error:
        grafana.folder("ioc", "IOC")
    assert code_of(error) == "grafana_denied"
    assert "glsa_wrong" not in str(error.value)


# --- trouble that passes


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_trouble_is_waited_for_as_long_as_grafana_asks(
    grafana: Grafana, double: GrafanaDouble, waits: list[float], status: int
) -> None:
    double.folders["ioc"] = "IOC"
    double.troubles += [(status, PAGE, {"Retry-After": "7"}), (status, {"message": "busy"}, {})]
    grafana.push(WALL, "ioc", "m")
    assert waits == [7.0, 1.0]
    assert set(double.walls) == {"ioc-overview-vi"}


def test_trouble_that_stays_is_told_after_three_attempts(
    grafana: Grafana, double: GrafanaDouble, waits: list[float]
) -> None:
    double.troubles += [(503, {"message": "down"}, {"Retry-After": "90000"})] * 4
    with pytest.raises(Retryable) as error:
        grafana.folder("ioc", "IOC")
    assert code_of(error) == "grafana_failing"
    assert (len(double.seen), waits) == (3, [30.0, 30.0])


def test_nobody_there_is_told(waits: list[float]) -> None:
    with served(GrafanaDouble(None)) as gone:
        pass
    with Grafana(gone, SecretStr(TOKEN), wait=waits.append) as grafana, pytest.raises(Retryable) as error:
        grafana.folder("ioc", "IOC")
    assert code_of(error) == "grafana_unreachable"
    assert len(waits) == 2


# --- data source


def test_a_data_source_that_is_well_is_silent(grafana: Grafana) -> None:
    assert grafana.source("ioc-influx", "influxdb") == ""


@pytest.mark.parametrize("there", [{}, {"ioc-influx": "prometheus"}])
def test_a_data_source_that_is_absent_or_another_is_told(
    grafana: Grafana, double: GrafanaDouble, there: dict[str, str]
) -> None:
    double.sources = there
    with pytest.raises(Permanent) as error:
        grafana.source("ioc-influx", "influxdb")
    assert code_of(error) == "grafana_source"


@pytest.mark.parametrize("status", [200, 400])
def test_a_data_source_that_cannot_ask_says_why(grafana: Grafana, double: GrafanaDouble, status: int) -> None:
    double.health = (status, {"status": "ERROR", "message": "unauthorized access"})
    assert grafana.source("ioc-influx", "influxdb") == "unauthorized access"


# --- marks


def test_an_alert_leaves_one_mark_however_often_it_is_told(grafana: Grafana, double: GrafanaDouble) -> None:
    for revision in (1, 2, 3):
        grafana.tell(change(revision), "vi")
    (mark,) = double.marks
    assert mark["time"] == change().opened_at
    assert {MARK, "environment", "severe"} < set(mark["tags"])
    assert mark["text"].startswith("Bụi mịn PM2.5 cao: ")


def test_its_end_closes_that_mark_and_no_other(grafana: Grafana, double: GrafanaDouble) -> None:
    one, two = change(), change(alert_id="b2" * 16)
    grafana.tell(one, "vi")
    grafana.tell(two, "vi")
    ended = change(5, status="resolved", change="resolved")
    for _ in range(2):
        grafana.tell(ended, "vi")
    assert [mark["timeEnd"] for mark in double.marks] == [ended.at, two.opened_at]
    assert sum(one.startswith("PATCH") for one in double.seen) == 1


def test_an_end_without_a_mark_makes_none(grafana: Grafana, double: GrafanaDouble) -> None:
    assert not grafana.close_mark("a1" * 16, 1)
    assert double.marks == []


@pytest.mark.parametrize("given", [{"shadow": True}, {"replay": "r1"}, {"emit": "signal"}])
def test_trials_replays_and_signals_leave_none(grafana: Grafana, double: GrafanaDouble, given: dict[str, Any]) -> None:
    grafana.tell(change(**given), "vi")
    assert (double.marks, double.seen) == ([], [])


def test_a_drill_says_so(grafana: Grafana, double: GrafanaDouble) -> None:
    grafana.tell(change(drill=True), "vi")
    assert "drill" in double.marks[0]["tags"]


@pytest.mark.parametrize("alert", ["a&b=c", "á+ %#?", "x&tags=ioc-alert"])
def test_signs_of_an_address_inside_a_tag_stay_in_the_tag(grafana: Grafana, double: GrafanaDouble, alert: str) -> None:
    first = grafana.open_mark(alert, 1, "t", ["R&D"])
    assert grafana.open_mark(alert, 1, "t", ["R&D"]) == first
    assert grafana.close_mark(alert, 9)
    assert [mark["timeEnd"] for mark in double.marks] == [9]


def test_a_mark_whose_answer_was_lost_is_found_and_not_made_twice(
    grafana: Grafana, double: GrafanaDouble, waits: list[float]
) -> None:
    double.lost.add("POST")
    assert grafana.open_mark("a1", 1, "t", []) == 1
    assert (len(double.marks), len(waits)) == (1, 1)


def test_a_server_that_passes_over_the_filter_closes_no_strangers_mark(grafana: Grafana, double: GrafanaDouble) -> None:
    double.marks.append({"id": 1, "time": 1, "timeEnd": 1, "text": "other", "tags": ["deploy"]})
    double.troubles.append((200, double.marks, {}))
    assert not grafana.close_mark("a1", 9)


# --- addresses


@pytest.mark.parametrize(
    "address", ["", "grafana:3000", "ftp://g/", "http://", "http://u:p@g/", "http://g:99999/", "http://g/?orgId=1"]
)
def test_what_is_no_address_of_grafana_is_told_without_its_password(address: str) -> None:
    with pytest.raises(Permanent) as error:
        Grafana(address, SecretStr(TOKEN))
    assert code_of(error) == "grafana_url"
    assert "u:p" not in explain(error.value, "vi")


def test_a_grafana_behind_a_path_is_asked_there() -> None:
    double = GrafanaDouble(None)
    double.troubles.append((200, {"uid": "ioc"}, {}))
    with served(double) as url, Grafana(f"{url}/walls/", SecretStr(TOKEN)) as grafana:
        grafana.folder("ioc", "IOC")
    assert double.seen == ["GET /walls/api/folders/ioc"]


@pytest.mark.data
def test_the_judge_finds_what_grafana_would_not_take(shared_data: Path) -> None:
    judge = Contract(shared_data / OPENAPI)

    def faults(method: str, target: str, body: Any) -> list[str]:
        return list(judge.faults(method, target, body, 200, {"id": 1, "message": ""}))

    assert faults("POST", "/api/annotations", {"text": "t", "time": 1, "tags": ["a"]}) == []
    assert faults("POST", "/api/annotations", {"time": 1})
    assert faults("POST", "/api/annotations", {"text": "t", "dashboardUid": "x"})
    assert faults("POST", "/api/annotations", {"text": "t", "tags": "a"})
    assert faults("GET", "/api/annotations?dashboardID=1", None)
    assert faults("GET", "/api/alert-notifications", None)
