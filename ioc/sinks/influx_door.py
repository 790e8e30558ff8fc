"""One InfluxDB as the sinks reach it: blocks of line protocol, each answered; questions; buckets made where missing.

What an answer to a block means:

    204                    every line is kept
    400, 413, 422          some of these lines are at fault: they are found by halving the block and refused with the
                           server's words
    anything else, silence nothing is wrong with the lines: `Retryable`, the caller waits and calls again

Live data lie in one bucket with retention, replays in another without, rollups in one per width.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Annotated, Any, NamedTuple

import aiohttp
import orjson
from influxdb_client.client.influxdb_client_async import InfluxDBClientAsync
from influxdb_client.rest import ApiException
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from ioc.errors import Retryable
from ioc.events.envelope import clip
from ioc.ports import Clock
from ioc.sinks import influxql
from ioc.sinks.fields import epoch_ms
from ioc.sinks.rollup import TIERS, Tier

BLOCK = 5_000
"""Lines of one request: the size InfluxData's own guide on optimising writes recommends."""
LINES_AT_FAULT = frozenset(
    {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY}
)
DENIED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
BUSY = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
A_PERSON_IS_NEEDED_S = 10.0
"""Seconds between attempts where waiting alone mends nothing: a wrong token, a missing bucket."""
LONGEST_WAIT_S = 300.0
"""A `Retry-After` beyond this is not believed."""
BORDER_MS = 2_000
"""The server's `Date` is cut to seconds, so a line this close to the border of retention may count as expired."""


