"""What each kind of condition says of a change: the first part of the sentence that says why.

`rose` tells what was reached, `fell` what is so no more. How long it was held and since when is added by
`ioc.alerts.sentence`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from ioc.alerts.alert import Transition
from ioc.alerts.figures import duration, measured, moment, number
from ioc.events.envelope import clip
from ioc.words import Lang, has, say

Phrase = Callable[[Transition, Lang], str]


class Phrases(NamedTuple):
    """One kind's words for a change up (fired, raised) and down (lowered, cleared)."""

    rose: Phrase
    fell: Phrase


def what(told: Transition, lang: Lang) -> str:
    """What was measured or seen."""
    key = f"quantity.{told.why.quantity}"
    if told.why.kind in OF_QUANTITY and has(key):
        return say(key, lang)
    titles = [one.title for one in told.evidence if one.title]
    if titles:
        return titles[-1]
    return say(key, lang) if has(key) else told.title.get(lang, told.rule)


def limit(told: Transition, lang: Lang) -> str:
    """The level that decided, in its unit."""
    return measured(told.why.limit or 0.0, told.why.unit, lang)


def value(told: Transition, lang: Lang) -> str:
    """The figure, in its unit."""
    return measured(told.why.value or 0.0, told.why.unit, lang)


def window(told: Transition, lang: Lang) -> str:
    """The length of the window."""
    return duration(told.why.window_s, lang)


def _settled(told: Transition, lang: Lang) -> str:
    return duration(float(told.why.values.get("settle_s", "0")), lang)


def _figure(told: Transition, lang: Lang) -> str:
    """What was measured, and over which window it was taken together."""
    name = told.why.aggregate
    if not name:
        return what(told, lang)
    key, values = (f"aggregate.{name}", {}) if name[0] != "p" else ("aggregate.percentile", {"percent": name[1:]})
    return say(key, lang, what=what(told, lang), window=window(told, lang), **values)


def _beyond(told: Transition, lang: Lang) -> str:
    compare = told.why.values.get("compare", "above" if told.why.above else "below")
    return say(f"why.{compare}", lang, what=_figure(told, lang), value=value(told, lang), limit=limit(told, lang))


def _within(told: Transition, lang: Lang) -> str:
    if told.why.values.get("ends") == "silence" or told.why.value is None:
        return say("why.no_more_beyond", lang, limit=limit(told, lang), duration=_settled(told, lang))
    return say("why.within", lang, what=_figure(told, lang), value=value(told, lang), limit=limit(told, lang))


def _match(told: Transition, lang: Lang) -> str:
    return say("why.match", lang, what=what(told, lang))


def no_more(told: Transition, lang: Lang) -> str:
    """What speaks for its moment ends when nothing further comes; else something said the contrary."""
    if told.why.values.get("ends") == "silence":
        return say("why.no_more", lang, duration=_settled(told, lang))
    return say("why.contrary", lang)


def _counted(key: str) -> Phrase:
    def phrase(told: Transition, lang: Lang) -> str:
        count, least = number(told.why.count, lang), number(told.why.limit or 0, lang)
        return say(key, lang, count=count, window=window(told, lang), limit=least)

    return phrase


def _share(key: str) -> Phrase:
    def phrase(told: Transition, lang: Lang) -> str:
        counted = {"count": number(told.why.count, lang), "window": window(told, lang)}
        share, least = number(told.why.value or 0, lang), number(told.why.limit or 0, lang)
        return say(key, lang, share=share, limit=least, **counted)

    return phrase


def field_of(told: Transition, lang: Lang) -> str:
    """The name of the field whose values are looked at."""
    name = told.why.values.get("field", "")
    return say(f"field.{name}", lang) if has(f"field.{name}") else name


def _different(key: str) -> Phrase:
    def phrase(told: Transition, lang: Lang) -> str:
        count = number(told.why.count, lang)
        if told.why.values.get("most"):
            count = say("why.or_more", lang, count=count)
        least = number(told.why.limit or 0, lang)
        return say(key, lang, count=count, field=field_of(told, lang), window=window(told, lang), limit=least)

    return phrase


def _changed(told: Transition, lang: Lang) -> str:
    key = f"why.change_{told.why.values.get('direction', 'rise')}"
    words = {"what": what(told, lang), "value": value(told, lang), "limit": limit(told, lang)}
    return say(key, lang, window=window(told, lang), **words)


