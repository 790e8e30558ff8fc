"""Wants become messages: per person, by groups and limits (`ioc.desk.storm`), one notice in the outbox per channel.

Every want that was made is accounted for: told in a message of its own, in a group or a digest that counts it, or
dropped because the alert no longer needs anybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Final, NamedTuple, get_args

from msgspec.structs import replace
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from ioc.alerts.alert import Texts, Transition, decode
from ioc.alerts.chain import Person
from ioc.alerts.message import Message, Occasion, Tally, Verification, encode
from ioc.alerts.routing import Routing
from ioc.desk import rota as duty
from ioc.desk import silences, storms, wording
from ioc.desk.apart import apart
from ioc.desk.storm import HOUR_MS, Bundle, Sent, Want, plan
from ioc.desk.tables import AlertRow, NoticeRow
from ioc.desk.tables_duty import MessageRow, RunRow, StormRow, WantRow
from ioc.events import SEVERITIES
from ioc.places.boundaries import Boundaries
from ioc.words import LANGS, say

SHOWN: Final = 5
"""Numbers and places that one message names; the rest is its count."""
AGAIN_MS: Final = 60_000
"""A message that could not be made is tried again after so long."""
REMEMBERED_MS: Final = 24 * HOUR_MS
"""Longest interval of a group."""


class Making(NamedTuple):
    """What every message of one moment needs."""

    session: Session
    boundaries: Boundaries
    now: int


def make(making: Making, routing: Routing, people: Mapping[str, Person]) -> int | None:
    """Put into the outbox all that may leave now; gives when more may, None when nothing waits."""
    session, now = making.session, making.now
    waiting: dict[str, list[WantRow]] = {}
    for want in session.scalars(select(WantRow).where(WantRow.state == "waiting").order_by(WantRow.id)):
        waiting.setdefault(want.person, []).append(want)
    storm = storms.current(session) is not None
    following: list[int] = []
    for name, wants in sorted(waiting.items()):
        person = people.get(name)
        if person is None:
            # He left between the want and now: his chain finds who has the duty after him.
            _settle(session, wants, "dropped", None)
            continue
        by_key = {str(want.id): want for want in wants}
        found = plan(map(_pure, wants), _sent(session, name, now), routing.file.limits, now, storm=storm)
        for bundle in found.bundles:
            mine = [by_key[one.key] for one in bundle.wants]
            if not apart(session, f"a message to {name}", partial(_send, making, person, bundle, mine)):
                following.append(now + AGAIN_MS)
        if found.next_at is not None:
            following.append(found.next_at)
    return min(following, default=None)


def _pure(row: WantRow) -> Want:
    return Want(
        key=str(row.id),
        alert_id=row.alert_id,
        severity=SEVERITIES[row.severity],
        at=row.at,
        alone=row.alone,
        group=row.grouped,
        wait=row.wait,
        every=row.every,
        happening=row.happening,
    )


def _sent(session: Session, person: str, now: int) -> list[Sent]:
    wanted = select(MessageRow).where(
        MessageRow.person == person, MessageRow.at > now - REMEMBERED_MS, MessageRow.at_once.is_(False)
    )
    return [Sent(row.at, row.grouped, row.form == "digest") for row in session.scalars(wanted)]


def _settle(session: Session, wants: Sequence[WantRow], state: str, message: int | None) -> None:
    ids = [want.id for want in wants]
    for start in range(0, len(ids), 500):
        session.execute(
            update(WantRow).where(WantRow.id.in_(ids[start : start + 500])).values(state=state, message=message)
        )


def _send(making: Making, person: Person, bundle: Bundle, wants: Sequence[WantRow]) -> None:
    """One message to one person: a row, and a notice for each of its channels that reaches him."""
    session, now = making.session, making.now
    alerts = _alerts(session, [want.alert_id for want in wants])
    worst = wants[0]
    made = MessageRow(
        person=person.name,
        at=now,
        form=bundle.form,
        grouped=bundle.group,
        at_once=bundle.wants[0].at_once,
        alerts=len(alerts),
    )
    session.add(made)
    session.flush()
    _settle(session, wants, "told", made.id)
    if bundle.form == "one":
        row, told = alerts[worst.alert_id]
        said = about(row, told, making.boundaries, _OCCASIONS[worst.occasion], now)
        thread, asks = row.alert_id, worst.occasion in ("alert", "escalated", "repeat")
    else:
        said = _together(making, bundle, wants, alerts)
        thread, asks = f"m{made.id}", False
    channels = dict.fromkeys(name for want in wants for name in want.channels.split())
    enqueue(session, person, channels, said, key=f"{thread}:m{made.id}", thread=thread, asks=asks, now=now)


_OCCASIONS: Final[Mapping[str, Occasion]] = {name: name for name in get_args(Occasion)}
_FOUND: Final[Mapping[str, Verification]] = {name: name for name in get_args(Verification)}


def _alerts(session: Session, ids: Sequence[str]) -> dict[str, tuple[AlertRow, Transition]]:
    wanted = list(dict.fromkeys(ids))
    found: dict[str, tuple[AlertRow, Transition]] = {}
    for start in range(0, len(wanted), 500):
        rows = select(AlertRow).where(AlertRow.alert_id.in_(wanted[start : start + 500]))
        found.update({row.alert_id: (row, decode(row.body)) for row in session.scalars(rows)})
    return found


def about(row: AlertRow, told: Transition, boundaries: Boundaries, occasion: Occasion, now: int) -> Message:
    """The facts of one alert as a person is told them."""
    label = wording.number_label(row.number, drill=row.drill)
    return Message(
        occasion=occasion,
        number=f"#{label}",
        alert_id=row.alert_id,
        revision=row.revision,
        severity=SEVERITIES[row.severity],
        certainty=told.certainty,
        verification=_FOUND[row.verification],
        status=told.status,
        drill=row.drill,
        replay=row.replay,
        domain=told.domain,
        rule=told.rule,
        kind=told.why.kind,
        title={lang: wording.title(told, lang) for lang in LANGS},
        why={lang: wording.why(told, lang) for lang in LANGS},
        place=dict(wording.place(told, boundaries).items()),
        lat=told.lat,
        lon=told.lon,
        at=told.at,
        opened_at=told.opened_at,
        step=dict(told.steps[0]) if told.steps else {},
        call=dict(told.call),
        reply="" if told.status == "resolved" else label,
        accepted_by=row.accepted_by or "",
        accepted_at=row.accepted_at,
        waited_min=max(0, now - row.stored_at) // 60_000 if occasion in ("escalated", "repeat", "overdue") else 0,
        media=told.media,
    )


def _together(
    making: Making, bundle: Bundle, wants: Sequence[WantRow], alerts: Mapping[str, tuple[AlertRow, Transition]]
) -> Message:
    """One message for many alerts: of a group the worst one stands for all, with their count; a digest is figures."""
    # The worst speaks for all, of those that are still on.
    lead = min(wants, key=lambda one: alerts[one.alert_id][0].status == "resolved")
    row, told = alerts[lead.alert_id]
    tally = _tally(making, min(want.at for want in wants), list(alerts.values()))
    if bundle.form == "group":
        said = about(row, told, making.boundaries, _OCCASIONS[lead.occasion], making.now)
        return replace(said, occasion="group", tally=tally)
    return Message(
        occasion="digest",
        severity=SEVERITIES[wants[0].severity],
        drill=all(one.drill for one, _ in alerts.values()),
        at=making.now,
        opened_at=tally.since,
        tally=tally,
    )


def _tally(making: Making, since: int, alerts: Sequence[tuple[AlertRow, Transition]]) -> Tally:
    """The figures over these alerts, and over all that nobody has accepted."""
    places: dict[str, int] = {}
    by_severity: dict[str, int] = {}
    for row, told in alerts:
        by_severity[SEVERITIES[row.severity]] = by_severity.get(SEVERITIES[row.severity], 0) + 1
        if told.commune:
            places[told.commune] = places.get(told.commune, 0) + 1
    worst = sorted(places, key=lambda code: (-places[code], code))[:SHOWN]
    known = [making.boundaries.place(code) for code in worst]
    open_ = (AlertRow.status == "firing", AlertRow.people == "unaccepted", AlertRow.number > 0, AlertRow.replay == "")
    unaccepted, oldest = making.session.execute(select(func.count(), func.min(AlertRow.stored_at)).where(*open_)).one()
    extreme = select(func.count()).where(MessageRow.at >= since, MessageRow.at_once, MessageRow.form == "one")
    ordered = sorted(alerts, key=lambda one: (-one[0].severity, one[0].stored_at, one[0].number))
    return Tally(
        since=since,
        until=making.now,
        alerts=len(alerts),
        incidents=len({told.commune or told.source for _, told in alerts}),
        extreme=making.session.execute(extreme).scalar_one(),
        unaccepted=unaccepted,
        oldest=oldest,
        still_firing=sum(row.status == "firing" for row, _ in alerts),
        by_severity=by_severity,
        places=tuple({lang: place.label(lang) for lang in LANGS} for place in known if place is not None),
        numbers=tuple(f"#{wording.number_label(row.number, drill=row.drill)}" for row, _ in ordered[:SHOWN]),
    )


def enqueue(
    session: Session,
    person: Person,
    channels: Iterable[str],
    said: Message,
    *,
    key: str,
    thread: str,
    asks: bool,
    now: int,
) -> None:
    """A notice for each channel that reaches this person; of one thread and person only the newest that asks stays."""
    body = encode(said)
    if said.status == "resolved":
        session.execute(
            update(NoticeRow)
            .where(
                NoticeRow.alert_id == thread,
                NoticeRow.recipient == person.name,
                NoticeRow.state == "waiting",
                NoticeRow.lease_until <= now,
            )
            .values(state="superseded")
        )
    for channel in channels:
        address = person.addresses.get(channel)
        if address:
            session.add(
                NoticeRow(
                    channel=channel,
                    key=key,
                    alert_id=thread,
                    severity=SEVERITIES.index(said.severity),
                    body=body,
                    state="waiting",
                    attempts=0,
                    created_at=now,
                    next_at=now,
                    lease_until=0,
                    recipient=person.name,
                    address=address,
                    lang=person.lang,
                    asks=asks,
                )
            )


def receipt(making: Making, routing: Routing, ended: silences.Ended) -> None:
    """Tell the owner of a silence what it held back; it stands on the page of silences too."""
    counted = silences.hid(making.session, ended.name)
    area = ended.area
    parts = (area.rule, area.source, " ".join(sorted(area.communes)), area.domain, area.feed)
    covered = " · ".join(part for part in (ended.name.partition("@")[0], *parts) if part)
    tally = Tally(
        since=ended.since,
        until=ended.until,
        alerts=counted.alerts,
        by_severity={"grave": counted.grave},
        still_firing=counted.still_firing,
    )
    said = Message(
        occasion="receipt",
        at=making.now,
        opened_at=ended.since,
        subject=_both(covered),
        title=_both(ended.reason),
        tally=tally,
    )
    _receipt(making, routing, ended.owner, said)


def _both(text: str) -> Texts:
    """What people typed stands as it is in either language."""
    return dict.fromkeys(("vi", "en"), text)


def storm_receipts(making: Making, routing: Routing) -> None:
    """Tell whoever ended storm mode what was told together in it, once."""
    for row in making.session.scalars(select(StormRow).where(StormRow.receipt_at.is_(None))).all():
        if row.ended_at is None or row.ended_by is None:
            continue
        row.receipt_at = making.now
        found = storms.receipt(making.session, row.started_at, row.ended_at)
        figures = {"alone": found.alone, "together": found.together, "messages": found.messages}
        tally = Tally(since=found.since, until=found.until, alerts=found.alerts, by_severity=figures)
        said = Message(
            occasion="receipt",
            at=making.now,
            opened_at=found.since,
            subject={lang: say("telling.storm", lang) for lang in LANGS},
            tally=tally,
        )
        _receipt(making, routing, row.ended_by, said)


def _receipt(making: Making, routing: Routing, to: str, said: Message) -> None:
    session, now = making.session, making.now
    owner = duty.people(session, routing.file.channels).get(to)
    if owner is None or not owner.addresses:
        return
    count = said.tally.alerts if said.tally is not None else 0
    made = MessageRow(person=owner.name, at=now, form="receipt", grouped="", at_once=True, alerts=count)
    session.add(made)
    session.flush()
    first = next(name for name in routing.file.channels if owner.addresses.get(name))
    thread = f"m{made.id}"
    enqueue(session, owner, (first,), said, key=f"receipt:{thread}", thread=thread, asks=False, now=now)


def unreachable(session: Session) -> Sequence[RunRow]:
    """Alerts that ask for a person and of which a step reached nobody, the oldest first: a red line on every screen."""
    asking = (RunRow.open, RunRow.started_at.is_not(None), RunRow.empty != "")
    return session.scalars(select(RunRow).where(*asking).order_by(RunRow.started_at)).all()
