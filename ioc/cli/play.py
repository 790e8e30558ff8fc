"""What `ioc replay` does: read, put in order, name, play."""

from __future__ import annotations

import asyncio
import hashlib
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import NamedTuple

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from ioc.adapters import ADAPTERS
from ioc.adapters.defaults import default_feed
from ioc.alerts.arrival import epoch_ms
from ioc.catalogue import Catalogue, Feed
from ioc.cli.feed_file import Source, announce, named_feed, opened, recognised_feed
from ioc.cli.tally import Tally
from ioc.errors import Permanent
from ioc.events.envelope import clip
from ioc.intake import Judged, Map, fitted, judge
from ioc.replay import RUN_ON_MS, Changes, mark_of, moment, name_of
from ioc.runtime.clock import RealClock
from ioc.settings import Settings, brokers, load_boundaries, load_catalogue
from ioc.streams.patient import Patient
from ioc.streams.publish import Publisher, Record
from ioc.streams.rejects import RejectedRecord, encode
from ioc.streams.replay import Played, Replay, play
from ioc.streams.spool import Spool
from ioc.streams.topics import REJECTED, partition_of
from ioc.words import Lang, say

Told = Callable[[Played], None]
LOCAL = timezone(timedelta(hours=7))
TOLD_EVERY = 500
"""Records between two looks at the progress bar."""
RELEASED_EVERY = 256
"""Records after which the pages of a mapped file are given back."""


@dataclass(frozen=True)
class Wish:
    """What the command line says; `speed` None is as fast as can be, `move` is degrees north and east."""

    files: Sequence[str]
    adapter: str
    feed: str | None
    speed: float | None
    shift_to_now: bool
    move: tuple[float, float]
    notify: bool
    again: bool


class Input(NamedTuple):
    """One file, open."""

    name: str
    source: Source


class Reading:
    """Reads the files of one feed, all records with their fates; `tally` counts them."""

    def __init__(self, feed: Feed, catalogue: Catalogue, boundaries: Map, inputs: Sequence[Input]) -> None:
        self.feed = feed
        self.tally = Tally(feed, in_order=True)
        self._catalogue = catalogue
        self._boundaries = boundaries
        self._inputs = inputs

    def span(self) -> tuple[int, int]:
        """First and last moment of all files, epoch ms."""
        ahead, still = self.feed.ahead, Changes("")
        found = [
            moment(event, ahead)
            for name, source in self._inputs
            for parsed in ADAPTERS[self.feed.adapter](source.raw, fitted(self.feed, name), source.written_at)
            for event in still(parsed).events
        ]
        if not found:
            raise Permanent("replay_nothing")
        return min(found), max(found)

    def into(self, spool: Spool, changes: Changes, note: str, at: int) -> Iterator[tuple[str, int]]:
        """Put every event and refusal into the spool; gives the file's name and its records so far."""
        for name, source in self._inputs:
            judging = judge(
                source.raw,
                self.feed,
                self._catalogue,
                self._boundaries,
                source.written_at,
                origin=name,
                change=changes,
            )
            for one in judging:
                self._take(spool, one)
                if one.rejected:
                    said = clip(f"{note}: {name}", 200)
                    spool.refuse(encode(RejectedRecord(at=at, feed=self.feed.name, reasons=one.rejected, note=said)))
                if one.record % RELEASED_EVERY == 0:
                    source.release()
                if one.record % TOLD_EVERY == 0:
                    yield name, self.tally.fates.total()

    def _take(self, spool: Spool, one: Judged) -> None:
        fresh = tuple(event for event in one.events if spool.add(event, self.feed.ahead))
        if one.events and not fresh:  # met in an earlier file, or too far back for intake to remember
            one = Judged(one.record, "duplicate", (), one.rejected, None, one.received_at)
        self.tally.count(one)


class Prepared(NamedTuple):
    """Read, in order and named: ready to be played. `spool` belongs to the stack that was given."""

    replay: Replay
    feed: Feed
    tally: Tally
    shift: timedelta


def play_files(wish: Wish, settings: Settings, lang: Lang) -> None:
    """Read all files, then play them; raises IocError, and typer.Exit(130) after Ctrl-C."""
    with ExitStack() as stack:
        try:
            prepared = prepare(wish, settings, stack, lang)
        except KeyboardInterrupt:
            print(say("replay.stopped_reading", lang), file=sys.stderr)
            raise typer.Exit(130) from None
        prepared.tally.tell(lang)
        replay, shift = prepared.replay, prepared.shift
        if shift:
            print(say("replay.shifted", lang, shift=shift), file=sys.stderr)
        first, last = replay.spool.span
        values = {"name": replay.name, "events": len(replay.spool), "first": _local(first), "last": _local(last)}
        print(say("replay.name", lang, **values), file=sys.stderr)
        _play(prepared, settings, wish, lang)


