import os
import subprocess
import sys
from pathlib import Path

import pytest

from ioc.embedded.journal import PAGE, Journal
from ioc.errors import IocError, Permanent, Retryable
from ioc.ports import Entry, KeptState
from ioc.words import LANGS, say

NOBODY = 65534


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


def state(key: bytes, generation: int, stamp: int, value: bytes = b"", partition: int = 0) -> KeptState:
    return KeptState(partition, key, (generation, stamp), value or f"{generation}/{stamp}".encode(), 1000)


def entry(partition: int, offset: int, value: bytes, at: int = 1000) -> Entry:
    return Entry(partition, offset, b"k", value, [("ce_id", b"\x00\xff")], at)


def states(journal: Journal, topic: str = "t") -> dict[tuple[int, bytes], bytes]:
    return {(one.partition, one.key): one.value for page in journal.states(topic) for one in page}


def log(journal: Journal, topic: str = "t") -> list[tuple[int, int, bytes | None]]:
    return [(one.partition, one.offset, one.value) for page in journal.entries(topic) for one in page]


def said(error: IocError, path: Path) -> None:
    for lang in LANGS:
        sentence = say(error.key, lang, **error.values)
        assert str(path) in sentence
        assert "\n" not in sentence


@pytest.mark.parametrize(
    ("writes", "winner"),
    [
        ([(1, 5), (1, 9)], b"1/9"),
        ([(1, 9), (1, 5)], b"1/9"),
        ([(2, 3), (1, 900)], b"2/3"),
        ([(0, -1), (1, 0)], b"1/0"),
    ],
    ids=["the later stamp", "a late writer of the same generation", "a zombie writes last", "after a restart"],
)
def test_the_state_that_counts_is_kept(path: Path, writes: list[tuple[int, int]], winner: bytes) -> None:
    journal = Journal(path)

    for generation, stamp in writes:
        journal.keep_states("t", [state(b"a", generation, stamp)])

    assert states(journal) == {(0, b"a"): winner}
    journal.close()


def test_of_equal_ranks_the_later_write_is_kept(path: Path) -> None:
    journal = Journal(path)

    journal.keep_states("t", [state(b"a", 1, 5, b"first"), state(b"a", 1, 5, b"second")])

    assert states(journal) == {(0, b"a"): b"second"}
    journal.close()


def test_states_put_in_place_count_less_than_any_that_follows(path: Path) -> None:
    journal = Journal(path)
    journal.keep_states("t", [state(b"a", 7, 500), state(b"b", 7, 500)])

    journal.put_states("t", [state(b"a", 0, -1, b"settled")])
    journal.keep_states("t", [state(b"a", 1, 0, b"new"), state(b"b", 1, 0, b"new")])

    assert states(journal) == {(0, b"a"): b"new", (0, b"b"): b"7/500"}
    journal.close()


def test_pages_give_every_state_once_and_may_be_changed_on_the_way(path: Path) -> None:
    journal = Journal(path)
    made = [state(f"{n:06d}".encode(), 1, n, partition=n % 3) for n in range(2 * PAGE + 7)]
    journal.keep_states("t", made)
    journal.keep_states("other", [state(b"x", 1, 1)])

    found = []
    for page in journal.states("t"):
        found += [one.key for one in page]
        journal.put_states("t", [one._replace(rank=(0, -1), value=b"") for one in page[::2]])
        journal.drop_states("t", page[1::2])

    assert sorted(found) == sorted(one.key for one in made)
    assert len(states(journal)) == sum(len(range(0, n, 2)) for n in (PAGE, PAGE, 7))
    journal.close()


def test_a_log_comes_back_as_it_was(path: Path) -> None:
    journal = Journal(path)
    made = [Entry(1, 5, b"k", None, [("a", b""), ("a", b"2")], 7), Entry(1, 6, None, b"v", [], 8), entry(0, 9, b"w")]

    journal.keep_entries("t", made)
    journal.keep_entries("t", made)

    assert [one for page in journal.entries("t") for one in page] == [made[2], *made[:2]]
    journal.close()


