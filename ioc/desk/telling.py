"""Who is told of each alert: the chains of all alerts moved on to a moment, within the caller's transaction.

A chain runs while its alert needs a person: it is on, nobody has accepted it, and nothing mutes it. What is due is said
by `ioc.alerts.chain`; here it becomes wants, which `ioc.desk.messages` makes into messages. People who were told of an
alert hear when it changes and when it ends; an end is never muted.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, NamedTuple

from msgspec.structs import replace
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ioc.alerts.alert import Transition, decode
from ioc.alerts.chain import Person, State, Tell, Told, due
from ioc.alerts.message import Occasion
from ioc.alerts.mute import Silence, muted
from ioc.alerts.rota import Rota
from ioc.alerts.routing import Route, Routing, group_key
from ioc.alerts.silence import inhibited
from ioc.desk import messages, silences, trial
from ioc.desk import rota as duty
from ioc.desk.apart import apart
from ioc.desk.store import last, take
from ioc.desk.tables import AlertRow
from ioc.desk.tables_duty import RunRow, WantRow
from ioc.events import SEVERITIES
from ioc.places.boundaries import Boundaries
from ioc.replay import notifies

TOLD: Final = "told"
"""Counter: the last change of an alert that was looked at."""
ASKING: Final = ("alert", "escalated", "repeat")
"""Occasions that ask for a person: worth nothing once somebody has accepted."""
AGAIN_MS: Final = 60_000
"""A chain that reaches nobody, and an alert hidden by its parent, are looked at again so often."""
FRESH_MS: Final = 3_600_000
"""What is over and was seen longer ago is history, as where a new desk reads an old log; nobody is told."""
AT_ONCE: Final = 2_000
"""Chains moved in one transaction; the rest follow in the next."""


class Scene(NamedTuple):
    """What holds at one moment for all alerts."""

    now: int
    rota: Rota
    people: Mapping[str, Person]
    silences: Sequence[Silence]
    changes: dict[str, int | None]
    """When each duty that was asked about next has somebody else."""

    def next_change(self, name: str) -> int | None:
        """When the people on a duty next change; None where the rota says no more."""
        if name not in self.changes:
            self.changes[name] = self.rota.next_change(name, self.now)
        return self.changes[name]

    def on_duty(self, name: str) -> list[Person]:
        """Everybody who answers for a duty and is known."""
        return [self.people[who] for who in self.rota.responsible(name, self.now) if who in self.people]


class Case(NamedTuple):
    """One alert whose chain is moved; `told` is its newest transition, with the severity that people see."""

    session: Session
    run: RunRow
    row: AlertRow
    told: Transition
    scene: Scene


@dataclass(frozen=True)
class Teller:
    """One desk's routing, put to work."""

    routing: Routing
    boundaries: Boundaries
    holidays: Collection[int] = field(default_factory=frozenset)
    notify: Callable[[str], bool] = notifies
    """Whether anybody is told of a replay's alerts."""
    ways: Collection[str] | None = None
    """Channels that are set up here; nobody counts as reached by another. None: all that the routes name."""

    def run(self, session: Session, now: int) -> int | None:
        """Do all that is due; gives when something will be next (epoch ms), None when nothing will by itself."""
        self._look(session, now)
        making = messages.Making(session, self.boundaries, now)
        for ended in silences.ended_by(session, now, self.holidays):
            apart(session, f"the receipt of {ended.name}", partial(messages.receipt, making, self.routing, ended))
        apart(session, "the receipt of a storm", partial(messages.storm_receipts, making, self.routing))
        scene = Scene(
            now,
            duty.rota(session, now),
            duty.people(session, [one for one in self.routing.file.channels if self.ways is None or one in self.ways]),
            silences.of_moment(session, now, self.holidays),
            {},
        )
        asked = select(RunRow).where(RunRow.due_at <= now).order_by(RunRow.due_at, RunRow.alert_id).limit(AT_ONCE)
        runs = session.scalars(asked).all()
        rows = _rows(session, [run.alert_id for run in runs])
        for run in runs:
            if not apart(session, f"telling of alert {run.alert_id}", partial(self._moved, session, run, rows, scene)):
                run.due_at = now + AGAIN_MS
        session.flush()
        leaves = messages.make(making, self.routing, scene.people)
        following = session.scalar(
            select(RunRow.due_at).where(RunRow.due_at.is_not(None)).order_by(RunRow.due_at).limit(1)
        )
        ends = silences.next_end(session, now, self.holidays)
        return min((at for at in (leaves, following, ends) if at is not None), default=None)

    def _moved(self, session: Session, run: RunRow, rows: Mapping[str, AlertRow], scene: Scene) -> None:
        row = rows[run.alert_id]
        self._move(Case(session, run, row, _as_seen(row), scene))

    def _look(self, session: Session, now: int) -> None:
        """Take up every alert that data or people changed since the last look."""
        seen, newest = last(session, TOLD), last(session, "change")
        if newest <= seen:
            return
        wanted = select(AlertRow).where(AlertRow.changed > seen, AlertRow.number > 0)
        rows = [row for row in session.scalars(wanted) if not row.replay or self.notify(row.replay)]
        runs = _runs(session, [row.alert_id for row in rows])
        ended = False
        for row in rows:
            ended = ended or row.status == "resolved"
            apart(session, f"taking up alert {row.alert_id}", partial(self._take_up, session, row, runs, now))
        if ended:
            # What an ended alert had hidden speaks for itself now.
            session.execute(update(RunRow).where(RunRow.open, RunRow.started_at.is_(None)).values(due_at=now))
        take(session, TOLD, newest - seen)
        session.flush()

    def _take_up(self, session: Session, row: AlertRow, runs: Mapping[str, RunRow], now: int) -> None:
        """Let its chain be moved, where people are told of it."""
        run = runs.get(row.alert_id)
        over = row.status == "resolved"
        if not trial.tells(row, decode(row.body)) or (run is None and over and not self._passed(row, now)):
            return
        if run is None:
            run = RunRow(alert_id=row.alert_id, rule=row.rule, severity=0, route="", told_severity=row.severity)
            run.told_as, run.empty = row.verification, ""
            # Begun and ended before anybody looked: its end is told.
            run.open = True
            session.add(run)
        # What ended, and was told, opens again only with a transition that fires.
        run.open, run.due_at = run.open or not over, now

    def _move(self, case: Case) -> None:
        """Move one chain to now."""
        run, row, scene = case.run, case.row, case.scene
        if row.status == "resolved" or row.merged_into is not None or row.people == "closed":
            self._end(case)
            return
        if row.people != "unaccepted":
            self._owned(case)
            return
        route = self._route(case)
        hidden = None if route.alone else muted(case.told, scene.silences, scene.now)
        if hidden is not None:
            silences.note_hidden(case.session, hidden, row.alert_id, row.severity, scene.now)
        if hidden is not None or (not route.alone and self._explained(case)):
            run.started_at = None
            # A silence's own end brings it back; a parent may end without a word to us.
            run.due_at = hidden.ends_at if hidden is not None else scene.now + AGAIN_MS
            _drop(case)
            return
        if run.started_at is None or row.severity > run.severity:
            # It asks anew; what had not left would only say the old again.
            _drop(case)
            run.started_at = scene.now
        elif row.severity < run.severity or row.verification != run.told_as:
            self._news(case, "update")
        run.severity, run.told_severity, run.told_as = row.severity, row.severity, row.verification
        self._chain(case, route)

    def _route(self, case: Case) -> Route:
        """The route on which it began; anew when its severity is another."""
        known = self.routing.by_id.get(case.run.route)
        if known is None or case.row.severity != case.run.severity:
            known = self.routing.route(case.told, case.scene.now)
            case.run.route = known.id
        return known

    def _explained(self, case: Case) -> bool:
        """Whether an alert of a rule that it names explains it: one that is on, no less severe, and not itself muted.

        An extreme alert is explained by nothing. That the other is muted is asked anew: its own turn may come later.
        """
        links, scene = case.told.inhibited_by, case.scene
        if not links or case.told.severity == "extreme":
            return False
        of_rules = select(RunRow.alert_id).where(RunRow.rule.in_([one.rule for one in links]), RunRow.open)
        parents = select(AlertRow).where(
            AlertRow.alert_id.in_(of_rules),
            AlertRow.status == "firing",
            AlertRow.number > 0,
            AlertRow.people != "closed",
            AlertRow.severity >= case.row.severity,
        )
        heard = []
        for row in case.session.scalars(parents):
            one = _as_seen(row)
            hidden = muted(one, scene.silences, scene.now) and not self.routing.route(one, scene.now).alone
            if row.people != "unaccepted" or not hidden:
                heard.append(one)
        return inhibited(case.told, heard) is not None

    def _chain(self, case: Case, route: Route) -> None:
        """Tell whoever is due, and note when the next one is."""
        run, row, scene = case.run, case.row, case.scene
        started = run.started_at or scene.now
        state = State(firing=True, accepted=False, started_at=started, snoozed_until=row.snoozed_until or 0)
        asked = select(WantRow).where(
            WantRow.alert_id == row.alert_id,
            WantRow.run == started,
            WantRow.occasion.in_(ASKING),
            WantRow.state != "dropped",
        )
        wants = case.session.scalars(asked.order_by(WantRow.id))
        known = [Told(want.person, want.step, want.at, tuple(want.channels.split())) for want in wants]
        chain = self.routing.chain(route)
        steps = chain.steps
        found = due(state, chain, scene.on_duty, known, scene.now)
        for one in found.tell:
            _want(case, route, started, one)
        run.empty = " ".join(map(str, found.empty))
        reached = {one.step for one in known} | {one.step for one in found.tell}
        reached |= {nth for nth, step in enumerate(steps) if started + step.after * 1000 <= scene.now}
        # Whoever comes on a duty that was told is told too, at once.
        times = [
            found.next_at,
            *(scene.next_change(name) for nth in reached if nth < len(steps) for name in steps[nth].tell),
        ]
        if not known and not found.tell:
            times.append(scene.now + AGAIN_MS)
        run.due_at = min((at for at in times if at is not None), default=None)

    def _owned(self, case: Case) -> None:
        """Somebody has it: the chain stands still, news go to who was told, and what is overdue goes up."""
        run, row = case.run, case.row
        _drop(case)
        if (row.severity, row.verification) != (run.told_severity, run.told_as):
            self._news(case, "update")
        if row.overdue_at is not None:
            self._overdue(case, row.overdue_at)
        run.severity, run.told_severity, run.told_as = row.severity, row.severity, row.verification
        run.started_at = run.due_at = None

    def _overdue(self, case: Case, marked: int) -> None:
        """The owner, or the unit, gave no sign in time: the next in the chain is told once."""
        known = select(WantRow.id).where(
            WantRow.alert_id == case.row.alert_id, WantRow.occasion == "overdue", WantRow.run == marked
        )
        if case.session.scalar(known.limit(1)) is not None:
            return
        route = self._route(case)
        steps = self.routing.chain(route).steps
        step = steps[min(1, len(steps) - 1)]
        for person in {one.name: one for name in step.tell for one in case.scene.on_duty(name)}.values():
            channels = tuple(one for one in step.by if person.addresses.get(one)) or tuple(person.addresses)
            if channels:
                _want(case, route, marked, Tell(person, 1, "overdue", channels))

    def _end(self, case: Case) -> None:
        """It is over: whoever was told hears so, once; what had not left need not."""
        run, row = case.run, case.row
        _drop(case)
        if row.status == "resolved" and run.open:
            if self._unheard(case):
                self._first(case)
            self._news(case, "ended")
        elif run.open and row.verification == "false" and run.told_as != "false":
            self._news(case, "update")
        # What another stands for still ends, and whoever was told of it hears so.
        run.open = run.open and row.status == "firing" and row.merged_into is not None
        run.started_at = run.due_at = None
        run.severity, run.told_severity, run.told_as, run.empty = 0, row.severity, row.verification, ""

    def _passed(self, row: AlertRow, now: int) -> bool:
        """Whether people must hear of an alert that is over: a severe one or an SOS of the last hour, as people see it."""
        told = _as_seen(row)
        grave = row.severity >= SEVERITIES.index("severe") or self.routing.route(told, now).alone
        return grave and now - told.last_seen < FRESH_MS

    def _unheard(self, case: Case) -> bool:
        """Whether it must be heard of, asked for a person to its end, and nobody was told."""
        run, row, scene = case.run, case.row, case.scene
        asked = run.started_at is not None or not run.route
        if not asked or row.people != "unaccepted" or not self._passed(row, scene.now):
            return False
        if not self._route(case).alone and (muted(case.told, scene.silences, scene.now) or self._explained(case)):
            return False
        told = select(WantRow.id).where(WantRow.alert_id == row.alert_id, WantRow.state == "told")
        return case.session.scalar(told.limit(1)) is None

    def _first(self, case: Case) -> None:
        """Tell the first step of its chain that it was, and is over."""
        route, now = self._route(case), case.scene.now
        asking = State(firing=True, accepted=False, started_at=now)
        for one in due(asking, self.routing.chain(route), case.scene.on_duty, (), now).tell:
            _want(case, route, now, one._replace(occasion="ended"))

    def _news(self, case: Case, occasion: Occasion) -> None:
        """Tell everybody who was told of it, by the channel that was first used for him."""
        route = self._route(case)
        asked = select(WantRow).where(
            WantRow.alert_id == case.row.alert_id, WantRow.state == "told", WantRow.occasion.in_((*ASKING, "overdue"))
        )
        first: dict[str, WantRow] = {}
        for want in case.session.scalars(asked.order_by(WantRow.id)):
            first.setdefault(want.person, want)
        for name, want in first.items():
            person = case.scene.people.get(name)
            if person is None:
                continue
            channels = tuple(one for one in want.channels.split()[:1] if person.addresses.get(one))
            channels = channels or tuple(person.addresses)[:1]
            if channels:
                _want(case, route, case.scene.now, Tell(person, 0, occasion, channels))


