from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ioc.embedded.broker import Broker, answers, taken
from ioc.errors import Permanent
from ioc.words import say


def gone(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z"


def wait_for(condition: object, seconds: float = 10.0) -> bool:
    assert callable(condition)
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if condition():
            return True
        time.sleep(0.01)
    return False


def test_it_answers_on_a_free_port_and_is_gone_after_stop(tmp_path: Path) -> None:
    broker = Broker(log=tmp_path / "broker.log")
    broker.start()

    pid = broker.pid
    assert pid
    assert answers(broker.port)
    assert "listening" in (tmp_path / "broker.log").read_text()

    broker.stop()

    assert gone(pid)
    assert not taken(broker.port)


def test_two_starts_are_two_clusters() -> None:
    with Broker() as first, Broker() as second:
        assert first.cluster_id != second.cluster_id
        assert first.port != second.port


def test_a_taken_port_is_said_in_one_sentence() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()

        with pytest.raises(Permanent) as refused:
            Broker(port=other.getsockname()[1]).start()

    assert refused.value.code == "port_taken"
    assert str(refused.value.values["port"]) in say(refused.value.key, "vi", **refused.value.values)


def test_a_port_where_something_else_listens_does_not_answer() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        assert not answers(other.getsockname()[1], seconds=0.2)


def test_a_program_that_ends_at_once_is_said_with_its_exit_code(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "tansu"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setenv("CALF_TANSU_BIN", str(broken))

    with pytest.raises(Permanent) as refused:
        Broker(port=0).start()

    assert refused.value.code == "broker_failed"
    assert refused.value.values["exit_code"] == 3
    assert "3" in say(refused.value.key, "en", **refused.value.values)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_it_ends_when_its_parent_is_killed() -> None:
    program = (
        "from ioc.embedded.broker import Broker\nimport time\n"
        "b = Broker()\nb.start()\nprint(b.pid, b.port, flush=True)\ntime.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    with parent.stdout:
        pid, port = (int(word) for word in parent.stdout.readline().split())
    assert not gone(pid)

    parent.send_signal(signal.SIGKILL)
    parent.wait()

    assert wait_for(lambda: gone(pid))
    assert wait_for(lambda: not taken(port))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_leash_of_other_systems_ends_the_program_with_its_parent(tmp_path: Path) -> None:
    leash = Path(__file__).parents[2] / "ioc" / "embedded" / "leash.py"
    note = tmp_path / "pid"
    program = tmp_path / "program.py"
    program.write_text(f"import os, time\nopen({str(note)!r}, 'w').write(str(os.getpid()))\ntime.sleep(60)\n")
    watcher = tmp_path / "watcher.py"
    watcher.write_text(
        f"import sys\nsys.path.insert(0, {str(leash.parent)!r})\nimport leash\n"
        "sys.exit(leash.watch(int(sys.argv[1]), sys.argv[2:]))\n"
    )
    middle = tmp_path / "middle.py"
    middle.write_text(
        "import os, subprocess, sys, time\n"
        f"subprocess.Popen([sys.executable, {str(watcher)!r}, str(os.getpid()), sys.executable, {str(program)!r}])\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, str(middle)])
    assert wait_for(lambda: note.exists() and note.read_text())
    pid = int(note.read_text())
    assert not gone(pid)

    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()

    assert wait_for(lambda: gone(pid))