def _steadier(told: Transition, lang: Lang) -> str:
    words = {"what": what(told, lang), "value": value(told, lang), "limit": limit(told, lang)}
    return say("why.change_over", lang, window=window(told, lang), **words)


def _silent(told: Transition, lang: Lang) -> str:
    if due := told.why.values.get("due"):
        return say("why.missed", lang, time=moment(int(due)), count=number(told.why.count, lang))
    key = "why.silent" if told.why.values.get("seen") == "yes" else "why.never"
    return say(key, lang, time=moment(told.why.since), limit=duration(told.why.limit or 0, lang))


def _heard(told: Transition, lang: Lang) -> str:
    return say("why.heard", lang, time=moment(told.at), duration=duration(told.why.value or 0, lang))


def _spiked(key: str) -> Phrase:
    def phrase(told: Transition, lang: Lang) -> str:
        values = told.why.values
        counted = values.get("of") == "count"

        def shown(name: str) -> str:
            figure = float(values.get(name, "nan"))
            return number(figure, lang) if counted else measured(figure, told.why.unit, lang)

        measure = values.get("measure", "ratio")
        return say(
            f"why.{key}",
            lang,
            now=say(f"why.spike_{'count' if counted else 'mean'}", lang, what=what(told, lang), now=shown("now")),
            window=window(told, lang),
            usual=say(f"why.spike_{values.get('baseline', 'previous')}", lang, usual=shown("usual")),
            figure=say(f"why.spike_{measure}", lang, figure=number(told.why.value or 0, lang)),
            limit=number(told.why.limit or 0, lang),
        )

    return phrase


def _lasted(told: Transition, lang: Lang) -> str:
    return duration(float(told.why.values.get("lasted_s", "0")), lang)


def _stuck(told: Transition, lang: Lang) -> str:
    least = duration(told.why.limit or 0, lang)
    words = {"what": what(told, lang), "value": value(told, lang), "lasted": _lasted(told, lang), "limit": least}
    return say("why.stuck", lang, **words)


def _moved(told: Transition, lang: Lang) -> str:
    return say("why.unstuck", lang, what=what(told, lang), value=value(told, lang))


def _new(told: Transition, lang: Lang) -> str:
    values = told.why.values
    field = values.get("field", "")
    key = f"field.{field}"
    shown = say(key, lang) if has(key) else field
    return say("why.new_value", lang, field=shown, value=values.get("value", ""), what=what(told, lang))


def _named(told: Transition, lang: Lang, side: str) -> str:
    name = told.why.values.get(side, "")
    key = f"quantity.{name}"
    return say(key, lang) if has(key) else name


def _followed(told: Transition, lang: Lang) -> str:
    first = _named(told, lang, "first")
    if "then" not in told.why.values:
        return say("why.unanswered", lang, first=first, window=window(told, lang))
    return say("why.followed", lang, first=first, then=_named(told, lang, "then"), window=window(told, lang))


def _near(told: Transition, lang: Lang) -> str:
    values = told.why.values
    gap = float(values.get("gap_s", "0"))
    partner = clip(values.get(f"partner_{lang}", values.get("partner", "")), PARTNER)
    if gap < 60:
        return say("why.near_together", lang, partner=partner, distance=value(told, lang))
    return say("why.near", lang, partner=partner, distance=value(told, lang), gap=duration(gap, lang))


PARTNER: Final = 50
"""Characters of a partner's title, so that the sentence fits an SMS."""
OF_QUANTITY: Final = ("threshold", "change", "spike", "flatline")
"""Kinds that speak of what was measured; the others of what was seen."""
PHRASES: Final[Mapping[str, Phrases]] = {
    "match": Phrases(_match, no_more),
    "threshold": Phrases(_beyond, _within),
    "count": Phrases(_counted("why.count"), _counted("why.count_fell")),
    "absence": Phrases(_silent, _heard),
    "near": Phrases(_near, no_more),
    "percentage": Phrases(_share("why.share"), _share("why.share_over")),
    "cardinality": Phrases(_different("why.different"), _different("why.different_over")),
    "change": Phrases(_changed, _steadier),
    "spike": Phrases(_spiked("spike"), _spiked("spike_over")),
    "flatline": Phrases(_stuck, _moved),
    "new_value": Phrases(_new, no_more),
    "sequence": Phrases(_followed, no_more),
}
"""Kind -> its words."""
