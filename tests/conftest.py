"""Fixtures that every test may ask for: real services, real data, a browser."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests import real_services
from tests.real_services import GrafanaPackages, InfluxDB, InfluxDB1, Mqtt
from tests.screens import Screens

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.guarded_kafka import Guarded

BROWSER_OPTIONS = ["--headless", "--no-sandbox", "--disable-gpu"]


HEAVY = (
    "tests/faults/",
    "tests/acceptance/test_up",
    "tests/acceptance/test_replay_broker",
    "tests/console/test_board_in",
    "tests/console/test_screens_in",
)
"""Tests that start many processes and hold them to times: with `--dist loadgroup` one worker runs them in turn, so
that they compete with one other test and not with each other."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the heavy tests, and whatever is marked slow, into one group of pytest-xdist."""
    for item in items:
        if item.nodeid.startswith(HEAVY) or item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.xdist_group("processes"))


def pytest_configure() -> None:
    """A misspelt IOC_REQUIRE would let missing services pass."""
    real_services.required()


@pytest.fixture(scope="session")
def kafka_broker() -> str:
    """Bootstrap address of the real Kafka. It makes no topic by itself: a test makes its own, named for itself."""
    known = real_services.variables("kafka", "IOC_KAFKA")
    return real_services.listening(known["IOC_KAFKA"], "IOC_KAFKA")


@pytest.fixture(scope="session")
def guarded_kafka(kafka_broker: str) -> "Iterator[Guarded]":
    """The same Kafka where it asks for a password over TLS, with a user of this run."""
    from tests.guarded_kafka import Guarded, admit, dismiss

    known = real_services.variables("kafka", "IOC_GUARDED_KAFKA")
    address = real_services.listening(known["IOC_GUARDED_KAFKA"], "IOC_GUARDED_KAFKA")
    authority = Path(real_services.value(known, "IOC_GUARDED_KAFKA_CA"))
    login = admit(kafka_broker)
    yield Guarded(address, authority, login)
    dismiss(kafka_broker, login)


@pytest.fixture(scope="session")
def influxdb() -> InfluxDB:
    """InfluxDB 2; a test that counts points makes a bucket of its own."""
    known = real_services.variables("influxdb", "IOC_INFLUXDB_URL")
    url = known["IOC_INFLUXDB_URL"]
    real_services.listening(urlsplit(url).netloc, "IOC_INFLUXDB_URL")
    return InfluxDB(
        url=url,
        org=real_services.value(known, "IOC_INFLUXDB_ORG"),
        bucket=real_services.value(known, "IOC_INFLUXDB_BUCKET"),
        token=real_services.value(known, "IOC_INFLUXDB_TOKEN"),
    )


@pytest.fixture(scope="session")
def influxdb1() -> InfluxDB1:
    """InfluxDB 1.8; a test that counts points makes a database of its own."""
    known = real_services.variables("influxdb1", "IOC_INFLUXDB1_URL")
    url = known["IOC_INFLUXDB1_URL"]
    real_services.listening(urlsplit(url).netloc, "IOC_INFLUXDB1_URL")
    return InfluxDB1(
        url=url,
        database=real_services.value(known, "IOC_INFLUXDB1_DATABASE"),
        username=real_services.value(known, "IOC_INFLUXDB1_USERNAME"),
        password=real_services.value(known, "IOC_INFLUXDB1_PASSWORD"),
    )


@pytest.fixture(scope="session")
def postgres() -> str:
    """libpq address of an empty database whose owner may make others."""
    known = real_services.variables("postgres", "IOC_POSTGRES")
    address = known["IOC_POSTGRES"]
    parts = urlsplit(address)
    real_services.listening(f"{parts.hostname}:{parts.port or 5432}", "IOC_POSTGRES")
    return address


@pytest.fixture(scope="session")
def mosquitto() -> Mqtt:
    """The MQTT broker; a test publishes below a topic named for itself."""
    known = real_services.variables("mosquitto", "IOC_MQTT")
    host, _, port = real_services.listening(known["IOC_MQTT"], "IOC_MQTT").rpartition(":")
    return Mqtt(
        host=host,
        port=int(port),
        username=real_services.value(known, "IOC_MQTT_USERNAME"),
        password=real_services.value(known, "IOC_MQTT_PASSWORD"),
    )


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    """The browser program."""
    path = Path(real_services.variables("chromium", "IOC_CHROMIUM")["IOC_CHROMIUM"])
    if not path.is_file():
        real_services.missing("services", f"IOC_CHROMIUM is {path} and there is no such program")
    return path


@pytest.fixture(scope="session")
def grafana_packages() -> GrafanaPackages:
    """Node and Grafana's own packages."""
    known = real_services.variables("grafana_packages", "IOC_PACKAGES_GRAFANA")
    return GrafanaPackages(real_services.value(known, "IOC_NODE"), Path(known["IOC_PACKAGES_GRAFANA"]))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data beside the project, read in place."""
    if not real_services.SHARED_DATA.is_dir():
        real_services.missing("data", "the real data lie beside the project, and here there are none (../shared/data)")
    return real_services.SHARED_DATA


# Of a module, not of the session: as long as Playwright's synchronous API lives, its event loop counts as
# running in this thread, and an async test would refuse to start. So a module with browser tests has no async ones.
@pytest.fixture(scope="module")
def browser(chromium_path: Path) -> "Iterator[Browser]":
    """Chromium, without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium_path, args=BROWSER_OPTIONS)
        yield running
        running.close()


@pytest.fixture
def browser_page(browser: "Browser") -> "Iterator[Callable[..., Page]]":
    """Opens pages: `browser_page()`, or with a context's options such as `viewport`; see `screens.Screens.page`."""
    screens = Screens(browser)
    yield screens.page
    screens.close()
