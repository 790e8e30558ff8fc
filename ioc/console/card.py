"""One alert's page, in the order in which it is read aloud; rule ids, UTC and log places come last and folded."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

import htpy as h

from ioc.alerts.alert import Evidence, Transition
from ioc.alerts.figures import measured
from ioc.console.card_acts import first_form, forms
from ioc.console.chart import chart
from ioc.console.deps import Deps
from ioc.console.diary import diary
from ioc.console.duty import call_list
from ioc.console.false_alarms import proposal
from ioc.console.page import severity
from ioc.console.row import phone, source_title
from ioc.console.text import machine, shown, span, stamp
from ioc.console.trials import verdict_form
from ioc.console.visit import Visit
from ioc.desk import wording
from ioc.desk.board import Case, Matter, Told
from ioc.desk.directory import Entry
from ioc.desk.false_alarms import Pair
from ioc.desk.moment import time_of
from ioc.events import iso
from ioc.ports import Step
from ioc.words import has, say


def card(
    visit: Visit,
    deps: Deps,
    case: Case,
    steps: Sequence[Step],
    *,
    said: str = "",
    opened: str = "",
    pair: Pair | None = None,
    whom: Sequence[Entry] = (),
) -> h.Node:
    """The card; `steps` are the recent values of its source, `said` is what the last act led to, `opened` a form.

    `pair` is its rule and source, where their last alarms were false; `whom` the directory's entries for it, in order.
    """
    matter = case.matter
    told = matter.transition
    return h.article(
        "#card.card", {"data-id": matter.alert_id, "data-n": matter.label}, class_=["card", f"card-{told.severity}"]
    )[
        h.p("#said.said", role="status")[said] if said else None,
        h.div("#live.live")[
            _head(visit, matter),
            _facts(visit, deps, matter),
            None if matter.trial else _owner(visit, matter),
            _unit(visit, matter),
            _first_step(visit, told),
            _call(visit, told),
            call_list(visit, whom) if whom else None,
        ],
        verdict_form(visit, matter.label, asks_name=True) if matter.trial else first_form(visit, matter),
        None if matter.trial else forms(visit, matter, opened),
        h.div("#more.more")[
            proposal(visit, matter, pair) if pair and not matter.trial else None,
            _merged(visit, case),
            diary(visit, case.acts),
            _steps(visit, told),
            chart(visit, told, steps),
            _history(visit, case),
            _evidence(visit, told),
            _told(visit, case.told),
            _details(visit, matter),
        ],
        h.p[h.a(".back", href="/")[f"← {visit.say('back')}"]],
    ]


def _head(visit: Visit, matter: Matter) -> h.Node:
    told = matter.transition
    return h.header(".card-head")[
        h.p(".card-line")[
            severity(told.severity, visit.lang),
            h.span(".num")[f"#{matter.label}"],
            h.span(".mark.drill")[visit.say("drill.mark")] if told.drill else None,
            h.span(".mark.replay")[visit.say("replay.mark")] if told.replay else None,
            h.span(".mark.trial")[visit.say("trial.mark")] if matter.trial else None,
            h.span(".mark.flapping")[visit.say("flapping.mark")] if told.flapping else None,
            h.span(".mark.ended")[say(f"change.{told.change}", visit.lang)] if told.status == "resolved" else None,
            h.span(".mark.ended")[visit.say("work.closed")] if matter.state == "closed" else None,
        ],
        h.h1[shown(wording.title(told, visit.lang))],
        _verification(visit, matter),
    ]


def _verification(visit: Visit, matter: Matter) -> h.Node:
    """What people found, and apart from it how sure the rule is."""
    told, work = matter.transition, matter.work
    found = []
    if work.cause:
        found.append(visit.say(f"cause.{work.cause}"))
    if work.verified_how:
        found.append(visit.say(f"how.{work.verified_how}"))
    if work.verified_by and work.verified_at:
        by, time = shown(work.verified_by), visit.hour(work.verified_at)
        found.append(visit.say("verification.by", name=by, time=time))
    if work.rule_says:
        found.append(visit.say("work.rule_says", severity=say(f"severity.{work.rule_says}", visit.lang)))
    certain = visit.say("card.certainty", certainty=say(f"certainty.{told.certainty}", visit.lang))
    return h.p(".verify")[
        h.strong(f".found.found-{work.verification}")[visit.say(f"verification.{work.verification}")],
        f" {' · '.join(found)}" if found else None,
        " ",
        h.span(".quiet")[certain],
    ]


def _when(visit: Visit, ms: int) -> h.Node:
    return h.time(datetime=machine(ms))[
        stamp(ms), " ", h.span(".quiet.age", {"data-ms": str(ms)})[f"({visit.say('row.age', age=visit.age(ms))})"]
    ]


def _facts(visit: Visit, deps: Deps, matter: Matter) -> h.Node:
    told = matter.transition
    place = wording.place(told, deps.boundaries)[visit.lang]
    near = wording.distance(told, visit.lang, deps.boundaries)
    ended = [(visit.say("card.ended"), _when(visit, told.at))] if told.status == "resolved" else []
    facts: list[tuple[str, h.Node]] = [
        (visit.say("card.place"), [h.strong[place or visit.say("card.no_place")], _near(visit, told, near)]),
        (visit.say("card.source"), source_title(told.source, visit.lang, deps.catalogue)),
        (visit.say("card.opened"), _when(visit, told.opened_at)),
        (visit.say("card.last_seen"), _when(visit, told.last_seen)),
        *ended,
        (visit.say("card.why"), shown(wording.why(told, visit.lang))),
    ]
    if told.media:
        facts.append((visit.say("card.media"), _media(visit, told.media)))
    return h.dl(".facts")[((h.dt[name], h.dd[value]) for name, value in facts)]


def _near(visit: Visit, told: Transition, near: str) -> h.Node:
    if told.lat is None or told.lon is None:
        return None
    point = f"{told.lat:.5f}, {told.lon:.5f}"
    return [
        h.span(".quiet")[f", {near}"] if near else None,
        h.br,
        h.button("#copy.link", {"data-text": point}, type="button", title=visit.say("card.coordinates"))[point],
        " ",
        h.a(href=f"/map#{told.lat:.5f},{told.lon:.5f}")[visit.say("card.on_map")],
    ]


def _media(visit: Visit, links: Sequence[str]) -> h.Node:
    """Links that lead to the source's own system; only web addresses, and the page they lead to learns nothing of us."""
    found = []
    for nth, link in enumerate(links, 1):
        try:
            parts = urlsplit(link)
        except ValueError:
            continue
        if parts.scheme in {"http", "https"} and parts.hostname:
            text = visit.say("card.picture", n=nth, host=shown(parts.hostname))
            found.append(h.a(href=link, rel="noopener noreferrer", target="_blank")[text])
    return h.span(".media")[((link, " ") for link in found)]


