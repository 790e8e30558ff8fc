"""docs/topics.md, written from the topic table and the shipped rules.

python -m tests.streams.topics_page        writes it again
"""

from __future__ import annotations

from pathlib import Path

from ioc.alerts.stage import fields_of
from ioc.events import DOMAINS
from ioc.settings import load_catalogue, load_rules
from ioc.streams.topics import markdown, table

PATH = Path(__file__).parents[2] / "docs" / "topics.md"
HEAD = """# Topics

What stands in Kafka with the shipped feeds and rules. Written by `python -m tests.streams.topics_page` from
`ioc.streams.topics`, and compared with it by the tests. `kafka.partitions` sets the number of partitions, once, when the
topics are made; `ioc state repartition` raises it later ([decision 0015](decisions/0015-partitions-raised.md)).

- Everything of one key lies in one partition number: input, changelog, ids, alerts, rejections.
- `ioc.<domain>.by-<field>` and its changelog are there for each field that a rule groups by alone
  ([decision 0011](decisions/0011-keys-other-than-the-source.md)).
- `feed.<name>` belongs to an integrator with a Kafka client of its own, who may make it wider.
- A batch that cannot be unpacked (garbled, or compressed by something we cannot read) is refused as one record: its
  offsets and the reason stand in `ioc.rejected`, `ioc_batches_unread_total` counts it, and the batches after it are
  judged. Its bytes stay in the topic as long as that is kept; send the records again, uncompressed or by gzip.

"""


def page() -> str:
    """The whole page."""
    rules = load_rules(None)
    fields = [(domain, field) for domain in DOMAINS for field in fields_of(rules, domain)]
    return HEAD + markdown(table(feeds=[feed.name for feed in load_catalogue().feeds], fields=fields))


if __name__ == "__main__":
    PATH.write_text(page(), encoding="utf-8")
