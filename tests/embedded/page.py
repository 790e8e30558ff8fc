"""docs/scenarios.md, written from the scenarios and from what the shipped rules say of them.

    python -m tests.embedded.page        writes it again

The tests compare each section with what is computed anew, so the page cannot fall behind.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ioc.embedded.province.native import HOUR, MINUTE, SECOND
from ioc.embedded.scenarios import SCENARIOS, names
from tests.embedded.told import told

PATH = Path(__file__).parents[2] / "docs" / "scenarios.md"
HEAD = """# Scenarios of the built-in province

`ioc up` shows a province that does not exist: its cameras, satellites, stations and network sensors send their own formats
through the real doors, with their own keys, and everything behind the doors is the product itself. What they send is a
function of seed and time (`ioc.embedded.province`); what happens in it is a scenario (`ioc.embedded.scenarios`).

    ioc up                                the default, forest-fire
    ioc up --scenario smog --speed 60     another one, an hour in a minute
    ioc up --no-demo                      none: the monitor waits for real feeds

This page is written by `python -m tests.embedded.page` and compared by the tests with what intake and the shipped rules
say in virtual time.

## Before the start

The first thing sent are the hours before: two for most feeds, 26 for satellites (two passes of each), six for hourly ones.
So the wall has data of every domain when `ioc up` says that it is ready. Their times are true; nothing is stamped later
than it was.

## Speed

Event time is what the feeds say, and no door takes an event of the future. So a scenario that is played N times as fast
begins in the past, so far that it catches up with the present at its end; from then on the province lives in real time.
Windows, holds and settles run on event time and pass N times as fast. Silences are counted by the broker's clock and take
their real time, at any speed; `link-cut`, which is about silences, is therefore always played in real time. Tiles tell the
age of their data as it is: during a fast story they are old, because the story is told as something that has happened.
The speed may be 1 to 100.

## What is wrong with the data

As in real feeds, at the rates counted in real files; `ioc.embedded.province.defects` says in which. Where no file had any
(they were mended before they were published), the rate is a starting value.

| Defect | Feeds | Rate |
| --- | --- | --- |
| stamped 5-6 h ahead of ingest | tn-aqi | 231 of 17,743 |
| a second report within a minute | tn-aqi | 933 of 2,266 |
| temperature and humidity labelled µg/m³, CO a tenth, twin coordinates | tn-aqi | always |
| PM2.5 of 0.0 | stations | 21 of 2,266 |
| no value (`NA`) | stations, effluent, weather | 2,067 of 43,824 |
| marked invalid by the device | stations, effluent | 253 of 29,928 |
| calibration, with readings of span gas and buffer solutions | stations, effluent | 20 minutes a day |
| timestamp without a zone | suricata | 44 of 341 |
| a neighbour's radiative power repeated | firms-viirs, firms-modis | 1,618 of 41,670 |
| the same bytes twice | all but tn-aqi | 1 of 500, starting value |
| a file held back for over an hour | stations, effluent | 1 of 500, starting value |
| a line cut in two | stations, effluent, weather, suricata, frigate | 1 of 1,000, starting value |

None of them happens within 40 minutes of something that a scenario does to the same source.
"""


def clock(ms: int) -> str:
    """`+1:02:03`, `-0:29:30`."""
    sign, ms = ("-", -ms) if ms < 0 else ("+", ms)
    return f"{sign}{ms // HOUR}:{ms % HOUR // MINUTE:02d}:{ms % MINUTE // SECOND:02d}"


def _acts(name: str, *, daily: bool) -> list[str]:
    first = "Local time" if daily else "From the start"
    rows = [
        f"| {clock(act.at)[1:-3].zfill(5) if daily else clock(act.at)} | {act.text} |" for act in SCENARIOS[name].acts
    ]
    return [f"| {first} | What happens |", "| --- | --- |", *rows]


def story_section(name: str) -> str:
    """One scenario, its acts and its alerts at speed 1."""
    found = told(name)
    rows = [
        f"| {clock(t.clock - found.pace.wall)} | {t.rule} | {t.key.replace('|', ' in ')} | {t.change} | {t.severity} |"
        for t in found.transitions
    ]
    lines = [
        f"## {name}",
        "",
        SCENARIOS[name].summary,
        "",
        *_acts(name, daily=False),
        "",
        "What the shipped rules say of it, at speed 1 (reports of a station come on their own minutes, so a time may differ by",
        "one report's distance from start to start):",
        "",
        "| From the start | Rule | About | Change | Severity |",
        "| --- | --- | --- | --- | --- |",
        *rows,
    ]
    return "\n".join(lines) + "\n"


def quiet_section(near: Mapping[str, int]) -> str:
    """The quiet day, with the near misses of each rule as they are counted from its records."""
    lines = [
        "## quiet",
        "",
        SCENARIOS["quiet"].summary,
        "",
        *_acts("quiet", daily=True),
        "",
        "A second is a short distance: on a live system a machine that stalls for longer than that, at the end of one of these",
        "silences, makes it a true one, and is told.",
        "",
        "Near misses of each shipped rule on that day. The rule fires on it as soon as one of its numbers (level, hold, count,",
        "silence; for `ids-severe`, which has none, the gravity it asks for) is a tenth, or one step, easier to meet.",
        "",
        "| Rule | Near misses |",
        "| --- | --- |",
        *(f"| {rule} | {count} |" for rule, count in near.items()),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    from tests.embedded.test_quiet_day import counted

    sections = [quiet_section(counted()) if name == "quiet" else story_section(name) for name in names()]
    PATH.write_text("\n".join([HEAD, *sections]), encoding="utf-8")
