"""Nothing lost, nothing twice, and faster than every Python peer."""

import subprocess
import sys
from collections.abc import Sequence

from shows.point import ROOT, Point, Shown, command, last_json, passing

FAULTS = {
    "R1": "workers and desk killed, one worker and two",
    "R2": "workers restarted one after the other",
    "R3": "a worker lost, its partitions elsewhere within 20 s",
    "R4": "poison records of every shape",
    "R5": "a flood from one integrator trips that source only",
    "R6": "broker killed and started again",
    "R7": "broker frozen; workers frozen past the session and woken",
    "R8": "a send refused now and then",
    "R18": "a slow rule on one topic",
    "R19": "retention overrun is counted and said",
    "R21": "workers made more and fewer",
    "R22": "partitions raised",
}
WORLDS = 1_000
"""A minute, of which each world holds some six crashes, freezes or rebalances."""


def points(*, long: bool) -> Sequence[Point]:
    """The list in the order of the issue; the long form of a fault where it is asked for."""
    form = ("--long",) if long else ()
    return [
        _program("throughput beside every peer, at 200 and 20,000 keys", "bench/peers/run.py", "--json"),
        _program("latency, acknowledged event to readable alert, Tansu and Kafka", "bench/latency.py", "--json"),
        _program("CPU a million events: 1 to 4 partitions, 200 to 100,000 sources", "bench/scaling.py", "--json"),
        _program("restart with 1,000,000 states", "bench/restart.py", "--json"),
        _program("memory and descriptors over 30 minutes at 10,000 events/s", "bench/soak.py", "--json"),
        *(_fault(name, words, form) for name, words in FAULTS.items()),
        passing("R20 rules reloaded under load", "tests/faults/test_reload.py"),
        passing("R23 Faust's known faults in the installed version", "tests/faults/test_faust.py"),
        *([_fault("R24", "eight hours of faults", form)] if long else []),
        passing(
            "two hops and correlate killed at every point",
            "tests/faults/test_hops.py",
            "tests/faults/test_kill_correlate.py",
        ),
        command(
            "mistakes in delivery each turn a fault test red",
            [sys.executable, "scripts/long", "delivery-mutations"],
            "every mistake is found",
            lambda said, code: (f"{said.count('pass  ')} found, {said.count('FAIL  ')} live on", code == 0),
        ),
        command(
            "simulation by seeds: worlds a minute",
            [sys.executable, "-m", "tests.simulation", "--seconds", "60", "--worlds", "100000", "--jobs", "2"],
            f"no seed goes wrong, {WORLDS} worlds a minute",
            _worlds,
        ),
        passing(
            "recorded traces of a real broker replay equal in the simulated one", "tests/simulation/test_traces.py"
        ),
        _tests("metrics: lag, batch, watermark age, fates, latency, restarts", "tests/runtime/test_metrics.py"),
        _tests(
            "the monitor watches itself: history, health, the watch's own alert",
            "tests/runtime/test_history_watch.py",
            "tests/console/test_health.py",
            "tests/desk/test_watched.py",
        ),
        _tests(
            "ioc watch calls for help when desk, worker, broker and all are killed", "tests/acceptance/test_watch.py"
        ),
        _tests(
            "Kafka with SASL_SSL for every role, none without TLS", "tests/streams/test_brokers.py", "tests/settings"
        ),
        _tests("dependency audit and SBOM", "tests/scripts/test_audit.py"),
    ]


def _fault(name: str, words: str, form: Sequence[str]) -> Point:
    def judge(said: str, code: int) -> tuple[str, bool]:
        runs = [line for line in said.splitlines() if line.startswith(("pass ", "FAIL ", "skip "))]
        failed = [line[:300] for line in runs if not line.startswith("pass ")]
        figure = "; ".join(failed) or f"{len(runs)} runs"
        return figure if runs else said.strip()[-200:], code == 0 and bool(runs) and not failed

    return command(f"{name} {words}", [sys.executable, "-m", "tests.faults", name, *form], "every run holds", judge)


def _worlds(said: str, code: int) -> tuple[str, bool]:
    last = said.strip().splitlines()[-1] if said.strip() else "-"
    pace = int(last.partition("per_minute=")[2].split()[0]) if "per_minute=" in last else 0
    return last[:200], code == 0 and pace >= WORLDS


def _program(title: str, path: str, *arguments: str) -> Point:
    """A program of bench/ that ends with 0 where its own targets hold."""

    def run() -> Shown:
        if not (ROOT / path).exists():
            return Shown(f"not built: there is no {path}", "its targets hold", passed=False)
        done = subprocess.run([sys.executable, path, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
        try:
            figure = str(last_json(done.stdout))[:300]
        except ValueError:
            figure = (done.stderr or done.stdout).strip()[-200:]
        return Shown(figure, "its targets hold", done.returncode == 0)

    return Point(title, run)


def _tests(title: str, *paths: str) -> Point:
    """Tests that may not be there yet."""
    missing = [path for path in paths if not (ROOT / path).exists()]
    if not missing:
        return passing(title, *paths)
    return Point(title, lambda: Shown(f"not built: there is no {', '.join(missing)}", "all pass", passed=False))
