"""The first screen, in the order an officer needs it: what nobody has, what needs a person, where, which feeds are dead.

The list is made here for the first lines; the script then shows all of them, however many, a screenful at a time.
"""

from __future__ import annotations

from collections.abc import Sequence

import htpy as h

from ioc.alerts.lifecycle import HOWS
from ioc.catalogue import Catalogue
from ioc.console.feeds import BAD, FeedState
from ioc.console.page import LEVELS, severity
from ioc.console.row import GROUPS, Row, section
from ioc.console.text import machine, shown
from ioc.console.visit import Visit
from ioc.words import say

PAGE_ROWS = 50
"""Lines that the page brings itself; without JavaScript the rest is one click away."""


def counted(rows: Sequence[Row]) -> list[Row]:
    """Rows that count: waiting, and neither replayed nor a drill."""
    return [row for row in rows if row["group"] == "waiting" and not row.get("drill")]


def board(visit: Visit, rows: Sequence[Row], feeds: Sequence[FeedState], wanted: Wanted, caption: str) -> h.Node:
    """The first screen's main part; rows come in the order of the list, `caption` says what the map is worth."""
    chosen = [row for row in rows if wanted.takes(row)]
    return [
        _counts(visit, rows, wanted),
        h.div(".columns")[
            h.section("#list-panel.panel.list-panel", aria_label=visit.say("list.title"))[
                _tools(visit, rows, wanted),
                h.div("#list.list", tabindex="0", role="list", aria_label=visit.say("list.title"))[
                    _lines(visit, chosen, rows, feeds, wanted)
                ],
                _rest(visit, len(chosen), wanted),
            ],
            h.aside(".side")[
                h.section(".panel.map-panel")[
                    h.h2[h.a(href="/map")[visit.say("nav.map")], h.span(".quiet.caption")[f" {caption}"]],
                    h.div("#map.map", role="application", aria_label=visit.say("map.label")),
                ],
                feeds_panel(visit, feeds),
                mine_panel(visit, rows),
            ],
        ],
        h.template("#row-template")[line(visit, None)],
        accept_dialog(visit),
        keys_dialog(visit),
    ]


class Wanted:
    """Which lines are asked for in the address: `?severity=extreme`, `?group=ended`, `?start=50`."""

    def __init__(self, severity: str | None, group: str | None, start: str | None) -> None:
        self.severity = severity if severity in LEVELS else None
        self.group = group if group in GROUPS else None
        self.start = int(start) if start and start.isdecimal() and len(start) < 7 else 0

    def takes(self, row: Row) -> bool:
        """Whether this line is asked for; a severity asks for the unaccepted."""
        if self.severity is not None:
            return bool(row["sev"] == self.severity and row["group"] == "waiting")
        return self.group is None or row["group"] == self.group

    def query(self, start: int) -> str:
        """The same question from another line on."""
        parts = [("severity", self.severity), ("group", self.group), ("start", str(start))]
        return "/?" + "&".join(f"{name}={value}" for name, value in parts if value)


def _counts(visit: Visit, rows: Sequence[Row], wanted: Wanted) -> h.Element:
    waiting = counted(rows)
    return h.section("#counts.counts", aria_label=visit.say("count.title"))[
        h.h2(".counts-title")[visit.say("count.title")],
        (_count(visit, name, [row for row in waiting if row["sev"] == name], wanted) for name in LEVELS[:4]),
    ]


def _count(visit: Visit, name: str, waiting: Sequence[Row], wanted: Wanted) -> h.Element:
    oldest = min((row["opened"] for row in waiting), default=None)
    word = say(f"severity.{name}", visit.lang)
    return h.a(
        {"data-severity": name},
        class_=["count", f"sev-{name}", {"none": not waiting}],
        href="/" if wanted.severity == name else f"/?severity={name}",
        title=visit.say("count.show", severity=word),
        aria_current="true" if wanted.severity == name else None,
    )[
        severity(name, visit.lang),
        h.span(".number")[str(len(waiting))],
        h.span(".oldest")[visit.say("count.oldest", age=visit.age(oldest)) if oldest else visit.say("count.none")],
    ]


def _tools(visit: Visit, rows: Sequence[Row], wanted: Wanted) -> h.Element:
    counts = {group: sum(1 for row in rows if row["group"] == group) for group in GROUPS}
    return h.div(".tools")[
        h.h2[visit.say("list.title")],
        h.input(
            "#search.search", type="search", placeholder=visit.say("list.search"), aria_label=visit.say("list.search")
        ),
        h.nav("#chips.chips", aria_label=visit.say("list.title"))[
            _chip(visit, "all", len(rows), chosen=wanted.group is None and wanted.severity is None),
            (_chip(visit, group, counts[group], chosen=wanted.group == group) for group in GROUPS),
        ],
        h.button("#seen-all.button.small", type="button", hidden=True)[visit.say("list.seen_all")],
        h.div("#several.several", role="group", hidden=True)[
            h.b("#several-count"),
            h.button(".button.small.primary", {"data-act": "accept"}, type="button")[visit.say("accept.button")],
            (
                h.button(".button.small", {"data-act": act}, type="button")[visit.say(f"do.{act}")]
                for act in ("assign", "verify")
            ),
            h.button("#several-none.button.small", type="button")[visit.say("several.none")],
        ],
    ]


