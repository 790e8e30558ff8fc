import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import orjson
import pytest

from ioc.errors import Permanent
from ioc.events import FATES
from ioc.gateway import app as app_module
from tests.gateway.gateway_door import NOW, ROW, SMALL, Door, feed


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return Door(tmp_path)


def row(**more: object) -> dict[str, object]:
    return ROW | more


async def test_one_reading_is_accepted_and_published(door: Door) -> None:
    answer = await door.post(json.dumps(row()))

    said = answer.json()
    assert answer.status_code == 202
    assert said["fates"] == {"accepted": 1, "duplicate": 0, "late": 0, "future": 0, "ignored": 0, "rejected": 0}
    [event] = door.log.events
    assert event.source == "rain:one"
    assert event.value == 1.5
    assert event.received_at == NOW
    assert event.location
    assert event.location.commune
    assert said["outcomes"] == [{"record": 1, "fate": "accepted", "events": [event.id]}]
    assert said["message"] == {
        "vi": "1 bản ghi, 1 sự kiện đã ghi: 1 tiếp nhận.",
        "en": "1 record(s), 1 event(s) written: 1 accepted.",
    }


async def test_every_record_has_its_fate_and_one_bad_record_stops_none(door: Door) -> None:
    rows = [
        row(),
        row(rain_mm="nhiều"),
        row(),
        row(time="2026-05-14T11:00:00+07:00"),
        row(station="two", rh=300),
        {"x": 1},
        row(rain_mm=None),
    ]
    answer = await door.post("\n".join(json.dumps(one) for one in rows), "application/x-ndjson")

    said = answer.json()
    assert answer.status_code == 202
    assert [(one["record"], one["fate"]) for one in said["outcomes"]] == [
        (1, "accepted"),
        (2, "rejected"),
        (3, "duplicate"),
        (4, "future"),
        (5, "accepted"),
        (6, "rejected"),
        (7, "ignored"),
    ]
    assert said["records"] == sum(said["fates"].values()) == 7
    assert said["outcomes"][1]["reasons"] == [
        {
            "field": "rain_mm",
            "code": "not_a_number",
            "vi": "Trường “rain_mm” phải là số, nhận được “nhiều”.",
            "en": "Field “rain_mm” must be a number, got “nhiều”.",
            "excerpt": "nhiều",
        }
    ]
    assert said["outcomes"][4]["reasons"][0]["field"] == "rh"
    assert said["outcomes"][6]["why"]["code"] == "no_value"
    assert said["events"] == len(door.log.events) == 3
    assert {
        (one.feed, one.note, why.record, why.field, why.code) for one in door.log.refused for why in one.reasons
    } >= {
        ("rain", "http", 2, "rain_mm", "not_a_number"),
        ("rain", "http", 5, "rh", "out_of_range"),
        ("rain", "http", 6, "time", "missing"),
    }


async def test_csv_is_taken_as_it_is(door: Door) -> None:
    text = "station,time,rain_mm\none,2026-05-14T09:50:00+07:00,0.2\none,,3\n"
    answer = await door.post(text, "text/csv; charset=utf-8")

    assert [one["fate"] for one in answer.json()["outcomes"]] == ["accepted", "rejected"]


async def test_a_station_file_is_told_by_its_name(tmp_path: Path) -> None:
    door = Door(tmp_path, feed("stations", adapter="station_text", columns=None))
    text = "PM2,5\t61.3\tug/Nm3\t20260514095000\t00\r\n"
    answer = await door.client.post(
        "/v1/feeds/stations/events?file=one_20260514095000.txt", content=text, headers={"content-type": "text/plain"}
    )

    assert answer.status_code == 202
    assert door.log.events[0].source == "stations:one"


async def test_sent_again_it_is_a_duplicate_and_not_published_twice(door: Door) -> None:
    await door.post(json.dumps(row()))
    again = await door.post(json.dumps([row(), row(rain_mm=9), row(time="2026-05-14T09:40:00+07:00")]))

    assert again.status_code == 202
    fates = [one["fate"] for one in again.json()["outcomes"]]
    assert fates[0] == "duplicate"
    assert fates[2] == "accepted"
    last = await door.post(json.dumps(row()))
    assert last.status_code == 200
    assert last.json()["outcomes"] == [
        {"record": 1, "fate": "duplicate", "events": [door.log.events[0].id]},
    ]


async def test_when_all_is_refused_the_status_says_so(door: Door) -> None:
    answer = await door.post(json.dumps(row(rain_mm="x")))

    assert answer.status_code == 422
    assert answer.json()["fates"]["rejected"] == 1
    assert len(door.log.refused) == 1


UNREADABLE = {
    "nothing": (b"", "empty_input"),
    "an HTML error page": (b"<html><body>502 Bad Gateway</body></html>", None),
    "noise": (bytes(range(256)) * 4, None),
    "a picture": (b"\x89PNG\r\n\x1a\n" + b"\x00" * 100, None),
    "UTF-16": ("station,time\n".encode("utf-16"), None),
}


