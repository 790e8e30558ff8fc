"""An alert of our own: nothing is written to history any more. Walls then show what was; this desk and its alerts go on.

One for the whole installation, whatever ails history: it does not answer, refuses the token, has no room, or nobody
runs the role that writes. Its id comes from the place in the log where writing stands still.
"""

from __future__ import annotations

from typing import Final

import msgspec

from ioc.alerts.alert import Texts, Transition, Why, alert_id
from ioc.events import Domain
from ioc.words import LANGS, say

RULE: Final = "history-late"
KEY: Final = "ioc:history"
"""Key and source."""


def began(domain: Domain, place: str, *, since: int, limit_s: float, now: int) -> Transition:
    """Nothing beyond `place` (topic:partition@offset) was written since `since`; times are epoch ms."""
    return Transition(
        alert_id=alert_id(RULE, KEY, place),
        revision=1,
        rule=RULE,
        rule_version="1",
        title=_texts("title"),
        domain=domain,
        key=KEY,
        source=KEY,
        feed="ioc",
        status="firing",
        change="fired",
        severity="moderate",
        certainty="observed",
        at=now,
        clock=now,
        opened_at=now,
        last_seen=now,
        why=Why(kind="absence", limit=limit_s, since=since, values={"seen": "yes"}),
        steps=(_texts("step_look"), _texts("step_mend"), _texts("step_walls")),
        call=_texts("call"),
    )


def ended(told: Transition, now: int) -> Transition:
    """It is written again."""
    return msgspec.structs.replace(
        told,
        revision=told.revision + 1,
        status="resolved",
        change="cleared",
        at=now,
        clock=now,
        last_seen=now,
        why=msgspec.structs.replace(told.why, value=(now - told.why.since) / 1000),
    )


def _texts(name: str) -> Texts:
    return {lang: say(f"history_late.{name}", lang) for lang in LANGS}