def _owner(visit: Visit, matter: Matter) -> h.Node:
    told = matter.transition
    text: h.Node
    if matter.raised and matter.accepted_by:
        text = h.strong[visit.say("row.raised", name=shown(matter.accepted_by))]
    elif matter.accepted_by and matter.accepted_at:
        text = [h.strong[shown(matter.accepted_by)], ", ", _when(visit, matter.accepted_at)]
    elif told.status == "resolved":
        text = visit.say("card.nobody_ended")
    else:
        text = h.strong("#wait.wait", {"data-ms": str(matter.stored_at)})[
            visit.say("card.nobody", age=visit.age(matter.stored_at))
        ]
    seen = (
        visit.say("seen.by", name=shown(matter.seen_by), time=stamp(matter.seen_at))
        if matter.seen_by and matter.seen_at
        else None
    )
    return h.p("#owner.owner")[
        h.span(".label")[visit.say("card.owner")],
        h.span[text, _countdown(visit, matter), h.span(".quiet")[f" {seen}"] if seen else None],
    ]


def _countdown(visit: Visit, matter: Matter) -> h.Node:
    """How long until the shift lead is told, or since when it is overdue."""
    work = matter.work
    if work.overdue_at and work.due_at:
        return h.strong(".overdue")[" ", visit.say("work.overdue", time=visit.hour(work.due_at))]
    if work.snoozed_until:
        return h.span(".quiet")[" ", visit.say("work.snoozed", time=visit.hour(work.snoozed_until))]
    if work.due_at and work.people == "accepted":
        left = span(max(0, work.due_at - visit.now) / 1000, visit.lang)
        return h.span("#countdown.countdown", {"data-ms": str(work.due_at)})[visit.say("work.countdown", left=left)]
    return None


def _unit(visit: Visit, matter: Matter) -> h.Node:
    """The unit that has it, and the alert that stands for it."""
    work = matter.work
    return [
        h.p(".owner")[
            h.span(".label")[visit.say("work.unit")],
            h.strong[visit.say("work.handed", unit=shown(work.handed_to), time=visit.hour(work.due_at))],
        ]
        if work.handed_to and work.due_at and work.people == "handed"
        else None,
    ]


