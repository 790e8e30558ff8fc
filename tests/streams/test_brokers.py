"""Kafka with SASL over TLS: every door gets in by the right name, and says in one sentence why it does not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from ioc.errors import IocError, Permanent, Retryable
from ioc.streams import admin
from ioc.streams.brokers import Brokers, Login, addresses, options
from ioc.streams.follow import follow
from ioc.streams.publish import Publisher, Record
from ioc.streams.reading import KafkaReader
from ioc.streams.topics import DAY, Topic
from ioc.words import LANGS, say
from tests.guarded_kafka import Guarded


@pytest.fixture
def topic(guarded_kafka: Guarded) -> Iterator[str]:
    name = f"guarded-{uuid4().hex[:8]}"
    yield name
    admin.delete(guarded_kafka.brokers, [name])


@pytest.mark.services
def test_what_is_written_with_a_login_is_read_and_followed_with_it(guarded_kafka: Guarded, topic: str) -> None:
    brokers = guarded_kafka.brokers
    wanted = [b"one", b"two"]

    async def there_and_back() -> tuple[list[bytes | None], list[bytes | None]]:
        async with Publisher(brokers, 1) as publisher:
            await publisher.send_batch(topic, 0, [Record(b"k", value) for value in wanted])
        read = [record.value async for chunk in KafkaReader(brokers).read(topic, 0) for record in chunk]
        followed: list[bytes | None] = []
        async with aclosing(follow(brokers, topic, {})) as chunks:
            async for chunk in chunks:
                followed += [record.value for record in chunk.records]
                if len(followed) >= len(wanted):
                    return read, followed
        raise AssertionError("the log ended")

    admin.ensure(brokers, [Topic(topic, "-", 1, "delete", DAY, "test", "test")])

    assert asyncio.run(there_and_back()) == (wanted, wanted)


def stranger(at: Brokers) -> Brokers:
    assert at.login
    return replace(at, login=Login(at.login.username, "no-such-password"))


def unvouched(at: Brokers) -> Brokers:
    return replace(at, authority=None)


def misnamed(at: Brokers) -> Brokers:
    return replace(at, bootstrap=at.bootstrap.replace("localhost", "127.0.0.1"))


CLOSED: dict[str, tuple[Callable[[Brokers], Brokers], type[IocError], str]] = {
    "a wrong password is called that, not a time-out": (stranger, Retryable, "kafka_login"),
    "a certificate that nobody vouches for": (unvouched, Permanent, "kafka_certificate"),
    "a broker under a name that its certificate does not carry": (misnamed, Permanent, "kafka_certificate"),
}


@pytest.mark.services
@pytest.mark.parametrize("case", CLOSED)
def test_who_does_not_get_in_is_told_why(guarded_kafka: Guarded, case: str) -> None:
    change, kind, code = CLOSED[case]

    with pytest.raises(IocError) as caught:
        admin.names(change(guarded_kafka.brokers))

    assert (type(caught.value), caught.value.code) == (kind, code)
    for lang in LANGS:
        said = say(f"error.{code}", lang, **caught.value.values)
        assert "no-such-password" not in said
        assert guarded_kafka.login.password not in said


def test_a_file_that_holds_no_certificate_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_text("hello", encoding="utf-8")

    with pytest.raises(Permanent) as caught:
        options(Brokers("one:9093", tls=True, authority=path))

    assert (caught.value.code, caught.value.values["file"]) == ("kafka_authority", path)


def test_a_login_is_never_sent_in_the_clear() -> None:
    given = options(Brokers("one:9093", login=Login("ioc", "secret")))

    assert (given["security_protocol"], given["sasl_mechanism"]) == ("SASL_SSL", "SCRAM-SHA-512")
    assert given["ssl_context"].check_hostname


def test_the_password_is_not_in_what_a_log_would_show() -> None:
    assert "secret" not in repr(Brokers("one:9093", login=Login("ioc", "secret")))


def test_several_brokers_are_several_addresses() -> None:
    assert addresses("one:9092, two:9092") == addresses(Brokers("one:9092,two:9092")) == ["one:9092", "two:9092"]
    assert options("one:9092") == {"bootstrap_servers": ["one:9092"]}
