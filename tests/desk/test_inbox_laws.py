"""Whatever is re-read, doubled, reordered or cut off by a crash: the desk ends as a naive reader of the log would."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from ioc.alerts.alert import Transition
from ioc.desk import board
from ioc.desk.inbox import Overtaken
from ioc.desk.tables import AlertRow, NoticeRow
from tests.desk.made import Fetched, Office, Record, alert_name, chunk, records, transition
from tests.desk.stores import schema_of

SEVERITIES = ("minor", "moderate", "severe", "extreme")


class Step(NamedTuple):
    """What happens to the desk next: it takes `take` records, and perhaps dies before or after the commit."""

    take: int
    fate: str


@st.composite
def logs(draw: st.DrawFn) -> list[Transition]:
    """A log as workers leave it: revisions of few alerts, some written twice, some out of order."""
    spoken = draw(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 6)), max_size=30))
    return [
        transition(
            nth,
            revision,
            severity=SEVERITIES[(nth + revision) % 4],
            status="resolved" if revision % 3 == 0 else "firing",
            change="cleared" if revision % 3 == 0 else "raised",
            drill=nth == 5,
            replay="old" if nth == 4 else "",
        )
        for nth, revision in spoken
    ]


steps = st.lists(
    st.builds(Step, st.integers(1, 7), st.sampled_from(["fine", "dies before commit", "dies after commit", "zombie"])),
    max_size=25,
)


class Naive(NamedTuple):
    """Newest transition per alert, numbers in order of first sight, keys of the notices in order."""

    newest: dict[str, Transition]
    order: list[str]
    keys: list[str]


def naive(log: Sequence[Transition]) -> Naive:
    """One record after the other, into plain dictionaries."""
    newest: dict[str, Transition] = {}
    order: list[str] = []
    keys: list[str] = []
    for found in log:
        if found.alert_id not in newest:
            order.append(found.alert_id)
        elif found.revision <= newest[found.alert_id].revision:
            continue
        newest[found.alert_id] = found
        if not found.replay:
            keys.append(f"{found.alert_id}:{found.revision}")
    return Naive(newest, order, keys)


class CrashError(Exception):
    """The process is gone before its transaction ends."""


def crash(office: Office, given: Fetched) -> None:
    """Apply, and lose power before the commit."""
    with office.store.writing() as session:
        office.inbox.apply(session, given, office.at[0], 0)
        raise CrashError


def live(office: Office, log: Sequence[Record], step: Step) -> None:
    """One step of the desk's life."""
    start = office.at[0]
    part = log[start : start + step.take]
    if not part:
        return
    given = chunk(part, highwater=len(log))
    if step.fate == "zombie":
        zombie_at = max(0, start - 1)
        if zombie_at != start:
            with pytest.raises(Overtaken), office.store.writing() as session:
                office.inbox.apply(session, given, zombie_at, 0)
    elif step.fate == "dies before commit":
        with pytest.raises(CrashError):
            crash(office, given)
        office.begin()
    elif step.fate == "dies after commit":
        office.apply(given)
        office.begin()
    else:
        office.apply(given)


@contextmanager
def empty_office(address: str | None) -> Iterator[Office]:
    """A desk with nothing in it; in a schema of its own where an address of PostgreSQL is given."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = stack.enter_context(schema_of(address)) if address else ""
        office = Office(folder, url=url)
        stack.callback(office.store.close)
        yield office


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(logs(), steps, st.booleans())
def test_any_life_of_the_desk_ends_as_a_naive_reader_would(log: list[Transition], life: list[Step], anew: bool) -> None:
    ends_as_a_naive_reader_would(None, log, life, anew=anew)


@pytest.mark.services
def test_any_life_of_the_desk_ends_as_a_naive_reader_would_on_postgresql(postgres: str) -> None:
    @settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(logs(), steps, st.booleans())
    def law(log: list[Transition], life: list[Step], anew: bool) -> None:
        ends_as_a_naive_reader_would(postgres, log, life, anew=anew)

    law()


def ends_as_a_naive_reader_would(address: str | None, log: list[Transition], life: list[Step], *, anew: bool) -> None:
    with empty_office(address) as office:
        written = records(*log)
        for step in life:
            live(office, written, step)
        if anew:  # the cluster was made anew with the same log
            office.begin("cluster-b", "99" * 16)
            if written:
                office.apply(chunk(written, cluster_id="cluster-b", topic_id="99" * 16))
        while office.at[0] < len(written):
            live(office, written, Step(5, "fine"))
        expected = naive(log)

        with office.store.reading() as session:
            found = session.execute(select(AlertRow.number, AlertRow.alert_id).where(AlertRow.drill.is_(False))).all()
            matters = board.snapshot(session).matters
            keys = list(session.scalars(select(NoticeRow.key).order_by(NoticeRow.id)))
    assert {m.alert_id: m.transition for m in matters} == expected.newest
    assert keys == expected.keys
    real = sorted((number, alert_id) for number, alert_id in found)
    assert [a for _, a in real] == [a for a in expected.order if a != alert_name(5)]
    assert [number for number, _ in real] == list(range(1001, 1001 + len(real)))


@settings(max_examples=40, deadline=None)
@given(logs(), st.lists(st.integers(1, 6), min_size=1, max_size=30))
def test_any_split_into_chunks_gives_the_same_desk(log: list[Transition], sizes: list[int]) -> None:
    def end(chunks: Sequence[Sequence[Record]]) -> list[tuple[str, str, int]]:
        with tempfile.TemporaryDirectory() as folder:
            office = Office(Path(folder))
            for part in chunks:
                office.apply(chunk(part, highwater=len(log)))
            with office.store.reading() as session:
                found = [(m.label, m.alert_id, m.transition.revision) for m in board.snapshot(session).matters]
            office.store.close()
        return sorted(found)

    written = records(*log)
    pieces, rest = [], list(written)
    for size in [*sizes, len(rest) or 1]:
        if rest:
            pieces.append(rest[:size])
            rest = rest[size:]
    assert end(pieces) == end([written] if written else [])
