"""How fast history takes events, and how fast it answers a wall: SQLite, and InfluxDB where it is up.

    python bench/history.py [--events 200000] [--sources 2000] [--rate 2000] [--chunk 4000]

Events are environment readings of `--sources` stations, `--rate` a second, as the log carries them (decoded structs).
They are written as role record writes them: chunks of one fetch, four at a time. InfluxDB's own limit is the same
lines, made beforehand, in blocks of 5,000, four at a time through the same client; it and ours take turns, three times,
and the best of each is told. InfluxDB is that of `scripts/services up influxdb`, in buckets of the run's own that are
removed at the end.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
from pydantic import SecretStr

from ioc.events import event_id
from ioc.events.codec import STRUCTS, Observed, struct_of
from ioc.events.envelope import Location
from ioc.ports import History
from ioc.sinks.event_lines import EventLines
from ioc.sinks.influx_door import BLOCK, InfluxConfig
from ioc.sinks.influxdb import InfluxHistory
from ioc.sinks.rollup import TIERS
from ioc.sinks.sqlite import SqliteConfig, SqliteHistory
from ioc.streams.record import AT_ONCE

SERVICES = Path(__file__).parent.parent / "scripts" / "services"
ROUNDS = 3


class Moment:
    """One run is one moment: the real one, because a real server's retention runs by it."""

    def __init__(self) -> None:
        self._at = datetime.now(UTC)  # noqa: TID251 - see above

    def now(self) -> datetime:
        """The time at the start."""
        return self._at


def events(number: int, sources: int, rate: int, end: datetime) -> list[Observed]:
    """Readings up to now, as a decoder gives them."""
    kind: Any = STRUCTS["environment"]
    places: Any = struct_of(Location)
    start, every = end - timedelta(seconds=number / rate), timedelta(seconds=1 / rate)
    made = []
    for n in range(number):
        source, at = f"tn-air:station-{n % sources}", start + n * every
        made.append(
            kind(
                id=event_id(source, n),
                feed="tn-air",
                source=source,
                observed_at=at,
                received_at=at + timedelta(seconds=2),
                value=20 + n % 97 / 7,
                quantity="pm25",
                unit="ug/m3",
                location=places(lat=21.5 + n % sources / 9999, lon=105.8, commune=f"{5400 + n % sources % 92:05d}"),
            )
        )
    read = msgspec.json.Decoder(kind).decode
    return [read(msgspec.json.encode(one)) for one in made]


def tell(what: str, figure: float, unit: str, more: str = "") -> None:
    """One line of the report."""
    print(f"{what:<52} {figure:>12,.1f} {unit:<8} {more}")


async def side_by_side(work: Callable[[Any], Awaitable[Any]], parts: Sequence[Any]) -> float:
    """Seconds for all parts, `AT_ONCE` at a time."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(part: Any) -> None:
        async with turn:
            assert not await work(part) or work.__name__ == "raw"

    began = time.perf_counter()
    await asyncio.gather(*map(one, parts))
    return time.perf_counter() - began


def cut(made: Sequence[Any], size: int) -> list[Sequence[Any]]:
    """Slices of so many."""
    return [made[start : start + size] for start in range(0, len(made), size)]


async def questions(name: str, history: History, end: datetime) -> None:
    """What a wall and a card ask."""
    day = end - timedelta(days=1)
    asked: dict[str, Callable[[], Awaitable[Any]]] = {
        "latest of every source": lambda: history.latest("environment"),
        "last 500": lambda: history.recent("environment", day, 500),
        "counts by commune": lambda: history.counts("environment", since=day, until=end, by="commune"),
        "chart of one source, 5 min steps": lambda: history.series(
            "environment", "tn-air:station-0", "pm25", since=day, until=end, step_s=300
        ),
        "freshness": history.freshness,
    }
    for what, ask in asked.items():
        began = time.perf_counter()
        found = await ask()
        rows = len(found.sources) if what == "freshness" else len(found)
        tell(f"{name}: {what}", 1000 * (time.perf_counter() - began), "ms", f"{rows} rows")


async def sqlite(made: Sequence[Observed], chunk: int, moment: Moment) -> None:
    """SQLite in a temporary directory."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "history.sqlite"
        history = SqliteHistory(SqliteConfig(path=path), moment)
        await history.prepare()
        for what in ("written", "the same again"):
            seconds = await side_by_side(history.write, cut(made, chunk))
            tell(f"SQLite: {what}, chunks of {chunk:,}", len(made) / seconds, "/s")
        seconds = await side_by_side(history.write, cut(made[:500], 1))
        tell("SQLite: written one by one", 500 / seconds, "/s")
        await questions("SQLite", history, moment.now())
        await history.close()
        tell("SQLite: file", path.stat().st_size / len(made), "bytes an event")