def _chip(visit: Visit, group: str, count: int, *, chosen: bool) -> h.Element:
    return h.a(
        {"data-group": group},
        class_=["chip", {"none": group == "replay" and not count}],
        href="/" if group == "all" else f"/?group={group}",
        aria_current="true" if chosen else None,
    )[visit.say(f"list.{group}"), " ", h.b[str(count)]]


def _lines(
    visit: Visit, chosen: Sequence[Row], rows: Sequence[Row], feeds: Sequence[FeedState], wanted: Wanted
) -> h.Node:
    if not chosen:
        if rows:
            return h.p(".empty")[visit.say("list.no_match")]
        lost = any(state.state in BAD for state in feeds)
        return h.p(class_=["empty", {"bad": lost}])[visit.say("list.empty_warn" if lost else "list.empty")]
    lines: list[h.Element] = []
    group = ""
    for row in chosen[wanted.start : wanted.start + PAGE_ROWS]:
        if section(row) != group:
            group = section(row)
            count = sum(1 for other in chosen if section(other) == group)
            lines.append(h.h3(".group")[visit.say(f"list.{group}"), " ", h.b[str(count)]])
        lines.append(line(visit, row))
    return lines


def _rest(visit: Visit, total: int, wanted: Wanted) -> h.Node:
    end = wanted.start + PAGE_ROWS
    if total <= end:
        return None
    return h.p("#rest.rest")[
        visit.say("list.more", count=total - end), " ", h.a(href=wanted.query(end))[visit.say("list.rest")]
    ]


def line(visit: Visit, row: Row | None) -> h.Element:
    """One line of the list; without a row it is the pattern that the script fills."""
    known = row or {
        "id": "",
        "n": "",
        "sev": "unknown",
        "group": "waiting",
        "opened": visit.now,
        "title": "",
        "phone": "",
    }
    path = f"/alerts/{known['n']}"
    return h.article(
        {"data-id": known["id"], "data-group": known["group"]}, class_=["row", f"row-{known['sev']}"], role="listitem"
    )[
        h.div(".row-sev")[
            severity(known["sev"], visit.lang),
            h.span(".row-number")[
                h.input(
                    ".pick", type="checkbox", aria_label=visit.say("several.pick"), title=visit.say("several.pick")
                ),
                h.span(".num")[f"#{known['n']}"],
            ],
        ],
        h.div(".row-what")[
            h.a(".title", href=path)[known["title"]],
            h.span(".marks")[_marks(visit, known)],
            h.span(".where")[where(known)],
        ],
        h.span(".row-why")[known.get("why", "")],
        h.time(".row-when", datetime=machine(known["opened"]))[
            h.span(".hour")[visit.hour(known["opened"])],
            h.span(".age")[visit.age(known["opened"])],
        ],
        h.div(".row-do")[
            h.span(".who")[who(visit, known)],
            h.a(".button.call", href=f"tel:{known['phone']}" if known["phone"] else f"{path}#call")[
                visit.say("call.button")
            ],
            h.a(".button.primary.act", href=f"{path}#act", hidden=known["group"] in SETTLED)[
                visit.say("seen.button" if known["group"] == "ended" else "accept.button")
            ],
        ],
    ]


def _marks(visit: Visit, row: Row) -> h.Node:
    return [
        h.span(".mark.drill")[visit.say("drill.mark")] if row.get("drill") else None,
        h.span(".mark.replay")[visit.say("replay.mark")] if row["group"] == "replay" else None,
        h.span(".mark.flapping")[visit.say("flapping.mark")] if row.get("flapping") else None,
        h.span(f".mark.found-{row['found']}")[visit.say(f"verification.{row['found']}")] if row.get("found") else None,
        h.span(".mark.hidden")[visit.say("hidden.mark", number=row["hidden"])] if row.get("hidden") else None,
    ]


def where(row: Row) -> str:
    """Place and source in one line."""
    return " · ".join(text for text in (row.get("place"), row.get("source")) if text)


SETTLED = frozenset({"owned", "handed"})
"""Groups in which a line has no button: somebody has it, in time."""


