"""A missing service skips with its reason, or fails where it is required; an address given by hand is believed."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import real_services

Failed, Skipped = pytest.fail.Exception, pytest.skip.Exception


@pytest.fixture(autouse=True)
def nothing_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for name in ("IOC_KAFKA", "IOC_INFLUXDB_TOKEN", "IOC_INFLUXDB_TOKEN_FILE", "IOC_REQUIRE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("IOC_SERVICES_DIR", str(tmp_path))
    real_services.started.cache_clear()
    yield
    real_services.started.cache_clear()


def test_a_missing_service_skips_and_says_how_to_start_it() -> None:
    with pytest.raises(Skipped, match="kafka is not up: start it with `scripts/services up kafka`"):
        real_services.variables("kafka", "IOC_KAFKA")


@pytest.mark.parametrize("required", ["services", "services,data"])
def test_a_missing_service_that_is_required_fails(monkeypatch: pytest.MonkeyPatch, required: str) -> None:
    monkeypatch.setenv("IOC_REQUIRE", required)
    with pytest.raises(Failed, match="kafka is not up"):
        real_services.variables("kafka", "IOC_KAFKA")


def test_missing_data_skip_where_only_services_are_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOC_REQUIRE", "services")
    with pytest.raises(Skipped, match="no data"):
        real_services.missing("data", "no data")
    monkeypatch.setenv("IOC_REQUIRE", "services,data")
    with pytest.raises(Failed, match="no data"):
        real_services.missing("data", "no data")


def test_a_misspelt_requirement_stops_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOC_REQUIRE", "service")
    with pytest.raises(pytest.UsageError, match="IOC_REQUIRE names service; it knows services and data"):
        real_services.required()


def test_an_address_given_by_hand_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        monkeypatch.setenv("IOC_KAFKA", address)
        known = real_services.variables("kafka", "IOC_KAFKA")
        assert real_services.listening(known["IOC_KAFKA"], "IOC_KAFKA") == address


@pytest.mark.parametrize("address", ["127.0.0.1:1", "127.0.0.1", "127.0.0.1:http"])
def test_an_address_where_nothing_answers_is_named(address: str) -> None:
    with pytest.raises(Skipped, match=f"IOC_KAFKA is {address} and nothing answers there"):
        real_services.listening(address, "IOC_KAFKA")


def test_a_secret_is_read_from_its_file_or_given(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("drawn\n")
    assert real_services.value({"TOKEN_FILE": str(file)}, "TOKEN") == "drawn"
    assert real_services.value({"TOKEN_FILE": str(file), "TOKEN": "given"}, "TOKEN") == "given"
    with pytest.raises(Skipped, match="TOKEN is not set, and neither is TOKEN_FILE"):
        real_services.value({}, "TOKEN")
