"""One visitor's choices, kept in cookies of this browser: language, theme, name, and the token of its forms."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args
from urllib.parse import quote, unquote

import htpy as h
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ioc.console.guard import TOKEN, cookies, new_token
from ioc.console.text import age, hour, shown
from ioc.words import LANGS, Lang, say

Theme = Literal["dark", "light", "auto"]
THEMES: tuple[Theme, ...] = get_args(Theme)
YEAR_S = 365 * 86400
LANG, THEME, NAME = "ioc_lang", "ioc_theme", "ioc_name"
NAME_LIMIT = 60


@dataclass(frozen=True)
class Visit:
    """What a page needs to know of who looks; `chosen` are cookies to set with the answer."""

    lang: Lang
    theme: Theme
    name: str
    token: str
    path: str
    now: int
    chosen: tuple[tuple[str, str], ...] = ()

    def say(self, key: str, **values: object) -> str:
        """A text of the console in this visitor's language: `key` without the leading `console.`."""
        return say(f"console.{key}", self.lang, **values)

    def age(self, ms: int) -> str:
        """How long ago."""
        return age(ms, self.now, self.lang)

    def hour(self, ms: int) -> str:
        """13:42, with the day before it where it is not today's."""
        return hour(ms, self.now)

    def answer(self, page: h.Element, status: int = 200) -> Response:
        """A page, with the choices that were made."""
        return self.keep(HTMLResponse(str(page), status))

    def go(self, path: str) -> Response:
        """See another page, after an act."""
        return self.keep(RedirectResponse(path, 303))

    def keep(self, response: Response) -> Response:
        """Set the cookies of new choices."""
        for name, value in self.chosen:
            response.set_cookie(name, value, max_age=YEAR_S, samesite="strict", httponly=True)
        return response

    def named(self, name: str) -> Visit:
        """The same visitor, whose name is now known."""
        return replace(self, name=name, chosen=(*self.chosen, (NAME, quote(name[:NAME_LIMIT]))))


def visit(request: Request, first: Lang, now: int) -> Visit:
    """The visitor of a request; `?lang=` and `?theme=` are choices, unknown ones are passed over."""
    known = cookies(request.headers)
    chosen: list[tuple[str, str]] = []
    lang, theme = known.get(LANG, first), known.get(THEME, "auto")
    if (asked := request.query_params.get("lang")) in LANGS and asked:
        lang = asked
        chosen.append((LANG, asked))
    if (asked := request.query_params.get("theme")) in THEMES and asked:
        theme = asked
        chosen.append((THEME, asked))
    token = known.get(TOKEN, "")
    if not 16 <= len(token) <= 64:
        token = new_token()
        chosen.append((TOKEN, token))
    return Visit(
        lang=lang if lang in LANGS else first,
        theme=theme if theme in THEMES else "auto",
        name=shown(unquote(known.get(NAME, "")))[:NAME_LIMIT],
        token=token,
        path=request.url.path,
        now=now,
        chosen=tuple(chosen),
    )