def who(visit: Visit, row: Row) -> str:
    """What people did with it, in a few words."""
    if row.get("late"):
        return visit.say("row.overdue", name=row.get("unit") or row.get("owner", ""), time=visit.hour(row["due"]))
    if row.get("unit"):
        return visit.say("row.handed", name=row["unit"], time=visit.hour(row["due"]))
    if row.get("snoozed"):
        return visit.say("row.snoozed", time=visit.hour(row["snoozed"]))
    if row.get("raised"):
        return visit.say("row.raised", name=row["owner"])
    if row.get("ended"):
        return visit.say("row.ended", time=visit.hour(row["ended"]))
    if row.get("owner"):
        return visit.say("row.owner", name=row["owner"], time=visit.hour(row["accepted"]))
    return ""


def feeds_panel(visit: Visit, feeds: Sequence[FeedState]) -> h.Element:
    """Dead and late feeds, the worst first."""
    bad = [state for state in feeds if state.state in BAD]
    return h.section("#feeds.panel.feeds")[
        h.h2[visit.say("feeds.title")],
        h.ul("#feed-list.feed-list")[(feed_line(visit, state) for state in bad)],
        h.p("#feeds-ok.quiet", hidden=bool(bad))[visit.say("feeds.ok")],
    ]


def feed_line(visit: Visit, state: FeedState) -> h.Element:
    """One feed: its name, how it is, since when, when its next data are due."""
    heard = visit.say("feeds.heard", age=visit.age(state.heard)) if state.heard else visit.say("feeds.never")
    if state.data_of:
        heard = f"{heard} · {visit.say('feeds.data_of', time=visit.hour(state.data_of))}"
    return h.li({"data-feed": state.feed.name}, class_=f"feed-{state.state}")[
        h.span(".feed-name")[getattr(state.feed.title, visit.lang)],
        h.span(".feed-state")[visit.say(f"feeds.{state.state}")],
        h.span(".feed-heard")[heard],
    ]


def feed_titles(visit: Visit, catalogue: Catalogue) -> dict[str, str]:
    """Feed name -> what people call it."""
    return {feed.name: getattr(feed.title, visit.lang) for feed in catalogue.feeds}


def mine_panel(visit: Visit, rows: Sequence[Row]) -> h.Element:
    """What this person has accepted and is still on."""
    held = SETTLED | {"overdue"}
    mine = [row for row in rows if visit.name and row.get("owner") == visit.name and row["group"] in held]
    return h.section("#mine.panel.mine")[
        h.h2[visit.say("mine.title")],
        h.ul("#mine-list.mine-list")[
            (
                h.li[
                    severity(row["sev"], visit.lang),
                    " ",
                    h.a(href=f"/alerts/{row['n']}")[f"#{row['n']} {row['title']}"],
                    " ",
                    h.span(".quiet")[visit.age(row["opened"])],
                ]
                for row in mine
            )
        ],
        h.p("#mine-none.quiet", hidden=bool(mine))[visit.say("mine.none" if visit.name else "mine.nobody")],
    ]


def accept_dialog(visit: Visit) -> h.Element:
    """Asks for a name; the script fills in which alert is meant."""
    return h.dialog("#ask.ask", aria_labelledby="ask-title")[
        h.form("#ask-form", method="post")[
            h.h2("#ask-title"),
            h.p("#ask-what.ask-what"),
            h.p("#ask-hint.quiet"),
            h.label(for_="ask-name")[visit.say("accept.name")],
            h.input(
                "#ask-name",
                name="name",
                required=True,
                minlength="2",
                maxlength="60",
                autocomplete="name",
                value=visit.name,
            ),
            h.label("#ask-to.ask-more", hidden=True)[
                h.span[visit.say("field.to")], h.input(name="to", maxlength="60", disabled=True)
            ],
            h.label("#ask-how.ask-more", hidden=True)[
                h.span[visit.say("field.how")],
                h.select(name="how", disabled=True)[(h.option(value=how)[visit.say(f"how.{how}")] for how in HOWS)],
            ],
            h.input(type="hidden", name="form", value=visit.token),
            h.p("#ask-wrong.wrong", role="alert", hidden=True),
            h.div(".ask-do")[
                h.button("#ask-cancel.button", type="button")[visit.say("cancel")],
                h.button("#ask-yes.button.primary", type="submit")[visit.say("accept.button")],
            ],
        ]
    ]


def keys_dialog(visit: Visit) -> h.Element:
    """What each key does."""
    keys = (
        ("J  K", "next"),
        ("Enter", "enter"),
        ("A", "accept"),
        ("C", "call"),
        ("V", "verify"),
        ("F", "false_alarm"),
        ("H", "hand"),
        ("S", "snooze"),
        ("G", "comment"),
        ("P", "assign"),
        ("X", "pick"),
        ("/", "search"),
        ("?", "help"),
    )
    return h.dialog("#keys.keys", aria_labelledby="keys-title")[
        h.h2("#keys-title")[visit.say("key.title")],
        h.dl[
            ((h.dt[(h.kbd[key] for key in shown(pair).split())], h.dd[visit.say(f"key.{name}")]) for pair, name in keys)
        ],
        h.form(method="dialog")[h.button(".button.primary")[visit.say("close")]],
    ]
