"""A week of false alarms is mended where it comes from: what people labelled, per rule, and per rule and source.

When three of the last five alerts of one rule and source were false, the desk proposes on the card to quiet this pair
for a day at most, extreme ones excepted, and the rule's author gets the labelled alerts as cases of `ioc rules test`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ioc.alerts.alert import decode
from ioc.alerts.mute import Area
from ioc.desk import silences
from ioc.desk.acts.act import Asked
from ioc.desk.tables import AlertRow
from ioc.desk.wording import number_label
from ioc.errors import Permanent
from ioc.events import Severity

LOOK = 5
"""Alerts of a pair that are looked at (specification A13)."""
ENOUGH = 3
"""False ones among them that make the pair noisy (A13)."""
QUIET_MS = 24 * 3_600_000
"""How long a noisy pair is quieted at most (A13)."""
CASES = 50
"""Labelled alerts that a rule's author gets: the newest."""


class Pair(NamedTuple):
    """One rule and one source: how many of their last alerts were false, and why."""

    rule: str
    source: str
    false: int
    of: int
    causes: Mapping[str, int]
    numbers: tuple[str, ...]
    """Short numbers of the false ones, the newest first."""


class Count(NamedTuple):
    """What people found about the alerts of one rule."""

    rule: str
    verified: int
    false: int
    unjudged: int


def noisy(session: Session, rule: str, source: str) -> Pair | None:
    """The pair, where enough of its last alerts were false; None where it is not noisy."""
    wanted = (
        select(AlertRow)
        .where(
            AlertRow.rule == rule,
            AlertRow.source == source,
            AlertRow.number > 0,
            AlertRow.drill.is_(False),
            AlertRow.replay == "",
        )
        .order_by(AlertRow.opened_at.desc(), AlertRow.number.desc())
        .limit(LOOK)
    )
    rows = session.scalars(wanted).all()
    false = [row for row in rows if row.verification == "false"]
    if len(false) < ENOUGH:
        return None
    causes = Counter(row.cause or "other" for row in false)
    return Pair(rule, source, len(false), len(rows), causes, tuple(_label(row) for row in false))


def quiet(session: Session, alert_id: str, asked: Asked) -> silences.Made:
    """Quiet the pair of this alert for a day, extreme ones excepted; raises Permanent where it is not noisy."""
    row = session.get(AlertRow, alert_id)
    pair = noisy(session, row.rule, row.source) if row else None
    if pair is None:
        raise Permanent("not_noisy", enough=ENOUGH, look=LOOK)
    reason = f"{pair.false}/{pair.of}: {', '.join(f'#{number}' for number in pair.numbers)}"
    return silences.silence(
        session,
        Area(rule=pair.rule, source=pair.source),
        until=asked.now + QUIET_MS,
        reason=reason,
        by=asked.who,
        up_to="severe",
        now=asked.now,
    )


def counts(session: Session, since: int) -> list[Count]:
    """Every rule with alerts that opened since then (epoch ms), the most false ones first."""
    counted = (
        select(AlertRow.rule, AlertRow.verification, func.count())
        .where(AlertRow.opened_at >= since, AlertRow.number > 0, AlertRow.drill.is_(False), AlertRow.replay == "")
        .group_by(AlertRow.rule, AlertRow.verification)
    )
    found: dict[str, Counter[str]] = {}
    for rule, verification, count in session.execute(counted):
        found.setdefault(rule, Counter())[verification] += count
    made = [
        Count(rule, one["verified"], one["false"], one.total() - one["verified"] - one["false"])
        for rule, one in found.items()
    ]
    return sorted(made, key=lambda one: (-one.false, one.rule))


class Case(NamedTuple):
    """One labelled alert as a test of its rule: events at seconds from the first, and whether it should have fired."""

    number: str
    rule: str
    false: bool
    cause: str | None
    severity: Severity
    events: tuple[tuple[int, float], ...]
    """Seconds from the first event, and its value: the newest events that the alert rested on."""


def cases(session: Session, rule: str) -> list[Case]:
    """The newest alerts of a rule that people called right or false, with what they rested on."""
    wanted = (
        select(AlertRow)
        .where(AlertRow.rule == rule, AlertRow.verification.in_(("verified", "false")), AlertRow.number > 0)
        .order_by(AlertRow.opened_at.desc(), AlertRow.number.desc())
        .limit(CASES)
    )
    return [_case(row) for row in session.scalars(wanted)]


def _case(row: AlertRow) -> Case:
    told = decode(row.body)
    seen = sorted((one.observed_at, one.value) for one in told.evidence)
    start = seen[0][0] if seen else 0
    events = tuple(((at - start) // 1000, value) for at, value in seen)
    return Case(_label(row), row.rule, row.verification == "false", row.cause, told.severity, events)


def _label(row: AlertRow) -> str:
    return number_label(row.number, drill=row.drill)
