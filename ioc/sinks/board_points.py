"""What history keeps of lists that walls show and of the pipeline's own health: `board`, `health`, `fate`, `role`.

Lists come ready to be read, in the order of whoever tells them, so that every wall shows the same facts in the same
order. Each list has a fixed number of places, all of them written every time: a place that is empty now covers what stood
there before. Points are written every few seconds whether anything changed or not; what is old is no data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from ioc.histories import Health, Listed
from ioc.sinks.fields import epoch_ms, number, quoted, tag
from ioc.words import LANGS

BOARD = "board"
"""Tags `board` (the list's name) and `place` (01 ...); integer `shown` (0 where the place is empty), texts `figure_<lang>`
and `line_<lang>`."""
PLACES = 6
"""Lines of one list: what a wall has room for in letters that are read from five metres."""
HEALTH = "health"
"""Floats `per_s`, `behind_s`, `latency_s`, each absent where nobody could say."""
FATE = "fate"
"""Tag `fate`; integer `records` since the telling before."""
ROLE = "role"
"""Tag `role`; integer `started_s`, the Unix time at which its process began."""


def board_lines(at: datetime, boards: Mapping[str, Sequence[Listed]]) -> Iterator[bytes]:
    """Lines of line protocol for one moment."""
    now = epoch_ms(at)
    for name, listed in boards.items():
        for nth in range(PLACES):
            one = listed[nth] if nth < len(listed) else None
            fields = [f"shown={int(one is not None)}i"]
            for lang in LANGS:
                fields.append(f"figure_{lang}={quoted(one.figure[lang] if one else '')}")
                fields.append(f"line_{lang}={quoted(one.line[lang] if one else '')}")
            tags = tag("board", name) + tag("place", f"{nth + 1:02d}")
            yield f"{BOARD}{tags} {','.join(fields)} {now}000000".encode("utf-8", "replace")


def health_lines(at: datetime, health: Health) -> Iterator[bytes]:
    """Lines of line protocol for one moment."""
    now = epoch_ms(at)
    known = {"per_s": health.per_s, "behind_s": health.behind_s, "latency_s": health.latency_s}
    fields = [f"{name}={number(value)}" for name, value in known.items() if value is not None]
    if fields:
        yield f"{HEALTH} {','.join(fields)} {now}000000".encode()
    for fate, records in health.fates.items():
        yield f"{FATE}{tag('fate', fate)} records={records}i {now}000000".encode()
    for role, started in health.roles.items():
        yield f"{ROLE}{tag('role', role)} started_s={started}i {now}000000".encode()
