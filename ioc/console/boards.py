"""The lists that walls show, ready to be read: the board's own matters in the board's own order, and feeds.

What stands on a wall elsewhere is made here, out of what the console's own wall shows, so that no two walls disagree.
Lines are short, since letters of five metres' reach leave room for about fifty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from ioc.alerts.figures import duration
from ioc.catalogue import Catalogue
from ioc.console.feeds import FeedState, of_domain
from ioc.console.row import SYMBOLS, source_title
from ioc.console.text import hour, shown
from ioc.desk import wording
from ioc.desk.board import Matter
from ioc.desk.handled import Handled
from ioc.desk.moment import time_of
from ioc.events import DOMAINS, SEVERITIES, Severity
from ioc.histories import Listed
from ioc.places.boundaries import Boundaries
from ioc.words import LANGS, Lang, say

PLACES: Final = 6
"""Lines of a list at most; what does not fit is counted in the last."""
FRESH: Final = {"on_time": "✔", "late": "◔", "lost": "✖", "pending": "?", "unknown": "?"}
"""Sign of a feed's state; what nobody knows yet is never well."""
LINE_ROOM: Final = 38
"""Characters before the age in a line: at 36 px some 19.5 px each, beside the word of a severity in 1,240 px."""
WORST_ROOM: Final = 17
"""Characters of the largest text: at 120 px some 62 px each, within 14 of 24 columns."""
FEED_ROOM: Final = 27
LOST: Final = frozenset({"lost", "unknown"})
Boards = dict[str, Sequence[Listed]]


def alert_boards(
    matters: Iterable[Matter],
    feeds: Sequence[FeedState],
    boundaries: Boundaries,
    catalogue: Catalogue,
    *,
    now: int,
    drilled: int | None,
) -> Boards:
    """Lists of alerts; `drilled` is when the newest drill began (epoch ms).

    `waiting` and `worst` of the province, `counts` by severity, `on.<domain>` and `worst.<domain>`, `drill`.
    """
    ordered = sorted(matters, key=lambda one: one.order)
    live = [one for one in ordered if not one.transition.replay]
    waiting = [one for one in live if one.state == "waiting"]
    on = [one for one in live if one.transition.status == "firing"]

    def line(one: Matter) -> Listed:
        return _line(one, boundaries, catalogue, now)

    def worst(one: Matter) -> Listed:
        return _worst(one, boundaries, catalogue, now)

    found: Boards = {
        "waiting": _or_none(waiting, line, feeds, "waiting"),
        "worst": _or_none(waiting[:1], worst, feeds, "waiting"),
        "counts": [_count(severity, waiting, now) for severity in reversed(SEVERITIES[1:])],
        "drill": [_drill(live, drilled, now)],
    }
    for domain in DOMAINS:
        mine = [one for one in on if one.transition.domain == domain]
        known = of_domain(feeds, domain)
        found[f"on.{domain}"] = _or_none(mine, line, known, "on")
        found[f"worst.{domain}"] = _or_none(mine[:1], worst, known, "on")
    return found


def feed_boards(states: Sequence[FeedState], now: int) -> Boards:
    """`feeds`, the worst first, and `feeds.<domain>`; `passes`: satellites with the time of their next data."""
    found: Boards = {"feeds": [_feed(state, now) for state in states[:PLACES]]}
    for domain in DOMAINS:
        mine = of_domain(states, domain)
        found[f"feeds.{domain}"] = (
            [_feed(state, now) for state in mine[:PLACES]] if mine else [both("— {}", "walls.no_feed", "walls.no_feed")]
        )
    found["passes"] = [_feed(state, now, due=True) for state in of_domain(states, "hotspot")[:PLACES]]
    return found


def handled_board(found: Handled) -> Boards:
    """`handled`: time to accept, and the share of false alarms among what people verified."""
    waited = [both("— {}", "walls.none", "walls.handled.none")]
    if found.median_ms is not None:
        seconds = found.median_ms / 1000
        waited = [
            Listed(
                {lang: f"· {duration(seconds, lang)}" for lang in LANGS},
                {
                    lang: say("walls.handled.accepted", lang, accepted=found.accepted, alerts=found.alerts)
                    for lang in LANGS
                },
            )
        ]
    share = f"· {found.false_alarms} / {found.verified}"
    return {
        "handled": [
            *waited,
            Listed(dict.fromkeys(LANGS, share), {lang: say("walls.handled.false", lang) for lang in LANGS}),
        ]
    }


def both(figure: str, figure_key: str, line_key: str, **values: object) -> Listed:
    """A line of words alone; `figure` holds the sign and {} for the words."""
    return Listed(
        {lang: figure.format(say(figure_key, lang)) for lang in LANGS},
        {lang: say(line_key, lang, **values) for lang in LANGS},
    )


