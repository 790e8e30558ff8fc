"""What backtest and diff share on the command line: a file judged by a rule set, with a progress bar on a terminal."""

from __future__ import annotations

import time
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn

from ioc.cli.backtest_run import Found, Wish, backtest, jobs_for
from ioc.cli.events_given import Given
from ioc.words import Lang, say


class Asked(NamedTuple):
    """What the command line says of the events and how to take them."""

    events: Given
    config: Path | None
    arrival: bool
    expected: bool
    jobs: int


class Judged(NamedTuple):
    """What came of it, in how many seconds, on how many processes."""

    found: Found
    seconds: float
    jobs: int


def judged(asked: Asked, events: Path, rules: Path | None, lang: Lang) -> Judged:
    """Judge all events of the file; raises the mistakes of the configuration."""
    wish = Wish(events, rules, asked.config, asked.arrival, asked.expected, asked.jobs)
    console = Console(stderr=True)
    columns = (
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn()
    )  # fmt: skip
    began = time.monotonic()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(say("rules.judging", lang), total=events.stat().st_size or None)
        found = backtest(wish, lambda size: progress.advance(task, size))
    return Judged(found, time.monotonic() - began, jobs_for(wish))
