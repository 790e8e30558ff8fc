"""Brokers as the stream's tests have them."""

from tests.streams.conftest import broker, tansu, unique

__all__ = ["broker", "tansu", "unique"]
