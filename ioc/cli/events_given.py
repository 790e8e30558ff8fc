"""Where a command takes events of the past from: a file, standard input, the log of a running system, or its history.

All come to a file that can be read again and again, by several processes.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import IO, Final, NamedTuple

from ioc.errors import Permanent
from ioc.events import DOMAINS, Domain
from ioc.runtime.clock import RealClock
from ioc.settings import Settings, brokers, load
from ioc.words import Lang, say

LOCAL: Final = timezone(timedelta(hours=7))
STORES: Final = ("kafka", "history")
BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Given(NamedTuple):
    """What the command line says.

    `events`: a file, `-`, `kafka` or `history`; behind these two a colon and domains, else all of them. `since` and
    `until` are times as people write them, at +07:00 where they name no zone: when the log took an event, or when it
    was observed in history. `settings` or else the `port` of an `ioc up` say which system.
    """

    events: str
    since: str | None = None
    until: str | None = None
    settings: Path | None = None
    port: int = 8080


class Span(NamedTuple):
    """Domains, and from when to when; `until` None is to the end."""

    domains: Sequence[Domain]
    since: datetime
    until: datetime | None


@contextmanager
def events_file(given: Given, lang: Lang) -> Iterator[Path]:
    """The events as lines of JSON; raises Permanent, Retryable, and what settings may have wrong."""
    store, _, named = given.events.partition(":")
    if store in STORES:
        span = Span(_domains(named), _time(given.since) or BEGINNING, _time(given.until))
        with tempfile.NamedTemporaryFile(prefix="ioc-events-") as kept:
            count = asyncio.run(_copy(store, span, _settings(given), kept.file))
            kept.flush()
            print(say(f"rules.taken_{store}", lang, count=count), file=sys.stderr)
            yield Path(kept.name)
        return
    if given.since or given.until:
        raise Permanent("backtest_span", given=given.events)
    if given.events != "-":
        path = Path(given.events)
        try:
            with path.open("rb"):
                pass
        except OSError as error:
            raise Permanent("convert_input", file=given.events, why=error.strerror) from None
        yield path
        return
    with tempfile.NamedTemporaryFile(prefix="ioc-events-") as kept:
        shutil.copyfileobj(sys.stdin.buffer, kept, 1 << 20)
        kept.flush()
        yield Path(kept.name)


def _settings(given: Given) -> Settings:
    from ioc.cli.running import find

    return load(given.settings or find(given.port))


def _domains(named: str) -> Sequence[Domain]:
    if not named:
        return DOMAINS
    asked = named.split(",")
    for one in asked:
        if one not in DOMAINS:
            raise Permanent("schema_domain", given=one, known=", ".join(DOMAINS))
    return [domain for domain in DOMAINS if domain in asked]


def _time(given: str | None) -> datetime | None:
    """`2026-11-20`, `2026-11-20 08:30`, or RFC 3339; raises Permanent."""
    if given is None:
        return None
    try:
        found = datetime.fromisoformat(given)
    except ValueError:
        raise Permanent("backtest_time", given=given) from None
    return found.replace(tzinfo=LOCAL) if found.tzinfo is None else found


async def _copy(store: str, span: Span, settings: Settings, out: IO[bytes]) -> int:
    count = 0
    async with aclosing(_log(span, settings) if store == "kafka" else _history(span, settings)) as pages:
        async for page in pages:
            out.writelines(line + b"\n" for line in page)
            count += len(page)
    return count


async def _log(span: Span, settings: Settings) -> AsyncGenerator[Sequence[bytes], None]:
    from ioc.streams import admin, past
    from ioc.streams.reading import KafkaReader
    from ioc.streams.topics import input_topic

    bootstrap = brokers(settings.kafka)
    topics = [input_topic(domain) for domain in span.domains]
    found = (await asyncio.to_thread(admin.describe, bootstrap, topics)).topics
    reader = KafkaReader(bootstrap, client="ioc-backtest")
    since, until = _ms(span.since), None if span.until is None else _ms(span.until)
    for topic in topics:
        if topic in found:
            async for page in past.events_of(reader, topic, found[topic].partitions, since, until):
                yield page


async def _history(span: Span, settings: Settings) -> AsyncGenerator[Sequence[bytes], None]:
    from ioc.runtime.past import past

    clock = RealClock()
    door = past(settings, clock)
    try:
        for domain in span.domains:
            async for page in door.events(domain, span.since, span.until or clock.now() + timedelta(days=1)):
                yield page
    finally:
        await door.close()


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
