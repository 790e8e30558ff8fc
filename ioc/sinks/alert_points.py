"""What history keeps of an alert's changes, by name: one point of measurement `alert` for each transition.

Walls ask it two things: what is open now (the last `rank` of each rule, source and commune: 0 where it has ended) and
what was, as a timeline. Tags are bounded as in `ioc.sinks.fields`; ids and sentences are fields. The time is the
change's own in whole milliseconds and, below them, an offset out of alert and revision: a transition that comes twice
is one point, two of one moment stay two.

InfluxQL cannot count what is so, and answers nothing where nothing matches; a wall could not tell "none" from "no
data". So each point carries one 0 or 1 for each severity, and the sum of the last ones is the number that is open.
"""

from __future__ import annotations

from zlib import crc32

from ioc.alerts.alert import Transition
from ioc.alerts.sentence import sentence
from ioc.events.envelope import SEVERITIES, clip
from ioc.sinks.cardinality import Guard
from ioc.sinks.event_lines import folded_field
from ioc.sinks.fields import number, quoted, tag
from ioc.sinks.place_names import place_name

ALERT = "alert"
"""The measurement."""
TAGS = ("commune", "domain", "drill", "place", "replay", "rule", "severity", "shadow", "source")
"""`place` is the name of the commune, absent where the table of communes has none. `severity` is that of the change, `drill` and `shadow` are "1" or absent."""
OPEN = SEVERITIES[1:]
"""Integer fields that are 1 where the alert is open with that severity, else 0."""
RANK = {severity: rank for rank, severity in enumerate(SEVERITIES)}
TEXT = 200
"""Characters of a sentence; a wall's line holds fewer."""


def alert_line(transition: Transition, guard: Guard | None = None) -> bytes:
    """One line of line protocol, without a newline at its end; ValueError for a number that is none.

    `guard` bounds how many series alerts make.
    """
    one = transition
    tags = {
        "commune": one.commune or "",
        "domain": one.domain,
        "drill": "1" if one.drill else "",
        "place": place_name(one.commune),
        "replay": one.replay,
        "rule": one.rule,
        "severity": one.severity,
        "shadow": "1" if one.shadow else "",
        "source": one.source,
    }
    tags = {name: value for name, value in tags.items() if value}
    folded = folded_field(guard.admit(ALERT, tags)) if guard is not None else ""
    rank = RANK[one.severity] if one.status == "firing" else 0
    fields = [
        f"rank={rank}i",
        *(f"{severity}={int(RANK[severity] == rank)}i" for severity in OPEN),
        f"id={quoted(one.alert_id)}",
        f"revision={one.revision}i",
        f"change={quoted(one.change)}",
        f"certainty={quoted(one.certainty)}",
        f"key={quoted(clip(one.key, TEXT))}",
        f"opened_ms={one.opened_at}i",
        f"last_seen_ms={one.last_seen}i",
        *(f"title_{lang}={quoted(clip(text, TEXT))}" for lang, text in sorted(one.title.items())),
        *(f"why_{lang}={quoted(clip(sentence(one, lang), TEXT))}" for lang in ("en", "vi")),
    ]
    for name, value in (("lat", one.lat), ("lon", one.lon), ("value", one.why.value), ("limit", one.why.limit)):
        if value is not None:
            fields.append(f"{name}={number(value)}")
    series = "".join(tag(name, tags[name]) for name in TAGS if name in tags)
    at = one.at * 1_000_000 + crc32(f"{one.alert_id}:{one.revision}".encode()) % 1_000_000
    return f"{ALERT}{series} {','.join(fields)}{folded} {at}".encode("utf-8", "replace")
