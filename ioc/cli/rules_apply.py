"""What `ioc rules apply` does: check aside, say what would change, order, see it named, or refuse and say why."""

from __future__ import annotations

import asyncio
import getpass
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import TextIO

from ioc.alerts.edition import Content, Edition, read
from ioc.alerts.rule import RuleSet
from ioc.errors import Permanent
from ioc.events import DOMAINS
from ioc.runtime.clock import RealClock
from ioc.settings import Settings, brokers, load
from ioc.settings.edition import EditionMistakes, load_edition
from ioc.settings.shipped import shipped
from ioc.streams import admin, apply
from ioc.streams.orders import Ledger, Order, Refused
from ioc.streams.patient import Patient
from ioc.streams.publish import Publisher
from ioc.streams.reading import KafkaReader
from ioc.streams.topics import RULES, input_topic
from ioc.words import Lang, say

LOCAL = timezone(timedelta(hours=7))
LOOK_SECONDS = 1.0
"""Between two looks at the files of a watched directory; they must be the same at two looks, so that none is half saved."""
NAMED_SECONDS = 15.0
"""A worker names an order within a second once it has its rules ready; ten thousand take some seconds."""
LISTED = 8
"""Rules that are named one by one; more are counted."""


@dataclass(frozen=True)
class Wish:
    """What the command line says; `rules` and `feeds` None are those of the settings."""

    rules: Path | None = None
    feeds: Path | None = None
    watch: bool = False
    dry_run: bool = False
    embedded: bool = False
    """Whether it is an `ioc up`, whose next start begins with the directories of its settings."""


def run(wish: Wish, path: Path, lang: Lang, sleep: Callable[[float], None] = time.sleep) -> int:
    """Apply once, or until Ctrl-C; the exit code: 1 where the set was refused."""
    settings = load(path)
    if not wish.watch:
        return once(wish, settings, lang)
    before: object = None
    while True:
        seen = _seen(wish, settings)
        if seen != before:
            sleep(LOOK_SECONDS)
            if seen == _seen(wish, settings):
                before = seen
                once(wish, settings, lang)
        else:
            sleep(LOOK_SECONDS)


def _folders(wish: Wish, settings: Settings) -> tuple[Path, Path]:
    paths = settings.paths
    return wish.rules or paths.rules or shipped("rules"), wish.feeds or paths.feeds or shipped("feeds")


def _seen(wish: Wish, settings: Settings) -> list[tuple[str, int, int]]:
    found = []
    for folder in _folders(wish, settings):
        for path in sorted(folder.glob("*.y*ml")):
            try:
                stat = path.stat()
            except FileNotFoundError:  # an editor is putting a new file in its place
                continue
            found.append((str(path), stat.st_mtime_ns, stat.st_size))
    return found


def once(wish: Wish, settings: Settings, lang: Lang) -> int:
    """Check the directories and put them into force; 1 where they were refused."""
    rules, feeds = _folders(wish, settings)
    _tell("reload.checking", lang, rules=rules, feeds=feeds)
    try:
        edition, content = load_edition(
            rules, feeds, settings.paths.heat, demo=settings.demo, holidays=settings.paths.holidays
        )
    except EditionMistakes as error:
        for sentence in error.sentences(lang):
            print(sentence, file=sys.stderr)
        _tell("reload.refused", lang, count=error.values["count"], stream=sys.stderr)
        if not wish.dry_run:
            said = {one: error.sentences(one) for one in ("vi", "en")}
            asyncio.run(_refuse(settings, said))
        return 1
    asyncio.run(_order(wish, settings, edition, content, lang))
    return 0


async def _known(settings: Settings) -> Ledger:
    """What the log of rules says; raises Permanent where no worker has made it yet (a look alone might, and wrongly)."""
    found = await asyncio.to_thread(admin.describe, brokers(settings.kafka), [RULES])
    if RULES not in found.topics:
        raise Permanent("rules_unordered")
    return await apply.ledger(KafkaReader(brokers(settings.kafka)))