def _merged(visit: Visit, case: Case) -> h.Node:
    """What stands for this one, and what this one stands for."""
    if case.into:
        return h.section[h.p[h.a(href=f"/alerts/{case.into}")[visit.say("work.merged_into", number=case.into)]]]
    if not case.merged:
        return None
    return h.section("#merged")[
        h.h2[visit.say("work.merged")],
        h.ul[
            (
                h.li[
                    severity(one.transition.severity, visit.lang),
                    " ",
                    h.a(href=f"/alerts/{one.label}")[
                        f"#{one.label} {shown(wording.title(one.transition, visit.lang))}"
                    ],
                    h.span(".mark.ended")[say(f"change.{one.transition.change}", visit.lang)]
                    if one.transition.status == "resolved"
                    else None,
                ]
                for one in case.merged
            )
        ],
    ]


def _first_step(visit: Visit, told: Transition) -> h.Node:
    if not told.steps:
        return None
    return h.p(".step")[h.span(".label")[visit.say("card.step")], h.strong[shown(told.steps[0].get(visit.lang, ""))]]


def _call(visit: Visit, told: Transition) -> h.Node:
    text = told.call.get(visit.lang, "")
    number = phone(text)
    return h.p("#call.call-line")[
        h.span(".label")[visit.say("call.title")],
        h.span[
            shown(text) or visit.say("call.none"),
            h.a(".button.call", href=f"tel:{number}")[f"{visit.say('call.button')} {number}"] if number else None,
        ],
    ]


def _steps(visit: Visit, told: Transition) -> h.Node:
    if len(told.steps) < 2:
        return None
    return h.section[
        h.h2[visit.say("card.steps")], h.ol(".steps")[(h.li[shown(step.get(visit.lang, ""))] for step in told.steps)]
    ]


def _history(visit: Visit, case: Case) -> h.Node:
    return h.section[
        h.h2[visit.say("card.history")],
        h.ol(".history")[
            (
                h.li[
                    h.time(datetime=machine(told.at))[stamp(told.at)],
                    severity(told.severity, visit.lang),
                    h.span[shown(wording.why(told, visit.lang))],
                ]
                for _, told in reversed(case.transitions)
            )
        ],
    ]


def _evidence(visit: Visit, told: Transition) -> h.Node:
    if not told.evidence:
        return None

    def one(found: Evidence) -> h.Element:
        value = measured(found.value, told.why.unit, visit.lang)
        return h.tr[
            h.td[stamp(found.observed_at)], h.td[value], h.td[h.bdi[shown(found.title)] if found.title else None]
        ]

    return h.section[
        h.h2[visit.say("card.evidence")],
        h.table(".evidence")[
            h.thead[h.tr[h.th[visit.say("card.time")], h.th[visit.say("card.value")], h.th]],
            h.tbody[(one(found) for found in told.evidence)],
        ],
    ]


def _told(visit: Visit, notices: Sequence[Told]) -> h.Node:
    if not notices:
        return None

    def state(notice: Told) -> str:
        why = _fault(visit, notice.error)
        if notice.state == "waiting":
            key = "told.retrying" if notice.attempts else "told.waiting"
        else:
            key = f"told.{notice.state}"
        return visit.say(key, count=notice.attempts, why=why, time=stamp(notice.sent_at) if notice.sent_at else "")

    return h.section[
        h.h2[visit.say("card.told")],
        h.ul[
            (
                h.li[f"{visit.say(f'strip.{n.channel}')} ", h.code[n.key.partition(":")[2]], f" {state(n)}"]
                for n in notices
            )
        ],
    ]


def _fault(visit: Visit, code: str | None) -> str:
    """What keeps a notice from arriving, in words; a code without words stands as it is."""
    if code is None:
        return ""
    return visit.say(f"fault.{code}") if has(f"console.fault.{code}") else code


def _details(visit: Visit, matter: Matter) -> h.Node:
    told = matter.transition
    facts = (
        (visit.say("card.rule"), told.rule),
        (visit.say("card.version"), told.rule_version),
        (visit.say("card.feed"), told.feed),
        (visit.say("card.source"), told.source),
        (visit.say("card.alert_id"), f"{told.alert_id} · {told.revision}"),
        ("UTC", iso(time_of(told.at))),
        ("input", f"{told.input.topic_id} {told.input.partition} {told.input.offset}" if told.input else "-"),
    )
    return h.details(".details")[
        h.summary[visit.say("card.details")],
        h.dl(".facts")[((h.dt[name], h.dd[h.code[shown(value)]]) for name, value in facts)],
    ]
