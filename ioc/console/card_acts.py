"""The forms of a card: first the one thing to do now, then all else that can be done, folded; no JavaScript needed.

Each form carries a key of its own, so that sent twice it is done once, and the number of the last act that this page
shows, so that nobody acts on what another has just changed.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import htpy as h

from ioc.alerts.lifecycle import CAUSES, HOWS, Act, State, allowed
from ioc.console.row import phone
from ioc.console.text import shown
from ioc.console.visit import Visit
from ioc.desk.acts.call import OUTCOMES
from ioc.desk.board import Matter
from ioc.events import SEVERITIES
from ioc.words import say

KEYS: dict[Act, str] = {
    "accept": "A",
    "call": "C",
    "verify": "V",
    "false_alarm": "F",
    "hand": "H",
    "snooze": "S",
    "comment": "G",
    "assign": "P",
}
"""Keys of the card and the board; console words `key.<act>` name them."""
ORDER: tuple[Act, ...] = (
    "call",
    "verify",
    "false_alarm",
    "hand",
    "report",
    "snooze",
    "comment",
    "assign",
    "merge",
    "close",
    "reopen",
)
SEVERITY_CHOICES = tuple(reversed(SEVERITIES[1:]))


def first_form(visit: Visit, matter: Matter) -> h.Node:
    """Accept, or say that one has seen the end."""
    if matter.state == "waiting" or (matter.state == "overdue" and matter.transition.status == "firing"):
        act, button, hint = "accept", "accept.button", "accept.hint"
    elif matter.state == "ended":
        act, button, hint = "seen", "seen.button", "seen.hint"
    else:
        return h.div("#act")
    return h.form("#act.act-form", {"data-act": act}, method="post", action=f"/alerts/{matter.label}/{act}")[
        h.label(for_="name")[visit.say("accept.name")],
        h.div(".act-line")[_name(visit, "name"), h.button(".button.primary", type="submit")[visit.say(button)]],
        h.p(".quiet")[visit.say(hint)],
        h.p(".wrong", role="alert", hidden=True),
        _hidden(visit, matter),
    ]


def forms(visit: Visit, matter: Matter, opened: str = "") -> h.Node:
    """All else that can be done with it now; `opened` is the one that a key asked for."""
    state = State("firing" if matter.transition.status == "firing" else "resolved", matter.work.people)
    can = [act for act in ORDER if act in allowed(state)]
    if matter.state in {"ended", "closed"} and "close" in can:
        can.remove("close")  # it is the first form's act, or done
    return h.section("#doing.doing", aria_label=visit.say("do.title"))[
        h.h2[visit.say("do.title")], h.div(".doing-list")[(_form(visit, matter, act, opened) for act in can)]
    ]


def _form(visit: Visit, matter: Matter, act: Act, opened: str) -> h.Element:
    key = KEYS.get(act)
    return h.details(f"#do-{act}.do", {"name": "do"}, open=act == opened)[
        h.summary[h.span[visit.say(f"do.{act}")], h.kbd[key] if key else None],
        h.form({"data-act": act}, method="post", action=f"/alerts/{matter.label}/{act}")[
            _fields(visit, matter, act),
            h.div(".do-end")[
                h.label(".do-name")[h.span[visit.say("do.name")], _name(visit, f"name-{act}")],
                _outcomes(visit)
                if act == "call"
                else h.button(".button.primary", type="submit")[visit.say(f"do.{act}")],
            ],
            h.p(".wrong", role="alert", hidden=True),
            _hidden(visit, matter),
        ],
    ]


def _name(visit: Visit, id_: str) -> h.Node:
    return h.input(
        id=id_,
        name="name",
        required=True,
        minlength="2",
        maxlength="60",
        autocomplete="name",
        value=visit.name,
        class_="who-acts",
    )


def _hidden(visit: Visit, matter: Matter) -> h.Node:
    return [
        h.input(type="hidden", name="form", value=visit.token),
        h.input(type="hidden", name="key", value=secrets.token_urlsafe(16)),
        h.input(type="hidden", name="acted", value=str(matter.work.acted)),
    ]


def _fields(visit: Visit, matter: Matter, act: Act) -> h.Node:
    if act == "assign":
        return _text(visit, "to", required=True, maxlength="60")
    if act == "hand":
        return [
            _text(visit, "unit", required=True, maxlength="60", value=_unit(visit, matter), list="units"),
            _text(visit, "due", required=True, maxlength="20", value="30", hint=True),
            _area(visit, "task", required=False),
        ]
    if act == "report":
        return _area(visit, "found")
    if act == "comment":
        return _area(visit, "comment")
    if act == "call":
        return _call(visit, matter)
    if act == "snooze":
        return _text(visit, "until", required=True, maxlength="20", value="15", hint=True)
    if act == "verify":
        return [
            _choice(visit, "result", ("verified", "unreachable"), "verified"),
            _choice(visit, "how", HOWS, ""),
            h.label[
                h.span[visit.say("field.severity")],
                h.select(name="severity")[
                    h.option(value="")[visit.say("field.severity_same")],
                    (h.option(value=name)[say(f"severity.{name}", visit.lang)] for name in SEVERITY_CHOICES),
                ],
            ],
            _area(visit, "comment", required=False),
        ]
    if act == "false_alarm":
        return [_choice(visit, "cause", CAUSES, ""), _area(visit, "comment", required=False)]
    if act == "merge":
        return _text(visit, "into", required=True, maxlength="12", inputmode="numeric")
    return _area(visit, "comment", required=False)


def _unit(visit: Visit, matter: Matter) -> str:
    """Whom the rule names, without the number."""
    text = matter.transition.call.get(visit.lang, "")
    number = phone(text)
    return shown(" ".join(word for word in text.split() if not (number and word.replace(".", "").isdigit()))[:60])


def _call(visit: Visit, matter: Matter) -> h.Node:
    """Whom and which number are known: the second tap says how it went."""
    number = phone(matter.transition.call.get(visit.lang, ""))
    return [
        h.div(".do-two")[
            _text(visit, "whom", maxlength="60", value=_unit(visit, matter)),
            _text(visit, "number", maxlength="20", value=number, inputmode="tel"),
        ],
        _text(visit, "again", maxlength="20", hint=True),
        _area(visit, "comment", required=False),
    ]


def _outcomes(visit: Visit) -> h.Element:
    return h.div(".do-outcomes")[
        (
            h.button(class_=["button", {"primary": outcome == "answered"}], name="outcome", value=outcome)[
                visit.say(f"outcome.{outcome}")
            ]
            for outcome in OUTCOMES
        )
    ]


def _text(visit: Visit, name: str, *, hint: bool = False, **given: str | bool) -> h.Element:
    attributes = {key: value for key, value in given.items() if value is not False}
    return h.label[
        h.span[visit.say(f"field.{name}")],
        h.input({"name": name, **attributes}),
        h.small(".quiet")[visit.say("field.time_hint")] if hint else None,
    ]


def _area(visit: Visit, what: str, *, required: bool = True) -> h.Element:
    return h.label[
        h.span[visit.say(f"field.{what}")], h.textarea(name="text", rows="2", maxlength="2000", required=required)
    ]


def _choice(visit: Visit, name: str, choices: Sequence[str], chosen: str) -> h.Element:
    return h.fieldset(".choice")[
        h.legend[visit.say(f"field.{name}")],
        (
            h.label(".chip-choice")[
                h.input(type="radio", name=name, value=one, required=name == "cause", checked=one == chosen),
                h.span[visit.say(f"{name}.{one}")],
            ]
            for one in choices
        ),
    ]