def _as_seen(row: AlertRow) -> Transition:
    """Its newest transition, with the severity that people see."""
    return replace(decode(row.body), severity=SEVERITIES[row.severity])


def _runs(session: Session, ids: Sequence[str]) -> dict[str, RunRow]:
    found: dict[str, RunRow] = {}
    for start in range(0, len(ids), 500):
        wanted = select(RunRow).where(RunRow.alert_id.in_(ids[start : start + 500]))
        found.update({run.alert_id: run for run in session.scalars(wanted)})
    return found


def _rows(session: Session, ids: Sequence[str]) -> dict[str, AlertRow]:
    found: dict[str, AlertRow] = {}
    for start in range(0, len(ids), 500):
        wanted = select(AlertRow).where(AlertRow.alert_id.in_(ids[start : start + 500]))
        found.update({row.alert_id: row for row in session.scalars(wanted)})
    return found


def _drop(case: Case) -> None:
    """What asks for a person and has not left is dropped."""
    case.session.execute(
        update(WantRow)
        .where(WantRow.alert_id == case.row.alert_id, WantRow.state == "waiting", WantRow.occasion.in_(ASKING))
        .values(state="dropped")
    )


def _want(case: Case, route: Route, run: int, tell: Tell) -> None:
    told, row = case.told, case.row
    # What is told together is of one sort: an end, a drill or a replay never speaks for a new alert.
    sort = f"{'|D' if told.drill else ''}{f'|{told.replay}' if told.replay else ''}"
    group = route.group if tell.occasion in ("alert", "update", "ended") else None
    case.session.add(
        WantRow(
            alert_id=row.alert_id,
            person=tell.person.name,
            channels=" ".join(tell.channels),
            occasion=tell.occasion,
            step=tell.step,
            run=run,
            severity=row.severity,
            at=case.scene.now,
            alone=route.alone,
            grouped=f"{group_key(route, told)}|{tell.occasion}{sort}" if group is not None else "",
            wait=group.wait * 1000 if group is not None else 0,
            every=group.every * 1000 if group is not None else 0,
            happening=f"{told.commune or told.source}{'|ended' if tell.occasion == 'ended' else ''}{sort}",
            state="waiting",
        )
    )
