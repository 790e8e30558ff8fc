"""How many events a second one evaluate worker sustains on real Kafka, beside stock Faust with its Table.

    IOC_KAFKA=127.0.0.1:19092 python bench/worker.py [--events 1000000] [--sources 20000] [--json]

Environment events of about 260 bytes over the shipped rules; ids seen, states with outboxes and transitions are
acknowledged by the broker as in production. The topic is filled first and then read by one process. Stock Faust reads
the head of the same topic, decodes with the same decoder, and keeps a count per source in a Table.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import dataclasses
import json
import logging
import os
import pstats
import random
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import faust

from ioc.alerts.engine import Engine
from ioc.alerts.parse import parse
from ioc.catalogue import Catalogue
from ioc.events.codec import decoder
from ioc.streams import admin, run
from ioc.streams.evaluate import Evaluate
from ioc.streams.fetched import Fetched, Finish
from ioc.streams.outcome import Outcome
from ioc.streams.publish import Publisher, Record
from ioc.streams.rulebook import EngineRules
from ioc.streams.topics import input_topic, partition_of, table
from ioc.streams.watchdog import Watchdog

ROOT = Path(__file__).resolve().parents[1]
TARGET, FLOOR = 50_000, 30_000
START = 1_750_000_000_000
QUANTITIES = (("pm25", "ug/m3", 40.0), ("pm10", "ug/m3", 90.0), ("no2", "ug/m3", 60.0), ("temperature", "Cel", 30.0))


def main() -> int:
    """Exit code 1 below the floor."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--sources", type=int, default=20_000)
    parser.add_argument("--partitions", type=int, default=12)
    parser.add_argument("--poll", type=int, default=run.Config.poll_records, help="records in a chunk, at most")
    parser.add_argument("--stock", type=int, default=10_000, help="events for stock Faust; 0 leaves it out")
    parser.add_argument("--runs", type=int, default=3, help="the median counts")
    parser.add_argument("--profile", action="store_true", help="cProfile of the worker, to stderr")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--as", dest="role", choices=["worker", "stock"], help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.role == "worker":
        return worker(asked)
    if asked.role == "stock":
        return stock(asked)
    bootstrap = os.environ.get("IOC_KAFKA", "")
    if not bootstrap:
        sys.exit('IOC_KAFKA is not set: scripts/services up kafka, then eval "$(scripts/services env)"')
    return measure(asked, bootstrap)


