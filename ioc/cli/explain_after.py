"""The further parts of `ioc rules explain`: rules of other keys, rules between domains, and what the desk does then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from ioc.alerts.alert import Transition
from ioc.alerts.explain_near import NearVerdict
from ioc.alerts.figures import VIETNAM, duration, measured
from ioc.alerts.routing import Routing
from ioc.alerts.routing_file import parse_routing
from ioc.alerts.sentence import sentence
from ioc.replay import notifies
from ioc.settings.shipped import shipped
from ioc.words import Lang, say
from ioc.workshop.after import Around, after, open_by
from ioc.workshop.why import Again


def routing_of(config: Path | None) -> Routing:
    """The routes of an installation, else the shipped; raises RuleMistakes."""
    path = config / "routing.yaml" if config is not None else shipped("routing.yaml")
    if not path.is_file():
        path = shipped("routing.yaml")
    return parse_routing(path.name, path.read_text(encoding="utf-8"))


def change_words(told: Transition, lang: Lang) -> str:
    """`fires as Moderate`."""
    return f"{say(f'change_name.{told.change}', lang)} {say(f'severity.{told.severity}', lang)}"


def tell_again(one: Again, lang: Lang) -> None:
    """By which other key the event is judged, and with how many before it; or why not."""
    if not one.key:
        print(say("explain.no_key", lang, field=one.field))
    elif one.explanation is None:
        print(say("explain.not_passed", lang, field=one.field, group=one.key))
    else:
        print(say("explain.again", lang, field=one.field, group=one.key, earlier=one.earlier))


def tell_near(told: Transition, verdicts: Sequence[NearVerdict], lang: Lang) -> None:
    """What the rules between domains made of one alert."""
    print(say("explain.between", lang, rule=told.rule, change=change_words(told, lang)))
    for one in verdicts:
        side = say(f"explain.side_{one.side}", lang) if one.side else ""
        values = {"field": one.field, "wanted": one.wanted, "got": one.got or "-", "side": side}
        print(say("explain.line", lang, rule=one.rule, why=say(f"explain.near_{one.code}", lang, **values)))
        for other in one.others:
            at = {"km": measured(other.km, "km", lang), "gap": duration(other.gap / 1000, lang)}
            limits = {"most_km": measured(one.km, "km", lang), "most_gap": duration(one.window / 1000, lang)}
            print(say("explain.other", lang, source=other.source, id=other.alert_id, **at, **limits))
        for change in one.transitions:
            print(say("explain.told", lang, change=change_words(change, lang), why=sentence(change, lang)))


def tell_after(told: Transition, transitions: Sequence[Transition], routing: Routing, lang: Lang) -> None:
    """What the desk does with one transition, step by step."""
    at = datetime.fromtimestamp(told.at / 1000, VIETNAM).strftime("%H:%M:%S %d/%m/%Y")
    print(say("after.head", lang, rule=told.rule, change=change_words(told, lang), time=at))
    for one in after(told, Around(open_by(transitions, told), routing, notifies)):
        values = dict(one.values)
        if one.code == "told":
            values["after"] = duration(float(values["after"]), lang)
        print(say(f"after.{one.code}", lang, **values))