def prepare(wish: Wish, settings: Settings, stack: ExitStack, lang: Lang) -> Prepared:
    """Read all files; raises IocError. Nothing is sent."""
    if wish.adapter not in ADAPTERS:
        raise Permanent("convert_adapter", given=wish.adapter, known=", ".join(ADAPTERS))
    catalogue = load_catalogue(settings.paths.feeds, settings.paths.heat)
    named = named_feed(wish.feed, wish.adapter, catalogue) if wish.feed else None
    inputs = [Input(file, stack.enter_context(opened(file))) for file in wish.files]
    first_file, source = inputs[0]
    chosen = named or recognised_feed(source.raw, wish.adapter, catalogue, source.written_at, first_file)
    feed = chosen or default_feed(wish.adapter)
    announce(feed, wish.adapter, lang, known=chosen is not None)
    reading = Reading(feed, catalogue, load_boundaries(settings.paths.boundaries), inputs)
    now = epoch_ms(RealClock().now())
    shift = _shift(reading, wish.speed, now) if wish.shift_to_now else timedelta()
    mark = _mark(wish, feed, inputs, shift, now)
    spool = stack.enter_context(Spool(settings.kafka.partitions))
    _read(reading, spool, Changes(mark, *wish.move, shift), now, lang)
    spool.sort()
    if not len(spool):
        reading.tally.tell(lang)
        raise Permanent("replay_nothing")
    first, last = (datetime.fromtimestamp(at / 1000, UTC) - shift for at in spool.span)
    name = name_of(first, last, mark, notify=wish.notify)
    return Prepared(Replay(feed.domain, name, mark, spool), feed, reading.tally, shift)


def _mark(wish: Wish, feed: Feed, inputs: Sequence[Input], shift: timedelta, now: int) -> str:
    """What makes this replay the one it is: what the files hold, how they are read, and what is done to them."""
    options = (wish.move, shift.total_seconds(), wish.notify, now if wish.again else 0)
    contents = [hashlib.sha256(source.raw).digest() for _, source in inputs]
    return mark_of([feed.model_dump_json().encode(), repr(options).encode(), *contents])


def _shift(reading: Reading, speed: float | None, now: int) -> timedelta:
    """By how much all times move, so that the last event is played at the time that it then bears."""
    first, last = reading.span()
    length = (last - first) / speed if speed else 0
    return timedelta(seconds=round((now + length - last) / 1000))


def _read(reading: Reading, spool: Spool, changes: Changes, now: int, lang: Lang) -> None:
    with _progress("{task.fields[records]}") as progress:
        task = progress.add_task("", total=None, records="")
        for name, records in reading.into(spool, changes, changes.mark, now):
            counted = say("replay.records", lang, count=records)
            progress.update(task, description=say("replay.reading", lang, file=Path(name).name), records=counted)


def _play(prepared: Prepared, settings: Settings, wish: Wish, lang: Lang) -> None:
    replay = prepared.replay
    first, last = replay.spool.span
    total, reached = len(replay.spool), Played(first, 0, 0)
    began = time.monotonic()
    try:
        with _progress("{task.fields[clock]}", bar=True) as progress:
            task = progress.add_task(say("replay.playing", lang), total=last + RUN_ON_MS - first, clock="")

            def told(played: Played) -> None:
                nonlocal reached
                reached = played
                clock = say("replay.clock", lang, time=_local(played.clock), events=played.events, total=total)
                progress.update(task, completed=played.clock - first, clock=clock)

            asyncio.run(_send(replay, prepared.feed, settings, wish.speed, told))
    except KeyboardInterrupt:
        values = {"clock": _local(reached.clock), "events": reached.events, "total": total}
        once = wish.again or wish.shift_to_now
        print(say("replay.cut_off" if once else "replay.stopped", lang, **values), file=sys.stderr)
        raise typer.Exit(130) from None
    seconds = time.monotonic() - began
    rate = round(reached.events / max(seconds, 0.001))
    print(say("replay.done", lang, seconds=f"{seconds:.1f}", rate=rate, clock=_local(reached.clock)), file=sys.stderr)
    leaves = say("replay.leaves" if wish.notify else "replay.stays", lang)
    url = f"http://{settings.console.host}:{settings.console.port}/"
    print(say("replay.board", lang, url=url, leaves=leaves), file=sys.stderr)


async def _send(replay: Replay, feed: Feed, settings: Settings, speed: float | None, told: Told) -> None:
    partitions = settings.kafka.partitions
    async with Publisher(brokers(settings.kafka), partitions, client="ioc-replay") as publisher:
        sender = Patient(publisher)
        key = feed.name.encode()
        for lines in replay.spool.refused():
            await sender.send_batch(REJECTED, partition_of(key, partitions), [Record(key, line) for line in lines])
        await play(replay, sender, speed, told)


def _progress(text: str, *, bar: bool = False) -> Progress:
    columns = [SpinnerColumn(), TextColumn("{task.description}"), *([BarColumn()] if bar else []), TextColumn(text)]
    console = Console(stderr=True)
    return Progress(*columns, TimeElapsedColumn(), console=console, transient=True, disable=not console.is_terminal)


def _local(at: int) -> str:
    """As people read it, +07:00."""
    return datetime.fromtimestamp(at / 1000, LOCAL).strftime("%d/%m/%Y %H:%M")
