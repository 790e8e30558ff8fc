"""What `ioc convert` does: read, judge, write, count; every record has its one fate."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from os import O_WRONLY, devnull, dup2
from os import open as open_descriptor
from pathlib import Path
from typing import IO, NamedTuple

import orjson
import typer

from ioc import words
from ioc.adapters import ADAPTERS
from ioc.adapters.defaults import default_feed
from ioc.adapters.refusal import Refusal
from ioc.adapters.sentences import as_json
from ioc.adapters.times import instant
from ioc.cli.feed_file import announce, named_feed, opened, recognised_feed
from ioc.cli.tally import Tally
from ioc.errors import IocError, Permanent, Unreadable
from ioc.events.codec import encode
from ioc.intake import Judged, judge
from ioc.places.boundaries import Boundaries
from ioc.settings import ConfigMistakes, load_catalogue
from ioc.words import LANGS, Lang

RELEASED_EVERY = 256
"""Records after which the pages of the mapped file are given back, so that memory does not grow with the file."""


def run_convert(asked: Asked, lang: str) -> None:
    """The whole command; raises typer.Exit with its code."""
    spoken: Lang = "en" if lang == "en" else "vi"
    try:
        if lang not in LANGS:
            raise Permanent("convert_lang", given=lang)
        _convert(asked, spoken)
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
    named = named_feed(asked.feed, asked.adapter, catalogue) if asked.feed else None
    given_at = _received(asked.received_at)
    with ExitStack() as stack:
        source = stack.enter_context(opened(asked.file))
        received = given_at or source.written_at
        origin = "" if asked.file == "-" else asked.file
        chosen = named or recognised_feed(source.raw, asked.adapter, catalogue, received, origin)
        known = chosen is not None
        chosen = chosen or default_feed(asked.adapter)
        sink = stack.enter_context(_sink(asked.rejects)) if asked.rejects else None
        tally = Tally(chosen)
        judged = judge(source.raw, chosen, catalogue, Boundaries.builtin(), received, origin=origin)
        for nth, record in enumerate(judged):
            if nth == 0:
                announce(chosen, asked.adapter, lang, known=known)
            tally.count(record)
            _write(record, sink)
            if record.record % RELEASED_EVERY == 0:
                source.release()
        sys.stdout.flush()
    tally.tell(lang)


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
