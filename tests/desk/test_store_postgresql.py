"""PostgreSQL in the hours when it misbehaves: a connection cut, a desk frozen in the middle, a lock that is held."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from ioc.desk import store as stores
from ioc.desk.acts.accept import accept
from ioc.desk.acts.act import Asked
from ioc.desk.store import Store, last, take
from ioc.errors import Retryable
from tests.desk.made import NOON, Office, alert_name, transition
from tests.desk.stores import schema_of

pytestmark = pytest.mark.services


@pytest.fixture
def url(postgres: str) -> Iterator[str]:
    with schema_of(postgres) as found:
        yield found


def test_a_connection_cut_in_the_middle_changes_nothing_and_the_next_act_works(tmp_path: Path, url: str) -> None:
    office = Office(tmp_path, url=url)
    office.receive(transition(1))
    with office.twin() as killer:

        def accept_and_be_cut() -> None:
            with office.store.writing() as session:
                pid = session.scalar(text("SELECT pg_backend_pid()"))
                accept(session, alert_name(1), Asked("Nguyễn Văn An", NOON))
                with killer.store.reading() as other:
                    other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
                session.execute(text("SELECT 1"))

        with pytest.raises(Retryable):
            accept_and_be_cut()

    with office.store.writing() as session:
        done = accept(session, alert_name(1), Asked("Lê Thị Bình", NOON))
    assert (done.by, done.first) == ("Lê Thị Bình", True)
    office.store.close()


def test_a_desk_frozen_in_the_middle_of_an_act_holds_nobody_up_for_long(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "BUSY_MS", 1_000)
    frozen = Office(tmp_path, url=url)
    frozen.receive(transition(1))
    waking = threading.Event()
    begun = threading.Event()
    fate: list[BaseException] = []

    def freeze() -> None:
        try:
            with frozen.store.writing() as session:
                accept(session, alert_name(1), Asked("Nguyễn Văn An", NOON))
                begun.set()
                waking.wait(30)
        except Retryable as error:
            fate.append(error)

    thread = threading.Thread(target=freeze)
    thread.start()
    assert begun.wait(10)
    with frozen.twin() as other:
        answered = None
        for _ in range(5):
            try:
                with other.store.writing() as session:
                    answered = accept(session, alert_name(1), Asked("Lê Thị Bình", NOON))
                break
            except Retryable:
                continue
    waking.set()
    thread.join(30)

    assert answered is not None
    assert (answered.by, answered.first) == ("Lê Thị Bình", True), "what the frozen desk had begun is undone"
    assert len(fate) == 1
    frozen.store.close()


def test_numbers_are_given_in_the_order_of_commits_however_many_write(url: str) -> None:
    given: list[int] = []
    lock = threading.Lock()

    def write() -> None:
        store = Store(url)
        for _ in range(20):
            with store.writing() as session:
                nth = take(session, "change")
                with lock:
                    given.append(nth)
        store.close()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    store = Store(url)
    with store.reading() as session:
        assert last(session, "change") == 80
    store.close()
    assert given == list(range(1, 81)), "whoever takes a number is alone until its commit"


def test_a_reader_sees_one_moment_while_others_write(url: str) -> None:
    store = Store(url)
    with store.reading() as reading:
        before = last(reading, "change")
        with store.writing() as session:
            take(session, "change")
        assert last(reading, "change") == before
    with store.reading() as reading:
        assert last(reading, "change") == before + 1
    store.close()


def test_a_server_that_does_not_answer_is_waited_for_and_its_password_stays_a_secret() -> None:
    with pytest.raises(Retryable) as error:
        Store("postgresql://ioc@127.0.0.1:1/ioc", "very-secret-word")
    assert error.value.code == "desk_busy"
    assert "very-secret-word" not in str(error.value)
