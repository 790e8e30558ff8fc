"""The wall: what is wrong, where, since when, how old is each tile; readable from five metres, never calm over dead data.

Sizes are for a 55-inch screen of 1920x1080 (0.63 mm a pixel): text 36 px and more, key figures 96 px and more, five tiles,
at most six alerts.
"""

from __future__ import annotations

from collections.abc import Sequence

import htpy as h

from ioc.console.feeds import FeedState, of_domain
from ioc.console.page import severity
from ioc.console.pulse import Pulse, ReplaySpan
from ioc.console.row import SYMBOLS, Row
from ioc.console.text import day
from ioc.console.visit import Visit
from ioc.desk.moment import time_of
from ioc.events import DOMAINS, SEVERITIES
from ioc.words import say

LINES = 6
"""Alerts on the wall at most; more would be too small to read, so they are counted. The script shows fewer where a bar
takes the room."""


def wall(visit: Visit, rows: Sequence[Row], pulse: Pulse, caption: str) -> h.Node:
    """Four tiles, the list of what nobody has, the map; `caption` says what the map is worth."""
    feeds = pulse.feeds()
    waiting = [row for row in rows if row["group"] == "waiting"]
    lost = any(state.state in {"lost", "unknown"} for state in feeds)
    return h.div(".wall")[
        h.section("#tiles.tiles")[(_tile(visit, domain, rows, feeds, pulse.replays.get(domain)) for domain in DOMAINS)],
        h.section("#wall-list.wall-list")[
            h.h2[visit.say("wall.list"), " ", h.span(".wall-count")[str(len(waiting))]],
            h.ol("#wall-lines", {"data-total": str(len(waiting))})[(_line(visit, row) for row in waiting[:LINES])],
            h.p("#wall-more.wall-more", hidden=len(waiting) <= LINES)[
                visit.say("wall.more", count=len(waiting) - LINES)
            ],
            None
            if waiting
            else h.p(class_=["wall-none", {"bad": lost}])[
                visit.say("wall.nothing_but_lost" if lost else "wall.nothing")
            ],
        ],
        h.section(".tile.wall-map")[
            h.div("#map.map", role="application", aria_label=visit.say("map.label")), h.p(".caption")[caption]
        ],
    ]


def tile_state(feeds: Sequence[FeedState]) -> str:
    """How a tile as a whole is: `none` without feeds, `lost` when all of them are, `some` when one is bad, else `good`."""
    if not feeds:
        return "none"
    states = {state.state for state in feeds}
    if states == {"unknown"}:
        return "unknown"
    if states <= {"lost", "unknown"}:
        return "lost"
    if states & {"lost", "unknown", "late"}:
        return "some"
    return "pending" if states == {"pending"} else "good"


def _tile(
    visit: Visit, domain: str, rows: Sequence[Row], feeds: Sequence[FeedState], replay: ReplaySpan | None
) -> h.Element:
    mine = of_domain(feeds, domain)
    state = tile_state(mine)
    on = [
        row
        for row in rows
        if row["domain"] == domain and row["group"] in ON and not (row.get("drill") or row.get("ended"))
    ]
    waiting = [row for row in on if row["group"] == "waiting"]
    worst = max((row["sev"] for row in on), key=SEVERITIES.index, default=None)
    known = {"data-domain": domain, "data-state": state, "data-worst": worst or ""}
    return h.article(known, class_=["tile", f"tile-{state}", {f"tile-{worst}": worst is not None}])[
        h.h2[visit.say(f"domain.{domain}")],
        h.div(".tile-figure")[
            h.span(".figure")[figure(len(on), state)],
            h.span(class_=["tile-worst", f"sev-{worst}"])[
                h.span(".tile-sym", aria_hidden="true")[SYMBOLS[worst]], h.span[say(f"severity.{worst}", visit.lang)]
            ]
            if worst
            else None,
        ],
        h.p(".tile-say")[_said(visit, len(on), len(waiting), state)],
        h.p(".tile-fresh")[freshness(visit, mine, state)],
        (h.p(".tile-due")[text] for text in _due(visit, mine)),
        h.p(".tile-replay")[_replayed(visit, replay)] if replay else None,
    ]


ON = frozenset({"waiting", "overdue", "owned", "handed"})
"""Groups of alerts that people are not finished with; one that has ended is left out by its end."""


def figure(count: int, state: str) -> str:
    """The key figure: never a zero over data that are not there."""
    if not count and state in {"lost", "unknown", "none", "pending"}:
        return {"lost": "—", "unknown": "?", "none": "—", "pending": "…"}[state]
    return str(count)


def _said(visit: Visit, count: int, waiting: int, state: str) -> str:
    if not count:
        return "" if state in {"lost", "unknown", "none", "pending"} else visit.say("wall.quiet")
    return visit.say("wall.waiting", count=waiting) if waiting else visit.say("wall.accepted")


def freshness(visit: Visit, feeds: Sequence[FeedState], state: str) -> str:
    """How the tile's data are, in words."""
    if state == "none":
        return visit.say("wall.no_feed")
    if state in {"lost", "unknown", "pending"}:
        return visit.say(f"feeds.{state}")
    if state == "good":
        return visit.say("wall.feeds_ok", count=sum(1 for feed in feeds if feed.state == "on_time"))
    lost = sum(1 for feed in feeds if feed.state in {"lost", "unknown"})
    late = sum(1 for feed in feeds if feed.state == "late")
    return visit.say("wall.feeds_lost" if lost else "wall.feeds_late", count=lost or late, all=len(feeds))


def _due(visit: Visit, feeds: Sequence[FeedState]) -> list[str]:
    """When the worst feed was heard last, and when the next data of any are due."""
    said = []
    if feeds and feeds[0].heard:
        said.append(visit.say("row.age", age=visit.age(feeds[0].heard)))
    due = [feed.expected for feed in feeds if feed.expected and feed.expected >= visit.now]
    if due:
        said.append(visit.say("feeds.expected", time=visit.hour(min(due))))
    return said


def _replayed(visit: Visit, replay: ReplaySpan) -> str:
    since, until = day(time_of(replay.since)), day(time_of(replay.until))
    if since == until:
        return visit.say("replay.of", date=since)
    short = since[:5] if since[5:] == until[5:] else since
    return visit.say("replay.of_span", since=short, until=until)


def _line(visit: Visit, row: Row) -> h.Element:
    found = visit.say(f"verification.{row.get('found', 'unverified')}")
    return h.li({"data-id": row["id"]}, class_=["wall-line", f"row-{row['sev']}"])[
        severity(row["sev"], visit.lang),
        h.span(".num")[f"#{row['n']}"],
        h.span(".title")[h.span(".mark.drill")[visit.say("drill.mark")] if row.get("drill") else None, row["title"]],
        h.span(".age")[visit.age(row["opened"])],
        h.span(".where")[f"{found} · {row['place'] or row['source']}"],
    ]
