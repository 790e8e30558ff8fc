"""Rules on trial: how each one does, and their newest alerts, which people call right or wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import htpy as h
from sqlalchemy.orm import Session

from ioc.console.deps import Deps
from ioc.console.page import severity
from ioc.console.row import source_title
from ioc.console.text import shown, stamp
from ioc.console.visit import Visit
from ioc.desk import board, wording
from ioc.desk.board import Matter
from ioc.desk.verdict import Score, Verdict, scores, verdicts
from ioc.words import say

NEWEST = 200
"""Alerts that the page shows."""


class Trials(NamedTuple):
    """What the page needs of the desk."""

    scores: Sequence[Score]
    matters: Sequence[Matter]
    verdicts: Mapping[str, Verdict]


def read(session: Session) -> Trials:
    """Scores, and the newest alerts with what people said of them."""
    matters = board.on_trial(session, NEWEST)
    return Trials(scores(session), matters, verdicts(session, [one.alert_id for one in matters]))


def trials(visit: Visit, deps: Deps, found: Trials) -> h.Node:
    """The page's main part."""
    return h.section(".panel.trials")[
        h.h1[visit.say("trial.title")],
        h.p(".quiet")[visit.say("trial.what")],
        _scores(visit, found.scores) if found.scores else h.p(".empty")[visit.say("trial.none")],
        _alerts(visit, deps, found) if found.matters else None,
        h.p[h.a(href="/false-alarms")[visit.say("false.title")]],
    ]


def _scores(visit: Visit, found: Sequence[Score]) -> h.Node:
    heads = ("rule", "right_count", "wrong_count", "unjudged", "share")
    return h.table(".evidence.scores")[
        h.thead[h.tr[(h.th[visit.say(f"trial.{head}")] for head in heads)]],
        h.tbody[
            (
                h.tr({"data-rule": one.rule})[
                    h.td[h.code[shown(one.rule)]],
                    (h.td[str(count)] for count in (one.right, one.wrong, one.unjudged)),
                    h.td[_share(one)],
                ]
                for one in found
            )
        ],
    ]


def _share(one: Score) -> str:
    judged = one.right + one.wrong
    return f"{round(100 * one.right / judged)} %" if judged else "–"


def _alerts(visit: Visit, deps: Deps, found: Trials) -> h.Node:
    return [
        h.h2[visit.say("trial.newest", count=len(found.matters))],
        h.ul(".trial-list")[(_alert(visit, deps, one, found.verdicts.get(one.alert_id)) for one in found.matters)],
    ]


def _alert(visit: Visit, deps: Deps, matter: Matter, verdict: Verdict | None) -> h.Element:
    told = matter.transition
    place = wording.place(told, deps.boundaries)[visit.lang]
    where = " · ".join(text for text in (place, source_title(told.source, visit.lang, deps.catalogue)) if text)
    return h.li({"data-n": matter.label})[
        h.p[
            severity(told.severity, visit.lang),
            " ",
            h.a(href=f"/alerts/{matter.label}")[f"#{matter.label} {shown(wording.title(told, visit.lang))}"],
            h.span(".quiet")[f" {stamp(told.opened_at)} · {where}"],
            h.span(".mark.ended")[say(f"change.{told.change}", visit.lang)] if told.status == "resolved" else None,
        ],
        h.p(".quiet")[shown(wording.why(told, visit.lang))],
        said(visit, verdict),
        verdict_form(visit, matter.label, asks_name=False)
        if visit.name
        else h.p[h.a(href=f"/alerts/{matter.label}#act")[visit.say("trial.open")]],
    ]


def said(visit: Visit, verdict: Verdict | None) -> h.Node:
    """Who called it what, when."""
    if verdict is None:
        return None
    key = "trial.by_right" if verdict.right else "trial.by_wrong"
    return h.p(".verdict")[visit.say(key, name=shown(verdict.by), time=stamp(verdict.at))]


def verdict_form(visit: Visit, label: str, *, asks_name: bool) -> h.Element:
    """Right or wrong; it works without JavaScript."""
    name: dict[str, str | bool] = {"name": "name", "required": True, "maxlength": "60", "value": visit.name}
    return h.form("#act.act-form" if asks_name else ".verdict-form", method="post", action=f"/alerts/{label}/judge")[
        h.label(for_="name")[visit.say("trial.name")] if asks_name else None,
        h.div(".act-line")[
            h.input("#name", name, minlength="2", autocomplete="name") if asks_name else h.input(name, type="hidden"),
            (
                h.button(class_=["button", {"small": not asks_name}], type="submit", name="verdict", value=verdict)[
                    visit.say(f"trial.{verdict}")
                ]
                for verdict in ("right", "wrong")
            ),
        ],
        h.p(".quiet")[visit.say("trial.hint")] if asks_name else None,
        h.input(type="hidden", name="form", value=visit.token),
    ]
