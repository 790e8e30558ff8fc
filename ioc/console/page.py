"""What every page has: head, strip with the server's beat, the cover for a lost connection, dialogs.

Pages are complete without JavaScript; scripts bring them up to date. No text goes into a script or a style: what the
scripts say comes as data attributes, escaped like any other text.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from hashlib import blake2b
from importlib import resources
from urllib.parse import quote

import htpy as h
import orjson

from ioc.console.feeds import BAD
from ioc.console.pulse import Pulse, channel_count, channel_state
from ioc.console.row import SYMBOLS
from ioc.console.text import local, machine, span
from ioc.console.visit import Visit
from ioc.events import SEVERITIES
from ioc.words import Lang, say, texts

SCRIPT_WORDS = (
    "console.strip.",
    "console.sound.",
    "console.lost.since",
    "console.row.",
    "console.count.oldest",
    "console.count.none",
    "console.list.",
    "console.accept.",
    "console.seen.",
    "console.verification.",
    "console.work.countdown",
    "console.do.failed",
    "console.do.assign",
    "console.do.verify",
    "console.several.",
    "console.do.kept",
    "console.call.button",
    "console.card.changed",
    "console.card.copied",
    "console.card.nobody",
    "console.drill.",
    "console.replay.",
    "console.flapping.",
    "console.hidden.",
    "console.mine.",
    "console.feeds.",
    "console.map.",
    "console.domain.",
    "console.wall.",
    "console.untold.",
    "console.storm.on",
    "console.storm.offer",
    "severity.",
    "duration.",
)
"""Beginnings of the keys that scripts use."""


@cache
def script_words(lang: Lang) -> str:
    """The texts that scripts say, as JSON; keys without the leading `console.`."""
    found = {key.removeprefix("console."): both[lang] for key, both in texts().items() if key.startswith(SCRIPT_WORDS)}
    return orjson.dumps(found).decode()


@cache
def asset(name: str) -> str:
    """Address of a file of ours, with a mark of its content: a new version is a new address."""
    content = resources.files("ioc.console").joinpath("static", name).read_bytes()
    return f"/static/{name}?v={blake2b(content, digest_size=4).hexdigest()}"


def shell(
    visit: Visit,
    title: str,
    *,
    page: str,
    main: h.Node,
    strip: h.Node,
    scripts: Sequence[str] = (),
    styles: Sequence[str] = ("app.css",),
    data: dict[str, str] | None = None,
) -> h.Element:
    """A whole page; `page` names it for scripts and styles, `data` are further data attributes of the body."""
    theme = {} if visit.theme == "auto" else {"data-theme": visit.theme}
    known = {
        "data-page": page,
        "data-lang": visit.lang,
        "data-now": str(visit.now),
        "data-words": script_words(visit.lang),
        "data-name": visit.name,
        "data-token": visit.token,
        **(data or {}),
    }
    return h.html({"lang": visit.lang, **theme})[
        h.head[
            h.meta(charset="utf-8"),
            h.meta(name="viewport", content="width=device-width, initial-scale=1"),
            h.meta(name="color-scheme", content="dark light" if visit.theme == "auto" else visit.theme),
            h.title[f"{title} · {say('console.product', visit.lang)}"],
            h.link(rel="icon", href=asset("icon.svg"), type="image/svg+xml"),
            (h.link(rel="stylesheet", href=name if name.startswith("/") else asset(name)) for name in styles),
            (h.script(type="module", src=asset(name)) for name in scripts),
        ],
        h.body(known)[
            h.a(".skip", href="#main")[visit.say("skip")],
            strip,
            _sound_bar(visit),
            h.div("#drill.drill-band", role="status", hidden=True),
            h.noscript[h.p(".no-script")[visit.say("no_script")]],
            h.main("#main")[main],
            _cover(visit),
            h.div("#toast.toast", role="status", aria_live="polite", hidden=True),
        ],
    ]


def _sound_bar(visit: Visit) -> h.Element:
    return h.div("#sound-blocked.sound-blocked", role="alert", hidden=True)[
        h.strong[visit.say("sound.blocked")],
        h.span[visit.say("sound.blocked_hint")],
        h.button("#sound-allow.button", type="button")[visit.say("sound.allow")],
    ]


def _cover(visit: Visit) -> h.Element:
    return h.div("#cover.cover", role="alertdialog", aria_labelledby="cover-title", hidden=True)[
        h.div(".cover-box")[
            h.p("#cover-title.cover-title")[visit.say("lost.title")],
            h.p(".cover-text")[visit.say("lost.text")],
            h.p("#cover-since.cover-since"),
            h.p(".cover-trying")[visit.say("lost.trying")],
        ]
    ]


def strip(visit: Visit, pulse: Pulse, page: str) -> h.Element:
    """The line at the top: beat, server clock, whether the desk keeps up, channels, sound, feeds, where to go."""
    lang, now = visit.lang, visit.now
    other = "en" if lang == "vi" else "vi"
    return h.header(".strip", aria_label=visit.say("strip.label"))[
        h.a(".brand", href="/")[h.span("#beat.beat", title=visit.say("strip.beat")), say("console.product", lang)],
        h.time("#clock.clock", datetime=machine(now), title=visit.say("strip.clock"))[
            h.span("#clock-hour")[f"{local(now):%H:%M:%S}"], h.span("#clock-day.quiet")[f"{local(now):%d/%m/%Y}"]
        ],
        h.span(".simulated", title=visit.say("strip.simulated_hint"))[visit.say("strip.simulated")]
        if pulse.simulated
        else None,
        h.span("#keeping", class_=["state", {"bad": pulse.failing is not None}])[_keeping(visit, pulse)],
        h.span("#channels.channels")[_channels(visit, pulse)],
        h.a("#feeds-state", href="/#feeds", class_=["state", {"bad": _bad_feeds(pulse) > 0}])[_feeds(visit, pulse)],
        h.button("#sound.state.sound", type="button", hidden=True)[visit.say("sound.off")],
        h.nav(".nav", aria_label=visit.say("nav.label"))[
            (
                h.a(href=path, aria_current="page" if name == page else None)[visit.say(f"nav.{name}")]
                for name, path in (
                    ("board", "/"),
                    ("map", "/map"),
                    ("wall", "/wall"),
                    ("silences", "/silences"),
                    ("rota", "/rota"),
                    ("directory", "/directory"),
                    ("trials", "/trials"),
                )
            ),
            (
                h.a(
                    f".quiet.to-{theme}",
                    href=_with(visit, "theme", theme),
                    title=visit.say(theme),
                    aria_label=visit.say(theme),
                )["◐"]
                for theme in ("dark", "light")
            ),
            h.a(
                ".quiet",
                href=_with(visit, "lang", other),
                hreflang=other,
                title=visit.say("other_language"),
                aria_label=visit.say("other_language"),
            )[other.upper()],
        ],
    ]


def _with(visit: Visit, name: str, value: str) -> str:
    return f"{quote(visit.path)}?{name}={value}"


def _keeping(visit: Visit, pulse: Pulse) -> str:
    if pulse.failing is not None:
        return visit.say("strip.failing", age=span(pulse.behind_s, visit.lang))
    if pulse.behind_s > 5:
        return visit.say("strip.behind", age=span(pulse.behind_s, visit.lang))
    return visit.say("strip.on_time")


def _channels(visit: Visit, pulse: Pulse) -> h.Node:
    found = pulse.channels()
    if not found:
        return h.span(".state.quiet")[visit.say("strip.channel_none")]
    return [
        h.span(class_=["state", {"bad": channel_state(health) in {"fail", "refused"}}])[
            visit.say(
                f"strip.channel_{channel_state(health)}",
                name=visit.say(f"strip.{name}"),
                count=channel_count(health),
            )
        ]
        for name, health in found.items()
    ]


def _bad_feeds(pulse: Pulse) -> int:
    return sum(1 for state in pulse.feeds() if state.state in BAD)


def _feeds(visit: Visit, pulse: Pulse) -> str:
    states = [state.state for state in pulse.feeds()]
    lost = states.count("lost") + states.count("unknown")
    late = states.count("late")
    if lost or late:
        return visit.say("strip.feeds_bad", lost=lost, late=late)
    return visit.say("strip.feeds_ok", count=states.count("on_time"))


def severity(name: str, lang: Lang) -> h.Element:
    """Symbol, word and colour together."""
    return h.span(class_=["sev", f"sev-{name}"])[
        h.span(".sym", aria_hidden="true")[SYMBOLS[name]], h.span(".word")[say(f"severity.{name}", lang)]
    ]


LEVELS = tuple(reversed(SEVERITIES))
"""Worst first."""
