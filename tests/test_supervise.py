"""Real child processes: small Python programs that say they are ready, end, or hang."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from ioc import supervise
from ioc.errors import Permanent
from ioc.supervise import Child, Stopped, Supervisor, last_line

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
    made.stop()


@contextlib.contextmanager
def watched(supervisor: Supervisor) -> Iterator[None]:
    """While inside, the supervisor runs."""
    thread = threading.Thread(target=supervisor.run)
    thread.start()
    try:
        yield
    finally:
        supervisor.request_stop()
        thread.join()


def heard(said: Said, key: str, times: int = 1, seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while sum(one == key for one, _ in said) < times:
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


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
    broker = program(tells.format(path=str(order), name="broker ") + SERVES, base=True)
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

    with watched(supervisor):
        assert heard(said, "up.child_back")

    assert [key for key, _ in said] == ["up.child_restarts", "up.child_back"]
    assert child.process is not None
    assert child.process.poll() is None


def test_exit_70_is_never_given_up_and_never_tried_faster_than_the_back_off(
    supervisor: Supervisor, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervise, "BACK_OFF_S", (0.01, 0.02))
    supervisor.start(program(ENDS.format(code=70), name="evaluate"))

    with watched(supervisor):
        assert heard(said, "up.child_restarts", times=4)

    assert [key for key, _ in said[:4]] == ["up.child_restarts"] * 4
    assert [values["seconds"] for _, values in said[:4]] == ["0.01", "0.02", "0.02", "0.02"]


def test_when_the_base_ends_all_others_end_and_start_again_after_it(
    supervisor: Supervisor, said: Said, tmp_path: Path
) -> None:
    order = tmp_path / "order"
    tells = "open({path!r}, 'a').write({name!r}); "
    base = program(tells.format(path=str(order), name="base ") + SERVES, name="base", base=True)
    worker = program(tells.format(path=str(order), name="worker ") + SERVES, name="worker")
    supervisor.start(base, wait_s=20)
    supervisor.start(worker, wait_s=20)
    assert base.process is not None
    assert worker.process is not None
    first = worker.process

    with watched(supervisor):
        base.process.kill()
        assert heard(said, "up.child_back", times=2)

    assert first.returncode == -signal.SIGTERM
    assert order.read_text() == "base worker base worker "
    assert said[0] == ("up.base_restarts", {"name": "base", "status": "SIGKILL", "seconds": "0.5", "why": "-"})
    assert [values["name"] for key, values in said if key == "up.child_back"] == ["base", "worker"]


def test_a_restarted_child_that_hangs_is_killed_and_started_again(
    supervisor: Supervisor, said: Said, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervise, "SLOW_S", 0.2)
    flag = str(tmp_path / "flag")
    text = f"import os, sys, time; sys.exit(70) if not os.path.exists({flag!r}) else time.sleep(600)"
    child = program(text)
    supervisor.start(child)

    with watched(supervisor):
        assert heard(said, "up.child_restarts")
        (tmp_path / "flag").touch()
        assert heard(said, "up.child_hangs")


def test_a_child_that_ends_while_another_starts_is_told_at_once(supervisor: Supervisor, tmp_path: Path) -> None:
    slow = program("import time; time.sleep(600)", name="slow")
    broken = program(ENDS.format(code=3), name="broken", log=tmp_path / "log")
    supervisor.start(slow)
    supervisor.start(broken)

    with pytest.raises(Permanent) as caught:
        supervisor.wait_ready([slow, broken], 30)

    assert (caught.value.code, caught.value.values["name"]) == ("child_ended", "broken")


def test_a_child_that_is_never_ready_is_named(supervisor: Supervisor) -> None:
    with pytest.raises(Permanent) as caught:
        supervisor.start(program("import time; time.sleep(600)", name="slow"), wait_s=0.2)

    assert (caught.value.code, caught.value.values["name"]) == ("child_slow", "slow")


def test_a_worker_that_asks_for_a_restart_while_all_starts_gets_it(
    supervisor: Supervisor, said: Said, tmp_path: Path
) -> None:
    flag = str(tmp_path / "flag")
    once = f"import os, sys; there = os.path.exists({flag!r}); open({flag!r}, 'a'); there or sys.exit(70); "

    supervisor.start(program(once + SERVES), wait_s=20)

    assert said[0][0] == "up.child_restarts"


def test_a_stop_during_the_start_is_no_error(supervisor: Supervisor) -> None:
    threading.Timer(0.2, supervisor.request_stop).start()

    with pytest.raises(Stopped):
        supervisor.start(program("import time; time.sleep(600)"), wait_s=60)

    supervisor.stop()
    with pytest.raises(Stopped):
        supervisor.start(program(SERVES))


def test_a_signal_handler_may_ask_to_stop_between_any_two_lines(supervisor: Supervisor) -> None:
    """A lock that the interrupted thread holds itself (as threading.Event's may be) would hang here."""

    asked = 0

    def interrupt(*_: object) -> Any:
        nonlocal asked
        asked += 1
        if asked <= 100:
            supervisor.request_stop()
        return interrupt

    def rest() -> None:
        sys.settrace(interrupt)
        supervisor._rest(0.0)
        sys.settrace(None)

    thread = threading.Thread(target=rest, daemon=True)
    thread.start()
    thread.join(10)

    assert not thread.is_alive()


def test_no_descriptor_is_left_open(said: Said, tmp_path: Path) -> None:
    before = psutil.Process().num_fds()
    supervisor = Supervisor(lambda key, values: said.append((key, values)))
    supervisor.start(program(SERVES, log=tmp_path / "log"), wait_s=20)
    with pytest.raises(FileNotFoundError):
        supervisor.start(Child("absent", [str(tmp_path / "absent")]))
    supervisor._children.pop()
    supervisor.stop()

    assert psutil.Process().num_fds() == before


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("one\ntwo\n", "two"),
        ("2026-11-22 17:24:02,237 ERROR ioc.sinks: disk full\n2026-11-22 17:24:02,238 INFO ioc: bye\n", "disk full"),
        ("  + Exception Group Traceback\n    | ValueError: no\n    +------------------------------------\n", "ValueError: no"),
        ("", "-"),
    ],
    ids=["the last one", "without time and logger, no mere information", "no ruler of a group's traceback", "none"],
)  # fmt: skip
def test_the_last_telling_line(tmp_path: Path, text: str, line: str) -> None:
    log = tmp_path / "log"
    log.write_text("of an earlier process\n" + text)

    assert last_line(log, len("of an earlier process\n")) == line


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
