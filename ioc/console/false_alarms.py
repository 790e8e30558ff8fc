"""False alarms as people see them: the proposal on a card, the week per rule, the labelled cases for a rule's author."""

from __future__ import annotations

import json
from collections.abc import Sequence
from urllib.parse import quote

import htpy as h

from ioc.console.text import shown
from ioc.console.visit import Visit
from ioc.desk.board import Matter
from ioc.desk.false_alarms import Case, Count, Pair
from ioc.words import LANGS, say

WEEK_MS = 7 * 24 * 3_600_000


def proposal(visit: Visit, matter: Matter, pair: Pair) -> h.Node:
    """What the desk proposes when the last alarms of one rule and source were false."""
    causes = ", ".join(f"{visit.say(f'cause.{cause}')} {count}" for cause, count in sorted(pair.causes.items()))
    return h.section("#noisy.noisy")[
        h.h2[visit.say("false.noisy", false=pair.false, of=pair.of)],
        h.p[f"{causes}: ", ((h.a(href=f"/alerts/{one}")[f"#{one}"], " ") for one in pair.numbers)],
        h.form(method="post", action=f"/alerts/{matter.label}/quiet")[
            h.div(".act-line")[
                h.input(
                    name="name",
                    required=True,
                    minlength="2",
                    maxlength="60",
                    autocomplete="name",
                    value=visit.name,
                    aria_label=visit.say("do.name"),
                ),
                h.button(".button", type="submit")[visit.say("false.quiet")],
            ],
            h.p(".quiet")[visit.say("false.quiet_hint")],
            h.input(type="hidden", name="form", value=visit.token),
        ],
        h.p[h.a(href=_address(pair.rule))[visit.say("false.cases")]],
    ]


def false_page(visit: Visit, counts: Sequence[Count]) -> h.Node:
    """The last seven days, per rule."""
    return h.section(".panel")[
        h.h1[visit.say("false.title")],
        h.p(".quiet")[visit.say("false.what")],
        h.table(".evidence")[
            h.thead[
                h.tr[(h.th[visit.say(f"false.{name}")] for name in ("rule", "right", "wrong", "unjudged", "share"))]
            ],
            h.tbody[(_line(one) for one in counts)],
        ]
        if counts
        else h.p[visit.say("false.none")],
    ]


def _line(one: Count) -> h.Element:
    judged = one.verified + one.false
    return h.tr[
        h.td[h.a(href=_address(one.rule))[shown(one.rule)] if judged else shown(one.rule)],
        h.td[str(one.verified)],
        h.td[str(one.false)],
        h.td[str(one.unjudged)],
        h.td[f"{round(100 * one.verified / judged)} %" if judged else "–"],
    ]


def _address(rule: str) -> str:
    return f"/false-alarms/{quote(rule, safe='')}.yaml"


def as_yaml(cases: Sequence[Case]) -> str:
    """A file for `ioc rules test`: a false alarm must come to nothing, a verified one must fire."""
    lines = ["# " + say("console.false.file", lang) for lang in LANGS]
    return "\n".join([*lines, "tests:", *(f"  - {_test(one)}" for one in cases)]) + "\n"


def _test(one: Case) -> str:
    cause = one.cause or "other"
    last = one.events[-1][0] if one.events else 0
    found = {
        "case": {
            lang: say("console.false.case_wrong", lang, number=one.number, cause=say(f"console.cause.{cause}", lang))
            if one.false
            else say("console.false.case_right", lang, number=one.number)
            for lang in LANGS
        },
        "rule": one.rule,
        "events": [{"at": f"{at}s", "value": value} for at, value in one.events],
        "expect": "nothing" if one.false else [f"{last}s fired {one.severity}"],
    }
    return json.dumps(found, ensure_ascii=False)
