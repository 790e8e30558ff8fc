"""The whole picture of an alert after a change: what the desk and the officer see, out of memory and rule.

Evidence is bounded: the first events of the condition and the worst (for a threshold the most extreme value, else the
newest), five at most; two links to pictures; titles clipped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from ioc.alerts import severity
from ioc.alerts.alert import Change, Evidence, Parent, Transition, Why, alert_id
from ioc.alerts.kinds import Absence
from ioc.alerts.opener import Opener
from ioc.alerts.state import Clue, Memory, Open, State
from ioc.events.codec import Observed
from ioc.events.domains import Domain
from ioc.events.envelope import SEVERITIES, clip

if TYPE_CHECKING:
    from ioc.alerts.plan import Plan

FIRST: Final = 4
"""Events kept from the beginning of a condition; the worst comes on top."""
TITLE: Final = 40
"""Characters of an event's title kept as evidence."""
LINKS: Final = 2
"""Links to pictures."""


def opener(event: Observed, at: int) -> Opener:
    """What began a condition, with its place."""
    place = event.location
    if place is None:
        return Opener(event.id, at, event.quantity, event.unit)
    return Opener(event.id, at, event.quantity, event.unit, place.lat, place.lon, place.commune)


def reopen(last: Opener, event: Observed, at: int) -> None:
    """As `opener`, in the place of an older one that nobody else holds: done for every event, it costs a third."""
    last.id, last.at, last.quantity, last.unit = event.id, at, event.quantity, event.unit
    place = event.location
    if place is None:
        last.lat = last.lon = last.commune = None
    else:
        last.lat, last.lon, last.commune = place.lat, place.lon, place.commune


def clue(event: Observed, at: int) -> Clue:
    """One event as evidence."""
    return Clue(event.id, at, event.value, None if event.title is None else event.title[:TITLE])


def note(memory: Memory, plan: Plan, event: Observed, at: int) -> None:
    """Keep an event of the condition as evidence, within bounds."""
    if at > memory.last_seen:  # noqa: PLR1730 - max() is a call, for every event
        memory.last_seen = at
    value, worst = event.value, memory.worst
    if plan.judge.by_value:
        worse = worst is None or (value < worst.value if plan.falling else value > worst.value)
    else:
        worse = worst is None or at >= worst.at
    if worse or len(memory.clues) < plan.judge.clues:
        one = clue(event, at)
        if worse:
            memory.worst = one
        if len(memory.clues) < plan.judge.clues:
            memory.clues.append(one)
    if event.media and len(memory.media) < LINKS:
        memory.media += [one.url for one in event.media if one.url not in memory.media][: LINKS - len(memory.media)]


def forget_before(memory: Memory, at: int) -> None:
    """Drop evidence of a condition that has not begun from before `at`."""
    while memory.clues and memory.clues[0].at < at:
        memory.clues.pop(0)
    if memory.worst is not None and memory.worst.at < at:
        memory.worst = None
    if not memory.clues:
        memory.media = []


def _evidence(memory: Memory) -> tuple[Evidence, ...]:
    clues = list(memory.clues)
    if memory.worst is not None and all(clue.id != memory.worst.id for clue in clues):
        clues.append(memory.worst)
    return tuple(
        Evidence(
            id=one.id, observed_at=one.at, value=one.value, title=None if one.title is None else clip(one.title, TITLE)
        )
        for one in clues
    )


def _change(before: int, now: int) -> Change:
    if not before:
        return "fired"
    if not now:
        return "cleared"
    return "raised" if now > before else "lowered"


