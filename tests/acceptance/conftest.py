"""The two brokers of the acceptance tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ioc.embedded.broker import Broker


@pytest.fixture(params=["tansu", pytest.param("kafka_broker", marks=pytest.mark.services)])
def broker(request: pytest.FixtureRequest) -> Iterator[str]:
    """Bootstrap address: once a Tansu of its own, once Apache Kafka."""
    if request.param == "kafka_broker":
        yield request.getfixturevalue("kafka_broker")
        return
    with Broker() as own:
        yield own.address
