"""The spine: from real feeds to a duty officer's screen."""

import os
import subprocess
import sys
from collections.abc import Sequence

from shows.point import ROOT, Point, Shown, command, last_json, passing

FLOOR = 30_000
TARGET = 50_000


def points(*, long: bool) -> Sequence[Point]:
    """The list in the order of the issue's parts."""
    return [
        command(
            "static checks",
            [sys.executable, "scripts/check"],
            "every check ok",
            lambda said, code: (f"{said.count('ok ')} checks ok, {said.count('FAILED ')} failed", code == 0),
        ),
        passing("1 the models and the derived Structs accept the same bytes", "tests/laws", "tests/events"),
        passing("1 every pitfall of the formats is a golden case", "tests/adapters/test_golden.py"),
        passing("1 every file of the formats goes through, counted independently", "tests/adapters/test_real_files.py"),
        passing("1 garbage has its fate and its sentence", "tests/acceptance/test_convert_garbage.py"),
        passing("1 ioc convert: exit codes, rejects, summary", "tests/acceptance/test_convert.py"),
        passing("2 the engine against a naive oracle", "tests/alerts"),
        passing("2 stream contract on Tansu and Kafka", "tests/streams"),
        passing("2 kill test, short form, on Tansu and Kafka", "tests/faults"),
        *([_long("kill")] if long else []),
        Point("2 one worker, 20,000 sources, shipped rules, real Kafka", _worker),
        passing("3 history: SQLite and InfluxDB behind one port", "tests/sinks"),
        passing("3 desk: applied once, accepted, told at least once", "tests/desk"),
        passing("3 console in HTTP and in Chromium", "tests/console"),
        passing("3 gateway: the fate of every record", "tests/gateway"),
        passing(
            "3 quiet day: near misses, none fires, each rule fires when tightened", "tests/embedded/test_quiet_day.py"
        ),
        passing("3 ioc up: ready, events, alert, Ctrl-C, refusals", "tests/acceptance/test_up.py"),
        passing("4 golden lists made again by the naive scripts", "tests/acceptance/test_golden.py"),
        passing("4 replay against the golden lists", "tests/acceptance", "-k", "replay"),
        *([_long("replay")] if long else []),
    ]


def _worker() -> Shown:
    """Events a second of one worker beside stock Faust in the same run."""
    env = {**os.environ, "IOC_KAFKA": os.environ.get("IOC_KAFKA", "127.0.0.1:19092")}
    done = subprocess.run(
        [sys.executable, "bench/worker.py", "--json"], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    found = last_json(done.stdout)
    rate, stock = found["worker"]["per_second"], (found["stock_faust"] or {}).get("per_second", 0)
    figure = f"{rate:,} events/s (runs {found['all_runs']}), stock Faust {stock:,}"
    return Shown(figure, f"target {TARGET:,}, floor {FLOOR:,} events/s", done.returncode == 0)


def _long(name: str) -> Point:
    return command(
        f"long form of {name}",
        [sys.executable, "scripts/long", name],
        "every run passes",
        lambda said, code: (said.strip().splitlines()[-1][:200] if said.strip() else "-", code == 0),
    )
