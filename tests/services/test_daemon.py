"""A service's process: started once, found again, ended; each way it can fail has its sentence."""

import os
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from service.daemon import Daemon, began, same_process
from service.place import Say, ServiceError, folder, read_state, write_state

SERVER = """
import signal, socket, sys
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    server.accept()[0].close()
"""
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + SERVER


class Echo(Daemon):
    """The smallest server there is, standing for Kafka and the others."""

    name = "echo"
    about = "a server for this test"
    ready_seconds = 10.0
    program = SERVER
    prepared = 0
    settled = 0
    refuses = False

    def install(self, say: Say) -> None: ...

    def prepare(self, say: Say) -> None:  # noqa: ARG002 - as its base class asks
        self.prepared += 1

    def command(self) -> Sequence[str]:
        return [sys.executable, "-c", self.program, str(self.port)]

    def answers(self) -> bool:
        socket.create_connection(("127.0.0.1", self.port), timeout=1.0).close()
        return True

    def settle(self, say: Say) -> None:  # noqa: ARG002 - as its base class asks
        if self.refuses:
            raise OSError("no such user")
        self.settled += 1

    def environment(self) -> dict[str, str]:
        return {"IOC_ECHO": f"127.0.0.1:{self.port}"}


@pytest.fixture
def echo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Echo]:
    monkeypatch.setenv("IOC_SERVICES_DIR", str(tmp_path / "services"))
    service = Echo()
    with socket.create_server(("127.0.0.1", 0)) as free:
        service.default_port = free.getsockname()[1]
    yield service
    service.stop(SAY)


SAY = Say("echo")


def test_it_answers_when_start_returns_and_is_gone_when_stop_returns(echo: Echo) -> None:
    assert not echo.is_up()
    echo.start(SAY)
    assert echo.is_up()
    pid = read_state("echo")["pid"]
    echo.stop(SAY)
    assert not echo.is_up()
    assert began(pid) == ""
    assert read_state("echo") == {}


def test_another_run_finds_the_same_process(echo: Echo) -> None:
    echo.start(SAY)
    other = Echo()
    assert other.is_up()
    assert other.port == echo.port


def test_the_process_is_in_a_session_of_its_own(echo: Echo) -> None:
    echo.start(SAY)
    pid = read_state("echo")["pid"]
    assert os.getsid(pid) == pid


def test_a_killed_process_is_not_up_and_starts_again(echo: Echo) -> None:
    echo.start(SAY)
    first = read_state("echo")["pid"]
    os.kill(first, signal.SIGKILL)
    os.waitpid(first, 0)
    assert not echo.is_up()
    echo.start(SAY)
    assert echo.is_up()
    assert read_state("echo")["pid"] != first


def test_another_process_with_a_remembered_number_is_left_alone(echo: Echo) -> None:
    write_state("echo", {"pid": os.getpid(), "began": "0", "port": echo.default_port, "settled": True})
    assert not same_process(read_state("echo"))
    assert not echo.is_up()
    echo.stop(SAY)  # would end this test run
    assert read_state("echo") == {}


def test_a_run_cut_short_is_finished_by_the_next(echo: Echo) -> None:
    echo.spawn()
    assert not echo.is_up()
    pid = read_state("echo")["pid"]
    echo.start(SAY)
    assert echo.is_up()
    assert (read_state("echo")["pid"], echo.prepared, echo.settled) == (pid, 0, 1)


def test_a_taken_port_is_named_with_its_remedy(echo: Echo) -> None:
    with (
        socket.create_server(("127.0.0.1", echo.default_port)),
        pytest.raises(ServiceError, match=rf"Port {echo.default_port} is taken .* IOC_SERVICES_ECHO_PORT"),
    ):
        echo.start(SAY)
    assert echo.prepared == 0


def test_a_port_may_be_given(echo: Echo, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        other = free.getsockname()[1]
    monkeypatch.setenv("IOC_SERVICES_ECHO_PORT", str(other))
    echo.start(SAY)
    monkeypatch.delenv("IOC_SERVICES_ECHO_PORT")
    assert echo.environment() == {"IOC_ECHO": f"127.0.0.1:{other}"}
    assert echo.is_up()


@pytest.mark.parametrize("given", ["", "0", "65535", "http", "-1", "１９"])
def test_a_port_that_is_none_is_refused(echo: Echo, monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("IOC_SERVICES_ECHO_PORT", given)
    with pytest.raises(ServiceError, match="IOC_SERVICES_ECHO_PORT"):
        echo.start(SAY)


def test_a_process_that_ends_while_starting_names_its_log(echo: Echo) -> None:
    echo.program = "raise SystemExit('no such option')"
    with pytest.raises(ServiceError, match=r"exit code 1 .* see .*echo\.log"):
        echo.start(SAY)
    assert "no such option" in (folder("log") / "echo.log").read_text()
    assert read_state("echo") == {}


def test_a_process_that_never_answers_is_ended(echo: Echo) -> None:
    echo.program = "import signal; signal.pause()"
    echo.ready_seconds = 0.3
    with pytest.raises(ServiceError, match="did not answer within"):
        echo.start(SAY)
    assert read_state("echo") == {}


def test_a_service_that_cannot_be_set_up_is_not_up(echo: Echo) -> None:
    echo.refuses = True
    with pytest.raises(ServiceError, match=r"could not be set up \(no such user\)"):
        echo.start(SAY)
    assert not echo.is_up()
    echo.refuses = False
    echo.start(SAY)
    assert (echo.is_up(), echo.prepared) == (True, 1)


def test_a_process_that_ignores_the_request_to_end_is_killed(
    echo: Echo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("service.daemon.STOP_SECONDS", 0.3)
    echo.program = STUBBORN
    echo.start(SAY)
    pid = read_state("echo")["pid"]
    echo.stop(SAY)
    assert began(pid) == ""
    assert "killing it" in capsys.readouterr().out
