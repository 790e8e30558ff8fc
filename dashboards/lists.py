"""The two lists that most walls have: what is open, and how feeds keep to their schedules."""

from __future__ import annotations

from dashboards import ask, look
from dashboards.ask import Ask
from dashboards.panels import Panel, Place, rows
from ioc.words import Lang, say

OPEN = {"rank": "severity", "title": "what", "why": "why", "opened_ms": "since"}
FEEDS = {"state": "state", "title": "feed", "age_s": "age"}
"""Column of the answer -> `walls.column.<key>`."""


def _named(columns: dict[str, str], lang: Lang) -> dict[str, str]:
    return {name: say(f"walls.column.{key}", lang) for name, key in columns.items()}


def open_list(title: str, at: Place, lang: Lang, domain: str = "") -> Panel:
    """Open alerts, the gravest first: severity as sign and word, what, why, since when."""
    where = f"AND \"domain\" = '{domain}'" if domain else ""
    return rows(
        say(title, lang),
        at,
        Ask(ask.open_alerts(lang, where, limit=200)),
        lang,
        _named(OPEN, lang),
        painted={"rank": look.ranks(lang)},
        units={"opened_ms": "time:HH:mm DD/MM"},
        sort="rank",
    )


def feed_list(title: str, at: Place, lang: Lang, domain: str = "") -> Panel:
    """Feeds, the worst first: state as sign and word, name, how long ago it was heard."""
    return rows(
        say(title, lang),
        at,
        Ask(ask.feeds(domain)),
        lang,
        _named(FEEDS, lang),
        painted={"state": look.freshness(lang)},
        units={"age_s": "s"},
        sort="state",
    )
