"""What tests may count on in the real services, asked with the clients that the product uses."""

import stat
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic
from kafka.errors import KafkaTimeoutError, UnknownTopicOrPartitionError

from tests.real_services import InfluxDB, started

pytestmark = pytest.mark.services

LOG_APPEND_TIME = 1


@pytest.fixture
def topic(kafka_broker: str) -> Iterator[str]:
    name = f"test.contract.{uuid.uuid4().hex[:12]}"
    admin = KafkaAdminClient(bootstrap_servers=kafka_broker)
    configs = {"message.timestamp.type": "LogAppendTime"}
    admin.create_topics([NewTopic(name, num_partitions=12, replication_factor=1, topic_configs=configs)])
    yield name
    admin.delete_topics([name])
    admin.close()


def test_kafka_stamps_a_record_when_it_arrives_where_the_topic_asks_for_it(kafka_broker: str, topic: str) -> None:
    producer = KafkaProducer(bootstrap_servers=kafka_broker, acks="all")
    sent = producer.send(topic, b"body", key=b"key", partition=7, timestamp_ms=1_000).get(timeout=20)
    producer.close()
    consumer = KafkaConsumer(bootstrap_servers=kafka_broker, group_id=None, auto_offset_reset="earliest")
    partition = TopicPartition(topic, 7)
    consumer.assign([partition])
    [record] = consumer.poll(timeout_ms=20_000)[partition]
    consumer.close()
    assert (record.key, record.value, record.offset) == (b"key", b"body", sent.offset)
    assert record.timestamp_type == LOG_APPEND_TIME
    assert record.timestamp > 1_000


def test_kafka_makes_no_topic_by_itself(kafka_broker: str) -> None:
    missing = f"test.contract.missing.{uuid.uuid4().hex[:12]}"
    producer = KafkaProducer(bootstrap_servers=kafka_broker, max_block_ms=1_500)
    with pytest.raises((KafkaTimeoutError, UnknownTopicOrPartitionError)):
        producer.send(missing, b"body").get(timeout=20)
    producer.close()
    admin = KafkaAdminClient(bootstrap_servers=kafka_broker)
    assert missing not in admin.list_topics()
    admin.close()


def test_influxdb_takes_lines_and_answers_influxql(influxdb: InfluxDB) -> None:
    headers = {"Authorization": f"Token {influxdb.token}"}
    measurement = f"contract_{uuid.uuid4().hex[:12]}"
    with httpx.Client(base_url=influxdb.url, headers=headers, trust_env=False) as client:
        target = {"org": influxdb.org, "bucket": influxdb.bucket, "precision": "s"}
        written = client.post("/api/v2/write", params=target, content=f"{measurement},source=a value=3.5 1700000000")
        assert written.status_code == 204
        query = f'SELECT "value" FROM "{measurement}" GROUP BY "source"'  # noqa: S608 - a name of this test's own
        asked = {"db": influxdb.bucket, "q": query, "epoch": "s"}
        [series] = client.get("/query", params=asked).json()["results"][0]["series"]
    assert series["values"] == [[1700000000, 3.5]]
    assert series["tags"] == {"source": "a"}


def test_influxdb_refuses_a_wrong_token(influxdb: InfluxDB) -> None:
    wrong = {"Authorization": "Token wrong"}
    assert httpx.get(f"{influxdb.url}/api/v2/buckets", headers=wrong, trust_env=False).status_code == 401


def test_the_token_is_its_owners_alone_and_not_shown(influxdb: InfluxDB) -> None:
    assert influxdb.token not in repr(influxdb)
    known = started("influxdb")
    if not known:
        pytest.skip("this InfluxDB was not started by scripts/services")
    assert influxdb.token not in str(known)
    assert stat.S_IMODE(Path(known["IOC_INFLUXDB_TOKEN_FILE"]).stat().st_mode) == 0o600


def test_a_browser_is_there(chromium_path: Path) -> None:
    assert chromium_path.is_file()