async def _refuse(settings: Settings, said: dict[str, list[str]]) -> None:
    await _known(settings)
    async with Publisher(brokers(settings.kafka), settings.kafka.partitions, client="ioc-rules") as publisher:
        reader = KafkaReader(brokers(settings.kafka))
        await apply.refuse(reader, Patient(publisher), said, at=_now(), by=_who())


async def _order(wish: Wish, settings: Settings, edition: Edition, content: Content, lang: Lang) -> None:
    kafka = settings.kafka
    reader = KafkaReader(brokers(kafka))
    known = await _known(settings)
    if known.newest is None:
        raise Permanent("rules_unordered")
    if known.newest.name == edition.name and known.edition(edition.name) is not None:
        _tell("reload.same", lang, name=edition.name, since=_time(known.newest.at))
        return
    old = known.edition(known.newest.name)
    for line in differences(read(old).rules if old else RuleSet(), content.rules, lang):
        print(line)
    if wish.dry_run:
        _tell("reload.dry", lang)
        return
    topic = input_topic(DOMAINS[0])
    start = (await reader.ends([(topic, 0)])).get((topic, 0), 0)
    async with Publisher(brokers(kafka), kafka.partitions, client="ioc-rules") as publisher:
        order = await apply.apply(reader, Patient(publisher), edition, at=_now(), by=_who(), known=known)
    if wish.embedded and (wish.rules or wish.feeds):
        _tell("reload.this_run", lang)
    began = time.monotonic()
    if await apply.named(reader, order, topic, start, NAMED_SECONDS):
        _tell("reload.in_force", lang, name=order.name, rules=order.rules, seconds=f"{time.monotonic() - began:.1f}")
    else:
        _tell("reload.not_named", lang, name=order.name, seconds=round(NAMED_SECONDS))


def differences(old: RuleSet, new: RuleSet, lang: Lang) -> Iterator[str]:
    """What a change of rules means, a line for each kind of change that there is."""
    both = [(old.by_id[one], new.by_id[one]) for one in old.by_id.keys() & new.by_id.keys()]
    reshaped = sorted(after.id for before, after in both if before.shape != after.shape)
    changed = sorted(after.id for before, after in both if before.version != after.version)
    for key, ids in (
        ("reload.added", sorted(new.by_id.keys() - old.by_id.keys())),
        ("reload.changed", [one for one in changed if one not in reshaped]),
        ("reload.reshaped", reshaped),
        ("reload.removed", sorted(old.by_id.keys() - new.by_id.keys())),
    ):
        if ids:
            listed = ", ".join(ids[:LISTED]) + (" …" if len(ids) > LISTED else "")
            yield say(key, lang, count=len(ids), rules=listed)
    if not changed and old.by_id.keys() == new.by_id.keys():
        yield say("reload.feeds_only", lang)


def show(path: Path, last: int, lang: Lang) -> None:
    """Print the newest orders and refusals, oldest first."""
    known = asyncio.run(_known(load(path)))
    rows: list[Order | Refused] = [*known.orders.values(), *known.refusals.values()]
    for row in sorted(rows, key=lambda one: one.number)[-last:]:
        values = {"at": _time(row.at), "by": row.by}
        if isinstance(row, Order):
            current = say("reload.current", lang) if row == known.newest else ""
            print(say("reload.ordered", lang, name=row.name, rules=row.rules, current=current, **values))
        else:
            print(say("reload.was_refused", lang, count=row.mistakes, **values))
            for sentence in row.said.get(lang, ()):
                print(f"    {sentence}")


def _tell(key: str, lang: Lang, *, stream: TextIO | None = None, **values: object) -> None:
    print(say(key, lang, at=_time(_now()), **values), file=stream, flush=True)


def _time(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).astimezone(LOCAL).strftime("%d/%m %H:%M:%S")


def _now() -> int:
    return int(RealClock().now().timestamp() * 1000)


def _who() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user without a name
        return "-"
