"""The shipped rules over real air data, as pictures: docs/pictures/air_thai_nguyen.svg and air_beijing.svg.

    python bench/real_air.py [--data DIR]

Thái Nguyên's file is read by its own feed, as intake reads it; Beijing's hours are given to the engine as readings of
one station. Both go through the backtest; what stood when is drawn beside the values. The files stay where they are.
"""

from __future__ import annotations

import argparse
import csv
import html
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Final, NamedTuple

from ioc.alerts.alert import Transition
from ioc.alerts.arrival import epoch_ms
from ioc.events.codec import Observed, decode, encode
from ioc.events.domains import Environment
from ioc.events.envelope import event_id
from ioc.intake import judge
from ioc.places.boundaries import Boundaries
from ioc.settings import load_catalogue, load_rules
from ioc.workshop.backtest import Backtest
from ioc.workshop.order import ordered

ROOT: Final = Path(__file__).resolve().parents[1]
DATA: Final = ROOT.parent / "shared" / "data" / "env"
PICTURES: Final = ROOT / "docs" / "pictures"
HOUR: Final = 3_600_000
DAY: Final = 24 * HOUR
VIETNAM: Final = timezone(timedelta(hours=7))
BEIJING: Final = timezone(timedelta(hours=8))

WIDTH: Final = 960
LEFT: Final = 60
STYLE: Final = (
    "text{font:11px sans-serif;fill:#333}.h{font-weight:bold;font-size:12px}.dust{stroke:#1f5fa8}.heat{stroke:#d9822b}"
    "path{fill:none;stroke-width:1}.grid{stroke:#ddd}.minor{fill:#e6c84c}.moderate{fill:#e58a2e}.severe{fill:#c9302c}"
    ".extreme{fill:#6f1d77}"
)
COLOURS: Final = {"": "#9db7d5", "severe": "#c9302c", "extreme": "#6f1d77", "moderate": "#e58a2e", "minor": "#e6c84c"}

RANKS: Final = {"minor": 1, "moderate": 2, "severe": 3, "extreme": 4}
"""CAP severity, rising."""


class Span(NamedTuple):
    """One severity of one rule that stood from `since` to `until` (ms)."""

    rule: str
    key: str
    severity: str
    since: int
    until: int


class Judged(NamedTuple):
    """Events in order of their moments, and what the rules said of them."""

    events: Sequence[Observed]
    told: Sequence[Transition]
    end: int


def backtest(events: Iterable[Observed]) -> Judged:
    """The shipped rules over these events."""
    test = Backtest(load_rules(), load_catalogue())
    events = sorted(events, key=test.moment)
    test.take(events)
    test.finish(test.last)
    return Judged(events, ordered(test.transitions), test.last + DAY)


def thai_nguyen(folder: Path) -> Judged:
    """The station file, as its feed."""
    catalogue = load_catalogue()
    raw = (folder / "thainguyen_aqiin_measurements.csv").read_bytes()
    records = judge(raw, catalogue.by_feed["tn-aqi"], catalogue, Boundaries.builtin(), datetime(2026, 6, 1, tzinfo=UTC))
    return backtest(decode(encode(event)) for record in records for event in record.events)


def beijing(folder: Path) -> Judged:
    """Hourly PM2.5 of 2010 to 2014; hours without a value are left out."""
    return backtest(_hours(folder / "beijing_pm25_2010_2014.csv"))


def _hours(path: Path) -> Iterator[Observed]:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["pm2.5"] == "NA":
                continue
            at = datetime(*(int(row[name]) for name in ("year", "month", "day", "hour")), tzinfo=BEIJING)  # type: ignore[misc,arg-type]  # four numbers
            event = Environment(
                type="environment", id=event_id("beijing", row["No"]), feed="beijing", source="beijing",
                observed_at=at, received_at=at, quantity="pm25", unit="ug/m3", value=float(row["pm2.5"]),
            )  # fmt: skip
            yield decode(encode(event))


def spans(told: Sequence[Transition], end: int) -> list[Span]:
    """What stood from when to when."""
    found = []
    open_: dict[str, Transition] = {}
    for one in told:
        before = open_.pop(one.alert_id, None)
        if before is not None:
            found.append(Span(one.rule, one.key, before.severity, before.at, one.at))
        if one.status == "firing":
            open_[one.alert_id] = one
    found += [Span(one.rule, one.key, one.severity, one.at, end) for one in open_.values()]
    return sorted(found, key=lambda span: (span.since, span.rule, span.key))


class Axis:
    """Time along the width."""

    def __init__(self, since: int, until: int) -> None:
        self.since, self.until = since, until

    def x(self, at: float) -> float:
        """Pixels from the left."""
        return round(LEFT + (at - self.since) / (self.until - self.since) * (WIDTH - LEFT - 10), 1)


def _path(points: Iterable[tuple[float, float]], kind: str) -> str:
    drawn = " ".join(f"{x:g},{y:g}" for x, y in points)
    return f'<path class="{kind}" d="M{drawn}"/>' if drawn else ""


def _text(x: float, y: float, said: str, more: str = "") -> str:
    return f'<text x="{x:g}" y="{y:g}"{more}>{html.escape(said)}</text>'


