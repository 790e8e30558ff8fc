"""Which open alert explains another, and the key under which alerts are muted together."""

from __future__ import annotations

from typing import Any

import pytest

from ioc.alerts.alert import Parent, Transition, Why
from ioc.alerts.silence import inhibited, suppression_key

LINK = Parent(rule="link-down", same="source")
PLACE = Parent(rule="power-cut", same="commune")


def told(alert_id: str = "child", rule: str = "camera-offline", **fields: Any) -> Transition:
    return Transition(**{
        "alert_id": alert_id, "revision": 1, "rule": rule, "rule_version": "1", "title": {}, "domain": "camera",
        "key": "cam-1|fire", "source": "cam-1", "feed": "frigate", "status": "firing", "change": "fired",
        "severity": "moderate", "certainty": "observed", "at": 5, "clock": 5, "opened_at": 5, "last_seen": 5,
        "why": Why(kind="match"), "commune": "05443", "inhibited_by": (LINK, PLACE), **fields,
    })  # fmt: skip


def parent(alert_id: str = "parent", rule: str = "link-down", **fields: Any) -> Transition:
    return told(alert_id, rule, **{"inhibited_by": (), **fields})


CASES: dict[str, tuple[dict[str, Any], list[Transition], str | None]] = {
    "its parent on the same source": ({}, [parent()], "parent"),
    "a parent of another source": ({}, [parent(source="cam-2")], None),
    "a parent by place, on another source": ({}, [parent(rule="power-cut", source="s")], "parent"),
    "a parent in another commune": ({}, [parent(rule="power-cut", commune="05444")], None),
    "two unknown places are not one": ({"commune": None}, [parent(rule="power-cut", commune=None)], None),
    "a parent that has ended": ({}, [parent(status="resolved")], None),
    "a drill hides nothing real": ({}, [parent(drill=True)], None),
    "a drill hides a drill": ({"drill": True}, [parent(drill=True)], "parent"),
    "a replay hides nothing live": ({}, [parent(replay="may")], None),
    "a rule on trial hides nothing": ({}, [parent(shadow=True)], None),
    "another rule": ({}, [parent(rule="noise")], None),
    "the parent that opened first": ({}, [parent("b", opened_at=4), parent("a", opened_at=3)], "a"),
    "of two at once the lesser id": ({}, [parent("b"), parent("a")], "a"),
    "no open alert": ({}, [], None),
    "a rule without parents": ({"inhibited_by": ()}, [parent()], None),
    "never by itself": ({"rule": "link-down"}, [told("child", "link-down")], None),
    "the younger of two that name each other": (
        {"opened_at": 9}, [parent(inhibited_by=(Parent(rule="camera-offline", same="source"),))], "parent"),
    "not the older of two that name each other": (
        {"opened_at": 3}, [parent(inhibited_by=(Parent(rule="camera-offline", same="source"),))], None),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_an_alert_is_hidden_by(name: str) -> None:
    fields, others, wanted = CASES[name]

    found = inhibited(told(**fields), others)

    assert (found.alert_id if found else None) == wanted


KEYS: dict[str, tuple[dict[str, Any], str]] = {
    "rule, source and place unless said otherwise": ({}, "camera-offline|cam-1|05443"),
    "a place that is not known": ({"commune": None}, "camera-offline|cam-1|-"),
    "what its rule names": ({"suppression_key": ("domain", "key")}, "camera|cam-1|fire"),
}


@pytest.mark.parametrize("name", KEYS)
def test_the_suppression_key(name: str) -> None:
    fields, wanted = KEYS[name]

    assert suppression_key(told(**fields)) == wanted
