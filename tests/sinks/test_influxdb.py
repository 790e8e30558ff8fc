import asyncio
import random
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
from aiohttp import web
from pydantic import SecretStr

from ioc.errors import Retryable
from ioc.events.codec import Observed
from ioc.ports import Refusal
from ioc.sinks.influx_door import BLOCK, InfluxConfig
from ioc.sinks.influxdb import InfluxHistory
from ioc.words import LANGS, say
from tests.sinks.history_events import FrozenClock, event
from tests.sinks.troubled_server import Trouble, TroubledServer, hangs, hangs_up, says, troubled

TOKEN = "canary-token-4711"  # noqa: S105 - asserted to appear nowhere
SERVER_DATE = "Sun, 22 Nov 2026 16:00:00 GMT"


@pytest.fixture
async def server() -> AsyncIterator[TroubledServer]:
    async with troubled() as made:
        yield made


@pytest.fixture
async def history(server: TroubledServer, clock: FrozenClock) -> AsyncIterator[InfluxHistory]:
    made = InfluxHistory(InfluxConfig(url=server.url, token=SecretStr(TOKEN), timeout_s=0.3), clock)
    yield made
    await made.close()


@pytest.mark.parametrize(
    ("trouble", "code", "wait"),
    [
        (says(503, "overloaded", Retry_After="7"), "history_busy", 7.0),
        (says(503), "history_busy", 1.0),
        (says(429, '{"code":"too many requests","message":"slow down"}', Retry_After="30"), "history_busy", 30.0),
        (says(429, Retry_After="Sun, 22 Nov 2026 16:00:20 GMT", Date=SERVER_DATE), "history_busy", 20.0),
        (says(429, Retry_After="Sun, 22 Nov 2026 15:00:00 GMT", Date=SERVER_DATE), "history_busy", 0.0),
        (says(503, Retry_After="86400"), "history_busy", 300.0),
        (says(503, Retry_After="soon"), "history_busy", 1.0),
        (says(500, "engine: closed"), "history_failing", 1.0),
        (says(502, "<html>bad gateway</html>"), "history_failing", 1.0),
        (says(401, '{"code":"unauthorized","message":"unauthorized access"}'), "history_denied", 10.0),
        (says(403), "history_denied", 10.0),
        (says(404, '{"code":"not found","message":"bucket \\"ioc\\" not found"}'), "history_missing", 10.0),
        (says(405), "history_failing", 1.0),
        (says(200, "<html>a login page of some proxy</html>"), "history_failing", 1.0),
        (hangs, "history_unreachable", 1.0),
        (hangs_up, "history_unreachable", 1.0),
    ],
    ids=[
        "busy and says for how long",
        "busy",
        "too many requests",
        "asks to wait until a time",
        "asks to wait until a time that is past",
        "asks for a day",
        "asks for something unreadable",
        "fails",
        "a proxy fails",
        "refuses the token",
        "forbids",
        "has no such bucket",
        "is no InfluxDB",
        "answers with a page",
        "does not answer",
        "hangs up",
    ],
)
async def test_trouble_makes_the_caller_wait_and_refuses_no_event(  # noqa: PLR0917 - fixtures and the table
    server: TroubledServer, history: InfluxHistory, now: datetime, trouble: Trouble, code: str, wait: float
) -> None:
    server.trouble = trouble

    with pytest.raises(Retryable) as caught:
        await history.write([event(at=now)])

    assert (caught.value.code, caught.value.retry_after) == (code, wait)
    for lang in LANGS:
        sentence = say(caught.value.key, lang, **caught.value.values)
        assert server.url in sentence
        assert TOKEN not in sentence
        assert "\n" not in sentence


@pytest.mark.parametrize("trouble", [says(503), says(401), says(500), hangs, says(200, "{broken")])
async def test_a_question_in_trouble_waits_too(
    server: TroubledServer, history: InfluxHistory, trouble: Trouble
) -> None:
    server.trouble = trouble

    with pytest.raises(Retryable):
        await history.latest("environment")


async def test_nobody_at_that_address(clock: FrozenClock, now: datetime, unused_port: int) -> None:
    config = InfluxConfig(url=f"http://127.0.0.1:{unused_port}", token=SecretStr(TOKEN))
    history = InfluxHistory(config, clock)

    with pytest.raises(Retryable) as caught:
        await history.write([event(at=now)])

    assert caught.value.code == "history_unreachable"
    await history.close()


@pytest.fixture
def unused_port() -> int:
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def refuses(bad: set[str]) -> Trouble:
    """A server that keeps nothing of a block with one of these sources in it, and says so of the first."""

    async def answer(_: web.Request, body: bytes) -> web.StreamResponse:
        for line in body.decode().split("\n"):
            for source in bad:
                if f"source={source}," in line:
                    return web.json_response({"code": "invalid", "message": f"cannot take {source}"}, status=400)
        return web.Response(status=204)

    return answer


