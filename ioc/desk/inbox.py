"""Apply what the log says once: a chunk of `ioc.alerts` and the desk's place in it, in one SQL transaction.

A revision greater than the stored one is news; any other was seen before. The place is moved by
`UPDATE ... WHERE next_offset = <where this desk believes to be>`: a desk that was frozen and overtaken by another
moves nothing and changes nothing. Another cluster or topic id means another log, which is read from its start; the
revisions then sort out what is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple, cast

from sqlalchemy import CursorResult, insert, select, update
from sqlalchemy.orm import Session

from ioc.alerts.alert import Transition
from ioc.alerts.open_alerts import OpenAlerts
from ioc.desk import audit, trial, watched
from ioc.desk.apart import apart
from ioc.desk.life import as_people_see_it, store
from ioc.desk.lost import keep_list, settle_lists
from ioc.desk.notice import alert_notice, notice_key
from ioc.desk.record import Chunk, LogRecord, Unread, excerpt, read
from ioc.desk.store import take
from ioc.desk.tables import AlertRow, NoticeRow, OffsetRow, RefusedRow, TransitionRow
from ioc.desk.telling import Teller
from ioc.desk.wording import number_label
from ioc.errors import Permanent
from ioc.places.boundaries import Boundaries
from ioc.replay import notifies

ALERTS = "ioc.alerts"
SLICE = 500
"""Ids in one IN list; SQLite's oldest limit on variables is 999."""


class Overtaken(Permanent):
    """Another desk has applied this chunk; the caller knows an old place and must ask for the new one."""


class Applied(NamedTuple):
    """What one chunk changed; `change` is the number under which screens learn of it, 0 when there is nothing to learn."""

    change: int
    transitions: int
    notices: int
    refused: int


def positions(
    session: Session, cluster_id: str, topic_id: str, partitions: Iterable[int], topic: str = ALERTS
) -> dict[int, int]:
    """Where to read on in this log, per partition; what is stored of another log is forgotten: 0."""
    known = {row.partition: row for row in session.scalars(select(OffsetRow).where(OffsetRow.topic == topic))}
    found: dict[int, int] = {}
    for partition in partitions:
        row = known.get(partition)
        if row is None:
            session.add(
                OffsetRow(topic=topic, partition=partition, cluster_id=cluster_id, topic_id=topic_id, next_offset=0)
            )
        elif (row.cluster_id, row.topic_id) != (cluster_id, topic_id):
            row.cluster_id, row.topic_id, row.next_offset = cluster_id, topic_id, 0
        found[partition] = row.next_offset if row else 0
    return found


@dataclass
class _Out:
    """Rows to insert at the end of a chunk, many at once."""

    transitions: list[dict[str, object]] = field(default_factory=list)
    notices: list[dict[str, object]] = field(default_factory=list)

    def write(self, session: Session) -> None:
        if self.transitions:
            session.execute(insert(TransitionRow), self.transitions)
        if self.notices:
            session.execute(insert(NoticeRow), self.notices)


