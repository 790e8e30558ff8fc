"""A backtest over a file: in one process or several, each judging its own share of the sources.

The answer does not depend on how many there are, to the byte. Processes hand over bytes in the formats of the product
(`ioc.alerts.alert`, `ioc.workshop.handover`), and meet once: when all have read, each has the keys other than the source
that fall to it, and the time runs on past the last event of the whole file.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from mmap import ACCESS_READ, mmap
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

import msgspec

from ioc.alerts import alert
from ioc.alerts.alert import Transition
from ioc.alerts.rule import RuleSet
from ioc.alerts.stage import fields_of
from ioc.catalogue import Catalogue
from ioc.errors import Permanent
from ioc.events import DOMAINS
from ioc.settings import load_catalogue, load_rules
from ioc.workshop.across import across
from ioc.workshop.backtest import RUN_ON_MS, Backtest, Disorder
from ioc.workshop.handover import keep, kept
from ioc.workshop.lines import WHOLE, Block, Refused, Share, Sorted, blocks
from ioc.workshop.order import ordered

Told = Callable[[int], None]
"""Hears of bytes read."""
WORTH_A_PROCESS: Final = 64 << 20
"""Bytes of events for which one more process is started: ten seconds of work."""


@dataclass(frozen=True)
class Wish:
    """What is judged by what; None takes the shipped configuration. `jobs` 0 chooses by size."""

    events: Path
    rules: Path | None = None
    config: Path | None = None
    arrival: bool = False
    expected: bool = False
    jobs: int = 0


@dataclass
class Found:
    """All that came of it; `refused` are the lines that are no events, `first` and `last` the moments of the file."""

    rules: RuleSet
    transitions: Sequence[Transition] = ()
    fates: Counter[tuple[str, str]] = field(default_factory=Counter)
    refused: Sequence[Refused] = ()
    first: int = 0
    last: int = 0


class _Read(msgspec.Struct, array_like=True):
    """A worker has read its share."""

    fates: list[tuple[str, str, int]]
    first: int
    last: int


_encode = msgspec.msgpack.Encoder().encode
_read = msgspec.msgpack.Decoder(_Read).decode
_span = msgspec.msgpack.Decoder(tuple[int, int]).decode
_lines = msgspec.msgpack.Decoder(list[bytes]).decode
_refusals = msgspec.msgpack.Decoder(list[Refused]).decode


def catalogue_of(config: Path | None) -> Catalogue:
    """The catalogue of a directory with `feeds` and `heat.yaml`; raises ConfigMistakes."""
    return load_catalogue(config / "feeds", config / "heat.yaml") if config else load_catalogue()


def rules_of(wish: Wish) -> RuleSet:
    """Its rules; raises ConfigMistakes and RuleMistakes."""
    folder = wish.rules or (wish.config / "rules" if wish.config else None)
    return load_rules(folder)


def jobs_for(wish: Wish) -> int:
    """How many processes are worth their start."""
    if wish.jobs:
        return wish.jobs
    return max(1, min(os.cpu_count() or 1, 8, wish.events.stat().st_size // WORTH_A_PROCESS))


def backtest(wish: Wish, told: Told) -> Found:
    """Judge all events of the file; raises the mistakes of the configuration first."""
    rules, catalogue = rules_of(wish), catalogue_of(wish.config)
    jobs = jobs_for(wish)
    if jobs > 1:
        return _several(wish, rules, jobs, told)
    with _without_collecting():
        test, refused = _judge(wish, rules, catalogue, WHOLE, told)
        test.finish(test.last, test.first, _missed(wish, WHOLE))
    return Found(rules, _whole(rules, test.transitions, test.last), test.fates, refused, test.first, test.last)


def _whole(rules: RuleSet, transitions: Sequence[Transition], last: int) -> Sequence[Transition]:
    """What the sources' own rules told, and what the rules between domains make of it, in order."""
    return ordered([*transitions, *across(rules, transitions, last + RUN_ON_MS)])