async def test_bad_lines_are_found_wherever_they_stand(
    server: TroubledServer, history: InfluxHistory, now: datetime
) -> None:
    seeded = random.Random(7)
    for number in (1, 2, 5):
        places = sorted(seeded.sample(range(1000), number))
        server.trouble = refuses({f"bad{n}" for n in places})
        server.seen.clear()

        refused = await history.write([event(at=now, source=f"bad{n}" if n in places else "good") for n in range(1000)])

        assert sorted((one.nth, one.detail) for one in refused) == [(n, f"cannot take bad{n}") for n in places]
        assert {one.code for one in refused} == {"not_taken"}
        assert len(server.seen) <= 1 + number * 2 * 11


async def test_a_server_that_refuses_every_line_gets_an_answer_for_each(
    server: TroubledServer, history: InfluxHistory, now: datetime
) -> None:
    server.trouble = says(422, "no")

    refused = await history.write([event(at=now, n=n) for n in range(100)])

    assert [one.nth for one in sorted(refused)] == list(range(100))


async def test_a_block_that_is_too_large_is_halved(
    server: TroubledServer, history: InfluxHistory, now: datetime
) -> None:
    async def small_only(_: web.Request, body: bytes) -> web.StreamResponse:
        return web.Response(status=204 if len(body) < 20_000 else 413)

    server.trouble = small_only

    assert await history.write([event(at=now, n=n) for n in range(1000)]) == []


async def test_many_events_go_in_blocks(server: TroubledServer, history: InfluxHistory, now: datetime) -> None:
    server.trouble = says(204)

    await history.write([event(at=now, n=n) for n in range(2 * BLOCK + 10)])

    heard, due = 1, 1  # lines that say so of its source, once a minute, and of a window whose rollup is due
    assert [lines for _, lines in server.seen] == [BLOCK + heard + due, BLOCK + due, 10 + due]


async def test_that_a_source_was_heard_is_written_once_a_minute_and_again_when_it_was_not_taken(
    server: TroubledServer, history: InfluxHistory, now: datetime
) -> None:
    server.trouble = says(503)
    with pytest.raises(Retryable):
        await history.write([event(at=now)])
    server.trouble = says(204)
    for seconds in (0, 20, 59, 60, 61, 30):
        await history.write([event(at=now, received_at=now + timedelta(seconds=seconds))])

    assert [lines for _, lines in server.seen] == [3, 3, 2, 2, 3, 2, 2]


async def test_trouble_between_two_blocks_raises_and_the_second_call_finishes(
    server: TroubledServer, history: InfluxHistory, now: datetime
) -> None:
    async def once(_: web.Request, __: bytes) -> web.StreamResponse:
        return web.Response(status=503 if len(server.seen) == 2 else 204)

    server.trouble = once
    events = [event(at=now, n=n) for n in range(2 * BLOCK)]

    with pytest.raises(Retryable):
        await history.write(events)
    assert await history.write(events) == []


async def keep_trying(history: InfluxHistory, events: list[Observed]) -> list[Refusal]:
    """What the recorder does, without its waits."""
    while True:
        try:
            return list(await history.write(events))
        except Retryable:
            await asyncio.sleep(0.01)


@pytest.mark.services
@pytest.mark.parametrize("trouble", [says(503), says(401), hangs, hangs_up], ids=["503", "401", "hangs", "hangs up"])
async def test_an_outage_only_makes_the_caller_wait(
    influx_config: InfluxConfig, influx: InfluxHistory, clock: FrozenClock, now: datetime, trouble: Trouble
) -> None:
    events = [event("netsec", at=now - timedelta(seconds=n), source=f"s{n % 7}") for n in range(500)]
    async with troubled(influx_config.url) as server:
        server.trouble = trouble
        config = influx_config.model_copy(update={"url": server.url, "timeout_s": 0.5})
        history = InfluxHistory(config, clock)
        writing = asyncio.create_task(keep_trying(history, events))
        await server.requests(3)
        assert not writing.done()
        assert await influx.latest("netsec") == []

        server.trouble = None
        assert await writing == []
        await history.close()
    counted = await influx.counts("netsec", since=now - timedelta(hours=1), until=now + timedelta(1), by="feed")
    assert counted == {"tn-air": 500}


@pytest.mark.services
async def test_a_block_whose_answer_was_lost_is_written_once(
    influx_config: InfluxConfig, influx: InfluxHistory, clock: FrozenClock, now: datetime
) -> None:
    async with troubled(influx_config.url) as server:

        async def taken_but_unheard(request: web.Request, body: bytes) -> web.StreamResponse | None:
            if len(server.seen) > 2:
                return None
            assert (await server.forward(request, body)).status == 204
            return await hangs_up(request, body)

        server.trouble = taken_but_unheard
        history = InfluxHistory(influx_config.model_copy(update={"url": server.url}), clock)

        assert await keep_trying(history, [event(at=now, n=n) for n in range(100)]) == []
        assert len(server.seen) == 3
        await history.close()
    counted = await influx.counts("environment", since=now, until=now + timedelta(1), by="feed")
    assert counted == {"tn-air": 100}


