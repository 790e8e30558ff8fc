"""`ioc convert`: a file of a feed's own format -> canonical events, refusals, and a count of fates."""

from __future__ import annotations

import mmap
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from itertools import islice
from os import O_WRONLY, devnull, dup2, fstat
from os import open as open_descriptor
from pathlib import Path
from typing import IO, Annotated, Any, NamedTuple

import orjson
import typer

from ioc import words
from ioc.adapters import ADAPTERS, Raw
from ioc.adapters.defaults import default_feed
from ioc.adapters.refusal import Refusal
from ioc.adapters.sentences import as_json, ignored_text, reason_text
from ioc.adapters.times import instant
from ioc.alerts.arrival import Arrivals, epoch_ms
from ioc.catalogue import Catalogue, Feed
from ioc.errors import IocError, Permanent, Unreadable
from ioc.events import FATES, Fate, Rejected
from ioc.events.codec import encode
from ioc.intake import Judged, fitted, judge
from ioc.places.boundaries import Boundaries
from ioc.settings import ConfigMistakes, load_catalogue, load_feed
from ioc.words import LANGS, Lang

TRIED = 50
"""Records by which a feed of the catalogue is recognised."""
RELEASED_EVERY = 256
"""Records after which the pages of the mapped file are given back, so that memory does not grow with the file."""