def age(ms: int, now: int, lang: Lang) -> str:
    """How long ago in one unit, whole minutes up to two hours: a wall has no room for more."""
    seconds = max(0, now - ms) // 1000
    for unit, size, least in (("days", 86_400, 2), ("hours", 3_600, 2), ("minutes", 60, 1)):
        if seconds >= least * size:
            return say(f"duration.{unit}", lang, n=seconds // size)
    return say("walls.moment", lang)


def fitted(text: str, room: int) -> str:
    """Within so many characters: without what stands in parentheses at its end, then cut."""
    if len(text) > room:
        text = text.partition(" (")[0]
    return text if len(text) <= room else text[: room - 1].rstrip() + "…"


def _or_none(
    matters: Sequence[Matter], made: Callable[[Matter], Listed], feeds: Sequence[FeedState], name: str
) -> list[Listed]:
    """Lines of matters, the last one counting what has no room; where there is none, a line that says so.

    "None" over data that are not there is not calm.
    """
    if not matters:
        if any(state.state in LOST for state in feeds):
            return [both("— {}", "walls.none", f"walls.none_but_lost.{name}")]
        return [both("✔ {}", "walls.none", f"walls.nothing.{name}")]
    if len(matters) <= PLACES:
        return [made(one) for one in matters]
    more = len(matters) - PLACES + 1
    rest = Listed(dict.fromkeys(LANGS, f"… {more}"), {lang: say("walls.more", lang) for lang in LANGS})
    return [*(made(one) for one in matters[: PLACES - 1]), rest]


def _where(one: Matter, boundaries: Boundaries, catalogue: Catalogue) -> Mapping[Lang, str]:
    """The commune's bare name; outside the province or without a place what is known of it."""
    told = one.transition
    if told.lat is not None and told.lon is not None:
        place = boundaries.commune_at(told.lat, told.lon, time_of(told.at))
        if place is None:
            return {lang: say("place.outside", lang) for lang in LANGS}
    else:
        place = boundaries.place(told.commune) if told.commune else None
    if place is None:
        return {lang: shown(source_title(told.source, lang, catalogue)) for lang in LANGS}
    return dict.fromkeys(LANGS, place.name)


def _drilled(one: Matter, lang: Lang) -> str:
    return say("walls.drill.mark", lang) + " · " if one.transition.drill else ""


def _line(one: Matter, boundaries: Boundaries, catalogue: Catalogue, now: int) -> Listed:
    """Severity; place, what, since when; who has it stands before it."""
    told = one.transition
    where = _where(one, boundaries, catalogue)
    owned = "✓ " if one.state in {"owned", "handed"} else ""
    return Listed(
        {lang: f"{SYMBOLS[told.severity]} {say(f'severity.{told.severity}', lang)}" for lang in LANGS},
        {
            lang: fitted(f"{owned}{_drilled(one, lang)}{where[lang]}: {shown(wording.title(told, lang))}", LINE_ROOM)
            + f" · {age(told.opened_at, now, lang)}"
            for lang in LANGS
        },
    )


def _worst(one: Matter, boundaries: Boundaries, catalogue: Catalogue, now: int) -> Listed:
    """The place as the key figure; severity, what and since when beside it."""
    told = one.transition
    where = _where(one, boundaries, catalogue)
    return Listed(
        {lang: f"{SYMBOLS[told.severity]} {fitted(where[lang], WORST_ROOM)}" for lang in LANGS},
        {
            lang: f"{_drilled(one, lang)}{say(f'severity.{told.severity}', lang)} · {shown(wording.title(told, lang))}"
            f" · {age(told.opened_at, now, lang)}"
            for lang in LANGS
        },
    )


def _count(severity: Severity, waiting: Sequence[Matter], now: int) -> Listed:
    """How many wait, with the age of the oldest; drills do not count."""
    mine = [one.stored_at for one in waiting if one.transition.severity == severity and not one.transition.drill]
    figure = f"{SYMBOLS[severity]} {len(mine)}" if mine else "✔ 0"
    return Listed(
        dict.fromkeys(LANGS, figure),
        {
            lang: say(f"severity.{severity}", lang) + (f" · {age(min(mine), now, lang)}" if mine else "")
            for lang in LANGS
        },
    )


def _drill(live: Sequence[Matter], drilled: int | None, now: int) -> Listed:
    """When the newest drill began; whether it runs."""
    if drilled is None:
        return both("· {}", "walls.drill.none", "walls.drill.last")
    runs = any(one.transition.drill for one in live)
    key = "walls.drill.runs" if runs else "walls.drill.last"
    figure = f"{'▣' if runs else '·'} {hour(drilled, now)}"
    return Listed(dict.fromkeys(LANGS, figure), {lang: say(key, lang) for lang in LANGS})


def _feed(state: FeedState, now: int, *, due: bool = False) -> Listed:
    def line(lang: Lang) -> str:
        parts = [fitted(getattr(state.feed.title, lang), FEED_ROOM)]
        if state.heard is not None:
            parts.append(age(state.heard, now, lang))
        if due and state.expected is not None:
            parts.append(say("walls.next", lang, time=hour(state.expected, now)))
        return " · ".join(parts)

    word = "unknown" if state.state == "pending" else state.state
    return Listed(
        {lang: f"{FRESH[state.state]} {say(f'walls.feed.{word}', lang)}" for lang in LANGS},
        {lang: line(lang) for lang in LANGS},
    )
