"""Topics and clusters: create what is missing, say what is there (kafka-python, synchronous; call it in a thread)."""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError, RetriableError
from kafka.net.compat import KafkaNetClient

from ioc.errors import Permanent, Retryable
from ioc.streams.brokers import Bootstrap, Brokers, addresses, options
from ioc.streams.topics import Topic

CONNECT_MS = 5_000
GONE_SECONDS = 15.0
TOPIC_EXISTS = 36
"""Error code TOPIC_ALREADY_EXISTS of the Kafka protocol."""


class TopicId(NamedTuple):
    """A topic as the cluster knows it; `id` is 32 hex digits and another one after the topic was made anew."""

    id: str
    partitions: int


class Cluster(NamedTuple):
    """Which cluster this is, and those topics that were asked for and exist."""

    id: str
    topics: Mapping[str, TopicId]


def _connect(bootstrap: Bootstrap) -> Any:
    made: list[Any] = []

    def keep(**config: Any) -> Any:
        made.append(KafkaNetClient(**config))
        return made[-1]

    try:
        return KafkaAdminClient(
            **options(bootstrap),
            client_id="ioc-admin",
            bootstrap_timeout_ms=CONNECT_MS,
            kafka_client=keep,
        )
    except BaseException:
        for client in made:  # a constructor that fails leaves its sockets and its thread behind
            client.close()
            client._manager._net.stop()  # noqa: SLF001 - there is no other way to it
        raise


def _somebody_listens(bootstrap: Bootstrap) -> bool:
    """Asked first: kafka-python leaves a socket behind for each connection that is refused, and hides why TLS failed."""
    context = bootstrap.context if isinstance(bootstrap, Brokers) else None
    for address in addresses(bootstrap):
        host, _, port = address.rpartition(":")
        host = host.strip("[]")
        try:
            with socket.create_connection((host, int(port)), CONNECT_MS / 1000) as connection:
                if context is not None:
                    context.wrap_socket(connection, server_hostname=host).close()
                return True
        except ssl.SSLCertVerificationError as error:
            raise Permanent("kafka_certificate", bootstrap=address) from error
        except OSError:
            continue
    return False


@contextlib.contextmanager
def _client(bootstrap: Bootstrap) -> Iterator[Any]:
    if not _somebody_listens(bootstrap):
        raise Retryable("kafka_unreachable", bootstrap=bootstrap, reason="ConnectionRefused")
    try:
        client = _connect(bootstrap)
    except KafkaError as error:
        if isinstance(bootstrap, Brokers) and bootstrap.login:  # kafka-python calls a wrong password a time-out
            raise Retryable("kafka_login", bootstrap=bootstrap, username=bootstrap.login.username) from error
        raise Retryable("kafka_unreachable", bootstrap=bootstrap, reason=type(error).__name__) from error
    try:
        yield client
    except RetriableError as error:
        raise Retryable("kafka_unreachable", bootstrap=bootstrap, reason=type(error).__name__) from error
    except KafkaError as error:
        raise Permanent("kafka_refused", reason=str(error)) from error
    finally:
        client.close()


def describe(bootstrap: Bootstrap, names: Iterable[str]) -> Cluster:
    """Cluster id and, per existing topic, its id and number of partitions; Retryable where nobody answers."""
    with _client(bootstrap) as client:
        return _describe(client, sorted(set(names)))


def _describe(client: Any, names: Sequence[str]) -> Cluster:
    found = client.describe_topics(names) if names else []
    known = {
        topic["name"]: TopicId(str(topic["topic_id"]).replace("-", ""), len(topic["partitions"]))
        for topic in found
        if not topic["error_code"]
    }
    return Cluster(str(client.describe_cluster()["cluster_id"]), known)


def names(bootstrap: Bootstrap) -> frozenset[str]:
    """All topics of the cluster; Retryable where nobody answers."""
    with _client(bootstrap) as client:
        return frozenset(client.list_topics())


def ensure(bootstrap: Bootstrap, topics: Sequence[Topic], replication: int = 1) -> Cluster:
    """Create the topics that are missing; give the cluster with all of them.

    Settings of topics that exist are left as an engineer has set them. Raises Permanent `topic_partitions` where a
    topic has another number of partitions than it should: keys would be looked for in the wrong place.
    """
    with _client(bootstrap) as client:
        there = _describe(client, [topic.name for topic in topics])
        missing = [topic for topic in topics if topic.name not in there.topics]
        if missing:
            _create(client, missing, replication)
            there = _describe(client, [topic.name for topic in topics])
    for topic in topics:
        found = there.topics[topic.name].partitions
        # Feeds' topics belong to their integrators, who may have made them wider; nothing of ours hangs on it.
        if found != topic.partitions and not topic.feed:
            raise Permanent("topic_partitions", topic=topic.name, found=found, wanted=topic.partitions)
    return there


def _create(client: Any, topics: Sequence[Topic], replication: int) -> None:
    answer = client.create_topics(
        {
            topic.name: {
                "num_partitions": topic.partitions,
                "replication_factor": replication,
                "configs": topic.config,
            }
            for topic in topics
        },
        raise_errors=False,
    )
    for one in answer["topics"]:
        # Another process of ours may be creating them at the same moment.
        if one["error_code"] not in (0, TOPIC_EXISTS):
            raise Permanent("topic_refused", topic=one["name"], reason=one["error_message"] or one["error_code"])
    client.wait_for_topics([topic.name for topic in topics])


def delete(bootstrap: Bootstrap, names: Iterable[str]) -> None:
    """Remove topics and all that is in them; unknown ones are passed over. Returns when they are gone."""
    gone = list(names)
    with _client(bootstrap) as client:
        client.delete_topics(gone, raise_errors=False)
        limit = time.monotonic() + GONE_SECONDS
        while _describe(client, gone).topics:
            if time.monotonic() > limit:
                raise Retryable("topic_remains", topic=gone[0])
            time.sleep(0.05)  # Kafka answers before it has deleted


def widen(bootstrap: Bootstrap, names: Iterable[str], partitions: int) -> None:
    """Raise topics to so many partitions; those that have as many are left alone. Returns when all know of it."""
    with _client(bootstrap) as client:
        found = _describe(client, sorted(set(names))).topics
        fewer = sorted(name for name, topic in found.items() if topic.partitions < partitions)
        if not fewer:
            return
        client.create_partitions(dict.fromkeys(fewer, partitions))
        limit = time.monotonic() + GONE_SECONDS
        while any(topic.partitions != partitions for topic in _describe(client, fewer).topics.values()):
            if time.monotonic() > limit:
                raise Retryable("topic_narrow", topic=fewer[0])
            time.sleep(0.05)  # Kafka answers before every broker knows


def members(bootstrap: Bootstrap, group: str) -> int:
    """How many workers are in a consumer group now; 0 for a group that nobody knows (and always on Tansu)."""
    with _client(bootstrap) as client:
        try:
            found = client.describe_groups([group])
        except ValueError:  # Tansu names rights that kafka-python does not know
            return 0
    return len(found[group]["members"]) if group in found else 0
