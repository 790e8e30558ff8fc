"""Rules that group by another field, on several processes: each key is judged once, with the events of all sources."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Sequence
from io import BytesIO
from mmap import mmap
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.alerts.alert import Transition, encode
from ioc.events.codec import encode as encode_event
from ioc.workshop.backtest import Backtest, Disorder
from ioc.workshop.handover import keep, kept
from ioc.workshop.lines import WHOLE, Block, Share, Sorted, blocks
from ioc.workshop.order import ordered
from tests.streams.two_hops import attack, catalogue, ruleset

NOW = 1_778_700_000_000


def history(seed: int, events: int = 200, disorder: float = 0.0) -> list[bytes]:
    """Sensors that tell of the same addresses, often several in the same millisecond."""
    dice = random.Random(seed)
    at, made = NOW, []
    for nth in range(events):
        at += dice.choice((0, 0, 0, 500, 20_000, 90_000))
        address = dice.choice(("203.0.113.7", "203.0.113.8", "198.51.100.1", None))
        moment = at - (dice.randrange(60_000) if dice.random() < disorder else 0)
        made.append(
            encode_event(attack(f"ids:{dice.choice('abcdef')}", address, moment, nth, severe=dice.random() < 0.7))
        )
    return made


def judged(raw: bytes, share: Share, *, arrival: bool = False) -> Backtest:
    """One process before it hands over: in the order of the file, or sorted where that is out of order."""

    def take(found: Callable[[Backtest], Sequence[Block]]) -> Backtest:
        test = Backtest(ruleset(), catalogue(), arrival=arrival)
        for block in found(test):
            test.take(block.events, block.lines)
        return test

    try:
        return take(lambda _: list(blocks(BytesIO(raw), share)))
    except Disorder:
        with mmap(-1, len(raw)) as mapped:
            mapped.write(raw)
            mapped.seek(0)
            return take(lambda test: list(Sorted(mapped, test.moment, share).blocks()))


def told(transitions: Sequence[Transition]) -> bytes:
    return b"\n".join(encode(one) for one in ordered(transitions))


def alone(raw: bytes, *, arrival: bool = False) -> tuple[bytes, int]:
    test = judged(raw, WHOLE, arrival=arrival)
    test.finish(test.last)
    return told(test.transitions), test.last


def together(raw: bytes, processes: int, last: int, *, arrival: bool = False) -> bytes:
    shares = [Share(number, processes) for number in range(processes)]
    tests = [judged(raw, share, arrival=arrival) for share in shares]
    found: list[Transition] = []
    with tempfile.TemporaryDirectory() as place:
        for share, test in zip(shares, tests, strict=True):
            keep(Path(place), share, test.passed())
        for share, test in zip(shares, tests, strict=True):
            test.meet_again(kept(Path(place), share))
            test.finish(last)
            found += test.transitions
    return told(found)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), processes=st.integers(2, 5), disorder=st.sampled_from((0.0, 0.02, 0.3)))
@pytest.mark.parametrize("arrival", [False, True], ids=["in order", "by arrival"])
def test_any_number_of_processes_gives_the_same_bytes(
    arrival: bool, seed: int, processes: int, disorder: float
) -> None:
    raw = b"\n".join(history(seed, 120, disorder)) + b"\n"
    whole, last = alone(raw, arrival=arrival)
    assert together(raw, processes, last, arrival=arrival) == whole


def test_an_address_is_counted_over_the_sources_of_all_processes() -> None:
    lines = [encode_event(attack(f"ids:{name}", "203.0.113.7", NOW, name)) for name in "abc"]
    raw = b"\n".join(lines) + b"\n"
    shares = {
        Share(number, 3) for number in range(3) for name in "abc" if Share(number, 3).holds(f"ids:{name}".encode())
    }
    assert len(shares) > 1, "the three sensors are judged by more than one process"
    assert b'"often"' in together(raw, 3, NOW)
