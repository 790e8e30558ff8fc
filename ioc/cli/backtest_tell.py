"""What `ioc rules backtest` and `ioc rules diff` write: alerts on standard output, what they come to on standard error."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from ioc.adapters.sentences import reason_text
from ioc.alerts import alert
from ioc.alerts.figures import VIETNAM, number
from ioc.cli.events_given import events_file
from ioc.cli.judging import Asked, Judged, judged
from ioc.errors import Permanent
from ioc.events import FATES
from ioc.words import Lang, say
from ioc.workshop.difference import SORTS, Change, changes
from ioc.workshop.summary import BUDGET, Line, Summary, summary

SHOWN = 10
"""Refused lines told of."""
OVER_BUDGET = 3
"""Exit code of a comparison with more differences than allowed."""


def run_backtest(asked: Asked, rules: Path | None, out: Path | None, officers: int, lang: Lang) -> None:
    """The whole command."""
    with events_file(asked.events, lang) as events:
        done = judged(asked, events, rules, lang)
    lines = b"".join(alert.encode(one) + b"\n" for one in done.found.transitions)
    if out is None:
        sys.stdout.buffer.write(lines)
        sys.stdout.flush()
    else:
        try:
            out.write_bytes(lines)
        except OSError as error:
            raise Permanent("backtest_out", file=str(out), why=error.strerror) from None
    tell(done, officers, lang)


def tell(done: Judged, officers: int, lang: Lang) -> None:
    """What was read, and what it asked of people."""
    found = done.found
    _tell_events(done, lang)
    _tell_rules(summary(found.rules.by_id, found.transitions, found.first, found.last), officers, lang)


def _say(key: str, lang: Lang, **values: object) -> None:
    print(say(key, lang, **values), file=sys.stderr)


def _tell_events(done: Judged, lang: Lang) -> None:
    found = done.found
    events = found.fates.total()
    if not events:
        _say("rules.nothing", lang)
    else:
        rate = number(events / max(done.seconds, 1e-3), lang, 0)
        values = {"first": _day(found.first), "last": _day(found.last), "seconds": number(done.seconds, lang, 1)}
        _say("rules.judged", lang, events=number(events, lang, 0), rate=rate, jobs=done.jobs, **values)
    fates: Counter[str] = Counter()
    for (_, fate), count in found.fates.items():
        fates[fate] += count
    fates["rejected"] += len(found.refused)
    for fate in FATES:
        if fates[fate]:
            _say("rules.fate", lang, fate=say(f"fate.{fate}", lang), count=number(fates[fate], lang, 0))
    for line, reasons in found.refused[:SHOWN]:
        _say("rules.refused", lang, line=line, field=reasons[0].field, reason=reason_text(reasons[0], lang))
    if len(found.refused) > SHOWN:
        _say("rules.more_refused", lang, count=len(found.refused) - SHOWN)


def _day(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, VIETNAM).strftime("%d/%m/%Y %H:%M") if at else "-"


def _tell_rules(found: Summary, officers: int, lang: Lang) -> None:
    table = Table(box=SIMPLE)
    table.add_column(say("rules.summary.rule", lang), no_wrap=True)
    for name in ("alerts", "minutes", "notices", "night"):
        table.add_column(say(f"rules.summary.{name}", lang), justify="right")
    spoke = [line for line in found.lines if line.notices]
    for line in spoke:
        table.add_row(*_row(line, found.a_night(line, officers), lang))
    total = found.all(officers)
    table.add_section()
    total = found.all(officers)
    table.add_section()
    sums = [sum(one.alerts for one in spoke), sum(one.minutes for one in spoke), sum(one.notices for one in spoke)]
    table.add_row(say("rules.summary.total", lang), *(number(count, lang, 0) for count in sums), number(total, lang, 2))
    Console(stderr=True, width=None if sys.stderr.isatty() else 120).print(table)
    _say("rules.summary.quiet", lang, count=len(found.lines) - len(spoke))
    if total > BUDGET:
        _say("rules.summary.over", lang, night=number(total, lang), budget=BUDGET)


def _row(line: Line, night: float, lang: Lang) -> Sequence[str]:
    whole = [number(count, lang, 0) for count in (float(line.alerts), line.minutes, float(line.notices))]
    return line.rule, *whole, number(night, lang, 2)


def run_diff(asked: Asked, old: Path, new: Path, budget: int | None, lang: Lang) -> None:
    """The whole command; raises typer.Exit(3) over the budget."""
    with events_file(asked.events, lang) as events:
        before = judged(asked, events, old, lang)
        after = judged(asked, events, new, lang)
    _tell_events(after, lang)
    found = changes(before.found.transitions, after.found.transitions)
    for one in found:
        print(_line(one, lang))
    sys.stdout.flush()
    if not found:
        _say("diff.same", lang)
        return
    _tell_table(found, lang)
    counts = Counter(one.sort for one in found)
    parts = ", ".join(f"{counts[sort]} {say(f'diff.{sort}', lang)}" for sort in SORTS if counts[sort])
    _say("diff.total", lang, count=len(found), parts=parts)
    if budget is not None:
        over = len(found) > budget
        _say("diff.over" if over else "diff.within", lang, budget=budget)
        if over:
            raise typer.Exit(OVER_BUDGET)


def _line(one: Change, lang: Lang) -> str:
    detail = ""
    if one.moved:
        detail = say("diff.moved", lang, minutes=number(one.moved / 60_000, lang))
    elif one.old is not None and one.new is not None:
        old, new = (say(f"severity.{stood.severity}", lang) for stood in (one.old, one.new))
        detail = say("diff.severity", lang, old=old, new=new)
    sort = say(f"diff.{one.sort}", lang)
    return say("diff.line", lang, at=_day(one.at), sort=sort, rule=one.rule, group=one.key, detail=detail)


def _tell_table(found: Sequence[Change], lang: Lang) -> None:
    counts = Counter((one.rule, one.sort) for one in found)
    table = Table(box=SIMPLE)
    table.add_column(say("rules.summary.rule", lang), no_wrap=True)
    for sort in SORTS:
        table.add_column(say(f"diff.{sort}", lang), justify="right")
    for rule in sorted({one.rule for one in found}):
        table.add_row(rule, *(str(counts[rule, sort] or "") for sort in SORTS))
    Console(stderr=True, width=None if sys.stderr.isatty() else 120).print(table)
