"""`ioc watch` beside a real monitor of which one part after the other is frozen, and at last everything killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import pytest

from ioc.cli.place import free_port
from tests.acceptance.test_up import Running, up

EVERY_S = 6
"""Instead of a minute; what is left to the machine for an answer is half of it."""
PATIENCE_S = 90.0


class Told(ThreadingHTTPServer):
    """Where calls for help arrive: a telephone's stand-in that speaks HTTP."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Post)
        self.titles: list[str] = []
        self.news = threading.Condition()

    def wait(self, title: str, after: int) -> bool:
        """Whether it was told after so many messages, in time."""
        with self.news:
            return self.news.wait_for(lambda: title in self.titles[after:], PATIENCE_S)


class _Post(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        told = self.server
        assert isinstance(told, Told)
        title = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["title"]
        self.send_response(200)
        self.end_headers()
        with told.news:
            told.titles.append(title)
            told.news.notify_all()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def listening() -> Iterator[Told]:
    with Told() as told:
        thread = threading.Thread(target=told.serve_forever)
        thread.start()
        try:
            yield told
        finally:
            told.shutdown()
            thread.join()


def secret(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return path


def part(running: Running, name: str) -> psutil.Process:
    """A role by its name; the broker's own program behind role broker."""
    if name == "broker":
        return next(one for one in running.family() if "tansu" in one.name())
    return next(one for one in running.family() if one.cmdline()[-2:] == ["child", name])


def answered(watching: subprocess.Popen[str]) -> None:
    """Read what it says until a beat was answered."""
    assert watching.stdout is not None
    for line in watching.stdout:
        if "Answered" in line:
            return
    raise AssertionError("ioc watch has ended")


@pytest.mark.slow
def test_desk_worker_broker_and_everything_dead_are_each_announced_and_taken_back(tmp_path: Path) -> None:
    shared, port = secret(tmp_path / "secret", "shared by the two"), free_port()
    given = {
        "IOC_WATCH_URL": f"http://127.0.0.1:{port}/",
        "IOC_WATCH_SECRET_FILE": str(shared),
        "IOC_WATCH_ALLOW_PRIVATE": "true",
    }
    data = tmp_path / "data"
    with listening() as told, up(data, "--no-demo", env=given) as running:
        made = subprocess.run(
            [sys.executable, "-m", "ioc", "feeds", "key", "watch", "--data", str(data)],
            capture_output=True,
            text=True,
            check=True,
        )
        key = secret(tmp_path / "key", next(word for word in made.stdout.split() if word.startswith("ioc_")))
        ways = secret(tmp_path / "ways", f"# whom to call\njson://127.0.0.1:{told.server_port}/\n")
        command = [
            *(sys.executable, "-m", "ioc", "watch", f"http://127.0.0.1:{running.port + 1}", "--every", str(EVERY_S)),
            *("--key", str(key), "--secret", str(shared), "--notify", str(ways), "--listen", f"127.0.0.1:{port}"),
        ]
        environment = {**os.environ, "IOC_LANG": "en", "PYTHONUNBUFFERED": "1"}
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as watching:
            try:
                answered(watching)
                for name in ("console", "evaluate", "broker"):
                    frozen, before = part(running, name), len(told.titles)
                    frozen.suspend()
                    assert told.wait("IOC DOES NOT ANSWER", before), f"{name} was frozen and nobody was told"
                    frozen.resume()
                    assert told.wait("IOC is back", before), f"{name} went on and nobody was told"
                before = len(told.titles)
                for process in [*running.family(), psutil.Process(running.process.pid)]:
                    process.send_signal(signal.SIGKILL)
                assert told.wait("IOC DOES NOT ANSWER", before), "everything was killed and nobody was told"
            finally:
                watching.terminate()
