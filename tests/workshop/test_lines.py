"""Canonical lines: whole blocks at once or one by one, the events are the same and every bad line is named."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from mmap import ACCESS_READ, mmap
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.workshop import lines as module
from ioc.workshop.backtest import Backtest
from ioc.workshop.lines import Refused, Share, Sorted, blocks
from tests.alerts.timeline import catalogue
from tests.workshop.made import line, rules

GOOD = [line("a", minute, number=minute) for minute in range(5)]


def read(raw: bytes, share: Share = module.WHOLE) -> tuple[list[str], list[Refused]]:
    found = list(blocks(BytesIO(raw), share))
    return [one.id for block in found for one in block.events], [one for block in found for one in block.refused]


def ids(raw: Sequence[bytes]) -> list[str]:
    return read(b"\n".join(raw))[0]


def test_a_bad_line_is_named_and_its_neighbours_are_taken() -> None:
    bad = GOOD[2].replace(b'"value":1.0', b'"value":"high"')
    events, refused = read(b"\n".join([*GOOD[:2], bad, *GOOD[3:], b"not json"]))
    assert events == ids([*GOOD[:2], *GOOD[3:]])
    assert [(one.line, one.reasons[0].field) for one in refused] == [(3, "value"), (6, "-")]


def test_blank_lines_and_windows_line_ends_say_nothing() -> None:
    assert read(b"\r\n\n".join(GOOD) + b"\r\n") == (ids(GOOD), [])


@settings(max_examples=60, deadline=None)
@given(size=st.integers(1, 3000), bad=st.sets(st.integers(0, 4)))
def test_the_size_of_a_block_changes_nothing(size: int, bad: set[int]) -> None:
    raw = b"\n".join(b"{}" if nth in bad else one for nth, one in enumerate(GOOD)) + b"\n"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK", size)
        events, refused = read(raw)
    assert events == ids([one for nth, one in enumerate(GOOD) if nth not in bad])
    assert [one.line for one in refused] == [nth + 1 for nth in sorted(bad)]


TRICKY = [
    line("a", 0),
    line("b", 1, title='"source":"a"'),
    line('c"', 2),
    line("trạm số 1", 3),
    line("d", 4).replace(b'"source":"d"', b'"source" : "d"'),
]


@pytest.mark.parametrize("of", [2, 3, 7])
def test_shares_take_each_event_once_whatever_its_source_is_called(of: int) -> None:
    parts = [read(b"\n".join([*TRICKY, *GOOD]), Share(number, of))[0] for number in range(of)]
    assert sorted(one for part in parts for one in part) == sorted(ids([*TRICKY, *GOOD]))


def test_a_source_falls_into_one_share_by_either_way_of_reading() -> None:
    plain = [line(source, 0) for source in ("a", "b", "c", "trạm số 1")]
    for number in range(2):
        share = Share(number, 2)
        assert read(b"\n".join(plain), share)[0] == read(b"\n\n".join(plain), share)[0], (
            "blank lines are read one by one"
        )


def test_a_line_without_end_is_refused_in_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK", 1000)
    monkeypatch.setattr(module, "LINE", 5000)
    found = list(blocks(BytesIO(b"x" * 50_000)))
    assert max(block.size for block in found) <= 7000
    assert sum(len(block.refused) for block in found) >= 1


@pytest.mark.parametrize("of", [1, 2])
def test_a_file_out_of_order_is_read_in_order_ties_as_they_stand(tmp_path: Path, of: int) -> None:
    minutes = [9, 3, 3, 7, 1]
    made = [line(source, minute, number=n) for n, minute in enumerate(minutes) for source in "ab"]
    file = tmp_path / "events.ndjson"
    file.write_bytes(b"\n".join([*made, b"{}"]))
    moment = Backtest(rules({}), catalogue()).moment
    got: list[tuple[int, str]] = []
    refused: list[int] = []
    with file.open("rb") as stream, mmap(stream.fileno(), 0, access=ACCESS_READ) as raw:
        for number in range(of):
            part = list(Sorted(raw, moment, Share(number, of)).blocks())
            raw.seek(0)
            events = [(moment(one), one.id) for block in part for one in block.events]
            assert [at for at, _ in events] == sorted(at for at, _ in events)
            got += events
            refused += [one.line for block in part for one in block.refused]
    assert sorted(one for _, one in got) == sorted(ids(made))
    assert refused == [11]
    if of == 1:
        ties = [one for _, one in got if one in set(ids(made[2:6]))]
        assert ties == ids(made[2:6])