def convert(
    file: Annotated[
        str, typer.Argument(help="Tệp, hoặc - để đọc từ đầu vào chuẩn. File, or - for standard input.")
    ] = "-",
    *,
    adapter: Annotated[str, typer.Option(help="Bộ đọc định dạng. Format: " + ", ".join(ADAPTERS))],
    feed: Annotated[str | None, typer.Option(help="Tên nguồn hoặc tệp YAML. A feed's name, or its file.")] = None,
    config: Annotated[Path | None, typer.Option(help="Thư mục cấu hình. Directory with feeds/ and heat.yaml.")] = None,
    received_at: Annotated[
        str | None,
        typer.Option(help="Lúc nhận (RFC 3339), mặc định là lúc ghi tệp. Default: when the file was written."),
    ] = None,
    rejects: Annotated[Path | None, typer.Option(help="Ghi bản ghi bị từ chối (NDJSON). File for refusals.")] = None,
    lang: Annotated[str, typer.Option(envvar="IOC_LANG", help="vi, en")] = "vi",
) -> None:
    """Chuyển tệp dữ liệu sang sự kiện chuẩn (NDJSON). Turn a feed's file into canonical events (NDJSON).

    Mã kết thúc: 0 mọi bản ghi đều có kết luận; 1 sai cấu hình; 2 không đọc được tệp theo định dạng này.
    """
    spoken: Lang = "en" if lang == "en" else "vi"
    try:
        if lang not in LANGS:
            raise Permanent("convert_lang", given=lang)
        _convert(Asked(file, adapter, feed, config, received_at, rejects), spoken)
    except BrokenPipeError:
        # Whoever read the events has gone: nothing is left to say, and Python must not try again when it ends.
        dup2(open_descriptor(devnull, O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None
    except ConfigMistakes as error:
        for sentence in error.sentences(spoken):
            print(sentence, file=sys.stderr)
        raise typer.Exit(1) from None
    except IocError as error:
        print(words.say(error.key, spoken, **error.values), file=sys.stderr)
        wrong_call = error.code.startswith("convert_") and error.code != "convert_rejects"
        raise typer.Exit(2 if wrong_call or isinstance(error, Unreadable) else 1) from None


class Asked(NamedTuple):
    """What the command line says."""

    file: str
    adapter: str
    feed: str | None
    config: Path | None
    received_at: str | None
    rejects: Path | None


def _convert(asked: Asked, lang: Lang) -> None:
    if asked.adapter not in ADAPTERS:
        raise Permanent("convert_adapter", given=asked.adapter, known=", ".join(ADAPTERS))
    config = asked.config
    catalogue = load_catalogue(config / "feeds", config / "heat.yaml") if config else load_catalogue()
    named = _named(asked.feed, asked.adapter, catalogue) if asked.feed else None
    given_at = _received(asked.received_at)
    with ExitStack() as stack:
        source = stack.enter_context(_opened(asked.file))
        received = given_at or source.written_at
        origin = "" if asked.file == "-" else asked.file
        chosen = named or _recognised(source.raw, asked.adapter, catalogue, received, origin)
        known = chosen is not None
        chosen = chosen or default_feed(asked.adapter)
        sink = stack.enter_context(_sink(asked.rejects)) if asked.rejects else None
        tally = Tally(chosen)
        judged = judge(source.raw, chosen, catalogue, Boundaries.builtin(), received, origin=origin)
        for nth, record in enumerate(judged):
            if nth == 0:
                _announce(chosen, asked.adapter, lang, known=known)
            tally.count(record)
            _write(record, sink)
            if record.record % RELEASED_EVERY == 0:
                source.release()
        sys.stdout.flush()
    tally.tell(lang)


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
def _opened(file: str) -> Iterator[Source]:
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


@contextmanager
def _sink(path: Path) -> Iterator[IO[bytes]]:
    try:
        stream = path.open("wb")
    except OSError as error:
        raise Permanent("convert_rejects", file=str(path), why=error.strerror) from None
    with stream:
        yield stream


def _write(judged: Judged, sink: IO[bytes] | None) -> None:
    for event in judged.events:
        sys.stdout.buffer.write(encode(event) + b"\n")
    if sink:
        for refused in judged.rejected:
            line = as_json(refused) | ({"partial": True} if judged.events else {})
            sink.write(orjson.dumps(line) + b"\n")


def _received(given: str | None) -> datetime | None:
    if given is None:
        return None
    try:
        found = instant(given, "UTC")
    except Refusal:
        raise Permanent("convert_time", given=given) from None
    if found.assumed:
        raise Permanent("convert_time", given=given)
    return found.at


def _named(given: str, adapter: str, catalogue: Catalogue) -> Feed:
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


def _recognised(raw: Raw, adapter: str, catalogue: Catalogue, received_at: datetime, origin: str) -> Feed | None:
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


def _announce(feed: Feed, adapter: str, lang: Lang, *, known: bool) -> None:
    key = "convert.feed" if known else "convert.feed_default"
    title = feed.title.vi if lang == "vi" else feed.title.en
    values = {"feed": feed.name, "title": title} if known else {"adapter": adapter}
    print(words.say(key, lang, **values), file=sys.stderr)


class Tally:
    """Counts records by fate, and why; judges late as the engine does, by each source's own watermark."""

    EXAMPLES = 2000

    def __init__(self, feed: Feed) -> None:
        self.arrivals = Arrivals(feed.lateness, feed.ahead)
        self.fates: Counter[Fate] = Counter()
        self.ignored: Counter[str] = Counter()
        self.flags: Counter[str] = Counter()
        self.reasons: Counter[tuple[str, str, str]] = Counter()
        self.examples: dict[tuple[str, str, str], Rejected] = {}
        self.events = 0
        self.partial = 0

    def count(self, judged: Judged) -> Fate:
        """The record's final fate, counted."""
        fate = judged.fate
        if judged.events:
            arrived = [
                self.arrivals.judge(event.source, epoch_ms(event.observed_at), epoch_ms(event.received_at))
                for event in judged.events
            ]
            if fate == "accepted" and all(one == "late" for one in arrived):
                fate = "late"
            self.events += len(judged.events)
            self.partial += bool(judged.rejected)
            self.flags.update(flag for event in judged.events for flag in event.flags)
        if judged.ignored:
            self.ignored[judged.ignored] += 1
        for refused in judged.rejected:
            key = (refused.code, refused.field, refused.values.get("variant", ""))
            if key in self.examples or len(self.examples) < self.EXAMPLES:
                self.examples.setdefault(key, refused)
                self.reasons[key] += 1
        self.fates[fate] += 1
        return fate

    def tell(self, lang: Lang) -> None:
        """The summary, on standard error."""

        def say(key: str, **values: Any) -> None:
            print(words.say(f"convert.{key}", lang, **values), file=sys.stderr)

        say("records", records=self.fates.total())
        for fate in FATES:
            say("fate", fate=words.say(f"fate.{fate}", lang), count=self.fates[fate])
        say("events", events=self.events, partial=self.partial)
        if self.reasons:
            say("reasons")
            for key, count in self.reasons.most_common(10):
                example = self.examples[key]
                say("reason", count=count, sentence=reason_text(example, lang), record=example.record)
        if self.ignored:
            say("ignored")
            for code, count in self.ignored.most_common():
                say("ignored_line", count=count, sentence=ignored_text(code, lang))
        if self.flags:
            say("flags")
            for flag, count in self.flags.most_common():
                say("flag", count=count, flag=flag, sentence=words.say(f"flag.{flag}", lang))
