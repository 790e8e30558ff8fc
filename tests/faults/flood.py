"""R5: one integrator floods its feed with what nobody can read; that feed trips, and the other does not notice.

Role intake is the product's own process, with two feeds written for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from ioc.events.codec import decode
from ioc.streams import admin, rejects
from ioc.streams.circuit import CONSECUTIVE
from ioc.streams.publish import Publisher, Record
from tests.faults.fleet import ROOT, namespace
from tests.faults.trial import Ground, Verdict, settings
from tests.streams.log_reading import read

PARTITIONS = 2
WHOLE = 20
"""Good records among the flood itself: none of them may be refused with it."""
CALM_SECONDS = 2.0
"""How long a good record of the other feed may take to its domain topic, in the worst of a hundred."""
FEED = """\
name: {name}
adapter: readings
domain: environment
title: {{vi: Thử, en: Trial}}
owner: {{unit: {{vi: Thử, en: Trial}}}}
schedule: {{every: 600, grace: 60}}
lateness: 1800
columns:
  time: time
  source: station
  quantities: {{temp_c: temperature}}
  units: {{temp_c: Cel}}
"""
GARBAGE = (b"", b"{", b"\xff\xfe\x00", b"<html>502 Bad Gateway</html>", b'{"station": "x"}', b'{"temp_c": NaN}')


def reading(station: str, nth: int) -> bytes:
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return json.dumps({"station": station, "time": at, "temp_c": 20 + nth % 1_000 / 100}).encode()


@contextlib.contextmanager
def intake(bootstrap: str, name: str, place: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The role with the feeds `loud` and `calm`, until the end of the block."""
    (place / "feeds").mkdir()
    for feed in ("loud", "calm"):
        (place / "feeds" / f"{feed}.yaml").write_text(FEED.format(name=feed), encoding="utf-8")
    given = {
        "IOC_KAFKA_NAMESPACE": name,
        "IOC_KAFKA_BOOTSTRAP": bootstrap,
        "IOC_KAFKA_PARTITIONS": str(PARTITIONS),
        "IOC_DATA": str(place),
        "IOC_DEMO": "false",
        "IOC_LANG": "en",
        "IOC_PATHS_FEEDS": str(place / "feeds"),
    }
    with (place / "intake.log").open("ab") as log:
        command = [sys.executable, "-m", "ioc", "child", "intake"]
        role = subprocess.Popen(command, env=settings(**given), cwd=ROOT, stdout=log, stderr=log)
    try:
        yield role
    finally:
        role.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            role.wait(20)
        role.kill()
        role.wait()


async def there(bootstrap: str, topics: list[str], role: subprocess.Popen[bytes], place: Path) -> None:
    async with asyncio.timeout(60):
        while not set(topics) <= await asyncio.to_thread(admin.names, bootstrap):
            assert role.poll() is None, (place / "intake.log").read_text()
            await asyncio.sleep(0.2)


async def run(ground: Ground) -> Verdict:
    """20,000 bad records at once in the short form, five minutes of them in the long."""
    seconds, most = (300.0, 3_000_000) if ground.long else (10.0, 20_000)
    with namespace(ground.bootstrap, PARTITIONS) as name:
        loud, calm = f"{name}feed.loud", f"{name}feed.calm"
        try:
            with intake(ground.bootstrap, name, ground.place) as role:
                await there(ground.bootstrap, [loud, calm], role, ground.place)
                return await _flood(ground, name, role, seconds, most)
        finally:
            await asyncio.to_thread(admin.delete, ground.bootstrap, [loud, calm])


async def _flood(ground: Ground, name: str, role: subprocess.Popen[bytes], seconds: float, most: int) -> Verdict:
    bad = good = 0
    async with Publisher(ground.bootstrap, PARTITIONS) as publisher:
        for feed in ("loud", "calm"):
            await publisher.send_batch(f"{name}feed.{feed}", 0, [Record(None, reading(f"{feed}-first", 1))])
        await _taken(ground, name, role, "first")
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            await publisher.send_batch(f"{name}feed.calm", 0, [Record(None, reading("calm-1", good))])
            good += 1
            if bad < most:
                batch = [Record(None, GARBAGE[(bad + nth) % len(GARBAGE)]) for nth in range(1_000)]
                bad += len(batch)
                if bad % (most // WHOLE) == 0:
                    batch.append(Record(None, reading("loud-1", bad)))
                await publisher.send_batch(f"{name}feed.loud", 0, batch)
            await asyncio.sleep(max(0.02, good * seconds / 400 - (time.monotonic() - began)))
        await publisher.send_batch(f"{name}feed.loud", 0, [Record(None, reading("loud-last", 1))])
        await publisher.send_batch(f"{name}feed.calm", 0, [Record(None, reading("calm-last", 1))])
    sources, delays = await _taken(ground, name, role, "last")
    told = [rejects.decode(row.value) for row in await read(ground.bootstrap, f"{name}ioc.rejected", 0)]
    single = [one for one in told if one.kind == "rejected"]
    summed = sum(int(one.note.split()[0]) for one in told if one.kind == "flood")
    words = (ground.place / "intake.log").read_text()
    figures: dict[str, object] = {
        "bad": bad,
        "refused_singly": len(single),
        "refused_in_sums": summed,
        "sums": sum(one.kind == "flood" for one in told),
        "bytes_in_rejected": sum(len(rejects.encode(one)) for one in told),
        "other_feed_refused": sum(one.feed == "calm" for one in told),
        "whole_among_the_flood": sum("loud-1" in one for one in sources),
        "other_feed_taken": sum("calm-1" in one for one in sources),
        "other_feed_p99_s": delays[int(len(delays) * 0.99)],
        "said_faulty": words.count("it is faulty"),
    }
    held = (
        role.poll() is None
        and len(single) <= CONSECUTIVE
        and len(single) + summed == bad
        and not figures["other_feed_refused"]
        and figures["whole_among_the_flood"] == WHOLE
        and figures["other_feed_taken"] == good
        and delays[int(len(delays) * 0.99)] < CALM_SECONDS
        and words.count("it is faulty") == 1
    )
    return Verdict(held, figures)


async def _taken(ground: Ground, name: str, role: subprocess.Popen[bytes], which: str) -> tuple[list[str], list[float]]:
    """Sources of all events, when both feeds' first or last has come; and how long those of the calm feed took, in order."""
    async with asyncio.timeout(120):
        while True:
            rows = [
                row
                for part in range(PARTITIONS)
                for row in await read(ground.bootstrap, f"{name}ioc.environment", part)
            ]
            events = [(row, decode(row.value)) for row in rows if row.value is not None]
            names = [event.source for _, event in events]
            if all(any(last in one for one in names) for last in (f"loud-{which}", f"calm-{which}")):
                break
            assert role.poll() is None, (ground.place / "intake.log").read_text()[-2000:]
            await asyncio.sleep(0.5)
    delays = [row.timestamp / 1000 - event.received_at.timestamp() for row, event in events if "calm-1" in event.source]
    return names, sorted(delays)
