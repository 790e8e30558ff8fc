"""A value of a field that this group did not show before, in a window of sixty panes.

A value is known to an event of pane q while its newest sight lies in a pane p > q - 60. What is known are the eighty
values seen last. A group that knows no value any more begins anew, and is learned again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.alerts.naive.heard import RANKS, Judged, Rule, fulfils, ms
from tests.alerts.naive.ladder import Reading

PANES = 60
REMEMBERED = 80


def newcomers(rule: Rule, events: Sequence[Judged]) -> Iterator[Reading]:
    """Each event whose value was not known, once the group has been learned."""
    condition = rule["condition"]
    width, learn = ms(condition["window"]) // PANES, ms(condition["learn"])
    born = newest = 0
    sights: dict[object, tuple[int, int]] = {}
    for place, one in enumerate(events):
        value = one.event.read(condition["field"])
        if value is None:
            continue
        pane = one.at // width
        if newest <= one.told // width - PANES:
            born = one.at
            sights.clear()
        born, newest = min(born, one.at), max(newest, pane)
        last = sorted(sights, key=lambda each: sights[each])[-REMEMBERED:]
        known = value in last and sights[value][0] > pane - PANES
        sights[value] = max(sights.get(value, (0, 0)), (pane, place))
        if not known and one.at >= born + learn:
            said = [name for name, level in rule["severities"].items() if fulfils(one.event, level.get("when", {}))]
            rank = max(map(RANKS.index, said), default=0)
            yield Reading(one.told, place, one.at, rank, rank)
