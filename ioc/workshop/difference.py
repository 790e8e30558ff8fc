"""Two rule sets over the same days: which alerts are gained, lost, earlier, later, graver, milder.

Two alerts are the same matter when rule and key are the same and they stood at the same time (or the same event opened
them). Each is paired once, in order of time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from ioc.alerts.alert import Transition
from ioc.workshop.summary import Stood, episodes

Sort = Literal["gained", "lost", "earlier", "later", "graver", "milder"]
SORTS: tuple[Sort, ...] = ("gained", "lost", "earlier", "later", "graver", "milder")
_RANK = {"unknown": 0, "minor": 1, "moderate": 2, "severe": 3, "extreme": 4}


class Change(NamedTuple):
    """One alert that the two sets judge differently; `moved` is milliseconds from the old opening to the new one."""

    sort: Sort
    rule: str
    key: str
    old: Stood | None
    new: Stood | None
    moved: int = 0

    @property
    def at(self) -> int:
        """When it begins under the set that has it, the new one first."""
        one = self.new or self.old
        return 0 if one is None else one.since


def changes(old: Iterable[Transition], new: Iterable[Transition]) -> Sequence[Change]:
    """Every difference, by time, rule and key; drills are left out. Both in order (`ioc.workshop.backtest.ordered`)."""
    before = _by_matter(old)
    after = _by_matter(new)
    found: list[Change] = []
    for matter in sorted(before.keys() | after.keys()):
        found += _compare(*matter, before.get(matter, []), after.get(matter, []))
    return sorted(found, key=lambda one: (one.at, one.rule, one.key, one.sort))


def _by_matter(transitions: Iterable[Transition]) -> dict[tuple[str, str], list[Stood]]:
    found: defaultdict[tuple[str, str], list[Stood]] = defaultdict(list)
    for stood in episodes(one for one in transitions if not one.drill):
        found[stood.rule, stood.key].append(stood)
    return found


def _compare(rule: str, key: str, old: list[Stood], new: list[Stood]) -> Iterable[Change]:
    left = list(new)
    for was in old:
        now = next((one for one in left if one.alert_id == was.alert_id), None) or next(
            (one for one in left if _together(was, one)), None
        )
        if now is None:
            yield Change("lost", rule, key, was, None)
            continue
        left.remove(now)
        if now.since != was.since:
            yield Change("earlier" if now.since < was.since else "later", rule, key, was, now, now.since - was.since)
        if _RANK[now.severity] != _RANK[was.severity]:
            yield Change("graver" if _RANK[now.severity] > _RANK[was.severity] else "milder", rule, key, was, now)
    for one in left:
        yield Change("gained", rule, key, None, one)


def _together(one: Stood, other: Stood) -> bool:
    return (one.until is None or other.since <= one.until) and (other.until is None or one.since <= other.until)
