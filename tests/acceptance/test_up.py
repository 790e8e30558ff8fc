"""`ioc up` as a person meets it: the ready line, events on the wall, an alert in time, Ctrl-C; and what it refuses."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest

from ioc.alerts.alert import decode
from ioc.cli.up import Wish, environment, judged, settings_of
from ioc.events import DOMAINS
from ioc.settings import dump

READY_S = 120.0
"""Six processes import their libraries on what the other tests leave of two cores; an idle machine takes ten seconds."""
NOBODY = 65534
AS_NOBODY = (
    "import os, sys; import ioc.cli.app, ioc.cli.up, ioc.embedded.scenarios, ioc.words; ioc.words.texts(); "
    f"os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY}); sys.exit(ioc.cli.app.run(sys.argv[1:]))"
)


@dataclass
class Running:
    """One `ioc up`: its process, its children, the lines it said."""

    process: subprocess.Popen[str]
    port: int
    data: Path
    lines: list[str]
    ready_at: float

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def interrupt(self) -> float:
        """Ctrl-C; gives the seconds until the parent was gone."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=30)
        return time.monotonic() - began


def three_free_ports() -> int:
    for start in range(20000 + os.getpid() % 20000, 60000, 7):
        with contextlib.ExitStack() as held:
            try:
                for port in range(start, start + 3):
                    probe = held.enter_context(socket.socket())
                    probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return start
    raise AssertionError("no three free ports in a row")


def begin(data: Path, port: int, *more: str, env: Mapping[str, str] = {}) -> Running:
    process = subprocess.Popen(
        [sys.executable, "-m", "ioc", "up", "--port", str(port), "--data", str(data), *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "IOC_LANG": "en", **env},
    )
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line.rstrip())
        if line.startswith("IOC is ready"):
            return Running(process, port, data, lines, time.monotonic())
    process.wait()
    process.stdout.close()
    raise AssertionError("\n".join([*lines, *(f"{p.name}: {p.read_text()[-500:]}" for p in data.glob("logs/*.log"))]))


@contextlib.contextmanager
def up(data: Path, *more: str, env: Mapping[str, str] = {}) -> Iterator[Running]:
    running = begin(data, three_free_ports(), *more, env=env)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.interrupt()
        if running.process.stdout is not None:
            running.process.stdout.close()


def until(what: Callable[[], bool], seconds: float) -> bool:
    """Whether it came true within so many seconds."""
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def rows(path: Path, statement: str) -> list[tuple[bytes, int]]:
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as found:
        return found.execute(statement).fetchall()


def refused(*arguments: str, program: tuple[str, ...] = ("-m", "ioc")) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *program, "up", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "IOC_LANG": "en"},
    )


def page(running: Running, path: str) -> str:
    with urlopen(f"http://127.0.0.1:{running.port}{path}", timeout=10) as answer:
        text: str = answer.read().decode()
        return text


@pytest.mark.slow
def test_the_product_from_ready_to_ctrl_c(tmp_path: Path) -> None:
    with up(tmp_path / "data") as running:
        history, desk = running.data / "history.sqlite", running.data / "desk.sqlite"
        address = f"http://127.0.0.1:{running.port}/"
        assert address in running.lines[-1]

        def all_domains_have_data() -> bool:
            wall = page(running, "/wall")
            return all(f'data-domain="{domain}"' in wall for domain in DOMAINS) and "MẤT DỮ LIỆU" not in wall

        assert until(all_domains_have_data, 10 - (time.monotonic() - running.ready_at))
        assert until(lambda: bool(rows(desk, "SELECT body, stored_at FROM alerts")), 60), "the demo raised no alert"
        body, stored_at = rows(desk, "SELECT body, stored_at FROM alerts ORDER BY stored_at LIMIT 1")[0]
        alert = decode(body)
        assert stored_at - alert.clock < 5_000, "more than 5 s from the log to the desk"
        assert history.exists()
        number = re.search(r"#\d+", page(running, "/"))
        assert number is not None, "the board shows no short number"
        family = running.family()

        seconds = running.interrupt()

        gone, alive = psutil.wait_procs(family, timeout=0.5)
        assert seconds < 5
        assert not alive, alive
        assert len(gone) >= 7
        for port in range(running.port, running.port + 3):
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", port))


