"""Mistakes that somebody could make in the engine: a line of it, and what stands there instead."""

from __future__ import annotations

from typing import NamedTuple


class Mutation(NamedTuple):
    """`old` stands exactly once in `file`; `kinds` are the rules whose random histories must turn red."""

    name: str
    file: str
    old: str
    new: str
    kinds: tuple[str, ...]
    quick: bool = False
    """Tried in every run of the tests; the others by `scripts/long mutations`."""


ENGINE = "ioc/alerts/engine.py"
LADDER = "ioc/alerts/severity.py"
WINDOW = "ioc/alerts/window.py"
ARRIVAL = "ioc/alerts/arrival.py"
ABSENCE = "ioc/alerts/conditions/absence.py"
SEEN = "ioc/streams/seen.py"

MUTATIONS: tuple[Mutation, ...] = (
    Mutation(
        "wall clock for event time", ENGINE, "at = epoch_ms(event.observed_at)", "at = clock", ("threshold",), True
    ),
    Mutation("no duplicate check", SEEN, "if one in current or one in self._older:", "if one == -1:", ("count",), True),
    Mutation(
        "a window keeps a pane too long",
        WINDOW,
        "keep = now // width - PANES + 1",
        "keep = now // width - PANES",
        ("count",),
        True,
    ),
    Mutation(
        "a window drops a pane too soon",
        WINDOW,
        "keep = now // width - PANES + 1",
        "keep = now // width - PANES + 2",
        ("count",),
    ),
    Mutation(
        "a forgotten clear condition",
        LADDER,
        "elif not below[rank]:",
        "elif not below[rank] and rank > 9:",
        ("threshold",),
        True,
    ),
    Mutation(
        "a lost tick",
        ENGINE,
        "now = source_time(state.watermark, state.marked, clock)",
        "now = state.watermark",
        ("threshold",),
        True,
    ),
    Mutation("a hold that does not wait", LADDER, "at += plan.hold", "at += 0", ("threshold",)),
    Mutation("a settle that does not wait", LADDER, "at += plan.settle", "at += 0", ("threshold",)),
    Mutation(
        "a momentary alert ends after its first event",
        LADDER,
        "if rank <= stay and at > below[rank]:",
        "if rank <= stay and not below[rank]:",
        ("match",),
    ),
    Mutation(
        "a late reading is believed",
        ENGINE,
        "past = keeps and _is_past(state, event, at)",
        "past = False",
        ("threshold",),
    ),
    Mutation(
        "a late contrary reading breaks no hold",
        LADDER,
        "0 < memory.since[rank] <= at:",
        "0 < memory.since[rank] < 0:",
        ("threshold", "match"),
    ),
    Mutation("idle a moment too late", ARRIVAL, "if silent >= IDLE_MS", "if silent > IDLE_MS", ("threshold", "match")),
    Mutation(
        "late on the edge of lateness",
        ARRIVAL,
        "if observed < watermark - lateness",
        "if observed <= watermark - lateness",
        ("threshold", "match"),
    ),
    Mutation("nothing is late", ARRIVAL, 'return "late"', 'return "accepted"', ("match",)),
    Mutation(
        "nothing is of the future",
        ARRIVAL,
        "if observed > received + ahead:",
        "if observed > received + 9 * ahead + 10**9:",
        ("match",),
    ),
    Mutation(
        "a watermark that follows every event",
        ENGINE,
        "if at > state.watermark:",
        "if at != state.watermark:",
        ("threshold", "count"),
    ),
    Mutation(
        "readings of a device in fault are judged",
        ENGINE,
        'if event.quality in ("valid", "suspect"):',
        "if event.quality:",
        ("threshold",),
    ),
    Mutation(
        "a silence ends by a drill",
        ENGINE,
        'if fate == "accepted" and not event.drill:',
        'if fate == "accepted":',
        ("absence",),
    ),
    Mutation(
        "a silence a tick too late",
        ABSENCE,
        "while rank and start + silence <= clock:",
        "while rank and start + silence < clock:",
        ("absence",),
    ),
    Mutation(
        "a silence that an event does not begin anew",
        ENGINE,
        "state.heard = clock\n        state.lost",
        "state.heard = state.heard or clock\n        state.lost",
        ("absence",),
        True,
    ),
)
