"""Mail, SMS services, chat and the rest through Apprise: one address, one message. The only place that knows Apprise.

An Apprise address holds its own password (`mailto://name:password@...`), so it lives in a secret's file and is shown
by its scheme alone.
"""

from __future__ import annotations

import asyncio
import logging

import apprise

from ioc.errors import Permanent, Retryable

LIMIT_S = 20.0
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
            taken = False
        if not taken:
            raise Retryable("way_failed")


UNSAFE = frozenset({"file", "syslog", "dbus", "glib", "qt", "kde", "gnome", "macosx", "windows"})
"""Ways that reach nobody: they write on the machine itself, which may be the one that nobody looks at."""