@pytest.mark.parametrize(("raw", "code"), UNREADABLE.values(), ids=UNREADABLE.keys())
async def test_a_body_that_is_not_the_format_is_one_refused_record(door: Door, raw: bytes, code: str | None) -> None:
    answer = await door.post(raw, "text/csv")

    said = answer.json()
    assert answer.status_code == 422
    assert said["fates"]["rejected"] == said["records"] == 1
    assert code is None or said["error"]["code"] == code
    assert said["outcomes"][0]["reasons"][0]["code"] == "not_this_format"
    assert said["error"]["vi"] == said["outcomes"][0]["reasons"][0]["vi"]
    assert door.log.events == []
    assert door.log.refused[0].reasons[0].values["input"] == said["error"]["code"]


HOSTILE = {
    "a hundred thousand brackets": b"[" * 100_000,
    "a hundred thousand braces": b'{"a":' * 100_000,
    "a long string": b'{"station":"' + b"x" * 900_000 + b'"}',
    "numbers beyond numbers": b'{"station":"one","time":"2026-05-14T09:50:00+07:00","rain_mm":1e400}',
    "NaN": b'{"station":"one","time":"2026-05-14T09:50:00+07:00","rain_mm":NaN}',
    "a lone surrogate": b'{"station":"\\ud800","time":"2026-05-14T09:50:00+07:00","rain_mm":1}',
    "a key twice": b'{"station":"one","station":"<script>","time":"2026-05-14T09:50:00+07:00","rain_mm":1}',
    "broken UTF-8": b'{"station":"\xff\xfe","time":"2026-05-14T09:50:00+07:00","rain_mm":1}',
    "null bytes": b"\x00" * 1000,
    "half an object": b'{"station":"one","time":"2026-05',
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE.keys())
async def test_a_hostile_body_gets_a_sentence_and_leaves_the_door_open(door: Door, raw: bytes) -> None:
    answer = await door.post(raw)

    assert answer.status_code in {202, 422}
    said = answer.json()
    assert sum(said["fates"].values()) == said["records"]
    assert "Traceback" not in answer.text
    assert len(answer.content) < 5000
    assert (await door.post(json.dumps(row()))).status_code == 202


async def test_when_kafka_cannot_take_it_nothing_is_said_and_all_may_come_again(door: Door) -> None:
    door.log.down = True
    answer = await door.post(json.dumps([row(), row(rain_mm="x")]))

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert "outcomes" not in answer.json()
    assert answer.json()["cause"] == "kafka_unavailable"
    door.log.down = False
    again = await door.post(json.dumps([row(), row(rain_mm="x")]))
    assert [one["fate"] for one in again.json()["outcomes"]] == ["accepted", "rejected"]


async def test_refused_records_too_wait_for_kafka(door: Door) -> None:
    door.log.down = True

    assert (await door.post(json.dumps(row(rain_mm="x")))).status_code == 503


