"""What walls are told beside events and alerts: `desk` per severity, `feed` per feed, `air` per station.

The first two are written every few seconds whether anything changed or not, so a wall can tell a calm hour from a monitor that
has stopped: a tile whose newest point is old has no data.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from ioc.histories import AirPoint, Standing, Waiting
from ioc.sinks.fields import epoch_ms, quoted, tag

DESK = "desk"
"""Tag `severity`; integer fields `waiting` (alerts nobody has accepted) and `oldest_s` (age of the oldest, 0 without)."""
FEED = "feed"
"""Tags `feed`, `domain`; text `title`, integers `state` (0 on time, 1 late, 2 lost, 3 unknown), `age_s` since it was last
heard and `due_s` until it is expected (negative where overdue), both absent where it was never heard."""
AIR = "air"
"""Tag `source`; integer `vn_aqi`, texts `pollutant` and `line_<lang>`, at the end of the hour it is of."""
UNKNOWN = 3


def standing_lines(at: datetime, waiting: Iterable[Waiting], feeds: Iterable[Standing]) -> Iterator[bytes]:
    """Lines of line protocol for one moment."""
    now = epoch_ms(at)
    for one in waiting:
        oldest = 0 if one.oldest_at is None else max(0, now - epoch_ms(one.oldest_at)) // 1000
        yield f"{DESK}{tag('severity', one.severity)} waiting={one.alerts}i,oldest_s={oldest}i {now}000000".encode()
    for feed in feeds:
        fields = [f"title={quoted(feed.title)}", f"state={UNKNOWN if feed.state is None else feed.state}i"]
        if feed.heard_at is not None:
            fields.append(f"age_s={max(0, now - epoch_ms(feed.heard_at)) // 1000}i")
        if feed.expected_at is not None:
            fields.append(f"due_s={(epoch_ms(feed.expected_at) - now) // 1000}i")
        tags = tag("domain", feed.domain) + tag("feed", feed.feed)
        yield f"{FEED}{tags} {','.join(fields)} {now}000000".encode("utf-8", "replace")


def air_line(point: AirPoint) -> bytes:
    """One line of line protocol."""
    fields = [f"vn_aqi={point.value}i", f"pollutant={quoted(point.pollutant)}"]
    fields += [f"line_{lang}={quoted(text)}" for lang, text in point.line.items()]
    return f"{AIR}{tag('source', point.source)} {','.join(fields)} {epoch_ms(point.at)}000000".encode(
        "utf-8", "replace"
    )
