"""What a rule set asked of people: per rule, how many alerts, how long they stood, how many notices by night.

A notice is one transition (the desk tells each, the all-clear too); drills tell nobody and are left out. A night is
22:00 to 06:00 at +07:00, and belongs to the day it begins on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from ioc.alerts.alert import Transition

HOUR: Final = 3_600_000
LOCAL_MS: Final = 7 * HOUR
NIGHT: Final = (22, 6)
"""Hours between which a notice wakes somebody."""
BUDGET: Final = 6
"""Notices that one officer can be asked to take in one night, starting value."""


class Line(NamedTuple):
    """One rule: alerts opened, minutes during which at least one alert per key stood, all notices, those by night."""

    rule: str
    alerts: int
    minutes: float
    notices: int
    night: int


class Summary(NamedTuple):
    """Every rule of the set, in id order, also those that never fired; `nights` spanned by the events."""

    lines: Sequence[Line]
    nights: int

    def a_night(self, line: Line, officers: int = 1) -> float:
        """Notices of one rule that each of so many officers has in a mean night."""
        return line.night / self.nights / officers if self.nights else 0.0

    def all(self, officers: int = 1) -> float:
        """The same over all rules."""
        return sum(self.a_night(line, officers) for line in self.lines)


def is_night(at: int) -> bool:
    """Whether an epoch ms lies in the night, +07:00."""
    hour = (at + LOCAL_MS) // HOUR % 24
    return hour >= NIGHT[0] or hour < NIGHT[1]


def nights(first: int, last: int) -> int:
    """How many nights [first, last] touches, epoch ms."""
    if not last:
        return 0
    early = HOUR * NIGHT[1]  # a time before six belongs to the night that began the day before
    found = range((first + LOCAL_MS - early) // (24 * HOUR), (last + LOCAL_MS - early) // (24 * HOUR) + 1)
    begins = ((day * 24 + NIGHT[0]) * HOUR - LOCAL_MS for day in found)
    return sum(begin <= last and begin + (24 - NIGHT[0] + NIGHT[1]) * HOUR > first for begin in begins)


class Stood(NamedTuple):
    """One alert: from when to when it stood, epoch ms; `until` None where it was open at the end."""

    alert_id: str
    rule: str
    key: str
    since: int
    until: int | None
    severity: str
    title: str = ""


def episodes(transitions: Iterable[Transition]) -> list[Stood]:
    """The alerts that these ordered transitions tell of, each with its gravest severity, in order of their beginning."""
    ranks = {"unknown": 0, "minor": 1, "moderate": 2, "severe": 3, "extreme": 4}
    found: dict[str, Stood] = {}
    for one in transitions:
        stood = found.get(one.alert_id)
        until = None if one.status == "firing" else one.at
        if stood is None:
            found[one.alert_id] = Stood(one.alert_id, one.rule, one.key, one.at, until, one.severity)
        else:
            gravest = max(stood.severity, one.severity, key=ranks.__getitem__)
            found[one.alert_id] = stood._replace(until=until, severity=gravest)
    return list(found.values())


def summary(rules: Iterable[str], transitions: Sequence[Transition], first: int, last: int) -> Summary:
    """`first` and `last` are the moments of the first and last event; alerts still open stand until the last."""
    told = [one for one in transitions if not one.drill]
    counts = {rule: [0, 0, 0, 0] for rule in rules}
    for stood in episodes(told):
        count = counts.setdefault(stood.rule, [0, 0, 0, 0])
        count[0] += 1
        count[1] += max(0, (last if stood.until is None else stood.until) - stood.since)
    for one in told:
        counts[one.rule][2] += 1
        counts[one.rule][3] += is_night(one.at)
    lines = [Line(rule, n, ms / 60_000, notices, night) for rule, (n, ms, notices, night) in sorted(counts.items())]
    return Summary(lines, nights(first, last))
