"""For tests of an installation's own rules: a day told as a timeline, on a clock that only the test moves.

    day = Day(rules, catalogue, "environment", folder)
    day.at(0).push(reading(90))
    day.at(2).does("accept", "Nguyễn Văn An")
    day.between(0, 1).expect("fired", severity="moderate")
    day.between(31, 33).expect("overdue", why="owner")
    day.run()

What is written down happens in the order of its minutes when `run` is called: the real rules judge, the real desk keeps
and counts down, and every minute between is lived through at the grain of `step`. Nothing sleeps, nothing reads a clock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from ioc.alerts.alert import Transition, encode
from ioc.alerts.engine import Engine
from ioc.alerts.rule import RuleSet
from ioc.alerts.state import State
from ioc.catalogue import Catalogue
from ioc.console.doing import do
from ioc.desk import audit, board
from ioc.desk.acts.act import Asked, Done
from ioc.desk.inbox import Inbox, positions
from ioc.desk.loop import Part
from ioc.desk.moment import ms_of
from ioc.desk.overdue import notice_overdue
from ioc.desk.store import Store
from ioc.errors import Permanent
from ioc.events.codec import Observed
from ioc.events.domains import Domain
from ioc.places.boundaries import Boundaries

MINUTE_MS = 60_000
START = datetime(2026, 5, 14, tzinfo=UTC)
"""07:00 of a Thursday at +07:00."""
LOG = ("test", "0" * 32)


class Record(NamedTuple):
    """One record of the log of alerts, as the desk reads it."""

    offset: int
    value: bytes
    headers: Sequence[tuple[str, bytes]]
    timestamp: int


class Happened(NamedTuple):
    """One thing that happened: a change of an alert, or a line of the audit; `minute` counts from the start."""

    minute: float
    what: str
    number: str
    facts: Mapping[str, object]

    def is_(self, what: str, wanted: Mapping[str, object]) -> bool:
        """Whether it is what is asked for."""
        return self.what == what and all(self.facts.get(name) == value for name, value in wanted.items())


@dataclass
class At:
    """A minute of the day, and what is to be done then."""

    day: Day
    minute: float

    def push(self, *events: Observed) -> At:
        """These events reach the rules."""
        self.day.plan(self.minute, lambda: self.day.take(events))
        return self

    def receive(self, *transitions: Transition) -> At:
        """These transitions reach the desk, whichever rules made them."""
        self.day.plan(self.minute, lambda: self.day.tell(transitions))
        return self

    def does(self, act: str, who: str, number: str = "1001", /, *, refused: str = "", **fields: str) -> At:
        """A person acts (`ioc.console.doing.DOING`); `refused` is the code with which it must be refused."""
        self.day.plan(self.minute, lambda: self.day.act(act, who, number, refused, fields))
        return self

    def shows(self, number: str = "1001", **facts: object) -> At:
        """How the board shows an alert then: attributes of `ioc.desk.board.Matter` or of its `work`."""
        self.day.plan(self.minute, lambda: self.day.look(number, facts))
        return self

    def checks(self, test: Callable[[Day], object]) -> At:
        """Anything else that must hold then; `test` asserts it."""
        self.day.plan(self.minute, lambda: test(self.day))
        return self


@dataclass
class Between:
    """Some minutes of the day, both included, and what must happen in them."""

    day: Day
    since: float
    until: float

    def expect(self, what: str, *, times: int | None = None, **facts: object) -> Between:
        """At least one such thing happens, or exactly `times`."""
        self.day.expected.append((self, what, times, facts))
        return self

    def expect_no(self, what: str, **facts: object) -> Between:
        """No such thing happens."""
        return self.expect(what, times=0, **facts)


@dataclass
class Day:
    """Rules and a desk on a clock of their own; `url` is the desk's database, a file in `folder` without one."""

    rules: RuleSet
    catalogue: Catalogue
    domain: Domain
    folder: Path
    url: str = ""
    start: datetime = START
    step: timedelta = timedelta(seconds=10)
    channels: Sequence[str] = ()
    happened: list[Happened] = field(default_factory=list)
    """All that happened, in order."""
    expected: list[tuple[Between, str, int | None, Mapping[str, object]]] = field(default_factory=list)
    done: list[Done] = field(default_factory=list)
    """What each act led to."""

    def __post_init__(self) -> None:
        self.engine = Engine(self.rules, self.catalogue, self.domain)
        self.states: dict[str, State] = {}
        self.store = Store(self.url or f"sqlite:///{self.folder / 'desk.sqlite'}")
        self.inbox = Inbox(Boundaries.builtin(), self.channels)
        self.now = ms_of(self.start)
        self._plans: list[tuple[float, int, Callable[[], object]]] = []
        self._audited = 0
        with self.store.writing() as session:
            self._offset = positions(session, *LOG, range(1))[0]

    def at(self, minute: float) -> At:
        """A minute, counted from the start."""
        return At(self, minute)

    def between(self, since: float, until: float) -> Between:
        """From one minute to another."""
        self.plan(until, lambda: None)
        return Between(self, since, until)

    def plan(self, minute: float, what: Callable[[], object]) -> None:
        """Note what happens when."""
        self._plans.append((minute, len(self._plans), what))

    def run(self) -> None:
        """Live through the day, then hold it against what was expected; raises AssertionError with what came instead."""
        for minute, _, what in sorted(self._plans, key=lambda one: one[:2]):
            self._live_until(ms_of(self.start) + round(minute * MINUTE_MS))
            what()
            self._note()
        self._plans.clear()
        for one in self.expected:
            self._judge(*one)

    def _judge(self, span: Between, what: str, times: int | None, facts: Mapping[str, object]) -> None:
        found = [one for one in self.happened if span.since <= one.minute <= span.until and one.is_(what, facts)]
        good = bool(found) if times is None else len(found) == times
        if not good:
            wanted = f"{what} {dict(facts)}" + (f" {times} times" if times is not None else "")
            lines = "\n".join(f"  {one.minute:g}: {one.what} #{one.number} {dict(one.facts)}" for one in self.happened)
            raise AssertionError(f"between {span.since:g} and {span.until:g}: {wanted}; what happened:\n{lines}")

    def _live_until(self, then: int) -> None:
        """Tick through the time between: rules and desk notice what falls due."""
        grain = round(self.step.total_seconds() * 1000)
        while self.now < then:
            self.now = min(self.now + grain, then)
            for state in self.states.values():
                self.tell(self.engine.tick(state, self.now))
            with self.store.writing() as session:
                notice_overdue(session, self.now)
            self._note()

    def take(self, events: Sequence[Observed]) -> None:
        """Judge events now."""
        for event in events:
            state = self.states.setdefault(event.source, self.engine.new(event.source))
            self.tell(self.engine.step(state, event, self.now)[1])

    def tell(self, transitions: Sequence[Transition]) -> None:
        """Let the desk apply transitions now."""
        if not transitions:
            return
        records = [Record(self._offset + nth, encode(one), (), self.now) for nth, one in enumerate(transitions)]
        end = self._offset + len(records)
        with self.store.writing() as session:
            self.inbox.apply(session, Part(*LOG, 0, records, end, end), self._offset, self.now)
        self._offset = end
        for one in transitions:
            facts = {"severity": one.severity, "rule": one.rule, "status": one.status, "drill": one.drill}
            self.happened.append(Happened(self._minute(), one.change, self._number(one.alert_id), facts))

    def act(self, act: str, who: str, number: str, refused: str, fields: Mapping[str, str]) -> None:
        """Let a person act now."""
        code = ""
        try:
            with self.store.writing() as session:
                self.done.append(do(session, act, number, Asked(who, self.now), fields))
        except Permanent as error:
            code = error.code
        if code != refused:
            raise AssertionError(f"{self._minute():g}: {who} {act} #{number}: refused {code!r}, expected {refused!r}")

    def look(self, number: str, facts: Mapping[str, object]) -> None:
        """Hold an alert against what it must be now."""
        matter = self.case(number).matter
        found = {name: getattr(matter.work if name in board.Work._fields else matter, name) for name in facts}
        if found != dict(facts):
            raise AssertionError(f"{self._minute():g}: #{number} is {found}, expected {dict(facts)}")

    def case(self, number: str) -> board.Case:
        """One alert with all that is known of it."""
        with self.store.reading() as session:
            found = board.find(session, number)
        if found is None:
            raise AssertionError(f"{self._minute():g}: there is no alert #{number}")
        return found

    def board(self) -> list[str]:
        """Numbers of the alerts that need a person, in the order of the list."""
        with self.store.reading() as session:
            return [one.label for one in sorted(board.snapshot(session).matters, key=lambda one: one.order)]

    def _note(self) -> None:
        """Take over the lines of the audit that are new."""
        with self.store.reading() as session:
            new = [line for line in audit.lines(session) if line.nth > self._audited]
        for line in new:
            self._audited = line.nth
            facts = {**line.details, "who": line.actor}
            self.happened.append(Happened(self._minute(), line.action, str(line.details.get("number", "")), facts))

    def _minute(self) -> float:
        return (self.now - ms_of(self.start)) / MINUTE_MS

    def _number(self, alert_id: str) -> str:
        with self.store.reading() as session:
            found = board.find(session, alert_id)
        return found.matter.label if found else ""

    def close(self) -> None:
        """Let go of the database."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
