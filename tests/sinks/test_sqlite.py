import asyncio
import os
import sqlite3
import subprocess
import sys
import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ioc.errors import IocError, Permanent, Retryable
from ioc.sinks.sqlite import PRUNED, SERIES, SqliteConfig, SqliteHistory
from ioc.words import LANGS, say
from tests.sinks.history_events import FrozenClock, event

NOBODY = 65534


def one_sentence(error: IocError, path: Path) -> None:
    for lang in LANGS:
        sentence = say(error.key, lang, **error.values)
        assert str(path) in sentence
        assert "\n" not in sentence


def rows(path: Path, table: str = "event") -> int:
    with sqlite3.connect(path) as connection:
        (number,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 - a test's own name
    connection.close()
    return int(number)


async def test_old_events_leave_with_the_writes_that_follow(
    sqlite: SqliteHistory, clock: FrozenClock, tmp_path: Path
) -> None:
    first = clock.at
    await sqlite.write([event(at=first - timedelta(seconds=n), source=f"s{n}") for n in range(50)])
    await sqlite.write([event("hotspot", at=first)], replay="kept")

    clock.at = first + timedelta(days=31)
    await sqlite.write([event(at=clock.at, source="new")])

    assert [one.source for one in await sqlite.latest("environment")] == ["new"]
    assert set((await sqlite.freshness()).sources) == {"new"}
    assert rows(tmp_path / "history.sqlite") == 2
    assert rows(tmp_path / "history.sqlite", "latest") == 2


async def test_a_backlog_of_old_events_leaves_in_small_steps(
    sqlite: SqliteHistory, clock: FrozenClock, tmp_path: Path
) -> None:
    first = clock.at
    await sqlite.write([event(at=first, n=n) for n in range(3 * PRUNED)])

    clock.at = first + timedelta(days=31)
    left = []
    for n in range(4):
        await sqlite.write([event(at=clock.at, n=n)])
        left.append(rows(tmp_path / "history.sqlite") - n - 1)

    assert left == [2 * PRUNED - 1, PRUNED - 2, 0, 0]


async def test_a_full_disk_waits_and_goes_on_when_there_is_room(
    sqlite: SqliteHistory, now: datetime, tmp_path: Path
) -> None:
    await sqlite.write([event(at=now, source="before")])
    events = [event(at=now, source=f"s{n}", title="x" * 300) for n in range(4000)]
    # The page limit is a real disk's answer (SQLITE_FULL) without a disk of our own to fill.
    await sqlite._writer.call(lambda connection: connection.execute("PRAGMA max_page_count = 40").fetchall())

    with pytest.raises(Retryable) as caught:
        await sqlite.write(events)

    assert caught.value.code == "history_disk_full"
    one_sentence(caught.value, tmp_path / "history.sqlite")
    assert [one.source for one in await sqlite.latest("environment")] == ["before"]

    assert await sqlite.write(events) == []
    assert len(await sqlite.latest("environment")) == 4001


async def test_another_program_that_holds_the_file_makes_us_wait(
    sqlite: SqliteHistory, now: datetime, tmp_path: Path
) -> None:
    await sqlite._writer.call(lambda connection: connection.execute("PRAGMA busy_timeout = 50").fetchall())
    other = sqlite3.connect(tmp_path / "history.sqlite")
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(Retryable) as caught:
        await sqlite.write([event(at=now)])
    assert caught.value.code == "history_locked"

    other.rollback()
    other.close()
    assert await sqlite.write([event(at=now)]) == []


async def test_a_file_that_is_no_history_is_said(tmp_path: Path, clock: FrozenClock) -> None:
    path = tmp_path / "history.sqlite"
    path.write_text("this is a letter, not a database " * 100)
    history = SqliteHistory(SqliteConfig(path=path), clock)

    with pytest.raises(Permanent) as caught:
        await history.prepare()

    assert caught.value.code == "history_corrupt"
    one_sentence(caught.value, path)
    await history.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_directory_that_may_not_be_written_is_said(tmp_path: Path) -> None:
    program = f"""
import asyncio, os, sys
from pathlib import Path
from ioc.errors import Permanent
from ioc.sinks.sqlite import SqliteConfig, SqliteHistory
os.setgid({NOBODY}); os.setuid({NOBODY})
async def main():
    try:
        await SqliteHistory(SqliteConfig(path=Path(sys.argv[1])), None).prepare()
    except Permanent as error:
        print(error.code)
asyncio.run(main())
"""
    for folder in (tmp_path, *list(tmp_path.parents)[:3]):
        folder.chmod(0o755)

    command = [sys.executable, "-c", program, str(tmp_path / "history.sqlite")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])

    assert (done.stdout.strip(), done.stderr) == ("history_not_writable", "")


