"""Where what the data say meets what people did: each transition is taken over, and people are asked again if need be."""

from __future__ import annotations

import msgspec
from sqlalchemy.orm import Session

from ioc.alerts import lifecycle
from ioc.alerts.alert import Transition, encode
from ioc.desk import audit
from ioc.desk.tables import AlertRow
from ioc.events import SEVERITIES

_DATA: dict[str, lifecycle.Data] = {"": "firing", "firing": "firing", "resolved": "resolved"}
_PEOPLE: dict[str, lifecycle.People] = {
    "unaccepted": "unaccepted",
    "accepted": "accepted",
    "handed": "handed",
    "closed": "closed",
}


def state_of(row: AlertRow) -> lifecycle.State:
    """Where an alert stands in its life; one that was never stored yet is on, and nobody has it."""
    return lifecycle.State(_DATA[row.status], _PEOPLE[row.people])


def store(session: Session, row: AlertRow, transition: Transition, now: int, change: int) -> None:
    """Make a transition the alert's newest, and let what people did go on from there (`ioc.alerts.lifecycle`)."""
    was = state_of(row)
    row.revision = transition.revision
    row.severity = _severity(row, SEVERITIES.index(transition.severity))
    row.body = encode(transition)
    if transition.input:
        made = transition.input
        row.input_topic_id, row.input_partition, row.input_offset = made.topic_id, made.partition, made.offset
    row.changed = change
    state = lifecycle.HAPPENS[was, "end" if transition.status == "resolved" else "fire"]
    if transition.status == "firing":
        row.ended_at = None
        if row.accepted_severity is not None and row.severity > row.accepted_severity:
            state = lifecycle.HAPPENS[state, "worsen"]
    elif row.status != "resolved":
        row.ended_at = now
    row.status = transition.status
    if state.data != was.data and state.people == "accepted":
        row.due_at = now + lifecycle.OWNED_MS[SEVERITIES[row.severity]] if state.data == "firing" else None
        row.overdue_at = row.snoozed_until = row.snoozed_by = None
    if state.people != was.people:
        _ask_again(session, row, was, now)


def _severity(row: AlertRow, told: int) -> int:
    """What people made of the severity holds until the rule says worse than it did then."""
    if row.people_severity is None or row.rule_severity is None:
        return told
    if told > row.rule_severity:
        row.people_severity = row.rule_severity = None
        return told
    return row.people_severity


def _ask_again(session: Session, row: AlertRow, was: lifecycle.State, now: int) -> None:
    """Nobody has it any more: it grew worse than what people had dealt with, or it is on again after they closed it."""
    row.people = "unaccepted"
    row.due_at = row.overdue_at = row.snoozed_until = row.snoozed_by = None
    row.seen_by = row.seen_at = row.merged_into = None
    if was.people == "closed":
        row.accepted_by = row.accepted_at = row.accepted_severity = None
        row.verification, row.verified_by, row.verified_at = "unverified", None, None
        row.verified_how = row.cause = None
    details = {"number": row.number, "severity": row.severity, "before": was.people}
    line = audit.append(session, at=now, actor=audit.DESK, action="asks_again", subject=row.alert_id, details=details)
    row.acted = line.nth


def as_people_see_it(row: AlertRow, transition: Transition) -> Transition:
    """A transition with the severity that people gave the alert, where they gave it one."""
    severity = SEVERITIES[row.severity]
    if row.people_severity is None or transition.severity == severity:
        return transition
    return msgspec.structs.replace(transition, severity=severity)
