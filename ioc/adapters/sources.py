"""Sender's name -> source id: the registered one, else made from the name so that two names never share one."""

from __future__ import annotations

import hashlib
import re
import unicodedata

from ioc.catalogue import Feed, Source
from ioc.places.names import unaccented

_SAFE = re.compile(r"[A-Za-z0-9_.\-]{1,64}", re.ASCII)
_OTHER = re.compile(r"[^a-z0-9]++", re.ASCII)
SLUG = 48
"""Characters of the readable part of a made id."""


def known(feed: Feed, name: str) -> Source | None:
    """The registered source that the sender calls so, compared after NFC."""
    return feed.source_of(unicodedata.normalize("NFC", name.strip()[:400]))


def made(feed: Feed, name: str) -> str:
    """An id for an unregistered name: the name itself where it is plain, else a slug and six digits of its hash.

    Without the hash `Cầu A/B` and `Cau A B` would become one source, and two stations' readings one series.
    """
    name = unicodedata.normalize("NFC", name.strip())
    if _SAFE.fullmatch(name):
        return (feed.prefix + name)[:128]
    digest = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=3).hexdigest()
    slug = _OTHER.sub("-", unaccented(name[: 4 * SLUG]).casefold()).strip("-")[:SLUG].strip("-")
    return f"{feed.prefix[: 128 - SLUG - 7]}{slug}-{digest}" if slug else f"{feed.prefix[:120]}{digest}"


def of(feed: Feed, name: str) -> tuple[str, Source | None]:
    """Id and, if it is registered, the source; an empty name means the feed's only source, where it has one."""
    if not name.strip():
        if len(feed.sources) == 1:
            return feed.sources[0].id, feed.sources[0]
        return made(feed, feed.adapter), None
    source = known(feed, name)
    return (source.id, source) if source else (made(feed, name), None)