@dataclass(frozen=True)
class Inbox:
    """How this desk applies: where places are, which channels get notices, and whether a replay's alerts leave at all."""

    boundaries: Boundaries
    channels: Sequence[str] = ()
    notify: Callable[[str], bool] = notifies
    topic: str = ALERTS
    watched: bool = False
    """Whether `ioc watch` is answered."""
    teller: Teller | None = None
    """Tells people, in the same transaction."""

    def apply(self, session: Session, chunk: Chunk, expected: int, now: int) -> Applied:
        """Apply one chunk that was read at `expected`; raises Overtaken when the stored place is another."""
        self._move(session, chunk, expected)
        if chunk.lost:
            where, details = f"{self.topic}/{chunk.partition}", {"count": chunk.lost, "offset": expected}
            audit.append(session, at=now, actor=audit.DESK, action="log_lost", subject=where, details=details)
        judged = [(record, read(record)) for record in chunk.records]
        # A signal is evidence for rules, no alert: it has a topic of its own, and here it says nothing to anybody.
        told = [(record, found) for record, found in judged if isinstance(found, Transition)]
        transitions = [(record, found) for record, found in told if found.emit == "alert"]
        beats = [found for _, found in told if found.emit == "watch"] if self.watched else []
        answers = watched.answer(session, beats, now) if beats else 0
        rows = _stored(session, {found.alert_id for _, found in transitions})
        news = _newer(transitions, rows)
        _number(session, rows, [one for one in news if one[1].alert_id not in rows], chunk, now)
        trial.promote(session, rows, [found for _, found in news], now)
        change = take(session, "change") if any(rows[found.alert_id].number > 0 for _, found in news) else 0
        out = _Out()
        for _, transition in news:
            row = rows[transition.alert_id]
            store(session, row, transition, now, change)
            self.tell(out, row, transition, now)
        session.add_all(row for row in rows.values() if row not in session)
        _keep_place(rows.values(), transitions, chunk)
        refused = [(record, found) for record, found in judged if isinstance(found, Unread)]
        session.add_all(self._refused(chunk, record, found, now) for record, found in refused)
        for record, found in judged:
            if isinstance(found, OpenAlerts):
                keep_list(session, chunk, record, found)
        if chunk.next_offset >= chunk.highwater:
            session.flush()
            for row, ending in settle_lists(session, chunk.topic_id, chunk.partition, now):
                change = change or (take(session, "change") if row.number > 0 else 0)
                store(session, row, ending, now, change)
                self.tell(out, row, ending, now)
        out.write(session)
        if self.teller is not None and change:
            # What cannot be told now is kept all the same; whoever tells by the clock tries again.
            apart(session, "telling people", partial(self.teller.run, session, now))
        return Applied(change, len(news), len(out.notices) + answers, len(refused))

    def _move(self, session: Session, chunk: Chunk, expected: int) -> None:
        moved = cast(
            "CursorResult[Any]",
            session.execute(
                update(OffsetRow)
                .where(
                    OffsetRow.topic == self.topic,
                    OffsetRow.partition == chunk.partition,
                    OffsetRow.cluster_id == chunk.cluster_id,
                    OffsetRow.topic_id == chunk.topic_id,
                    OffsetRow.next_offset == expected,
                )
                .values(next_offset=chunk.next_offset),
            ),
        )
        if moved.rowcount != 1:
            raise Overtaken("desk_overtaken", partition=chunk.partition, offset=expected)

    def set_aside(self, session: Session, chunk: Chunk, expected: int, now: int, why: str) -> None:
        """Keep the records of a chunk as refused and pass over them; raises Overtaken as `apply` does."""
        self._move(session, chunk, expected)
        for record in chunk.records:
            session.add(self._refused(chunk, record, Unread(why, excerpt(record.value)), now))

    def tell(self, out: _Out, row: AlertRow, transition: Transition, now: int) -> None:
        """Keep a transition, and put the message about it into each channel's outbox."""
        out.transitions.append(
            {"alert_id": row.alert_id, "revision": transition.revision, "stored_at": now, "body": row.body}
        )
        if not self.channels or (transition.replay and not self.notify(transition.replay)):
            return
        if not trial.tells(row, transition):
            return
        label = number_label(row.number, drill=row.drill)
        body = alert_notice(label, as_people_see_it(row, transition), self.boundaries).model_dump_json().encode()
        out.notices += (
            {
                "channel": channel,
                "key": notice_key(transition),
                "alert_id": row.alert_id,
                "severity": row.severity,
                "body": body,
                "state": "waiting",
                "attempts": 0,
                "created_at": now,
                "next_at": now,
                "lease_until": 0,
            }
            for channel in self.channels
        )

    def _refused(self, chunk: Chunk, record: LogRecord, found: Unread, now: int) -> RefusedRow:
        return RefusedRow(
            topic=self.topic,
            topic_id=chunk.topic_id,
            partition=chunk.partition,
            offset=record.offset,
            stored_at=now,
            reason=found.reason,
            excerpt=found.excerpt,
        )


def _stored(session: Session, ids: set[str]) -> dict[str, AlertRow]:
    ordered = sorted(ids)
    found: dict[str, AlertRow] = {}
    for start in range(0, len(ordered), SLICE):
        part = ordered[start : start + SLICE]
        found.update(
            {row.alert_id: row for row in session.scalars(select(AlertRow).where(AlertRow.alert_id.in_(part)))}
        )
    return found


Read = tuple[LogRecord, Transition]
_NUMBERS = (
    (False, False, "alert"),
    (False, True, "drill"),
    (True, False, "trial"),
    (True, True, "trial"),
)
"""Whether its rule is on trial, whether a drill -> the counter of its number."""


def _newer(transitions: Sequence[Read], rows: dict[str, AlertRow]) -> list[Read]:
    """Transitions with a revision greater than any before them."""
    newest = {alert_id: row.revision for alert_id, row in rows.items()}
    news = []
    for record, found in transitions:
        if found.revision > newest.get(found.alert_id, 0):
            newest[found.alert_id] = found.revision
            news.append((record, found))
    return news


def _number(session: Session, rows: dict[str, AlertRow], unknown: Sequence[Read], chunk: Chunk, now: int) -> None:
    """Make rows for alerts met for the first time, numbered in the order in which they came."""
    first: dict[str, Read] = {}
    for record, found in unknown:
        first.setdefault(found.alert_id, (record, found))
    for shadow, drill, counter in _NUMBERS:
        mine = [one for one in first.values() if (one[1].shadow, one[1].drill) == (shadow, drill)]
        start = take(session, counter, len(mine)) if mine else 0
        for number, (record, found) in enumerate(mine, start):
            rows[found.alert_id] = AlertRow(
                alert_id=found.alert_id,
                number=-number if shadow else number,
                drill=drill,
                status="",
                domain=found.domain,
                replay=found.replay,
                rule=found.rule,
                source=found.source,
                people="unaccepted",
                verification="unverified",
                acted=0,
                opened_at=found.opened_at,
                log_topic_id=chunk.topic_id,
                log_partition=chunk.partition,
                log_offset=record.offset,
                stored_at=now,
            )
    trial.begin(session, [found for _, found in first.values() if found.shadow])


def _keep_place(rows: Iterable[AlertRow], transitions: Sequence[Read], chunk: Chunk) -> None:
    """Remember where in this log an alert was met first; a row known from another log gets its place here."""
    first: dict[str, int] = {}
    for record, found in transitions:
        first.setdefault(found.alert_id, record.offset)
    for row in rows:
        if row.log_topic_id != chunk.topic_id:
            row.log_topic_id, row.log_partition = chunk.topic_id, chunk.partition
            row.log_offset = first[row.alert_id]
