"""Mail, SMS services, chat and the rest through Apprise: one address, one message. The only place that knows Apprise.

An Apprise address holds its own password (`mailto://name:password@...`), so it lives in a secret's file and is shown
by its scheme alone.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Literal
from urllib.parse import quote

import apprise

from ioc.alerts.message import decode
from ioc.errors import Permanent, Retryable
from ioc.ports import Notice
from ioc.sinks.text_long import chat, letter

LIMIT_S = 18.0
"""For one message: a mail server may greet slowly, and nobody else waits for it."""

# Apprise logs addresses on failure; what went wrong is said by us, without them.
logging.getLogger("apprise").setLevel(logging.CRITICAL)


class Way:
    """One address; raises Permanent `way_unknown` for text that is none."""

    def __init__(self, address: str) -> None:
        self.scheme = address.partition(":")[0].lower()
        asset = apprise.AppriseAsset(app_id="IOC", app_desc="IOC", app_url="", plugin_paths=[], secure_logging=True)
        self._one = apprise.Apprise(asset=asset)
        if self.scheme in UNSAFE or not self._one.add(address):
            raise Permanent("way_unknown")

    async def tell(self, title: str, body: str) -> None:
        """Return when the service has taken it; raises Retryable where it has not, or not in time."""
        try:
            async with asyncio.timeout(LIMIT_S):
                taken = bool(
                    await self._one.async_notify(title=title, body=body, body_format=apprise.NotifyFormat.TEXT)
                )
        except TimeoutError:
            # Its thread goes on: the service may take it yet.
            raise Retryable("way_unclear") from None
        if not taken:
            raise Retryable("way_failed")


UNSAFE = frozenset({"file", "syslog", "dbus", "glib", "qt", "kde", "gnome", "macosx", "windows"})
"""Ways that reach nobody: they write on the machine itself, which may be the one that nobody looks at."""


class People:
    """A `Channel` to people by one service: an Apprise address in which `{to}` stands for the person's own.

    Apprise says only whether a message was taken, so one that was not is asked again; a service is never told apart
    from an address that it does not know.
    """

    at_once = 4
    """Each takes a thread and a connection of its own."""

    def __init__(self, address: str, form: Literal["mail", "chat"]) -> None:
        if "{to}" not in address:
            raise Permanent("way_without_to", to_slot="{to}")
        self._address, self._form = address, form
        Way(self._placed("1000000001" if form == "chat" else "a@example.vn"))

    async def send(self, notice: Notice) -> None:
        """Return when the service has it; raises Permanent `way_unknown` for an address that is none."""
        told = decode(notice.body)
        if self._form == "mail":
            title, body = letter(told, notice.lang)
            # One thread for each alert; a second copy after a crash bears the same key.
            thread = f"<{told.alert_id or notice.key}@ioc>"
            marks = f"+References={quote(thread, safe='')}&+X-IOC-Key={quote(notice.key, safe='')}"
            address = self._placed(notice.to)
            await Way(f"{address}{'&' if '?' in address else '?'}{marks}").tell(title, body)
        else:
            await Way(self._placed(notice.to)).tell("", chat(told, notice.lang))

    def _placed(self, to: str) -> str:
        return self._address.replace("{to}", quote(to, safe="@" if self._form == "mail" else ""))
