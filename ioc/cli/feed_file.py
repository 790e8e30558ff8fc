"""A feed's file as the command line takes it: opened without reading all of it, and matched with its feed."""

from __future__ import annotations

import mmap
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from itertools import islice
from os import fstat
from pathlib import Path
from typing import IO, NamedTuple

from ioc import words
from ioc.adapters import ADAPTERS, Raw
from ioc.catalogue import Catalogue, Feed
from ioc.errors import Permanent, Unreadable
from ioc.intake import fitted
from ioc.settings import load_feed
from ioc.words import Lang

TRIED = 50
"""Records by which a feed of the catalogue is recognised."""


class Source(NamedTuple):
    """An opened input: its bytes (mapped where it is large), and when it was written."""

    raw: Raw
    written_at: datetime

    def release(self) -> None:
        """Give back the pages that were read; they come again from the file if they are touched."""
        if isinstance(self.raw, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
            self.raw.madvise(mmap.MADV_DONTNEED)


SMALL = 1024 * 1024
"""Bytes below which a file is simply read."""


@contextmanager
def opened(file: str) -> Iterator[Source]:
    """An input file, or - for standard input (kept in a temporary file); raises Permanent `convert_input`."""
    with ExitStack() as stack:
        try:
            stream: IO[bytes] = sys.stdin.buffer if file == "-" else stack.enter_context(Path(file).open("rb"))
            if not stream.seekable() or file == "-":
                kept = stack.enter_context(tempfile.TemporaryFile())
                shutil.copyfileobj(stream, kept)
                kept.seek(0)
                stream = kept
            stat = fstat(stream.fileno())
            written_at = datetime.fromtimestamp(stat.st_mtime, UTC)
            if stat.st_size < SMALL:
                raw: Raw = stream.read()
            else:
                raw = stack.enter_context(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            raise Permanent("convert_input", file=file, why=why) from None
        yield Source(raw, written_at)


def named_feed(given: str, adapter: str, catalogue: Catalogue) -> Feed:
    """A feed by its name in the catalogue, or by its file."""
    feed = catalogue.by_feed.get(given)
    if feed is None:
        path = Path(given)
        if not path.is_file():
            raise Permanent("convert_feed", given=given, known=", ".join(sorted(catalogue.by_feed)))
        feed = load_feed(path)
    if feed.adapter != adapter:
        raise Permanent("convert_feed_adapter", feed=feed.name, expected=feed.adapter, given=adapter)
    return feed


def recognised_feed(raw: Raw, adapter: str, catalogue: Catalogue, received_at: datetime, origin: str) -> Feed | None:
    """The feed of the catalogue that knows most of the first records' sources; None where none knows any."""
    best, known = None, 0
    for feed in catalogue.feeds:
        if feed.adapter != adapter:
            continue
        try:
            tried = list(islice(ADAPTERS[adapter](raw, fitted(feed, origin), received_at), TRIED))
        except Unreadable:
            continue
        score = sum(feed.source_of(event.source) is not None for parsed in tried for event in parsed.events)
        if score > known:
            best, known = feed, score
    return best


def announce(feed: Feed, adapter: str, lang: Lang, *, known: bool) -> None:
    """Say by which description the file is read."""
    key = "convert.feed" if known else "convert.feed_default"
    title = feed.title.vi if lang == "vi" else feed.title.en
    values = {"feed": feed.name, "title": title} if known else {"adapter": adapter}
    print(words.say(key, lang, **values), file=sys.stderr)
