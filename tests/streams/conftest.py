"""Two brokers that every contract test meets: the embedded one, and real Kafka where it is up."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator

import pytest

from ioc.embedded.broker import Broker


@pytest.fixture(scope="session")
def tansu() -> Iterator[str]:
    """Bootstrap address of a broker of our own."""
    with Broker() as broker:
        yield broker.address


@pytest.fixture(params=["tansu", pytest.param("kafka_broker", marks=pytest.mark.services)])
def broker(request: pytest.FixtureRequest) -> str:
    """Bootstrap address: once Tansu, once Apache Kafka."""
    address: str = request.getfixturevalue(request.param)
    return address


_numbers = itertools.count()


@pytest.fixture
def unique(request: pytest.FixtureRequest) -> Callable[[str], str]:
    """Names that no other test and no earlier run has used on a broker that outlives us."""

    def name(prefix: str) -> str:
        return f"{prefix}-{os.getpid()}-{os.urandom(3).hex()}-{next(_numbers)}"

    return name