async def influx(made: Sequence[Observed], chunk: int, moment: Moment, known: Mapping[str, str], token: str) -> None:
    """InfluxDB: its own limit and ours, in turns."""
    written = EventLines()
    lines = [written.line(one) for one in made]
    blocks = ["\n".join(block).encode() for block in cut(lines, BLOCK)]
    best: dict[str, float] = {}
    cpu: dict[str, float] = {}
    for nth in range(ROUNDS):
        for what in ("limit", "ours"):
            name = f"bench-{uuid4().hex[:8]}"
            config = InfluxConfig(
                url=known["IOC_INFLUXDB_URL"], org=known["IOC_INFLUXDB_ORG"], token=SecretStr(token), bucket=name
            )
            history = InfluxHistory(config, moment)
            await history.prepare()

            async def raw(block: bytes, history: InfluxHistory = history, name: str = name) -> object:
                return await history._writer.write(bucket=name, record=block)  # noqa: SLF001 - the same client

            try:
                own = time.process_time()
                if what == "limit":
                    seconds = await side_by_side(raw, blocks)
                else:
                    seconds = await side_by_side(history.write, cut(made, chunk))
                best[what] = max(best.get(what, 0.0), len(made) / seconds)
                cpu[what] = min(cpu.get(what, 1e9), (time.process_time() - own) / len(made) * 1e6)
                if what == "ours" and nth == ROUNDS - 1:
                    await questions("InfluxDB", history, moment.now())
                    seconds = await side_by_side(history.write, cut(made[:500], 1))
                    tell("InfluxDB: written one by one", 500 / seconds, "/s")
            finally:
                await remove(history, config)
    tell(
        "InfluxDB: its own limit, lines made beforehand",
        best["limit"],
        "/s",
        f"{cpu['limit']:.1f} µs of our CPU a line",
    )
    tell(
        f"InfluxDB: written, chunks of {chunk:,}",
        best["ours"],
        "/s",
        f"{best['ours'] / best['limit']:.0%} of its limit, {cpu['ours']:.1f} µs of our CPU an event",
    )


async def remove(history: InfluxHistory, config: InfluxConfig) -> None:
    """Take away the run's buckets."""
    for bucket in (config.bucket, f"{config.bucket}_replay", *(f"{config.bucket}/{tier.name}" for tier in TIERS)):
        found = await history._call("/api/v2/buckets", "GET", query_params={"name": bucket, "org": config.org})  # noqa: SLF001 - a bench may
        path = f"/api/v2/buckets/{found['buckets'][0]['id']}"
        await history._client.api_client.call_api(path, "DELETE")  # type: ignore[no-untyped-call]  # noqa: SLF001 - half typed
    await history.close()


def influxdb() -> dict[str, str]:
    """Variables of the service; none where it is not up."""
    command = [sys.executable, str(SERVICES), "env", "influxdb"]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(shlex.split(line)[1].split("=", 1) for line in found.stdout.splitlines())


def main() -> None:
    """Run all of it."""
    wanted = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    wanted.add_argument("--events", type=int, default=200_000)
    wanted.add_argument("--sources", type=int, default=2_000)
    wanted.add_argument("--rate", type=int, default=2_000)
    wanted.add_argument("--chunk", type=int, default=4_000)
    given = wanted.parse_args()
    moment = Moment()
    gc.set_threshold(100_000, 50, 50)  # as every role does (ioc.streams.run)
    made = events(given.events, given.sources, given.rate, moment.now())
    gc.freeze()
    print(f"{given.events:,} events of {given.sources:,} sources, {given.rate:,} a second")
    began = time.perf_counter()
    lines = EventLines()
    for one in made:
        lines.line(one)
    tell("lines made", len(made) / (time.perf_counter() - began), "/s")
    asyncio.run(sqlite(made, given.chunk, moment))
    known = influxdb()
    if known:
        token = Path(known["IOC_INFLUXDB_TOKEN_FILE"]).read_text(encoding="utf-8").strip()
        asyncio.run(influx(made, given.chunk, moment, known, token))
    else:
        print("InfluxDB is not up: scripts/services up influxdb")


if __name__ == "__main__":
    main()
