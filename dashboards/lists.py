"""The told lists that most walls have: what is on, and how feeds keep to their schedules."""

from __future__ import annotations

from dashboards import ask
from dashboards.ask import Ask
from dashboards.panels import Panel, Place, heading, stacked, told
from ioc.words import Lang, say


def board(name: str, at: Place, lang: Lang, limit: int) -> Panel:
    """One told list."""
    return told(at, Ask(ask.board(name, lang, limit)), lang, limit)


def headed(title: str, name: str, at: Place, lang: Lang, limit: int) -> list[Panel]:
    """One told list with words over it, for a narrow place; both within `at`."""
    below = at._replace(y=at.y + 2, h=at.h - 2)
    return [heading(say(title, lang), at._replace(h=2)), stacked(below, Ask(ask.board(name, lang, limit)), lang, limit)]
