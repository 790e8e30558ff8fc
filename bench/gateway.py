"""What the gateway takes: bodies over HTTP into the embedded broker, from one sender and from several.

    python -m bench.gateway [seconds per measurement, default 10]

Records a second (each weather record makes three events), requests a second of one-record bodies, and the time to the
answer. One gateway process, keys and limits as in production but for the rate, broker and senders on the same machine.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from ioc.catalogue import Catalogue, Limits
from ioc.embedded.broker import Broker
from ioc.gateway.keys import KeyStore
from ioc.gateway.serve import serve
from ioc.settings import Settings, load_boundaries, load_catalogue
from ioc.streams.admin import ensure
from ioc.streams.topics import table

FEED = "weather"
START = datetime(2026, 5, 14, tzinfo=UTC)


class Clock:
    """Stands still, a day after the records."""

    def now(self) -> datetime:
        """The same moment always."""
        return START + timedelta(days=400)


def body(first: int, records: int) -> bytes:
    """So many records of the weather feed that were never sent before."""
    rows = (
        {
            "station": "dinh-hoa",
            "time": (START + timedelta(seconds=n)).isoformat(),
            "temp_c": 31.2,
            "rh": 64,
            "rain_mm": 0,
        }
        for n in range(first, first + records)
    )
    return "\n".join(map(json.dumps, rows)).encode()


@contextlib.asynccontextmanager
async def gateway(folder: Path) -> AsyncIterator[tuple[str, str]]:
    """Address and key of a gateway over the embedded broker."""
    shipped = load_catalogue()
    fast = shipped.by_feed[FEED].model_copy(update={"limits": Limits(per_second=1e9)})
    settings = Settings.model_validate({"data": folder, "gateway": {"port": 0}})
    key = KeyStore(settings.gateway.keys_file).issue(FEED, START).text
    listening: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    with Broker() as broker:
        ensure(broker.address, table(4))
        work = serve(
            settings.gateway,
            Catalogue(feeds=(fast,)),
            load_boundaries(),
            Clock(),
            bootstrap=broker.address,
            partitions=4,
            ready=listening.set_result,
        )
        serving = asyncio.create_task(work)
        address = f"http://127.0.0.1:{await listening}"
        async with httpx.AsyncClient() as http:
            while (await http.get(f"{address}/healthz")).status_code != 200:  # noqa: ASYNC110 - asked over HTTP
                await asyncio.sleep(0.05)
        yield address, key
        signal.raise_signal(signal.SIGTERM)
        await serving


async def measure(address: str, key: str, seconds: float, shape: tuple[int, int], first: int) -> int:
    """Send for so long, print what came of it; give the number of the next fresh record. Shape: records, senders."""
    records, senders = shape
    headers = {"authorization": f"Bearer {key}", "content-type": "application/x-ndjson"}
    times: list[float] = []
    numbers = iter(range(first, first + 100_000_000, records))

    async def sender(http: httpx.AsyncClient) -> None:
        while time.perf_counter() < end:
            content = body(next(numbers), records)
            began = time.perf_counter()
            answer = await http.post(f"{address}/v1/feeds/{FEED}/events", content=content)
            times.append(time.perf_counter() - began)
            assert answer.status_code == 202, answer.text

    async with httpx.AsyncClient(headers=headers, timeout=60) as http:
        began = time.perf_counter()
        end = began + seconds
        await asyncio.gather(*(sender(http) for _ in range(senders)))
    took = time.perf_counter() - began
    times.sort()
    print(
        f"{senders} sender(s), {records:>5} records a body: {len(times) * records / took:>8,.0f} records/s, "
        f"{len(times) / took:>6,.0f} requests/s, p50 {times[len(times) // 2] * 1000:.1f} ms, "
        f"p99 {times[int(len(times) * 0.99)] * 1000:.1f} ms"
    )
    return next(numbers)


async def main(seconds: float) -> None:
    """All measurements in turn."""
    with tempfile.TemporaryDirectory() as folder:
        async with gateway(Path(folder)) as (address, key):
            first = 0
            for shape in ((1, 1), (1, 8), (100, 4), (5000, 2)):
                first = await measure(address, key, seconds, shape, first)


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]) if len(sys.argv) > 1 else 10))