async def test_a_missing_directory_is_said(tmp_path: Path, clock: FrozenClock) -> None:
    history = SqliteHistory(SqliteConfig(path=tmp_path / "nowhere" / "history.sqlite"), clock)

    with pytest.raises(Permanent) as caught:
        await history.prepare()

    assert caught.value.code == "history_not_writable"
    await history.close()


async def test_the_disk_is_touched_in_two_threads_of_their_own(sqlite: SqliteHistory) -> None:
    """A wall's question never waits for a write, and the event loop for neither."""
    threads = {await one.call(lambda _: threading.get_ident()) for one in (sqlite._writer, sqlite._reader)}

    assert len(threads | {threading.get_ident()}) == 3


@pytest.mark.parametrize("unit", [None, {"a": 1}, 2**80], ids=["nothing", "a table", "a huge number"])
async def test_a_row_that_the_table_refuses_does_not_stop_those_beside_it(
    sqlite: SqliteHistory, now: datetime, unit: object
) -> None:
    events = [event(at=now, n=n, source=f"s{n}") for n in range(100)]
    events[50] = event(at=now, source="bad", unit=unit)

    (refused,) = await sqlite.write(events)

    assert (refused.nth, refused.source, refused.code) == (50, "bad", "not_taken")
    assert len(await sqlite.latest("environment")) == 99


async def test_a_chart_searches_through_its_own_source_alone(sqlite: SqliteHistory, now: datetime) -> None:
    asked = dict.fromkeys(("source", "quantity", "since", "until", "step", "replay", "drill", "domain"), 1)
    rows = await sqlite._ask(f"EXPLAIN QUERY PLAN {SERIES}", asked)

    assert any("source=? AND quantity=? AND at>? AND at<?" in plan for *_, plan in rows), rows


async def test_another_process_reads_what_was_written(sqlite: SqliteHistory, now: datetime, tmp_path: Path) -> None:
    """The console and the recorder are processes of their own."""
    reader = SqliteHistory(SqliteConfig(path=tmp_path / "history.sqlite"), FrozenClock(now))

    for n in range(5):
        await sqlite.write([event(at=now + timedelta(minutes=n), value=float(n))])
        assert [one.value for one in await reader.latest("environment")] == [float(n)]

    await reader.close()


async def test_what_was_answered_survives_a_kill(tmp_path: Path) -> None:
    program = """
import asyncio, os, sys
from datetime import UTC, datetime
from pathlib import Path
from ioc.sinks.sqlite import SqliteConfig, SqliteHistory
from tests.sinks.history_events import FrozenClock, event
at = datetime(2026, 11, 21, tzinfo=UTC)
async def main():
    history = SqliteHistory(SqliteConfig(path=Path(sys.argv[1])), FrozenClock(at))
    for n in range(20):
        await history.write([event(at=at, n=n, source=f"s{n}")])
    os.kill(os.getpid(), 9)
asyncio.run(main())
"""
    command = [sys.executable, "-c", program, str(tmp_path / "history.sqlite")]
    done = await asyncio.to_thread(subprocess.run, command, check=False, cwd=Path(__file__).parents[2])

    assert done.returncode == -9
    assert rows(tmp_path / "history.sqlite") == 20
