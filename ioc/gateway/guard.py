"""Who may post into a feed: the holder of one of its keys, shown by sending the key or by signing the request.

    Authorization: Bearer ioc_<id>_<secret>
    Authorization: IOC-HMAC-SHA256 id=<id>, ts=<unix seconds>, nonce=<16-64 url-safe>, sig=<hex>

The signature is HMAC-SHA256 over `METHOD|path?query|ts|nonce|body` with SHA-256(secret) as key. It holds for 300 s
either way of our clock, once. Every refusal looks the same, whether the feed exists or not.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from datetime import datetime
from typing import NamedTuple

from ioc.errors import Retryable
from ioc.gateway.keys import Key, KeyStore

WINDOW = 300
"""Seconds a signed request may be old, or ahead of our clock."""
NONCES = 200_000
"""Nonces remembered per key within the window: 300 requests a second for all of it."""
_SIGNED = re.compile(
    r"IOC-HMAC-SHA256 id=([0-9a-f]{12}), ts=([0-9]{1,12}), nonce=([A-Za-z0-9_-]{16,64}), sig=([0-9a-f]{64})", re.ASCII
)


class Signature(NamedTuple):
    """What a signed request claims; believed only after `Guard.verify`."""

    key_id: str
    ts: str
    nonce: str
    signature: str


class Guard:
    """Judges the Authorization header; remembers nonces in this process (a restart forgets them: ids make a replay harmless)."""

    def __init__(self, store: KeyStore) -> None:
        self._store = store
        self._nonces: dict[str, OrderedDict[str, float]] = {}

    def admit(self, feed: str, header: str, now: datetime) -> Key | Signature | None:
        """The key that was sent; or a claim that the body must prove; or None."""
        scheme, _, text = header.partition(" ")
        if scheme == "Bearer":
            return self._store.bearer(feed, text)
        found = _SIGNED.fullmatch(header)
        if found is None or abs(now.timestamp() - int(found[2])) > WINDOW:
            return None
        return Signature(*found.groups())

    def verify(self, feed: str, claim: Signature, request: bytes, body: bytes, now: datetime) -> Key | None:
        """The key whose holder made this very request, once; raises Retryable when too many came to remember.

        `request` is `METHOD|path?query` as it came over the wire.
        """
        if request.count(b"|") != 1:
            return None
        head = b"|".join((request, claim.ts.encode(), claim.nonce.encode(), b""))
        key = self._store.signed(feed, claim.key_id, (head, body), claim.signature)
        if key is None:
            return None
        return key if self._first(key.id, claim.nonce, now.timestamp()) else None

    def _first(self, key_id: str, nonce: str, now: float) -> bool:
        seen = self._nonces.setdefault(key_id, OrderedDict())
        # A request stamped WINDOW ahead of us stays good for twice the window.
        while seen and next(iter(seen.values())) < now - 2 * WINDOW:
            seen.popitem(last=False)
        if nonce in seen:
            return False
        if len(seen) >= NONCES:
            raise Retryable("nonces_full", retry_after=WINDOW)
        seen[nonce] = now
        return True
