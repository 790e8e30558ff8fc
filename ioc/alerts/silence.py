"""Muted by what: a parent alert that explains this one, and the key under which people mute alerts.

Nothing here changes an alert: what is muted is still recorded, and its end is still told.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ioc.alerts.alert import Transition

DEFAULT_KEY: Final = ("rule", "source", "commune")
"""One victim never hides another: a key names the rule, the source and the place."""


def inhibited(alert: Transition, open_alerts: Iterable[Transition]) -> Transition | None:
    """The open alert that explains this one (`inhibited_by` of its rule); None where none does.

    A parent is firing, lives by the same clock, is no less real (a drill hides only drills, a rule on trial nothing)
    and shares the source, or the commune where both have one. Of several the one that opened first, then the least id.
    An alert never hides itself, nor one that hides it in turn: of two that name each other, the older stands.
    """
    found: Transition | None = None
    for parent in open_alerts:
        if not _explains(alert, parent):
            continue
        if _explains(parent, alert) and _age(alert) < _age(parent):
            continue
        if found is None or _age(parent) < _age(found):
            found = parent
    return found


def _age(one: Transition) -> tuple[int, str]:
    return one.opened_at, one.alert_id


def _explains(alert: Transition, parent: Transition) -> bool:
    if parent.alert_id == alert.alert_id or parent.status != "firing":
        return False
    if parent.replay != alert.replay or parent.drill != alert.drill or parent.shadow:
        return False
    return any(
        parent.rule == link.rule
        and (
            parent.source == alert.source
            if link.same == "source"
            else parent.commune is not None and parent.commune == alert.commune
        )
        for link in alert.inhibited_by
    )


def suppression_key(alert: Transition) -> str:
    """The text under which alerts are muted together, parts joined by `|`; an unknown commune is `-`."""
    parts = {
        "rule": alert.rule,
        "source": alert.source,
        "commune": alert.commune or "-",
        "domain": alert.domain,
        "feed": alert.feed,
        "key": alert.key,
    }
    return "|".join(parts[name] for name in alert.suppression_key or DEFAULT_KEY)
