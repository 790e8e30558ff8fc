"""Suricata EVE JSON, one object per line or an array of them.

Severity: 1 -> extreme, 2 -> severe, 3 -> moderate, other -> minor; a blocked packet lowers it by one, for it did no harm.
Statistics become the share of packets that the sensor lost, and so its sign of life: a quiet network has no alerts.
Source of the fields: the EVE JSON Schema of Suricata 8 (`timestamp` and `event_type` are its only required keys).

Id: flow, signature, time: as `formats.md` section 2 has it. `flow_id` passes 2^53 and is kept as text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from ioc.adapters import json_records, sources
from ioc.adapters.mapping import MISSING, Field, address, build, choice, cut, found, sender_names, text, walk
from ioc.adapters.numbers import whole
from ioc.adapters.parsed import Parsed, Raw
from ioc.adapters.refusal import Refusal, of, rejected
from ioc.adapters.times import instant
from ioc.catalogue import Feed
from ioc.events import Flag, Netsec, Severity, event_id, iso

ALERT_SEVERITY: dict[int, Severity] = {1: "extreme", 2: "severe", 3: "moderate"}
LOWERED: dict[Severity, Severity] = {
    "extreme": "severe",
    "severe": "moderate",
    "moderate": "minor",
    "minor": "minor",
    "unknown": "unknown",
}


def port(given: Any) -> int:
    """0-65535."""
    number = whole(given)
    if not 0 <= number <= 65535:
        raise Refusal("out_of_range", low="0", high="65535")
    return number


def priority(given: Any) -> int:
    """Suricata's severity, 1 (gravest) to 255."""
    number = whole(given)
    if not 1 <= number <= 255:
        raise Refusal("out_of_range", low="1", high="255")
    return number


def count(given: Any) -> int:
    """A counter, 0 or more."""
    number = whole(given)
    if not 0 <= number < 1 << 64:
        raise Refusal("out_of_range", low="0", high="2^64")
    return number


COMMON: tuple[Field, ...] = (
    Field("flow", "flow_id", text(128)),
    Field("src_ip", "src_ip", address),
    Field("src_port", "src_port", port),
    Field("dest_ip", "dest_ip", address),
    Field("dest_port", "dest_port", port),
    Field("proto", "proto", text(128)),
    Field("app_proto", "app_proto", text(128)),
)
ALERT: tuple[Field, ...] = (
    *COMMON,
    Field("title", "alert.signature", text(300), need=True),
    Field("signature_id", "alert.signature_id", text(128), need=True),
    Field("category", "alert.category", text(128)),
    Field("severity", "alert.severity", priority),
    Field("action", "alert.action", choice({"allowed": "allowed", "blocked": "blocked"})),
)
DROP: tuple[Field, ...] = (*COMMON, Field("category", "drop.reason", text(128)))
ANOMALY: tuple[Field, ...] = (
    *COMMON,
    Field("category", "anomaly.type", text(128), need=True),
    Field("title", ("anomaly.event", "anomaly.code"), text(300)),
)
CAPTURE = "stats.capture"
STATS: tuple[Field, ...] = (
    Field("packets", (f"{CAPTURE}.kernel_packets_delta", f"{CAPTURE}.kernel_packets"), count, "packets", need=True),
    Field("drops", (f"{CAPTURE}.kernel_drops_delta", f"{CAPTURE}.kernel_drops"), count, "packets", need=True),
)
"""Of the last interval where the sensor writes deltas, else since its start; both of one kind, for both stand together."""
SIGNALS = {"alert": ALERT, "drop": DROP, "anomaly": ANOMALY, "stats": STATS}
"""Event types that say something; every other one (flow, dns, http, tls, ...) is a record of normal traffic."""
QUANTITIES = {"alert": "ids_alert", "drop": "ids_drop", "anomaly": "anomaly", "stats": "capture_loss"}


def parse(raw: Raw, feed: Feed, received_at: datetime) -> Iterator[Parsed]:
    """Alerts, drops and anomalies; other event types are ignored. Raises Unreadable where no JSON object is found."""
    for item in json_records.items(raw):
        if item.rejected is not None:
            yield Parsed(item.record, rejected=(item.rejected,))
        else:
            yield _signal(item.record, item.value, feed, received_at)


def _signal(record: int, row: Mapping[str, Any], feed: Feed, received_at: datetime) -> Parsed:
    kind = row.get("event_type")
    if not isinstance(kind, str):
        missing = rejected(record, "event_type", "missing" if kind is None else "wrong_type", kind, wanted="text")
        return Parsed(record, rejected=(missing,))
    if kind not in SIGNALS and "timestamp" in row:
        return Parsed(record, ignored="not_a_signal")
    if kind == "stats" and found(row, CAPTURE) is MISSING:
        return Parsed(record, ignored="heartbeat")
    try:
        at = instant(row.get("timestamp"), feed.zone)
    except Refusal as refusal:
        return Parsed(record, rejected=(of(refusal, record, "timestamp", row.get("timestamp")),))
    table = SIGNALS[kind]
    values, faults, fatal = walk(table, row, record)
    if fatal:
        return Parsed(record, rejected=tuple(faults))
    flags: list[Flag] = ["zone_assumed"] if at.assumed else []
    if cut(found(row, "alert.signature"), 300):
        flags.append("text_cut")
    sensor = next((str(row[key]) for key in ("host", "in_iface") if isinstance(row.get(key), str)), "")
    source, _ = sources.of(feed, sensor)
    severity: Severity = "minor"
    if kind == "alert":
        severity = ALERT_SEVERITY.get(values["severity"], "minor") if "severity" in values else "unknown"
        if values.get("action") == "blocked":
            severity = LOWERED[severity]
    key = (kind, values.get("flow", ""), _natural(kind, row, values), iso(at.at))
    unit, value = "1", 1.0
    if kind == "stats":
        unit, value, severity = "%", lost(values["packets"], values["drops"]), "unknown"
        values = {}
    event = build(
        Netsec,
        record,
        sender_names(table) | {"observed_at": "timestamp", "source": "in_iface"},
        values
        | {
            "type": "netsec",
            "id": event_id(source, *key),
            "feed": feed.name,
            "source": source,
            "observed_at": at.at,
            "received_at": received_at,
            "quantity": QUANTITIES[kind],
            "unit": unit,
            "value": value,
            "severity": severity,
            "flags": tuple(flags),
        }
        | ({"action": "blocked"} if kind == "drop" else {}),
    )
    if isinstance(event, list):
        return Parsed(record, rejected=(*faults, *event))
    return Parsed(record, (event,), tuple(faults))


def lost(packets: int, drops: int) -> float:
    """Per cent of packets lost. Linux counts the dropped among the packets (packet(7), `tp_packets`)."""
    return 100.0 * min(drops / packets, 1.0) if packets else 100.0 if drops else 0.0


def _natural(kind: str, row: Mapping[str, Any], values: Mapping[str, Any]) -> str:
    """What tells two signals of one flow and microsecond apart."""
    if kind == "alert":
        return str(values["signature_id"])
    if kind == "anomaly":
        return f"{values['category']}/{values.get('title', '')}/{row.get('pcap_cnt', '')}"
    if kind == "stats":
        return ""
    packet = found(row, "drop.ipid")
    return f"{values.get('category', '')}/{'' if packet is MISSING else packet}/{row.get('pcap_cnt', '')}"