@pytest.mark.slow
def test_alerts_and_numbers_survive_a_restart_on_the_same_data(tmp_path: Path) -> None:
    data = tmp_path / "data"
    question = "SELECT alert_id, number FROM alerts WHERE status = 'firing' ORDER BY number"
    with up(data) as first:
        assert until(lambda: bool(rows(first.data / "desk.sqlite", question)), 60)
        second_try = refused("--data", str(data), "--port", str(three_free_ports()))
        assert second_try.returncode == 1
        assert "is used by another IOC" in second_try.stderr
        assert second_try.stderr.count("\n") == 1
    before = rows(data / "desk.sqlite", question)

    with up(data, "--no-demo") as again:
        kept = dict(rows(again.data / "desk.sqlite", "SELECT alert_id, number FROM alerts"))

    assert before
    assert {alert_id: kept.get(alert_id) for alert_id, _ in before} == dict(before)


@pytest.mark.slow
def test_when_the_brokers_program_ends_everything_starts_anew_and_alerts_go_on(tmp_path: Path) -> None:
    question = "SELECT alert_id, number FROM alerts ORDER BY number"
    with up(tmp_path / "data") as running:
        desk = running.data / "desk.sqlite"
        assert until(lambda: bool(rows(desk, question)), 60)
        before = dict(rows(desk, question))
        (broker,) = [one for one in running.family() if Path(one.name()).name.startswith("tansu")]
        others = {one.pid for one in running.family()}

        broker.kill()

        assert running.process.stdout is not None
        for line in running.process.stdout:
            running.lines.append(line.rstrip())
            if line.rstrip().endswith("feeder runs again."):
                break
        assert until(lambda: len(rows(desk, question)) > len(before), 90), "no alert came after the restart"
        after = dict(rows(desk, question))
        assert not others & {one.pid for one in running.family()}, "somebody went on with a log that is gone"

    assert any("Kafka ended (code 1); everything starts again" in line for line in running.lines)
    assert {alert_id: after.get(alert_id) for alert_id in before} == before


def test_a_stop_before_it_is_ready_leaves_nothing(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "ioc", "up", "--port", str(three_free_ports()), "--data", str(tmp_path / "data")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "IOC_LANG": "en"},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "Starting Kafka …\n"
    assert until(lambda: bool(psutil.Process(process.pid).children()), 20)
    family = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=30)

    assert (process.returncode, said) == (130, "")
    assert not psutil.wait_procs(family, timeout=5)[1]


def test_every_mistake_in_rules_is_told_before_anything_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "fire.yaml").write_text("rules:\n  - id: a\n    titel: x\n  - id: b\n    domain: sea\n")
    monkeypatch.setenv("IOC_PATHS_RULES", str(tmp_path))
    answer = refused("--port", str(three_free_ports()))

    assert (answer.returncode, answer.stdout) == (1, "")
    assert answer.stderr.count("fire.yaml, line ") == answer.stderr.count("\n") > 1


def test_a_variable_does_not_move_what_the_command_line_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOC_CONSOLE_PORT", "9")
    monkeypatch.setenv("IOC_KAFKA_BOOTSTRAP", "elsewhere:9092")
    wish = Wish(port=20100, data=tmp_path)
    path = tmp_path / "settings.toml"
    path.write_text(dump(settings_of(wish, tmp_path, 20200)), encoding="utf-8")

    settings = judged(path, environment(wish, path))

    assert (settings.console.port, settings.kafka.bootstrap) == (20100, "127.0.0.1:20200")


def test_a_taken_port_is_one_sentence() -> None:
    port = three_free_ports()
    with socket.create_server(("127.0.0.1", port + 1)):
        answer = refused("--port", str(port), "--no-demo")

    assert (answer.returncode, answer.stdout) == (1, "")
    assert answer.stderr == (f"Port {port + 1} on 127.0.0.1 is used by another program; choose another with --port.\n")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user to try")
def test_a_directory_that_may_not_be_written_is_one_sentence(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o755)
    tmp_path.chmod(0o755)
    answer = refused("--data", str(closed), "--port", str(three_free_ports()), program=("-c", AS_NOBODY))

    assert answer.returncode == 1
    assert answer.stderr == (f"{closed} cannot be written to; choose a directory that you may write to with --data.\n")


def test_an_unknown_scenario_names_the_known_ones() -> None:
    answer = refused("--scenario", "nope")

    assert answer.returncode == 1
    assert "forest-fire" in answer.stderr