class InfluxConfig(BaseModel):
    """Where InfluxDB is and how long it keeps live data."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    url: str
    org: str = "ioc"
    token: SecretStr
    """InfluxDB 2 and 3: an API token that may read and write both buckets. 1.8: `user:password`."""
    bucket: str = "ioc"
    replay_bucket: str = ""
    """Replays, without retention. Default: the name of `bucket` and `_replay`."""
    retention_days: Annotated[int, Field(gt=0)] = 30
    """Retention that `prepare` gives to a bucket that is not there; one that is keeps its own."""
    timeout_s: Annotated[float, Field(gt=0)] = 20.0
    """Seconds for one request; InfluxDB itself gives up a write after 10."""


class Line(NamedTuple):
    """A line and the place of its event in the call; None for lines of our own."""

    raw: bytes
    nth: int | None = None

    @property
    def at_ms(self) -> int:
        """Epoch ms of its point."""
        return int(self.raw.rpartition(b" ")[2]) // 1_000_000


class Fault(NamedTuple):
    """An answer that some line of the block is to blame for."""

    words: str
    oldest_ms: float
    """Epoch ms before which the server keeps nothing, by its own clock; minus infinity where it keeps all."""


class InfluxDoor:
    """influxdb-client's async API; made and used inside a running event loop."""

    def __init__(self, config: InfluxConfig, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._client = InfluxDBClientAsync(
            url=config.url,
            token=config.token.get_secret_value(),
            org=config.org,
            timeout=aiohttp.ClientTimeout(total=config.timeout_s),
        )
        self._writer = self._client.write_api()
        self._retention: timedelta | None = timedelta(days=config.retention_days)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.close()  # type: ignore[no-untyped-call]  # the client is half typed

    def bucket(self, replay: str = "") -> str:
        """Where live data lie, or replays."""
        config = self._config
        return (config.replay_bucket or f"{config.bucket}_replay") if replay else config.bucket

    def tier(self, tier: Tier) -> str:
        """Where rollups of that width lie. InfluxDB 2.7 takes the end of the name for a retention policy of 1.8."""
        return f"{self._config.bucket}/{tier.name}"

    async def settle(self, bucket: str, lines: Sequence[Line]) -> list[tuple[Line, Fault]]:
        """Write all lines that can be written; give the others, each with the answer that refused it."""
        fault = await self._put(bucket, lines) if lines else None
        return [] if fault is None else await self.isolate(bucket, lines, fault)

    async def isolate(self, bucket: str, lines: Sequence[Line], fault: Fault) -> list[tuple[Line, Fault]]:
        """Find which lines of a block that was answered so are at fault; the others are written."""
        if len(lines) == 1:
            return [(lines[0], fault)]
        old = [line for line in lines if line.at_ms < fault.oldest_ms]
        if old:
            # After a long outage a whole backlog may be too old: when its newest line is, all of it is.
            verdict = await self._put(bucket, [max(old, key=lambda line: line.at_ms)])
            if verdict is not None:
                rest = [line for line in lines if line.at_ms >= fault.oldest_ms]
                return [*((line, verdict) for line in old), *await self.settle(bucket, rest)]
        half = len(lines) // 2
        return [*await self.settle(bucket, lines[:half]), *await self.settle(bucket, lines[half:])]

    async def _put(self, bucket: str, lines: Sequence[Line]) -> Fault | None:
        return await self.put(bucket, b"\n".join(line.raw for line in lines))

    async def put(self, bucket: str, body: bytes) -> Fault | None:
        """One request; None when every line of it is kept, else what `settle` can find the lines at fault by."""
        try:
            taken = await self._writer.write(bucket=bucket, record=body)
        except ApiException as error:
            if error.status not in LINES_AT_FAULT:
                raise self._waiting(error) from error
            oldest = float("-inf")
            if bucket == self._config.bucket and self._retention is not None:
                oldest = epoch_ms(self._server_time(error) - self._retention)
            return Fault(_words(error), oldest)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._unreachable(error) from error
        if not taken:
            raise Retryable("history_failing", url=self._config.url, status=HTTPStatus.OK.value, detail="not a 204")
        return None

    async def _ask(self, question: influxql.Question, bucket: str = "") -> list[influxql.Row]:
        """One InfluxQL statement through the v1 endpoint, which knows a bucket as a database."""
        answer = await self._call(
            "/query",
            post_params={
                "db": bucket or self._config.bucket,
                "q": question.statement,
                "params": orjson.dumps(question.values).decode(),
                "epoch": "ns",
            },
        )
        if wrong := influxql.mistake(answer):
            code = "history_missing" if wrong.startswith("database not found") else "history_failing"
            raise Retryable(
                code, url=self._config.url, status=HTTPStatus.OK.value, bucket=bucket, detail=clip(wrong, 300)
            )
        return list(influxql.rows(answer))

    async def _call(self, path: str, method: str = "POST", **given: Any) -> Mapping[str, Any]:
        """One request with a JSON answer."""
        kind = "application/x-www-form-urlencoded" if "post_params" in given else "application/json"
        try:
            answer = await self._client.api_client.call_api(  # type: ignore[no-untyped-call]  # see close
                path,
                method,
                header_params={"Accept": "application/json", "Content-Type": kind},
                response_type=object,
                _return_http_data_only=True,
                **given,
            )
        except ApiException as error:
            raise self._waiting(error) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._unreachable(error) from error
        if not isinstance(answer, dict):
            detail = "an answer that is no JSON"
            raise Retryable("history_failing", url=self._config.url, status=HTTPStatus.OK.value, detail=detail)
        return answer

    async def prepare(self) -> None:
        """Make the buckets that are not there; learn from the one for live data how long it keeps them.

        A token that may not look or make leaves them as they are: the first write will tell what is missing.
        """
        await self._prepared(self.bucket("any"), 0)
        seconds = await self._prepared(self._config.bucket, self._config.retention_days * 86_400)
        self._retention = timedelta(seconds=seconds) if seconds else None
        for tier in TIERS:
            await self._prepared(self.tier(tier), tier.days * 86_400)

    async def _prepared(self, bucket: str, seconds: int) -> int:
        """Make the bucket where it is not there; give its retention in seconds, 0 = without end."""
        try:
            names = {"name": bucket, "org": self._config.org}
            found = await self._call("/api/v2/buckets", "GET", query_params=names)
        except Retryable as error:
            if error.code == "history_missing":
                await self._create(bucket, seconds, v2=bool(error.values["json"]))
            elif error.code != "history_denied":
                raise
            return seconds
        return max((int(rule["everySeconds"]) for rule in found["buckets"][0].get("retentionRules", ())), default=0)

    async def _create(self, bucket: str, seconds: int, *, v2: bool) -> None:
        try:
            if v2:
                found = await self._call("/api/v2/orgs", "GET", query_params={"org": self._config.org})
                rules = [{"type": "expire", "everySeconds": seconds}]
                body = {"orgID": found["orgs"][0]["id"], "name": bucket, "retentionRules": rules}
                await self._call("/api/v2/buckets", body=body)
            else:  # 1.8 answers 404 to any path of 2.x: there a bucket is a database, or a retention policy of one
                await self._ask(influxql.create(bucket, seconds), bucket)
        except Retryable as error:
            there = "already exists" in str(error.values["detail"])  # with a retention that people gave it
            if error.code != "history_denied" and not there:
                raise

    def _unreachable(self, error: Exception) -> Retryable:
        detail = clip(str(error) or type(error).__name__, 300)
        return Retryable("history_unreachable", url=self._config.url, detail=detail)

    def _waiting(self, error: ApiException) -> Retryable:
        """What a caller has to wait for, and how long."""
        code, wait = "history_failing", 1.0
        if error.status in DENIED:
            code, wait = "history_denied", A_PERSON_IS_NEEDED_S
        elif error.status == HTTPStatus.NOT_FOUND:
            code, wait = "history_missing", A_PERSON_IS_NEEDED_S
        elif error.status in BUSY:
            code = "history_busy"
        asked = self._retry_after(error)
        return Retryable(
            code,
            retry_after=wait if asked is None else asked,
            url=self._config.url,
            status=error.status,
            bucket=f"{self._config.bucket}, {self.bucket('any')}",
            json=_json(error) is not None,
            detail=_words(error),
        )

    def _retry_after(self, error: ApiException) -> float | None:
        """Seconds from the header `Retry-After`, given as such or as a date (RFC 9110, 10.2.3)."""
        said = _header(error, "Retry-After")
        if said.isdecimal():
            seconds = float(said)
        else:
            try:
                seconds = (parsedate_to_datetime(said) - self._server_time(error)).total_seconds()
            except (ValueError, TypeError):
                return None
        return min(max(seconds, 0.0), LONGEST_WAIT_S)

    def _server_time(self, error: ApiException) -> datetime:
        try:
            return parsedate_to_datetime(_header(error, "Date"))
        except ValueError:
            return self._clock.now()


def _header(error: ApiException, name: str) -> str:
    headers: Mapping[str, str] = error.headers or {}
    return headers.get(name, "").strip()


def _json(error: ApiException) -> dict[str, Any] | None:
    try:
        said = orjson.loads(error.body or b"")
    except orjson.JSONDecodeError:
        return None
    return said if isinstance(said, dict) else None


def _words(error: ApiException) -> str:
    """The server's own sentence."""
    said = _json(error)
    if said is not None:
        return clip(str(said.get("message") or said.get("error") or said), 300)
    raw = error.body if isinstance(error.body, bytes) else str(error.body or error.reason or "").encode()
    return clip(raw.decode("utf-8", "replace"), 300)