def _picture(height: int, title: str, parts: Iterable[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img"><title>{html.escape(title)}</title>'
    return "\n".join(
        [
            head,
            f"<style>{STYLE}</style>",
            f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
            *parts,
            "</svg>",
            "",
        ]
    )


ROWS: Final = ("heat", "station-stuck", "station-silent")
PANEL: Final = 150


def draw_thai_nguyen(judged: Judged) -> str:
    """A panel for each station: dust and temperature by the hour, and beneath them what stood."""
    known = [event for event in judged.events if event.observed_at <= event.received_at + timedelta(minutes=5)]
    values: defaultdict[tuple[str, str], dict[int, float]] = defaultdict(dict)
    for event in known:
        values[event.source, event.quantity][epoch_ms(event.observed_at) // HOUR] = event.value
    stations = sorted({source for source, _ in values if len(values[source, "pm25"]) > 48})
    axis = Axis(epoch_ms(known[0].observed_at), judged.end)
    parts = [
        _text(
            LEFT,
            16,
            "Thái Nguyên, 14-28 May 2026: PM2.5 (blue, to 100 µg/m³), temperature (orange, to 45 °C), alerts",
            ' class="h"',
        )
    ]
    for number, station in enumerate(stations):
        top = 30 + number * PANEL
        parts.append(_text(4, top + 12, station.removeprefix("aqi:"), ' class="h"'))
        parts += _days(axis, top, top + PANEL - 20, VIETNAM)
        for quantity, kind, most in (("pm25", "dust", 100.0), ("temperature", "heat", 45.0)):
            points = sorted(values[station, quantity].items())
            parts.append(
                _path(
                    ((axis.x(hour * HOUR), round(top + 80 - min(v, most) / most * 78, 1)) for hour, v in points), kind
                )
            )
        for row, rule in enumerate(ROWS):
            y = top + 88 + row * 13
            parts.append(_text(4, y + 8, rule.removeprefix("station-")))
            of_row = [
                one for one in spans(judged.told, judged.end) if one.rule == rule and one.key.split("|")[0] == station
            ]
            parts += [_bar(axis, one, y) for one in of_row]
    return _picture(30 + len(stations) * PANEL, "Alerts over the air stations of Thái Nguyên", parts)


def _bar(axis: Axis, span: Span, y: float) -> str:
    x = axis.x(span.since)
    width = max(1.5, round(axis.x(span.until) - x, 1))
    said = html.escape(f"{span.rule} {span.key} {span.severity}")
    return (
        f'<rect class="{span.severity}" x="{x:g}" y="{y:g}" width="{width:g}" height="9"><title>{said}</title></rect>'
    )


def _days(axis: Axis, top: float, bottom: float, zone: timezone) -> Iterator[str]:
    day = datetime.fromtimestamp(axis.since / 1000, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    while (at := epoch_ms(day)) < axis.until:
        if at >= axis.since:
            yield f'<path class="grid" d="M{axis.x(at):g},{top:g}V{bottom:g}"/>'
            yield _text(axis.x(at) + 2, bottom + 10, f"{day:%d/%m}")
        day += timedelta(days=1)


def draw_beijing(judged: Judged) -> str:
    """A line for each day from its least to its greatest hour, in the colour of the gravest alert that stood on it."""
    days: defaultdict[int, list[float]] = defaultdict(list)
    for event in judged.events:
        days[event.observed_at.astimezone(BEIJING).toordinal()].append(event.value)
    gravest: dict[int, str] = {}
    for span in spans(judged.told, judged.end):
        if span.rule == "pm25-high":
            first, last = (datetime.fromtimestamp(at / 1000, BEIJING).toordinal() for at in (span.since, span.until))
            for day in range(first, last + 1):
                if RANKS[span.severity] > RANKS.get(gravest.get(day, ""), 0):
                    gravest[day] = span.severity
    counted = sum(one.change == "fired" for one in judged.told if one.rule == "pm25-high")
    said = f"Beijing, 2010-2014, hourly PM2.5 to 600 µg/m³: {counted} alerts of pm25-high, by day"
    parts = [_text(LEFT, 16, said, ' class="h"')]
    for number, severity in enumerate(("moderate", "severe", "extreme")):
        parts.append(f'<rect class="{severity}" x="{WIDTH - 260 + number * 85}" y="8" width="9" height="9"/>')
        parts.append(_text(WIDTH - 248 + number * 85, 16, severity))
    years = sorted({datetime.fromordinal(day).year for day in days})
    for place, year in enumerate(years):
        parts += _year(place, year, days, gravest)
    return _picture(30 + 100 * len(years), "Alerts over Beijing's fine dust", parts)


def _year(place: int, year: int, days: dict[int, list[float]], gravest: dict[int, str]) -> Iterator[str]:
    bottom = 30 + 100 * place + 88
    begin = datetime(year, 1, 1, tzinfo=UTC).toordinal()
    yield _text(4, bottom - 30, str(year), ' class="h"')
    for severity, colour in COLOURS.items():
        lines = []
        for day in range(begin, datetime(year + 1, 1, 1, tzinfo=UTC).toordinal()):
            if day in days and gravest.get(day, "") == severity:
                low, high = (round(bottom - min(v, 600.0) / 600 * 84, 1) for v in (min(days[day]), max(days[day])))
                x = round(LEFT + (day - begin) / 366 * (WIDTH - LEFT - 10), 1)
                lines.append(f"M{x:g},{low:g}V{high:g}")
        if lines:
            yield f'<path stroke="{colour}" style="stroke-width:2" d="{"".join(lines)}"/>'


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    given = parser.parse_args()
    for name, draw, read in (("thai_nguyen", draw_thai_nguyen, thai_nguyen), ("beijing", draw_beijing, beijing)):
        judged = read(given.data)
        (PICTURES / f"air_{name}.svg").write_text(draw(judged), encoding="utf-8")
        counted: defaultdict[str, int] = defaultdict(int)
        for one in judged.told:
            counted[one.rule] += one.change == "fired"
        print(name, len(judged.events), dict(counted))


if __name__ == "__main__":
    main()
