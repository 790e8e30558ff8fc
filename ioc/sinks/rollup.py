"""Rollups: events by windows of five minutes and of an hour, for walls and charts that look over days. Pure.

A window is worked out from everything history keeps of it, a while after its end, and written at its start; written
again it is the same point. So nothing is counted in memory: a restart forgets nothing, and a late event or a replay of
the log only makes its window due again. Which windows are due is kept beside the events, written in the same block.
No task of the database is needed: InfluxDB 1.8, 2.7 and 3 have three different ones.

Rolled up are live valid and suspect readings, drills left out, as charts have them (`History.series`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from ioc.events import DOMAINS, Domain
from ioc.sinks.fields import DOMAIN_TAGS, LABEL, number, tag

RAW_DAYS: Final = 30


class Tier(NamedTuple):
    """One width of windows; `name` is a retention policy of InfluxDB 1.8 and the end of a bucket's name in 2.7."""

    name: str
    width_s: int
    days: int
    """Retention that the store is made with: a year to compare with the last, ten years of climate."""


FIVE_MINUTES: Final = Tier("5m", 300, 366)
HOUR: Final = Tier("1h", 3600, 3660)
TIERS: Final = (FIVE_MINUTES, HOUR)

TAGS: Final[Mapping[Domain, tuple[str, ...]]] = {
    domain: (
        *("feed", "source", "quantity", "unit", "commune", "place"),
        *(name for name in dict.fromkeys(("severity", LABEL[domain])) if name in DOMAIN_TAGS[domain]),
    )
    for domain in DOMAINS
}
"""What a rollup can be split by; the measurement is the domain, as with events. Fields: integer `events`, floats `sum`,
`mean`, `low`, `high`."""

DUE: Final = "rollup"
"""Measurement beside the events: tag `domain`, at the start of a window of five minutes; integers `due_ms` (when something
was last written into it) and `done_ms` (the `due_ms` that its rollup knew)."""

SETTLE_S: Final = 90
"""After its end a window is left alone for so long: most of what is late comes within a minute."""
WRITING_MS: Final = 60_000
"""Three times the longest write: a mark older than this has its events beside it, a younger one may still wait for them."""
EDGE_S: Final = 86_400
"""What will leave raw history within a day is not rolled up again: half of it may be gone, and the rollup has all."""


class Rolled(NamedTuple):
    """One window of one series; `start_s` is epoch seconds."""

    start_s: int
    tags: Mapping[str, str]
    events: int
    total: float
    low: float
    high: float


def window_of(at_ns: int, tier: Tier = FIVE_MINUTES) -> int:
    """Start of the window that holds a time, epoch seconds."""
    return at_ns // 1_000_000_000 // tier.width_s * tier.width_s


def is_due(start_s: int, due_ms: int, done_ms: int | None, now_ms: int, oldest_ms: float) -> bool:
    """Whether a window of five minutes is to be worked out now: it ended, and all that was written is there to be read."""
    ended = (start_s + FIVE_MINUTES.width_s + SETTLE_S) * 1000 <= now_ms
    settled = due_ms <= now_ms - WRITING_MS
    return ended and settled and start_s * 1000 >= oldest_ms + EDGE_S * 1000 and due_ms != done_ms


def due_lines(windows: Iterable[tuple[Domain, int]], now_ms: int) -> Iterator[str]:
    """Lines of line protocol that say that something is written into these windows."""
    for domain, start_s in windows:
        yield f"{DUE}{tag('domain', domain)} due_ms={now_ms}i {start_s}000000000"


def done_line(domain: Domain, start_s: int, due_ms: int) -> str:
    """The line that says what a window's rollup knew."""
    return f"{DUE}{tag('domain', domain)} done_ms={due_ms}i {start_s}000000000"


def rolled_line(domain: Domain, one: Rolled) -> str:
    """One line of line protocol at the window's start."""
    series = "".join(tag(name, one.tags[name]) for name in sorted(one.tags) if one.tags[name])
    fields = {"sum": one.total, "mean": one.total / one.events, "low": one.low, "high": one.high}
    told = ",".join(f"{name}={number(value)}" for name, value in fields.items())
    return f"{domain}{series} events={one.events}i,{told} {one.start_s}000000000"


def rolled_of(row: Mapping[str, Any], domain: Domain, plain: Any) -> Rolled:
    """One row of an answer with columns time (ns), events, total, low, high and the tags; `plain` undoes `tag_value`."""
    tags = {name: plain(row.get(name) or "") for name in TAGS[domain]}
    return Rolled(
        row["time"] // 1_000_000_000,
        tags,
        int(row["events"]),
        float(row["total"]),
        float(row["low"]),
        float(row["high"]),
    )
