"""The product's replay of every real file raises exactly the golden list: without a broker, in one process."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import msgspec
import pytest

from ioc.alerts.alert import Transition
from ioc.replay import RUN_ON_MS, Step
from tests.acceptance.replayed import Read, episodes, in_ms, judged_alone, read, shown
from tests.acceptance.situations import SITUATIONS, Situation

PARTITIONS = 4
STATIONS = next(one for one in SITUATIONS if one.name == "stations")
FIRES = next(one for one in SITUATIONS if one.name == "hotspots_on_dinh_hoa")
ELSEWHERE = next(one for one in SITUATIONS if one.name == "hotspots_on_gang_thep")
pytestmark = [pytest.mark.data, pytest.mark.slow]


Reader = Callable[[Situation], Read]


@pytest.fixture(scope="module")
def reader(shared_data: Path) -> Iterator[Reader]:
    """Reads a file once, and keeps it until the module is done."""
    kept: dict[str, Read] = {}
    with ExitStack() as stack:

        def found(situation: Situation) -> Read:
            if situation.name not in kept:
                kept[situation.name] = stack.enter_context(read(situation, shared_data, PARTITIONS))
            return kept[situation.name]

        yield found


@pytest.fixture(scope="module")
def stations(reader: Reader) -> Read:
    return reader(STATIONS)


@pytest.fixture(scope="module")
def known(stations: Read) -> Sequence[Transition]:
    """What the station file comes to."""
    return judged_alone(stations.replay, PARTITIONS)


@pytest.mark.parametrize("situation", SITUATIONS, ids=[one.name for one in SITUATIONS])
def test_a_replay_raises_the_golden_list_and_nothing_else(situation: Situation, reader: Reader) -> None:
    golden, found = situation.golden(), reader(situation)
    transitions = judged_alone(found.replay, PARTITIONS)

    assert found.fates == golden["fates"]
    assert shown(episodes(transitions)) == in_ms(golden["episodes"])
    assert {one.replay for one in transitions} <= {found.replay.name}


def test_no_transition_is_told_before_it_is_due_or_after_the_clock_has_stopped(
    stations: Read, known: Sequence[Transition]
) -> None:
    end = stations.replay.spool.span[1] + RUN_ON_MS
    assert known
    assert all(one.at <= one.clock <= end for one in known)


def test_more_ticks_change_nothing_but_the_clock_at_which_it_is_told(
    stations: Read, known: Sequence[Transition]
) -> None:
    random_ = random.Random(1)
    first, last = stations.replay.spool.span
    more = sorted(random_.randrange(first, last + RUN_ON_MS) for _ in range(20_000))

    def denser() -> Iterator[Step]:
        waiting = iter(more)
        due = next(waiting)
        for step in stations.replay.steps():
            while due < step.clock:
                yield from (Step(due, partition, -1) for partition in stations.replay.spool.partitions)
                due = next(waiting, step.clock + RUN_ON_MS)
            yield step

    told = judged_alone(stations.replay, PARTITIONS, list(denser()))
    assert by_alert(told, clock=False) == by_alert(known, clock=False)
    assert by_alert(told) != by_alert(known)


@pytest.mark.parametrize("partitions", [1, 12])
def test_however_many_partitions_there_are(partitions: int, shared_data: Path, known: Sequence[Transition]) -> None:
    with read(STATIONS, shared_data, partitions) as found:
        told = judged_alone(found.replay, partitions)

    assert by_alert(told, clock=False) == by_alert(known, clock=False)


@pytest.mark.parametrize("seed", range(2))
def test_cut_off_anywhere_and_played_again_is_played_once(
    seed: int, stations: Read, known: Sequence[Transition]
) -> None:
    whole = list(stations.replay.steps())
    random_ = random.Random(seed)
    played = [step for cut in (random_.randrange(len(whole)), len(whole), len(whole)) for step in whole[:cut]]
    told = judged_alone(stations.replay, PARTITIONS, played)

    assert by_alert(told) == by_alert(known)
    assert max(Counter((one.alert_id, one.revision) for one in told).values()) == 1


def test_one_file_twice_under_two_names_is_two_worlds(reader: Reader) -> None:
    """Fires alone, and after another replay of the same satellites at the same hours."""
    here, there = reader(FIRES).replay, reader(ELSEWHERE).replay
    alone = judged_alone(here, PARTITIONS)
    both = judged_alone(here, PARTITIONS, before=[there])

    assert alone
    assert by_alert(both) == by_alert(alone)


def by_alert(transitions: Sequence[Transition], *, clock: bool = True) -> list[Transition]:
    """In order of alert and revision, without their places in the log."""
    left = {} if clock else {"clock": 0}
    bare = [msgspec.structs.replace(one, input=None, **left) for one in transitions]
    return sorted(bare, key=lambda one: (one.alert_id, one.revision))
