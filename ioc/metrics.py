"""Our own metrics: names, units, help; and the port where a process shows them.

With PROMETHEUS_MULTIPROC_DIR set (`ioc up` does) every process writes its values there, and any one of them shows the
sum of all.
"""

from __future__ import annotations

import os

from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    start_http_server,
)
from prometheus_client.multiprocess import MultiProcessCollector

RECORDS = Counter(
    "ioc_records_total", "Records by their fate; every record has exactly one.", ["role", "domain", "feed", "fate"]
)
REFUSED_FIELDS = Counter("ioc_refused_fields_total", "Refused fields at the gateway, by reason code.", ["feed", "code"])
REQUESTS = Counter(
    "ioc_gateway_requests_total", "Requests by answer; the feed is - where the key was not right.", ["feed", "status"]
)
AGAIN = Counter("ioc_records_again_total", "Records that came again after a crash and had been judged.", ["domain"])
TRANSITIONS = Counter("ioc_transitions_total", "Alert transitions written to ioc.alerts.", ["domain"])
UNTOLD = Counter(
    "ioc_transitions_untold_total",
    "Transitions and signals that no record can hold, or that cannot be read.",
    ["domain"],
)
STATES = Counter("ioc_states_written_total", "State records written to the changelog.", ["domain"])
STATES_LOST = Counter("ioc_states_lost_total", "States that could not be read or kept; their alerts end.", ["domain"])
RULE_ERRORS = Counter("ioc_rule_errors_total", "Events or ticks on which a rule threw.", ["domain"])
RULES = Gauge("ioc_rules", "Rules of the newest ordered set.", multiprocess_mode="livemax")
RULES_ORDERED = Gauge(
    "ioc_rules_ordered_seconds", "When the newest rule set was ordered (Unix time).", multiprocess_mode="livemax"
)
RULES_REFUSED = Gauge(
    "ioc_rules_refused", "Rule sets that were refused in the last 30 days.", multiprocess_mode="livemax"
)
RULES_UNREAD = Gauge(
    "ioc_rules_unread",
    "Rules and feeds of an ordered set that this version of the program cannot read.",
    multiprocess_mode="livemax",
)
RULES_GONE = Gauge(
    "ioc_rules_gone",
    "1 while pieces of the newest ordered rule set are missing in ioc.rules, and an older set judges.",
    multiprocess_mode="livemax",
)
RULES_SWITCHED = Counter("ioc_rules_switched_total", "Partitions that went over to another rule set.", ["domain"])
FEED_FAULTY = Gauge(
    "ioc_feed_faulty",
    "1 while a feed of role intake sends mostly what cannot be read.",
    ["feed"],
    multiprocess_mode="livemax",
)
SENDS_AGAIN = Counter("ioc_sends_again_total", "Sends that Kafka did not take and that were repeated.", ["code"])
EVENTS_LOST = Counter("ioc_events_lost_total", "Records that retention took before they were judged.", ["topic"])
BATCHES_UNREAD = Counter("ioc_batches_unread_total", "Batches in the log that could not be unpacked.", ["topic"])
SEEN_OVERFLOW = Counter(
    "ioc_seen_overflow_total", "Event ids forgotten before ten minutes of log time, for want of room.", ["domain"]
)
CHUNK_SECONDS = Histogram(
    "ioc_chunk_seconds",
    "Seconds from taking a fetched chunk to its acknowledgement.",
    ["topic"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
JUDGED_SECONDS = Gauge(
    "ioc_judged_seconds",
    "Log time (Unix) of the newest record of a partition that was judged; ticks come to all of them.",
    ["topic", "partition"],
    multiprocess_mode="max",
)
STARTED_SECONDS = Gauge(
    "ioc_started_seconds", "When the process of a role began (Unix time).", ["role"], multiprocess_mode="livemax"
)
LOAD_SECONDS = Histogram("ioc_load_seconds", "Seconds to load one partition's states.", ["domain"])
KEYS = Gauge("ioc_keys", "Sources held in memory.", ["domain", "partition"], multiprocess_mode="liveall")
KEYS_FORGOTTEN = Counter(
    "ioc_keys_forgotten_total", "Sources that remembered nothing and gave way because there were too many.", ["domain"]
)
OPEN_ALERTS = Gauge("ioc_open_alerts", "Alerts open when a partition was loaded.", ["domain", "partition"])

HISTORY_EVENTS = Counter(
    "ioc_history_events_total", "Events by what history did: kept, expired, not_taken.", ["domain", "outcome"]
)
HISTORY_WAITING = Gauge(
    "ioc_history_waiting", "1 while history does not answer and its recorder waits.", multiprocess_mode="livemax"
)

HISTORY_SERIES = Gauge(
    "ioc_history_series", "Series that this process has written.", ["measurement"], multiprocess_mode="livemax"
)
HISTORY_SERIES_NEAR = Gauge(
    "ioc_history_series_near",
    "1 where series or tag values near their cap, 2 where new ones are written as other.",
    ["measurement"],
    multiprocess_mode="livemax",
)
HISTORY_FOLDED = Counter(
    "ioc_history_folded_total", "New series whose tag was written as other.", ["measurement", "tag"]
)
ROLLUP_WINDOWS = Counter("ioc_rollup_windows_total", "Windows of five minutes that were worked out.")
HISTORY_LATE = Gauge(
    "ioc_history_late", "1 while events wait too long to be written to history.", multiprocess_mode="livemax"
)


def page() -> str:
    """All metrics as Prometheus reads them."""
    return generate_latest(_registry()).decode()


MARKS = Counter("ioc_marks_total", "Changes of alerts told to Grafana, by outcome: kept, refused.", ["outcome"])
MARKS_WAITING = Gauge(
    "ioc_marks_waiting", "1 while Grafana does not take marks and their role waits.", multiprocess_mode="livemax"
)


def serve(port: int, host: str = "127.0.0.1") -> int:
    """Show all metrics at `http://host:port/metrics`; give the port (0 shows nothing)."""
    if not port:
        return 0
    server, _thread = start_http_server(port, host, _registry())
    return int(server.server_port)


def _registry() -> CollectorRegistry:
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        return REGISTRY
    every = CollectorRegistry()
    MultiProcessCollector(every)  # type: ignore[no-untyped-call]  # the library's own gap
    return every