def _missed(wish: Wish, share: Share) -> Callable[[str], bool] | None:
    return (lambda source: share.holds(source.encode())) if wish.expected else None


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Nothing here makes cycles; looking for them costs a fifth of the time."""
    was = gc.isenabled()
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.unfreeze()
        if was:
            gc.enable()


def _judge(
    wish: Wish, rules: RuleSet, catalogue: Catalogue, share: Share, told: Told
) -> tuple[Backtest, Sequence[Refused]]:
    read = 0

    def take(found: Iterator[Block]) -> tuple[Backtest, Sequence[Refused]]:
        nonlocal read
        test = Backtest(rules, catalogue, arrival=wish.arrival)
        refused: list[Refused] = []
        for block in found:
            test.take(block.events, block.lines)
            refused += block.refused
            read += block.size
            told(block.size)
        return test, refused

    try:
        with wish.events.open("rb") as stream:
            return take(blocks(stream, share))
    except Disorder:
        told(-read)
    with wish.events.open("rb") as stream, mmap(stream.fileno(), 0, access=ACCESS_READ) as raw:
        order = Sorted(raw, Backtest(rules, catalogue).moment, share)
        return take(order.blocks())


def _several(wish: Wish, rules: RuleSet, jobs: int, told: Told) -> Found:
    with tempfile.TemporaryDirectory(prefix="ioc-backtest-") as place:
        return _shared_out(wish, rules, jobs, told, Path(place))


def _shared_out(wish: Wish, rules: RuleSet, jobs: int, told: Told, place: Path) -> Found:
    context = multiprocessing.get_context("spawn")
    found = Found(rules)
    doors: list[Connection] = []
    workers = []
    for number in range(jobs):
        ours, theirs = context.Pipe()
        worker = context.Process(target=_work, args=(theirs, wish, Share(number, jobs), place), daemon=True)
        worker.start()
        theirs.close()
        doors.append(ours)
        workers.append(worker)
    try:
        reports = [_report(door, told if not number else _nobody) for number, door in enumerate(doors)]
        for report in reports:
            found.fates.update({(feed, fate): count for feed, fate, count in report.fates})
        spoken = [report for report in reports if report.last]
        found.first = min((report.first for report in spoken), default=0)
        found.last = max((report.last for report in spoken), default=0)
        for door in doors:
            door.send_bytes(_encode((found.first, found.last)))
        found.refused = _refusals(doors[0].recv_bytes())
        spoke = [alert.decode(line) for door in doors for line in _lines(door.recv_bytes())]
        found.transitions = _whole(rules, spoke, found.last)
    except EOFError:
        raise Permanent("backtest_worker") from None
    finally:
        for door in doors:
            door.close()
        for worker in workers:
            worker.join(10)
    return found


def _nobody(_: int) -> None:
    """Tell nobody: every process reads the whole file, one of them says how far it is."""


def _report(door: Connection, told: Told) -> _Read:
    while True:
        message = door.recv_bytes()
        if message[:1] == b"+":
            told(int(message[1:]))
        else:
            return _read(message)


def _work(door: Connection, wish: Wish, share: Share, place: Path) -> None:
    """One process: read, pass events on by their other keys, tell, wait for the span of all, finish, hand over."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    rules, catalogue = rules_of(wish), catalogue_of(wish.config)

    def told(size: int) -> None:
        if not share.number:
            door.send_bytes(b"+%d" % size)

    try:
        with _without_collecting():
            test, refused = _judge(wish, rules, catalogue, share, told)
            fates = [(feed, fate, count) for (feed, fate), count in test.fates.items()]
            again = any(fields_of(rules, domain) for domain in DOMAINS)
            if again:
                keep(place, share, test.passed())
            door.send_bytes(_encode(_Read(fates, test.first, test.last)))
            first, last = _span(door.recv_bytes())  # every process has read its share by now
            if again:
                test.meet_again(kept(place, share))
            test.finish(last, first, _missed(wish, share))
        if not share.number:
            door.send_bytes(_encode(refused))
        door.send_bytes(_encode([alert.encode(one) for one in test.transitions]))
    except (EOFError, BrokenPipeError):
        return  # whoever asked is gone