def _why(memory: Memory, plan: Plan, before: int, at: int) -> Why:
    """Why the ladder moved at `at` from rank `before` to where it stands."""
    rule, rank = plan.rule, memory.level
    rose = rank > before
    began = memory.opener or Opener("", 0)
    limit = plan.levels[rank] if rose else plan.clears[plan.ranks[0] if not rank else before]
    values = (
        {}
        if rose
        else {
            "settle_s": str(severity.settle_of(memory, plan) // 1000),
            "ends": "silence" if plan.momentary else "contrary",
        }
    )
    facts = {"limit": limit, **plan.judge.facts(memory, plan, rose=rose)}
    values |= facts.pop("values", {})
    return Why(
        kind=rule.kind,
        quantity=began.quantity,
        unit=began.unit,
        hold_s=rule.hold if rose else 0,
        # A raise has reasons of its own: the time its level has been reached, not the alert's.
        since=at - plan.hold if rose and before else began.at,
        values=values,
        **facts,
    )


def why_silent(plan: Plan, since: int, until: int, limit_ms: int, *, seen: bool) -> Why:
    """Nothing came from `since` to `until` (log clock), against a limit; `seen` tells whether anything ever did."""
    return Why(
        kind="absence",
        value=(until - since) / 1000,
        limit=limit_ms / 1000,
        since=since,
        values={
            "seen": "yes" if seen else "no",
            "period": str(plan.rule.condition.period) if isinstance(plan.rule.condition, Absence) else "",
        },
    )


class _Turn(NamedTuple):
    """One change about to be told; `rank` is the severity it speaks of."""

    rule: str
    domain: Domain
    change: Change
    rank: int
    at: int
    clock: int
    why: Why


def moved(
    state: State, memory: Memory, plan: Plan, *, before: int, at: int, clock: int, why: Why | None = None
) -> Transition:
    """The transition of a ladder that moved from rank `before` at `at`; opens and ends the alert in `memory`."""
    rule = plan.rule
    if memory.alert is None:
        began = memory.opener or Opener("", at)
        named = alert_id(rule.id, memory.group, began.id)
        only = rule.emit
        memory.alert = Open(
            named, 0, at, rule.kind, rule.title.texts, rule.certainty, rule.version, only == "signal", only == "watch"
        )
    why = why or _why(memory, plan, before, at)
    turn = _Turn(rule.id, rule.domain, _change(before, memory.level), memory.level or before, at, clock, why)
    made = _picture(state, memory, memory.alert, plan, turn)
    if not memory.level:
        memory.alert = None
    return made


def ended(state: State, memory: Memory, *, domain: Domain, rule: str, change: Change, clock: int) -> Transition | None:
    """The end of an alert that no data ended: its rule or its source is gone. None where none is open."""
    alert = memory.alert
    if alert is None:
        return None
    began = memory.opener or Opener("", 0)
    why = Why(kind=alert.kind, quantity=began.quantity, unit=began.unit, since=began.at)
    memory.alert = None
    return _picture(state, memory, alert, None, _Turn(rule, domain, change, memory.level, clock, clock, why))


def _picture(state: State, memory: Memory, alert: Open, plan: Plan | None, turn: _Turn) -> Transition:
    alert.revision += 1
    began = memory.opener or Opener("", 0)
    rule = None if plan is None else plan.rule
    return Transition(
        alert_id=alert.id,
        revision=alert.revision,
        rule=turn.rule,
        rule_version=alert.version if rule is None else rule.version,
        title=alert.title if rule is None else rule.title.texts,
        domain=turn.domain,
        key=memory.group,
        source=state.source,
        feed=state.feed,
        status="firing" if turn.change in ("fired", "raised", "lowered") else "resolved",
        change=turn.change,
        severity=SEVERITIES[turn.rank],
        certainty=alert.certainty if rule is None else rule.certainty,
        at=turn.at,
        clock=turn.clock,
        opened_at=alert.opened_at,
        last_seen=memory.last_seen,
        why=turn.why,
        evidence=_evidence(memory),
        lat=began.lat,
        lon=began.lon,
        commune=began.commune,
        media=tuple(memory.media),
        steps=() if rule is None else tuple(step.texts for step in rule.steps),
        call={} if rule is None else rule.call.texts,
        replay=state.replay,
        drill=memory.drill,
        shadow=rule is not None and rule.shadow,
        flapping=memory.flapping,
        emit="signal" if alert.signal else "watch" if alert.watch else "alert",
        suppression_key=() if rule is None else rule.suppression_key,
        inhibited_by=() if rule is None else tuple(Parent(rule=one.rule, same=one.same) for one in rule.inhibited_by),
    )
