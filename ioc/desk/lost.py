"""Alerts whose state is lost end here: the all-clear always comes.

A worker that took over an input partition writes the list of the alerts it holds open there, and where in the input
its states stood. An alert that was opened before that and is not named will never be ended by any worker, so the desk
ends it, with that reason. A list of an older generation than one already seen is a frozen worker's and says nothing.
A list is acted on when its partition of the log is read to the end: while a log is read again, an old list would
otherwise end what was opened after it.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from sqlalchemy import and_, or_, select, true, update
from sqlalchemy.orm import Session

from ioc.alerts.alert import Transition, decode
from ioc.alerts.open_alerts import OpenAlerts
from ioc.desk import audit
from ioc.desk.record import Chunk, LogRecord
from ioc.desk.tables import AlertRow, OpenListRow
from ioc.events import DOMAINS

SLICE = 500
"""Ids in one IN list, as in the inbox."""


def keep_list(session: Session, chunk: Chunk, record: LogRecord, found: OpenAlerts) -> None:
    """Remember a list, unless a younger generation has spoken for this partition of the same input topic."""
    if found.to is not None:
        _move(session, found, found.to)
        return
    row = session.get(OpenListRow, (found.input, found.partition))
    if row is None:
        row = OpenListRow(domain=found.input, partition=found.partition)
        session.add(row)
    else:
        older = row.topic_id == found.topic_id and found.generation < row.generation
        same = (row.log_topic_id, row.log_offset) == (chunk.topic_id, record.offset)
        if older or same:
            return
    row.topic_id = found.topic_id
    row.offset = found.offset
    row.generation = found.generation
    row.written_at = record.timestamp
    row.log_topic_id = chunk.topic_id
    row.log_partition = chunk.partition
    row.log_offset = record.offset
    row.alert_ids = msgspec.json.encode(found.alerts)
    row.settled = False


def _move(session: Session, found: OpenAlerts, to: int) -> None:
    """These alerts are those of another partition now, opened before anything that it will say."""
    for start in range(0, len(found.alerts), SLICE):
        session.execute(
            update(AlertRow)
            .where(
                AlertRow.alert_id.in_(found.alerts[start : start + SLICE]),
                AlertRow.input_topic_id == found.topic_id,
                AlertRow.input_partition == found.partition,
            )
            .values(input_partition=to, input_offset=-1)
        )


def settle_lists(
    session: Session, log_topic_id: str, log_partition: int, now: int
) -> Iterator[tuple[AlertRow, Transition]]:
    """Act on the lists of one partition of the log, once each: alerts to end, with the transition that ends them.

    An alert of another input topic (the topic was made anew) counts as opened before the list when it stands before
    it in this log, or not in this log at all.
    """
    wanted = select(OpenListRow).where(
        OpenListRow.settled.is_(False),
        OpenListRow.log_topic_id == log_topic_id,
        OpenListRow.log_partition == log_partition,
    )
    for named in session.scalars(wanted).all():
        held = set(msgspec.json.decode(named.alert_ids, type=list[str]))
        earlier = and_(AlertRow.input_topic_id == named.topic_id, AlertRow.input_offset < named.offset)
        elsewhere = and_(
            AlertRow.input_topic_id != named.topic_id,
            or_(AlertRow.log_topic_id != named.log_topic_id, AlertRow.log_offset < named.log_offset),
        )
        open_before = select(AlertRow).where(
            AlertRow.domain == named.domain if named.domain in DOMAINS else true(),
            AlertRow.input_partition == named.partition,
            AlertRow.status == "firing",
            or_(earlier, elsewhere),
        )
        for row in session.scalars(open_before.order_by(AlertRow.opened_at, AlertRow.alert_id)).all():
            known = decode(row.body)
            if row.alert_id not in held and _input(known) == named.domain:
                yield row, _ending(known, named.written_at)
                details = {"number": row.number, "partition": named.partition, "generation": named.generation}
                audit.append(
                    session, at=now, actor=audit.DESK, action="state_lost", subject=row.alert_id, details=details
                )
        named.settled = True


def _input(known: Transition) -> str:
    """Name of the input that it was made from, as a list names its own (`OpenAlerts.input`)."""
    return (known.input and known.input.topic) or known.domain


def _ending(known: Transition, at: int) -> Transition:
    return msgspec.structs.replace(known, status="resolved", change="state_lost", at=max(at, known.last_seen), clock=at)