async def another_kind(influx: InfluxHistory, now: datetime) -> None:
    """Points of a station whose `period_s` was once written as a float: InfluxDB refuses its integers."""
    at = int(now.timestamp()) * 1_000_000_000
    await influx._writer.write(bucket=influx._config.bucket, record=f"environment,source=old period_s=1.5 {at}")


@pytest.mark.services
async def test_one_line_that_the_real_server_refuses_among_5000_is_refused_alone(
    influx: InfluxHistory, now: datetime
) -> None:
    await another_kind(influx, now)
    events = [event(at=now - timedelta(seconds=n), source=f"s{n % 50}") for n in range(5001)]
    events[2500] = event(at=now, source="bad", period_s=60)

    (refused,) = await influx.write(events)

    assert (refused.nth, refused.event_id, refused.code) == (2500, events[2500].id, "not_taken")
    assert "period_s" in refused.detail
    counted = await influx.counts("environment", since=now - timedelta(days=1), until=now + timedelta(1), by="feed")
    assert counted["tn-air"] == 5000


@pytest.mark.services
async def test_old_lines_and_bad_lines_in_one_block_are_told_apart(influx: InfluxHistory, now: datetime) -> None:
    await another_kind(influx, now)
    events = [event(at=now, n=n) for n in range(300)]
    for n in range(0, 300, 3):
        events[n] = event(at=now - timedelta(days=45), n=n)
    events[100] = event(at=now, period_s=60, n=100)
    events[200] = event(at=now, period_s=60, n=200)

    refused = await influx.write(events)

    assert sorted(one.nth for one in refused if one.code == "not_taken") == [100, 200]
    assert sorted(one.nth for one in refused if one.code == "expired") == list(range(0, 300, 3))
    assert await influx.counts("environment", since=now, until=now + timedelta(1), by="feed") == {"tn-air": 198}


@pytest.mark.services
async def test_a_whole_backlog_beyond_retention_costs_few_requests(
    influx_config: InfluxConfig, influx: InfluxHistory, clock: FrozenClock, now: datetime
) -> None:
    old = [event(at=now - timedelta(days=60), n=n) for n in range(BLOCK - 1)]
    async with troubled(influx_config.url) as server:
        history = InfluxHistory(influx_config.model_copy(update={"url": server.url}), clock)

        refused = await history.write([*old, event(at=now)])

        await history.close()
        assert {one.code for one in refused} == {"expired"}
        assert [one.nth for one in refused] == list(range(BLOCK - 1))
        assert len(server.seen) == 3
    assert len(await influx.latest("environment")) == 1


@pytest.mark.services
async def test_a_wrong_token_and_a_missing_bucket_are_said(
    influx_config: InfluxConfig, clock: FrozenClock, now: datetime
) -> None:
    stranger = InfluxHistory(influx_config.model_copy(update={"token": SecretStr("wrong")}), clock)
    with pytest.raises(Retryable) as caught:
        await stranger.write([event(at=now)])
    assert caught.value.code == "history_denied"
    await stranger.close()

    bucketless = InfluxHistory(influx_config, clock)
    with pytest.raises(Retryable) as caught:
        await bucketless.write([event(at=now)])
    assert caught.value.code == "history_missing"
    with pytest.raises(Retryable) as caught:
        await bucketless.latest("environment")
    assert caught.value.code == "history_missing"
    await bucketless.close()


@pytest.mark.parametrize(
    "trouble",
    [says(401, '{"code":"unauthorized","message":"unauthorized access"}'), says(403, "{}")],
    ids=["may not look", "forbidden"],
)
async def test_a_token_that_may_only_write_need_not_prepare(
    server: TroubledServer, history: InfluxHistory, trouble: Trouble
) -> None:
    server.trouble = trouble

    await history.prepare()


async def test_an_outage_makes_preparing_wait(server: TroubledServer, history: InfluxHistory) -> None:
    server.trouble = says(503)

    with pytest.raises(Retryable):
        await history.prepare()


@pytest.mark.services
async def test_a_bucket_with_another_retention_is_taken_as_it_is(
    influx_config: InfluxConfig, influx: InfluxHistory, clock: FrozenClock, now: datetime
) -> None:
    """It keeps 30 days, and our settings say 90."""
    history = InfluxHistory(influx_config.model_copy(update={"retention_days": 90}), clock)
    await history.prepare()

    (refused,) = await history.write([event(at=now - timedelta(days=45))])

    assert refused.code == "expired"
    await history.close()


@pytest.mark.services
async def test_preparing_twice_leaves_what_is_there(influx: InfluxHistory, now: datetime) -> None:
    await influx.write([event(at=now)])

    await influx.prepare()

    assert len(await influx.latest("environment")) == 1
