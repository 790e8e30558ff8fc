"""Real child processes: small Python programs that say they are ready, end, or hang."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from ioc.errors import Permanent
from ioc.supervise import Child, Supervisor

SERVES = "from ioc.supervise import attach, tell_ready; attach(); tell_ready(); import time; time.sleep(600)"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SERVES
ENDS = "import sys; print('the reason'); sys.exit({code})"
ONCE = (
    "import os, sys; from ioc.supervise import tell_ready; "
    "first = not os.path.exists({flag!r}); open({flag!r}, 'a').write('x'); "
    "tell_ready(); sys.exit({code}) if first else __import__('time').sleep(600)"
)

Said = list[tuple[str, dict[str, object]]]


def program(text: str, name: str = "child", **more: object) -> Child:
    return Child(name, [sys.executable, "-c", text], **more)  # type: ignore[arg-type]  # only known fields are given


@pytest.fixture
def said() -> Said:
    return []


@pytest.fixture
def supervisor(said: Said) -> Iterator[Supervisor]:
    made = Supervisor(lambda key, values: said.append((key, values)))
    yield made
    if not made._stopping:
        made.stop()


def running(supervisor: Supervisor) -> threading.Thread:
    thread = threading.Thread(target=supervisor.run)
    thread.start()
    return thread


def test_a_child_is_ready_when_it_says_so_and_gone_after_stop(supervisor: Supervisor) -> None:
    child = program(SERVES)
    supervisor.start(child, wait_s=20)
    assert child.process is not None
    pid = child.process.pid

    supervisor.stop()

    assert not psutil.pid_exists(pid)


def test_a_deaf_child_is_killed_within_five_seconds(supervisor: Supervisor) -> None:
    child = program(DEAF)
    supervisor.start(child, wait_s=20)
    began = time.monotonic()

    supervisor.stop()

    assert child.process is not None
    assert child.process.returncode == -signal.SIGKILL
    assert time.monotonic() - began < 5


def test_the_broker_ends_after_the_others(supervisor: Supervisor, tmp_path: Path) -> None:
    order = tmp_path / "order"
    tells = (
        "import signal, sys; "
        "signal.signal(signal.SIGTERM, lambda *_: (open({path!r}, 'a').write({name!r}), sys.exit(0))); "
    )
    broker = program(tells.format(path=str(order), name="broker ") + SERVES, last=True)
    worker = program(tells.format(path=str(order), name="worker ") + SERVES)
    supervisor.start(broker, wait_s=20)
    supervisor.start(worker, wait_s=20)

    supervisor.stop()

    assert order.read_text() == "worker broker "


def test_a_child_that_ends_before_it_is_ready_gives_its_last_line(supervisor: Supervisor, tmp_path: Path) -> None:
    with pytest.raises(Permanent) as caught:
        supervisor.start(program(ENDS.format(code=3), log=tmp_path / "log"), wait_s=20)

    assert caught.value.code == "child_ended"
    assert caught.value.values["why"] == "the reason"


@pytest.mark.parametrize("code", [70, 3], ids=["exit 70 is restarted", "any other exit is restarted once"])
def test_an_ended_child_comes_back(supervisor: Supervisor, said: Said, tmp_path: Path, code: int) -> None:
    child = program(ONCE.format(flag=str(tmp_path / "flag"), code=code))
    supervisor.start(child, wait_s=20)
    thread = running(supervisor)
    end = time.monotonic() + 20
    while not said and time.monotonic() < end:
        thread.join(0.05)
    while (child.due is not None or not child.ready.is_set()) and time.monotonic() < end:
        thread.join(0.05)
    supervisor.request_stop()
    thread.join()

    assert [key for key, _ in said] == ["up.child_restarts"]
    assert child.process is not None
    assert child.process.poll() is None


def test_the_same_failure_twice_in_a_minute_ends_everything(supervisor: Supervisor, said: Said) -> None:
    supervisor.start(program(ENDS.format(code=3), name="evaluate"))

    assert supervisor.run() == 1
    assert said[-1][0] == "up.child_failed"
    assert said[-1][1]["name"] == "evaluate"


def test_children_end_by_themselves_when_the_parent_is_killed() -> None:
    parent = (
        "import sys, threading; from ioc.supervise import Child, Supervisor; s = Supervisor(lambda *a: None); "
        f"c = Child('c', [sys.executable, '-c', {SERVES!r}]); s.start(c, wait_s=20); "
        "print(c.process.pid, flush=True); threading.Event().wait()"
    )
    with subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        child = psutil.Process(int(process.stdout.readline()))
        os.kill(process.pid, signal.SIGKILL)
        process.wait()

        gone, _ = psutil.wait_procs([child], timeout=8)

    assert gone
