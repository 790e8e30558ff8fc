"""The publisher against answers a gateway can give, and against the gateway itself."""

from __future__ import annotations

from pathlib import Path

import httpx
import orjson
import pytest

from ioc.client import Client
from ioc.errors import Permanent, Retryable
from tests.gateway.gateway_door import ROW, Door

FATES = {"records": 1, "events": 1, "fates": {"accepted": 1}, "outcomes": [{"record": 1, "fate": "accepted"}]}


class Script:
    """A server that gives these answers in turn, and notes how long it was left alone."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.waits: list[float] = []

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)

    def client(self, patience: float = 300) -> Client:
        keys = {"rain": "ioc_key"}
        return Client(
            "http://ioc", keys, patience=patience, transport=httpx.MockTransport(self.handle), sleep=self.sleep
        )


def taken() -> httpx.Response:
    return httpx.Response(202, json=FATES)


def busy(status: int, seconds: str) -> httpx.Response:
    return httpx.Response(status, headers={"retry-after": seconds}, json={"error": {"code": "come_again"}})


async def test_a_body_is_sent_once_with_its_key_type_and_file_name() -> None:
    script = Script(taken())
    async with script.client() as client:
        answer = await client.post("rain", b"one", "text/plain", name="TN_A_20260514100000.txt")
    (request,) = script.requests
    assert request.url == "http://ioc/v1/feeds/rain/events?file=TN_A_20260514100000.txt"
    assert request.headers["authorization"] == "Bearer ioc_key"
    assert request.headers["content-type"] == "text/plain"
    assert (answer.records, answer.events, answer.fates, answer.waits) == (1, 1, {"accepted": 1}, 0)


@pytest.mark.parametrize("status", [429, 503])
async def test_it_waits_as_long_as_the_gateway_asks(status: int) -> None:
    script = Script(busy(status, "7"), busy(status, "3"), taken())
    async with script.client() as client:
        answer = await client.post("rain", b"one", "text/csv")
    assert script.waits == [7, 3]
    assert answer.waits == 2
    assert [request.content for request in script.requests] == [b"one"] * 3


async def test_a_lost_answer_is_asked_for_again_ever_more_slowly() -> None:
    script = Script(*(httpx.ReadTimeout("late") for _ in range(3)), taken())
    async with script.client() as client:
        await client.post("rain", b"one", "text/csv")
    assert script.waits == [0.5, 1, 2]


async def test_an_error_inside_the_gateway_is_tried_again() -> None:
    script = Script(httpx.Response(500, json={}), taken())
    async with script.client() as client:
        assert (await client.post("rain", b"one", "text/csv")).waits == 1


async def test_patience_ends_with_a_word_that_it_may_be_tried_later() -> None:
    script = Script(*(busy(503, "5") for _ in range(9)))
    async with script.client(patience=12) as client:
        with pytest.raises(Retryable) as error:
            await client.post("rain", b"one", "text/csv")
    assert (error.value.code, error.value.retry_after) == ("gateway_busy", 5)
    assert script.waits == [5, 5]


@pytest.mark.parametrize("given", ["100000", "Fri, 31 Dec 2027 23:59:59 GMT", "-1", ""])
async def test_no_server_makes_it_wait_for_hours(given: str) -> None:
    script = Script(busy(503, given), taken())
    async with script.client() as client:
        await client.post("rain", b"one", "text/csv")
    assert script.waits[0] <= 60


@pytest.mark.parametrize("status", [400, 401, 404, 413, 415])
async def test_an_answer_that_will_not_change_is_not_asked_for_twice(status: int) -> None:
    script = Script(httpx.Response(status, json={"error": {"code": "why_not"}}))
    async with script.client() as client:
        with pytest.raises(Permanent) as error:
            await client.post("rain", b"one", "text/csv")
    assert error.value.values == {"feed": "rain", "status": status, "why": "why_not"}
    assert script.waits == []


async def test_a_body_whose_records_are_all_refused_is_an_answer_with_the_reasons() -> None:
    refused = {"record": 1, "fate": "rejected", "reasons": [{"field": "time", "code": "missing"}]}
    script = Script(
        httpx.Response(422, json={"records": 1, "events": 0, "fates": {"rejected": 1}, "outcomes": [refused]})
    )
    async with script.client() as client:
        answer = await client.post("rain", b"one", "text/csv")
    assert answer.refusals == (refused,)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"null"])
async def test_words_that_are_no_json_of_ours_break_nothing(body: bytes) -> None:
    script = Script(httpx.Response(403, content=body))
    async with script.client() as client:
        with pytest.raises(Permanent):
            await client.post("rain", b"one", "text/csv")


async def test_the_gateway_itself_tells_the_fate_of_every_record(tmp_path: Path) -> None:
    made = Door(tmp_path)
    rows = [ROW, ROW, {**ROW, "rain_mm": "much", "time": "2026-05-14T09:40:00+07:00"}]
    transport = httpx.ASGITransport(app=made.app)
    async with Client("http://ioc", {"rain": made.key}, transport=transport) as client:
        answer = await client.post("rain", orjson.dumps(rows), "application/json")
    assert {fate: count for fate, count in answer.fates.items() if count} == {
        "accepted": 1,
        "duplicate": 1,
        "rejected": 1,
    }
    assert answer.refusals[0]["reasons"][0]["field"] == "rain_mm"
