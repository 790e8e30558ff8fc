"""From readings to alerts: severities by hold and settle, flapping, active hours.

A reading says which severity is reached and which would still be held. By time alone a severity begins or ends before
anything else of that instant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tests.alerts.naive.heard import RANKS, Rule, Told, levels, ms
from tests.alerts.naive.hours import active


class Reading(NamedTuple):
    """`told`: the source's time when it is known; `at`: the moment it speaks for; `place` orders one instant (-1: time)."""

    told: int
    place: int
    at: int
    reached: int
    held: int
    past: bool = False
    """A newer one was known: it can only break a hold, which then begins anew at that newer one."""


@dataclass
class Ladder:
    """The severities of one group; `quiet`: when the condition of a standing one was last confirmed or first denied."""

    ranks: Sequence[int]
    hold: int
    settle: int
    momentary: bool
    opens: int
    within: int
    on: set[int] = field(default_factory=set)
    turned: dict[int, int] = field(default_factory=dict)
    openings: list[int] = field(default_factory=list)
    flapping: bool = False
    told: list[Told] = field(default_factory=list)

    def wait(self, rank: int) -> int:
        if rank not in self.on:
            return self.hold
        return max(self.settle, self.within) if self.flapping else self.settle

    def until(self, limit: int) -> None:
        """What time alone changes up to and at `limit`."""
        while True:
            due = [(since + self.wait(rank), rank) for rank, since in self.turned.items()]
            due = [pair for pair in due if pair[0] <= limit]
            if not due:
                return
            at = min(due)[0]
            for moment, rank in due:
                if moment == at:
                    self.turn(rank)
            self.tell(at)

    def turn(self, rank: int) -> None:
        self.turned.pop(rank, None)
        self.on ^= {rank}

    def tell(self, at: int) -> None:
        """Compare with what was told last."""
        before = 0
        if self.told and self.told[-1].change != "cleared":
            before = RANKS.index(self.told[-1].severity)
        now = max(self.on, default=0)
        if now == before:
            return
        change = "fired" if not before else "cleared" if not now else "raised" if now > before else "lowered"
        self.told.append(Told(at, change, RANKS[now or before]))
        if change == "fired":
            self.openings.append(at)
            recent = [one for one in self.openings if one >= at - self.within]
            self.flapping = bool(self.opens) and len(recent) >= self.opens
        elif change == "cleared":
            self.flapping = False

    def breaks(self, one: Reading, newest: int) -> None:
        """A contrary reading in the midst of a hold, or after all that was known of it."""
        for rank, since in list(self.turned.items()):
            if rank in self.on or rank <= one.reached:
                continue
            if one.at >= newest:
                del self.turned[rank]
            elif since <= one.at:
                self.turned[rank] = newest

    def persists(self, one: Reading, *, awake: bool) -> None:
        """It stands until the next reading."""
        for rank in self.ranks:
            standing = rank in self.on
            if standing == (rank <= (one.held if standing else one.reached)):
                self.turned.pop(rank, None)
            elif not standing and not awake:
                continue
            else:
                self.turned.setdefault(rank, one.at)
        for rank in [rank for rank, since in self.turned.items() if since == one.at and not self.wait(rank)]:
            self.turn(rank)
        self.tell(one.at)

    def happens(self, one: Reading, *, awake: bool) -> None:
        """It speaks for its moment."""
        fresh = []
        for rank in self.ranks:
            if rank in self.on and rank <= one.held:
                self.turned[rank] = max(self.turned[rank], one.at)
            elif rank not in self.on and rank <= one.reached and awake:
                self.on.add(rank)
                fresh.append(rank)
        self.tell(one.at)
        for rank in fresh:
            self.turned[rank] = one.at


def alerts(rule: Rule, readings: Sequence[Reading], horizon: int, *, momentary: bool = False) -> list[Told]:
    """Every transition of one group, in the order they become known."""
    flap = rule.get("flap", {})
    ladder = Ladder(
        list(levels(rule)),
        ms(rule.get("hold", "0s")),
        ms(rule.get("settle", "0s")),
        momentary,
        flap.get("opens", 0),
        ms(flap.get("within", "0s")),
    )
    newest, place = 0, -1
    for one in sorted(readings, key=lambda one: (one.told, one.place, one.at)):
        if one.told > horizon:
            break
        if one.place < 0 or one.place != place:  # what one arrival says is taken together
            ladder.until(one.told)
        place = one.place
        # With hours of its own a rule is begun by events alone, not by what leaves its window.
        by_time = one.place < 0 and not momentary and "active" in rule
        awake = active(rule.get("active"), one.at) and not by_time
        if one.past:
            ladder.breaks(one, newest)
        elif momentary:
            ladder.happens(one, awake=awake)
        else:
            ladder.persists(one, awake=awake)
        newest = newest if one.past else one.at
    ladder.until(horizon)
    return ladder.told


def episodes(told: Sequence[Told]) -> Iterator[list[Told]]:
    """Each alert from its opening on."""
    found: list[Told] = []
    for one in told:
        if one.change == "fired" and found:
            yield found
            found = []
        found.append(one)
    if found:
        yield found


def summary(told: Mapping[str, Sequence[Told]]) -> list[tuple[str, int, tuple[str, ...], int]]:
    """Alerts as (group, opened at, severities in turn, ended at or 0)."""
    rows = []
    for group, changes in told.items():
        for one in episodes(changes):
            ended = one[-1].at if one[-1].change == "cleared" else 0
            rows.append((group, one[0].at, tuple(each.severity for each in one if each.change != "cleared"), ended))
    return sorted(rows)