def test_renumbered_a_log_counts_from_0_and_keeps_its_order(path: Path) -> None:
    journal = Journal(path)
    journal.keep_entries("t", [entry(0, n, f"a{n}".encode(), at=n) for n in (2, 3, 7, 11)])
    journal.keep_entries("t", [entry(1, n, f"b{n}".encode(), at=n) for n in (0, 1, 4)])

    journal.renumber("t", oldest=3)
    journal.append("t", [entry(0, 0, b"new"), entry(0, 0, b"newer"), entry(2, 0, b"first")])

    assert log(journal) == [
        *((0, 0, b"a3"), (0, 1, b"a7"), (0, 2, b"a11"), (0, 3, b"new"), (0, 4, b"newer")),
        (1, 0, b"b4"),
        (2, 0, b"first"),
    ]
    journal.close()


def test_a_transaction_happens_whole_or_not_at_all(path: Path) -> None:
    journal = Journal(path)
    journal.keep_states("t", [state(b"a", 1, 1)])

    def broken() -> None:
        with journal.transaction():
            journal.put_states("t", [state(b"a", 0, -1, b"x")])
            journal.append("t", [entry(0, 0, b"y")])
            journal.commit({("t", 0): 5})
            journal.mark("alive", 9)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        broken()

    assert (states(journal), log(journal), journal.committed(), journal.marked("alive")) == (
        {(0, b"a"): b"1/1"},
        [],
        {},
        None,
    )
    with journal.transaction():
        journal.commit({("t", 0): 5, ("t", 1): 6})
        journal.commit({("t", 1): 7})
        journal.mark("alive", 9)
    assert (journal.committed(), journal.marked("alive")) == ({("t", 1): 7}, 9)
    journal.close()


def test_everything_is_there_after_a_kill(path: Path) -> None:
    program = """
import os, sys
from pathlib import Path
from ioc.embedded.journal import Journal
from ioc.ports import KeptState
journal = Journal(Path(sys.argv[1]))
for n in range(100):
    journal.keep_states("t", [KeptState(0, str(n).encode(), (1, n), b"v", 0)])
os.kill(os.getpid(), 9)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], check=False, cwd=Path(__file__).parents[2], capture_output=True
    )

    assert done.returncode == -9, done.stderr
    journal = Journal(path)
    assert len(states(journal)) == 100
    journal.close()


def test_a_second_holder_is_refused_and_takes_over_when_the_first_is_gone(path: Path) -> None:
    first = Journal(path)

    with pytest.raises(Permanent) as caught:
        Journal(path)
    assert caught.value.code == "journal_locked"
    said(caught.value, path)

    first.close()
    Journal(path).close()


def test_a_file_that_is_no_journal_is_said(path: Path) -> None:
    path.write_text("a letter to the province " * 100)

    with pytest.raises(Permanent) as caught:
        Journal(path)

    assert caught.value.code == "journal_corrupt"
    said(caught.value, path)


def test_a_full_disk_is_said_and_leaves_what_was_there(path: Path) -> None:
    journal = Journal(path)
    journal.keep_states("t", [state(b"before", 1, 1)])
    # The page limit is a real disk's answer (SQLITE_FULL) without a disk of our own to fill.
    journal._read("PRAGMA max_page_count = 20")

    with pytest.raises(Retryable) as caught:
        journal.keep_states("t", [state(str(n).encode(), 1, 1, b"x" * 1000) for n in range(500)])
    assert caught.value.code == "journal_disk"
    said(caught.value, path)
    assert states(journal) == {(0, b"before"): b"1/1"}

    journal._read("PRAGMA max_page_count = 100000")
    journal.keep_states("t", [state(str(n).encode(), 1, 1, b"x" * 1000) for n in range(500)])
    assert len(states(journal)) == 501
    journal.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_directory_that_may_not_be_written_is_said(path: Path) -> None:
    program = f"""
import os, sys
from pathlib import Path
from ioc.embedded.journal import Journal
from ioc.errors import Permanent
os.setgid({NOBODY}); os.setuid({NOBODY})
try:
    Journal(Path(sys.argv[1]))
except Permanent as error:
    print(error.code)
"""
    for folder in (path.parent, *list(path.parent.parents)[:3]):
        folder.chmod(0o755)

    command = [sys.executable, "-c", program, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])

    assert (done.stdout.strip(), done.stderr) == ("journal_not_writable", "")
