"""A value of a field that this group did not show before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.alerts.naive.heard import Judged, Rule, levels, ms
from tests.alerts.naive.ladder import Reading

REMEMBERED = 200


def newcomers(rule: Rule, events: Sequence[Judged]) -> Iterator[Reading]:
    """Each event whose value was not seen within `window` before it, once the group has been learned."""
    condition = rule["condition"]
    window, learn = ms(condition["window"]), ms(condition["learn"])
    top = max(levels(rule))
    for place, one in enumerate(events):
        value = one.event.read(condition["field"])
        if value is None:
            continue
        last_seen: dict[object, tuple[int, int]] = {}
        for known, other in enumerate(events[:place]):
            found = other.event.read(condition["field"])
            if found is not None:
                last_seen[found] = max(last_seen.get(found, (0, 0)), (other.at, known))
        newest = sorted(last_seen, key=lambda each: last_seen[each])[-REMEMBERED:]
        if value in newest and last_seen[value][0] >= one.at - window:
            continue
        if one.at >= events[0].at + learn:
            yield Reading(one.told, place, one.at, top, top)
