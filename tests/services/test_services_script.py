"""The command `scripts/services` as a person and a shell use it."""

import os
import re
import shlex
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "services"
NAMES = ["kafka", "chromium", "influxdb", "postgres", "mosquitto", "influxdb1", "grafana_packages"]


def call(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, **environment},
    )


def test_status_names_every_service_and_the_folder_of_all(tmp_path: Path) -> None:
    done = call("status", IOC_SERVICES_DIR=str(tmp_path / "new"))
    lines = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert lines[0] == f"folder: {tmp_path / 'new'}"
    assert [line.split()[:2] for line in lines[1:]] == [[name, "down"] for name in NAMES]


def test_status_of_a_named_service_that_is_down_fails(tmp_path: Path) -> None:
    assert call("status", "kafka", IOC_SERVICES_DIR=str(tmp_path)).returncode == 1


def test_env_says_nothing_of_services_that_are_down(tmp_path: Path) -> None:
    done = call("env", IOC_SERVICES_DIR=str(tmp_path))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_down_of_what_is_not_up_is_no_error(tmp_path: Path) -> None:
    done = call("down", IOC_SERVICES_DIR=str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")


def test_what_it_keeps_is_its_owners_alone(tmp_path: Path) -> None:
    call("status", IOC_SERVICES_DIR=str(tmp_path / "kept"))
    assert stat.S_IMODE((tmp_path / "kept").stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["up", "zookeeper"], "there is no service zookeeper", id="an unknown service"),
        pytest.param(["begin"], "invalid choice: 'begin'", id="an unknown command"),
        pytest.param([], "required: command", id="no command"),
    ],
)
def test_a_mistaken_command_line_is_answered_in_words(arguments: list[str], words: str) -> None:
    done = call(*arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = call("up", "kafka", IOC_SERVICES_DIR=str(tmp_path / "file" / "below"))
    assert done.returncode == 1
    assert re.search(r"FAILED: Cannot make .*; name a writable folder with IOC_SERVICES_DIR\.\n$", done.stdout)
    assert done.stderr == ""


def test_a_missing_program_is_asked_for_by_its_package(tmp_path: Path) -> None:
    done = call("up", "chromium", IOC_SERVICES_DIR=str(tmp_path / "kept"), PATH=str(tmp_path))
    assert done.returncode == 1
    assert re.search(r"FAILED: Missing: the program chromium; .*chromium", done.stdout)
    assert done.stderr == ""


@pytest.mark.services
def test_a_second_up_finds_it_up(kafka_broker: str) -> None:
    if os.environ.get("IOC_KAFKA"):
        pytest.skip("IOC_KAFKA names a Kafka that this script does not hold")
    before = call("status", "kafka")
    done = call("up", "kafka")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(
        rf"kafka +\d+\.\d s  is up: IOC_KAFKA={kafka_broker} IOC_GUARDED_KAFKA=\S+ IOC_GUARDED_KAFKA_CA=\S+\n",
        done.stdout,
    )
    assert call("status", "kafka").stdout == before.stdout


@pytest.mark.services
def test_env_is_read_by_a_shell(kafka_broker: str) -> None:
    if os.environ.get("IOC_KAFKA"):
        pytest.skip("IOC_KAFKA names a Kafka that this script does not hold")
    line = f'eval "$({shlex.quote(sys.executable)} {shlex.quote(str(SCRIPT))} env kafka)" && printf %s "$IOC_KAFKA"'
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=True)
    assert done.stdout == kafka_broker


@pytest.mark.services
def test_two_runs_at_once_agree(kafka_broker: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: call("up", "kafka", "chromium"), range(2)))
    assert [done.returncode for done in both] == [0, 0]
    assert all("FAILED" not in done.stdout for done in both)