def measure(asked: argparse.Namespace, bootstrap: str) -> int:
    """Fill the topic, let both read it, tell."""
    runs: list[dict[str, Any]] = []
    peer: dict[str, Any] | None = None
    size = 0
    for nth in range(asked.runs):
        # Each run has a log of its own: in another's it would find its states already made.
        name = f"b{os.getpid()}-{nth}."
        rows = [dataclasses.replace(row, name=name + row.name) for row in table(asked.partitions)]
        admin.ensure(bootstrap, rows)
        try:
            size = asyncio.run(fill(bootstrap, name, asked))
            runs.append(child("worker", bootstrap, name))
            if asked.stock and peer is None:
                peer = child("stock", bootstrap, name)
        finally:
            admin.delete(bootstrap, [row.name for row in rows])
    runs.sort(key=lambda run: float(run["per_second"]))
    median = runs[len(runs) // 2]
    told = {
        "bench": "worker",
        "events": asked.events,
        "sources": asked.sources,
        "partitions": asked.partitions,
        "event_bytes": size,
        "worker": median,
        "all_runs": [run["per_second"] for run in runs],
        "stock_faust": peer,
        "target": TARGET,
        "floor": FLOOR,
        "load_average": os.getloadavg()[0],
    }
    if asked.json:
        print(json.dumps(told))
    else:
        print(
            f"worker: {median['per_second']:,} events/s (runs {told['all_runs']}), {median['cpu_us']} µs of CPU an event"
        )
        print(
            f"        {asked.sources:,} sources, {size} B an event, {median['states']:.2f} states and "
            f"{median['transitions']} transitions for {asked.events:,} events; load average {told['load_average']:.1f}"
        )
        if peer:
            print(f"stock Faust with its Table: {peer['per_second']:,} events/s")
    return 0 if int(median["per_second"]) >= FLOOR else 1


def child(role: str, bootstrap: str, name: str) -> dict[str, Any]:
    """One measurement in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--as", role, *sys.argv[1:]],
        env={**os.environ, "IOC_KAFKA": bootstrap, "IOC_KAFKA_NAMESPACE": name},
        stdout=subprocess.PIPE,
        check=True,
        timeout=300,
    )
    found: dict[str, Any] = json.loads(done.stdout[done.stdout.index(b"{") :])
    return found


async def fill(bootstrap: str, name: str, asked: argparse.Namespace) -> int:
    """Events of all sources in turn, their values near and sometimes over a level; the size of one, bytes."""
    random_ = random.Random(1)
    topic = f"{name}ioc.environment"
    sources = [f"station:{number:05}" for number in range(asked.sources)]
    parts = [partition_of(source, asked.partitions) for source in sources]
    sizes = 0
    async with Publisher(bootstrap, asked.partitions) as publisher:
        batch: defaultdict[int, list[Record]] = defaultdict(list)
        for number in range(asked.events):
            # A round over all sources takes a minute of event time.
            nth = random_.randrange(asked.sources)
            quantity, unit, usual = QUANTITIES[nth % len(QUANTITIES)]
            at = START + number * 60_000 // asked.sources
            value = usual * (4.0 if nth % 100 == 0 else random_.uniform(0.5, 1.5))  # one station in a hundred alerts
            raw = event(number, sources[nth], (quantity, unit, value), at)
            sizes += len(raw)
            batch[parts[nth]].append(Record(sources[nth].encode(), raw, headers(number, sources[nth], at)))
            if number % 50_000 == 49_999 or number == asked.events - 1:
                await asyncio.gather(*(publisher.send_batch(topic, part, rows) for part, rows in batch.items()))
                batch.clear()
    return int(sizes // asked.events)


def event(number: int, source: str, said: tuple[str, str, float], at: int) -> bytes:
    """Canonical bytes, written by hand: a million models would take longer to make than to judge."""
    quantity, unit, value = said
    seconds, ms = divmod(at, 1000)
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{ms:03}Z"
    identity = f"{number * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF:016x}{number:016x}"
    return (
        f'{{"id":"{identity}","feed":"b","source":"{source}","observed_at":"{stamp}","received_at":"{stamp}",'
        f'"value":{value:.3f},"location":{{"lat":21.59,"lon":105.83,"commune":"05443"}},'
        f'"type":"environment","quantity":"{quantity}","unit":"{unit}"}}'
    ).encode()


def headers(number: int, source: str, at: int) -> list[tuple[str, bytes]]:
    """CloudEvents, as every event of ours has them."""
    return [
        ("ce_specversion", b"1.0"),
        ("ce_id", f"{number:032x}".encode()),
        ("ce_source", source.encode()),
        ("ce_type", b"vn.thainguyen.ioc.environment"),
        ("ce_time", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at // 1000)).encode()),
        ("content-type", b"application/json"),
    ]


def worker(asked: argparse.Namespace) -> int:
    """The product's role, with a stop watch around it."""
    rules = parse({path.name: path.read_text("utf-8") for path in (ROOT / "config" / "rules").glob("*.yaml")})
    counted = {"events": 0, "states": 0, "transitions": 0, "chunks": 0}
    began = cpu = 0.0
    profile = cProfile.Profile() if asked.profile else None

    class Timed(Evaluate):
        async def handle(self, fetched: Fetched) -> Finish | None:
            nonlocal began, cpu
            # Loading and the first chunk are the start, not the pace.
            if self._held and not began:
                began, cpu = time.perf_counter(), time.process_time()
                counted.update(dict.fromkeys(counted, 0))
                if profile:
                    profile.enable()
            return await super().handle(fetched)

        def _count(self, outcome: Outcome) -> None:
            super()._count(outcome)
            counted["chunks"] += 1
            counted["events"] += sum(outcome.fates.values())
            counted["states"] += len(outcome.dirty)
            counted["transitions"] += len(outcome.transitions)

    class Counting(Watchdog):
        seen = 0

        def progress(self, topic: str, partition: int, offset: int) -> None:
            super().progress(topic, partition, offset)
            if counted["events"] >= asked.events * 0.9:
                finish()

    def finish() -> None:
        seconds, used = time.perf_counter() - began, time.process_time() - cpu
        if profile:
            profile.disable()
            pstats.Stats(profile, stream=sys.stderr).sort_stats("tottime").print_stats(30)
        told = {
            "per_second": round(counted["events"] / seconds),
            "cpu_us": round(used / counted["events"] * 1e6, 1),
            "states": round(counted["states"] / counted["events"], 3),
            "transitions": counted["transitions"],
            "chunks": counted["chunks"],
        }
        print(json.dumps(told), flush=True)
        os._exit(0)

    for name, timed in (("Evaluate", Timed), ("Watchdog", Counting)):
        setattr(run, name, timed)
    logging.basicConfig(level=logging.WARNING)
    config = run.Config(
        bootstrap=os.environ["IOC_KAFKA"],
        data=Path(tempfile.mkdtemp()),
        partitions=asked.partitions,
        poll_records=asked.poll,
    )
    return run.evaluate(config, {"environment": EngineRules(Engine(rules, Catalogue(), "environment"))})


def stock(asked: argparse.Namespace) -> int:
    """Faust as it comes: one message at a time, a Table with its changelog."""
    peer = faust.App(
        f"stock{os.getpid()}",
        broker=f"kafka://{os.environ['IOC_KAFKA']}",
        store="memory://",
        datadir=tempfile.mkdtemp(),
        topic_partitions=asked.partitions,
        topic_replication_factor=1,
        topic_disable_leader=True,
        web_enabled=False,
        consumer_auto_offset_reset="earliest",
    )
    counts = peer.Table("counts", default=int, partitions=asked.partitions)
    channel = peer.topic(input_topic("environment"), key_serializer="raw", value_serializer="raw")
    decode = decoder("environment")
    state = {"events": 0, "began": 0.0}

    async def agent(stream: Any) -> None:
        async for value in stream:
            if not state["began"]:
                state["began"] = time.perf_counter()
            counts[decode(value).source] += 1
            state["events"] += 1
            if state["events"] >= asked.stock:
                seconds = time.perf_counter() - state["began"]
                print(json.dumps({"per_second": round(asked.stock / seconds), "events": asked.stock}), flush=True)
                os._exit(0)

    peer.agent(channel)(agent)
    made: Any = faust.Worker(peer, quiet=True, override_logging=False, redirect_stdouts=False)
    made.execute_from_commandline()
    return 1


if __name__ == "__main__":
    sys.exit(main())
