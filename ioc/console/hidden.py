"""Which alerts on the board another one explains (`inhibited_by` of their rules): shown as such, never taken away."""

from __future__ import annotations

from collections.abc import Iterable

from ioc.alerts.alert import Transition
from ioc.alerts.silence import inhibited
from ioc.desk.board import Matter


def parents(matters: Iterable[Matter]) -> dict[str, str]:
    """Id of every alert that is explained by another one -> short number of that one."""
    firing = [one for one in matters if one.transition.status == "firing"]
    children = [one.transition for one in firing if one.transition.inhibited_by]
    wanted = {link.rule for child in children for link in child.inhibited_by}
    labels: dict[str, str] = {}
    by_place: dict[tuple[str, str, str | None], list[Transition]] = {}
    for matter in firing:
        told = matter.transition
        if told.rule in wanted:
            labels[told.alert_id] = matter.label
            by_place.setdefault((told.rule, "source", told.source), []).append(told)
            by_place.setdefault((told.rule, "commune", told.commune), []).append(told)
    found: dict[str, str] = {}
    for child in children:
        places = {"source": child.source, "commune": child.commune}
        near = [one for link in child.inhibited_by
                for one in by_place.get((link.rule, link.same, places[link.same]), ())]  # fmt: skip
        parent = inhibited(child, near)
        if parent is not None:
            found[child.alert_id] = labels[parent.alert_id]
    return found
