"""The province's networks as Suricata sensors report them: EVE, NDJSON; flows, statistics, anomalies, now and then an alert.

Every half minute a sensor hands over what it wrote; an alert comes within two seconds of its packet, because whatever
follows the file sees the line at once. A quiet sensor still meets an anomaly every two minutes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from ioc.embedded.province import defects
from ioc.embedded.province.beat import Beat, dues
from ioc.embedded.province.chance import happens, pick, unit, whole
from ioc.embedded.province.native import HOUR, LOCAL_MS, MINUTE, SECOND, Native, local
from ioc.embedded.province.signatures import ORDINARY, SIGNATURES
from ioc.embedded.province.stations import traffic
from ioc.embedded.province.story import Attack, Oddity, World

FEED = "suricata"
SENSORS = {"ids:ttdl": "10.20.1", "ids:ubnd": "10.20.2", "ids:tslcd": "10.20.3"}
"""Source -> the network behind it."""
EVERY = 30 * SECOND
ALERT_DELAY = 1200
ALERT_RATE = 1 / 24
"""Ordinary alerts per half minute: one in twelve minutes and sensor."""
CLEAR_OF_ATTACK = 15 * MINUTE
"""A count that must be exact stands alone: no ordinary alerts this near to the story's own."""
Row = dict[str, object]


def stamp(world: World, source: str, at: int, micro: int) -> str:
    """`2026-05-14T10:00:00.123456+0700`, sometimes without the zone, as some sensors are set up."""
    text = local(at).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at % 1000 * 1000 + micro % 1000:06d}"
    return text if happens(defects.NO_ZONE, world.seed, "no zone", source, at) else text + "+0700"


def _row(world: World, source: str, at: int, kind: str, nth: int) -> Row:
    key = (world.seed, source, at, kind, nth)
    return {
        "timestamp": stamp(world, source, at, whole(0, 999, "micro", *key)),
        "flow_id": whole(1 << 48, 1 << 50, "flow", *key),
        "host": source.replace(":", "-"),
        "in_iface": "eth1",
        "event_type": kind,
        "src_ip": f"{SENSORS[source]}.{whole(10, 250, 'from', *key)}",
        "src_port": whole(32768, 60999, "port", *key),
        "dest_ip": f"203.0.113.{whole(1, 250, 'to', *key)}",
        "dest_port": pick((53, 80, 443, 443, 443, 123), "service", *key),
        "proto": "TCP",
    }


def flow(world: World, source: str, at: int, nth: int) -> Row:
    """A finished connection."""
    size = whole(600, 90_000, world.seed, "bytes", source, at, nth)
    counts = {"pkts_toserver": 4 + size // 3000, "pkts_toclient": 3 + size // 1400, "bytes_toclient": size}
    return _row(world, source, at, "flow", nth) | {"flow": counts | {"state": "closed", "reason": "timeout"}}


def statistics(world: World, source: str, at: int) -> Row:
    """Counters since the sensor's start, which was at an hour's beginning; the loss stays near 0.02 %."""
    up = (at + LOCAL_MS) % (7 * 24 * HOUR) // SECOND
    packets = up * 2100
    capture = {"kernel_packets": packets, "kernel_drops": packets // 5000}
    row = _row(world, source, at, "stats", 0)
    kept = {key: row[key] for key in ("timestamp", "host", "event_type")}
    return kept | {"stats": {"uptime": up, "capture": capture, "decoder": {"pkts": packets, "invalid": up // 60}}}


def anomaly(world: World, source: str, at: int) -> Row:
    """A packet that breaks its protocol's rules: some are always there."""
    event = pick(("UNABLE_TO_MATCH_RESPONSE_TO_REQUEST", "APPLAYER_DETECT_PROTOCOL_ONLY_ONE_DIRECTION"), source, at)
    return _row(world, source, at, "anomaly", 0) | {
        "anomaly": {"type": "applayer", "event": event, "layer": "proto_detect"}
    }


def alert(world: World, source: str, at: int, nth: int, signature: int, *, blocked: bool, attacker: str = "") -> Row:
    """One signature raised."""
    rule = SIGNATURES[signature]
    row = _row(world, source, at, "alert", nth)
    said = {"gid": 1, "signature_id": rule.id, "rev": 7, "signature": rule.text, "category": rule.category}
    row |= {
        "dest_port": rule.port,
        "proto": rule.proto,
        "alert": {"action": "blocked" if blocked else "allowed", "severity": rule.severity, **said},
    }
    if attacker:
        row |= {"src_ip": attacker, "dest_ip": f"{SENSORS[source]}.22"}
    return row


def _batch(world: World, source: str, at: int) -> bytes:
    """What one sensor wrote in the half minute before."""
    slot = at // EVERY
    rows = [
        flow(world, source, at - 1000 * whole(1, 29, world.seed, "ago", source, slot, nth), nth)
        for nth in range(1 + int(2 * traffic(at) * unit(world.seed, "flows", source, slot)))
    ]
    if slot % 2 == 0:
        rows.append(statistics(world, source, at))
    if slot % 4 == 1 or at % EVERY:
        rows.append(anomaly(world, source, at))
    quiet = not world.story.of(Attack, source, at - CLEAR_OF_ATTACK, at + CLEAR_OF_ATTACK)
    if quiet and happens(ALERT_RATE, world.seed, "alert", source, slot):
        signature = pick(ORDINARY, world.seed, "signature", source, slot)
        rows.append(alert(world, source, at - SECOND, 0, signature, blocked=False))
    lines = [json.dumps(row) for row in sorted(rows, key=lambda row: str(row["timestamp"]))]
    if defects.cut_short(world, source, at):
        lines.append(lines[-1][: len(lines[-1]) // 2])
    return ("\n".join(lines) + "\n").encode()


def attacks(world: World, source: str, since: int, until: int) -> Iterator[Native]:
    """The story's alerts, each in a body of its own."""
    for one in world.story.of(Attack, source, since - ALERT_DELAY, until):
        step = (one.until - one.since) / one.alerts
        for nth in range(one.alerts):
            seen = one.since + int(nth * step)
            if since <= seen + ALERT_DELAY < until:
                attacker = f"198.51.100.{7 + nth % 3}"
                row = alert(world, source, seen, nth, one.signature, blocked=one.blocked, attacker=attacker)
                yield Native(FEED, seen + ALERT_DELAY, json.dumps(row).encode() + b"\n", "application/x-ndjson")


def oddities(world: World, source: str, since: int, until: int) -> Iterator[Native]:
    """The story's anomalies, each in a body of its own."""
    for one in world.story.of(Oddity, source, since - ALERT_DELAY, until):
        step = (one.until - one.since) / one.anomalies
        for nth in range(one.anomalies):
            seen = one.since + int(nth * step)
            if since <= seen + ALERT_DELAY < until:
                body = json.dumps(anomaly(world, source, seen)).encode() + b"\n"
                yield Native(FEED, seen + ALERT_DELAY, body, "application/x-ndjson")


def messages(world: World, since: int, until: int) -> Iterator[Native]:
    """What the sensors hand over in [since, until)."""
    again = defects.REPEATED_AFTER_MS
    for place, source in enumerate(SENSORS):
        beat = Beat(FEED, source, EVERY, delay=(3 + 7 * place) * SECOND)
        for due in dues(world, beat, since - again, until):
            for at in (due.at, due.at + again):
                if since <= at < until and (at == due.at or defects.sent_again(world, source, due.observed)):
                    yield Native(FEED, at, _batch(world, source, due.observed), "application/x-ndjson")
        yield from attacks(world, source, since, until)
        yield from oddities(world, source, since, until)
