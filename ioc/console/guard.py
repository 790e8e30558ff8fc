"""What every request must pass before a page sees it, and what every answer carries.

There is no login yet, so the console answers only to this machine, by its loopback names (a name that an attacker's
DNS points here is another Host), and takes acts only from its own pages: browsers say where a request comes from
(Origin, Sec-Fetch-Site), and a form carries the token that its page was given in a cookie.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Mapping
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ioc.words import Lang, say

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
"""No inline script, no inline style, nothing from outside."""
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not no-referrer: with it browsers send `Origin: null` with our own forms (Fetch standard, "serializing a request origin").
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
SAFE = frozenset({"GET", "HEAD"})
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
FORM_BYTES = 1024 * 1024
"""Ten thousand alert ids and a name are a third of it."""
TOKEN = "ioc_form"  # noqa: S105 - the name of a cookie
STATUS = {"host_unknown": 421, "form_foreign": 403, "form_type": 415, "form_size": 413}
NAMES = frozenset({"127.0.0.1", "localhost", "::1"})


def known_host(given: str) -> bool:
    """Whether a Host header names this machine."""
    try:
        parts = urlsplit(f"//{given}")
        _ = parts.port
    except ValueError:
        return False
    return parts.hostname in NAMES and parts.username is None and not (parts.path or parts.query)


def cookies(headers: Headers) -> Mapping[str, str]:
    """Cookies of a request; an unreadable header holds none."""
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(headers.get("cookie", "")).items()}
    except CookieError:
        return {}


def new_token() -> str:
    """A token for the forms of one browser."""
    return secrets.token_urlsafe(24)


def token_matches(cookie: str | None, field: str | None) -> bool:
    """Whether the form was made for the browser that sends it."""
    return bool(cookie and field) and hmac.compare_digest(str(cookie).encode(), str(field).encode())


def refusal(method: str, headers: Headers, path: str = "/") -> str | None:
    """Code of what is wrong with a request's envelope (words `error.<code>`), None when it may pass.

    Programs send JSON to `/api/`: no page of another site can (a browser asks first, and is told no).
    """
    host = headers.get("host", "")
    if not known_host(host):
        return "host_unknown"
    if method in SAFE:
        return None
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != host:
        return "form_foreign"
    if headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return "form_foreign"
    kind = headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != (JSON if path.startswith("/api/") else FORM):
        return "form_type"
    length = headers.get("content-length", "")
    if not length.isdigit() or int(length) > FORM_BYTES:
        return "form_size"
    return None


class Guard:
    """ASGI: refuses, or lets pass and adds the headers; `broken` answers where a page failed."""

    def __init__(self, app: ASGIApp, language: Lang, broken: Callable[[Request, Exception], Response]) -> None:
        self._app = app
        self._language = language
        self._broken = broken

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Judge one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        wrong = refusal(scope["method"], Headers(scope=scope), scope["path"])
        if wrong is not None:
            answer = PlainTextResponse(say(f"error.{wrong}", self._language), STATUS[wrong])
            await answer(scope, receive, with_headers)
            return
        try:
            await self._app(scope, receive, with_headers)
        except Exception as error:
            if started:
                raise
            await self._broken(Request(scope), error)(scope, receive, with_headers)
