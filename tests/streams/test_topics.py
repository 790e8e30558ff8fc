from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from kafka.partitioner.default import murmur2

from ioc.events import DOMAINS
from ioc.streams import topics
from tests.streams import topics_page


@given(st.binary(max_size=140), st.integers(1, 64))
def test_a_key_lies_where_kafka_python_puts_it(key: bytes, partitions: int) -> None:
    assert topics.partition_of(key, partitions) == (murmur2(key) & 0x7FFFFFFF) % partitions


def test_text_and_its_utf8_are_one_key() -> None:
    assert topics.partition_of("trạm-01", 12) == topics.partition_of("trạm-01".encode(), 12)


def test_javas_own_example_values() -> None:
    """From Kafka's UtilsTest.testMurmur2 (signed there)."""
    for key, expected in ((b"21", -973932308), (b"foobar", -790332482), (b"a-little-bit-long-string", -985981536)):
        assert murmur2(key) == expected & 0xFFFFFFFF
        assert topics.partition_of(key, 1000) == (expected & 0x7FFFFFFF) % 1000


def test_all_topics_of_a_domain_have_the_same_partitions() -> None:
    rows = {row.name: row for row in topics.table(partitions=7, feeds=["firms"])}

    for domain in DOMAINS:
        for name in (topics.input_topic(domain), topics.changelog_topic(domain), topics.seen_topic(domain)):
            assert rows[name].partitions == 7
    assert rows[topics.ALERTS].partitions == rows[topics.REJECTED].partitions == 7
    assert rows["feed.firms"].feed


def test_live_states_are_written_again_inside_the_changelogs_retention() -> None:
    changelog = next(row for row in topics.table() if row.name == topics.changelog_topic("camera"))

    assert changelog.policy == "compact,delete"
    assert topics.REWRITE_MS < changelog.compaction_lag < changelog.retention
    assert changelog.config["min.compaction.lag.ms"] == str(7 * topics.DAY)


def test_the_markdown_table_names_every_topic_once() -> None:
    rows = topics.table(feeds=["a", "b"])
    text = topics.markdown(rows)

    assert text.count("\n") == len(rows) + 2
    assert all(text.count(f"`{row.name}`") == 1 for row in rows)
    assert "| `ioc.alerts` | alert id | 12 | delete | 90 d |" in text


def test_the_page_of_topics_is_that_of_the_code() -> None:
    assert topics_page.PATH.read_text(encoding="utf-8") == topics_page.page()