async def test_an_answer_without_kafka_is_no_traceback(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(door.log, "publish_events", fail)
    answer = await door.post(json.dumps(row()))

    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == "internal"
    assert "secret detail" not in answer.text


async def test_a_fault_of_the_installation_is_told_as_such(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> None:
        raise Permanent("kafka_refused", reason="no rights")

    monkeypatch.setattr(door.log, "publish_events", fail)
    answer = await door.post(json.dumps(row()))

    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "broken"
    assert "no rights" not in answer.text


async def test_a_key_file_that_became_readable_closes_the_door(door: Door) -> None:
    door.keys.path.chmod(0o644)
    door.keys.path.touch()
    answer = await door.post(json.dumps(row()))

    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "broken"
    assert str(door.keys.path) not in answer.text


STRANGERS = {
    "no key": "",
    "another feed's key": "snow",
    "a key that never was": f"Bearer ioc_{'a' * 12}_{'b' * 43}",
    "Basic": "Basic aW9jOmlvYw==",
    "a bearer of nothing": "Bearer ",
    "letters beyond ASCII": "Bearer khóa",
}


@pytest.mark.parametrize("header", STRANGERS.values(), ids=STRANGERS.keys())
@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_a_stranger_learns_nothing_of_which_feeds_exist(door: Door, header: str, method: str) -> None:
    if header == "snow":
        header = f"Bearer {door.keys.issue('snow', NOW).text}"
    answers = []
    for name in ("rain", "no-such-feed", "..", "%00", "RAIN"):
        path = f"/v1/feeds/{name}/events" if method == "POST" else f"/v1/feeds/{name}"
        answers.append(
            await door.client.request(
                method,
                path,
                content="{}",
                headers={b"authorization": header.encode(), b"content-type": b"application/json"},
            )
        )
    known, unknown = answers[:2]

    assert known.status_code == unknown.status_code == 401
    assert known.content == unknown.content
    assert known.headers == unknown.headers
    assert all(answer.status_code in {401, 404} for answer in answers)
    assert door.log.events == []


async def test_a_key_of_a_feed_that_was_taken_out_learns_that(door: Door) -> None:
    key = door.keys.issue("gone", NOW).text
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    answer = await door.client.post("/v1/feeds/gone/events", content="{}", headers=headers)

    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "feed_gone"


TYPES = {
    "what curl sends by itself": ("application/x-www-form-urlencoded", {}, "media_type"),
    "none": ("", {}, "media_type"),
    "XML": ("application/xml", {}, "media_type"),
    "another character set": ("text/csv; charset=windows-1258", {}, "charset"),
    "compressed": ("application/json", {"content_encoding": "gzip"}, "coding"),
}


@pytest.mark.parametrize(("kind", "headers", "code"), TYPES.values(), ids=TYPES.keys())
async def test_a_type_that_is_not_taken_is_named(door: Door, kind: str, headers: dict[str, str], code: str) -> None:
    answer = await door.post(json.dumps(row()), kind, **headers)

    assert answer.status_code == 415
    assert answer.json()["error"]["code"] == code
    assert door.log.events == []


async def test_a_body_over_the_limit_is_refused_by_its_announcement_and_while_it_comes(tmp_path: Path) -> None:
    door = Door(tmp_path, feed(limits=SMALL))
    taken = 0

    async def unannounced() -> AsyncIterator[bytes]:
        nonlocal taken
        for _ in range(1000):
            taken += 1
            yield b"x" * 100

    for content in (b"x" * 2001, unannounced()):
        answer = await door.post(content)
        assert answer.status_code == 413
        assert answer.json()["error"]["code"] == "body_size"
        assert "2000" in answer.json()["error"]["en"]
    assert (await door.post(b" " * 1900 + b"[]")).status_code == 200


async def test_more_records_than_allowed_are_refused_whole(tmp_path: Path) -> None:
    door = Door(tmp_path, feed(limits=SMALL))
    rows = [row(time=f"2026-05-14T09:{minute}:00+07:00") for minute in range(10, 16)]

    answer = await door.post(json.dumps(rows))
    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "too_many_records"
    assert door.log.events == []
    assert (await door.post(json.dumps(rows[:5]))).status_code == 202


async def test_a_feed_that_sends_too_fast_is_told_how_long_to_wait(tmp_path: Path) -> None:
    door = Door(tmp_path, feed(limits=SMALL), feed("snow"))
    codes = [(await door.post("[]")).status_code for _ in range(12)]
    assert codes == [200] * 10 + [429] * 2

    refused = await door.post("[]")
    assert refused.headers["retry-after"] == "1"
    door.clock.pass_(1)
    assert (await door.post("[]")).status_code == 200
    snow = {"authorization": f"Bearer {door.keys.issue('snow', NOW).text}", "content-type": "application/json"}
    assert (await door.client.post("/v1/feeds/snow/events", content="[]", headers=snow)).status_code == 200


async def test_the_limit_counts_records_not_requests(tmp_path: Path) -> None:
    door = Door(tmp_path, feed(limits=SMALL))
    answers = [await door.post(json.dumps([{}] * 5)) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [422, 422, 429]
    door.clock.pass_(1)
    assert (await door.post(json.dumps([{}] * 5))).status_code == 422
    assert (await door.post("[]")).headers["retry-after"] == "5"


async def test_a_body_that_does_not_come_is_given_up(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_module, "BODY_S", 0.05)

    async def stalled() -> AsyncIterator[bytes]:
        yield b"["
        await asyncio.Event().wait()

    answer = await door.post(stalled())
    assert answer.status_code == 408
    assert answer.json()["error"]["code"] == "body_slow"


async def test_a_sender_sees_the_contract_and_what_was_heard(door: Door) -> None:
    await door.post(json.dumps([row(), row(rain_mm="x")]))
    said = (await door.client.get("/v1/feeds/rain")).json()

    assert said["columns"]["quantities"] == {"rain_mm": "rain", "rh": "humidity"}
    assert said["schedule"] == {"every_s": 600, "late_after_s": 660, "lost_after_s": 1860}
    assert said["heard"]["fates"] == dict.fromkeys(FATES, 0) | {"accepted": 1, "rejected": 1}
    assert said["heard"]["refused"] == {"rain_mm: not_a_number": 1}
    assert said["heard"]["last_event_at"] == "2026-05-14T02:50:00Z"
    assert door.key.split("_")[1] == said["your_key"]
    assert door.key.split("_", 2)[2] not in json.dumps(said)


async def test_health_is_kafkas(door: Door) -> None:
    assert (await door.client.get("/healthz")).status_code == 200
    door.log.connected = False
    assert (await door.client.get("/healthz")).status_code == 503


async def test_paths_and_methods_that_are_not_ours_are_told_in_words(door: Door) -> None:
    missing = await door.client.get("/v2/nothing")
    wrong = await door.client.put("/v1/feeds/rain/events")

    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "no_path")
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (405, "no_method")
    assert (await door.client.get("/")).status_code == 200
    assert (await door.client.get("/openapi.json")).status_code == 404


async def test_no_answer_may_be_kept_or_guessed_at(door: Door) -> None:
    answer: httpx.Response = await door.post(json.dumps(row()))

    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert orjson.loads(answer.content)
