from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from ioc.embedded.broker import free_port
from ioc.errors import Permanent, Retryable
from ioc.streams import admin
from ioc.streams.topics import Topic


@pytest.fixture
def topic(broker: str, unique: Callable[[str], str]) -> Iterator[Topic]:
    made = Topic(unique("t-admin"), "source", 3, "compact,delete", 86_400_000, "test", "test")
    yield made
    admin.delete(broker, [made.name])


def test_missing_topics_are_made_and_making_them_again_changes_nothing(broker: str, topic: Topic) -> None:
    first = admin.ensure(broker, [topic])
    again = admin.ensure(broker, [topic])

    assert first == again
    assert first.id
    assert first.topics[topic.name].partitions == 3
    assert len(first.topics[topic.name].id) == 32


def test_another_partition_count_is_refused_in_one_sentence(broker: str, topic: Topic) -> None:
    admin.ensure(broker, [topic])
    wider = Topic(topic.name, "source", 4, "delete", 1, "test", "test")

    with pytest.raises(Permanent) as refused:
        admin.ensure(broker, [wider])

    assert refused.value.code == "topic_partitions"
    assert refused.value.values == {"topic": topic.name, "found": 3, "wanted": 4}


def test_a_feeds_topic_may_be_wider_than_ours(broker: str, topic: Topic) -> None:
    admin.ensure(broker, [topic])
    feed = Topic(topic.name, "any", 1, "delete", 1, "test", "test", feed=True)

    assert admin.ensure(broker, [feed]).topics[topic.name].partitions == 3


def test_a_topic_made_anew_has_another_id(broker: str, topic: Topic) -> None:
    before = admin.ensure(broker, [topic]).topics[topic.name].id
    admin.delete(broker, [topic.name])

    after = admin.ensure(broker, [topic]).topics[topic.name].id

    assert before != after


def test_a_topic_that_is_not_there_is_not_described(broker: str, unique: Callable[[str], str]) -> None:
    assert admin.describe(broker, [unique("t-nowhere")]).topics == {}


@pytest.mark.services
def test_a_name_that_kafka_refuses_is_said(kafka_broker: str) -> None:
    with pytest.raises(Permanent):
        admin.ensure(kafka_broker, [Topic("no spaces please", "-", 1, "delete", 1, "test", "test")])


def test_nobody_at_the_address_is_worth_another_try(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admin, "CONNECT_MS", 200)

    with pytest.raises(Retryable) as refused:
        admin.describe(f"127.0.0.1:{free_port()}", [])

    assert refused.value.code == "kafka_unreachable"


@pytest.mark.services
def test_kafka_keeps_the_settings_of_the_table(kafka_broker: str, unique: Callable[[str], str]) -> None:
    from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

    topic = Topic(
        unique("t-config"), "source", 1, "compact,delete", 1_209_600_000, "a", "b", compaction_lag=604_800_000
    )
    admin.ensure(kafka_broker, [topic])
    client = KafkaAdminClient(bootstrap_servers=kafka_broker)
    try:
        answer = client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic.name)])
        found = {name: entry["value"] for name, entry in answer["topic"][topic.name].items()}
    finally:
        client.close()
        admin.delete(kafka_broker, [topic.name])

    assert topic.config.items() <= found.items()
