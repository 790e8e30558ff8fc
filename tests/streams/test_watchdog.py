from __future__ import annotations

import threading

import pytest

from ioc.streams import watchdog as module
from ioc.streams.watchdog import LOOP, Watchdog

SPOT = ("ioc.camera", 3)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def dog(clock: Clock) -> Watchdog:
    made = Watchdog(60, now=clock)
    made.own([SPOT])
    return made


def later(dog: Watchdog, clock: Clock, seconds: float) -> None:
    clock.now += seconds
    dog.beat()


def test_a_partition_with_records_and_no_progress_for_a_minute_is_overdue(dog: Watchdog, clock: Clock) -> None:
    dog.end(SPOT, 10)
    later(dog, clock, 60)
    assert dog.overdue() is None
    later(dog, clock, 1)
    assert dog.overdue() == SPOT


def test_progress_begins_the_minute_again(dog: Watchdog, clock: Clock) -> None:
    dog.end(SPOT, 10)
    later(dog, clock, 50)
    dog.progress(*SPOT, 5)
    later(dog, clock, 50)
    assert dog.overdue() is None
    later(dog, clock, 11)
    assert dog.overdue() == SPOT


def test_a_partition_where_nothing_is_owed_may_be_still_for_ever(dog: Watchdog, clock: Clock) -> None:
    dog.end(SPOT, 10)
    dog.progress(*SPOT, 10)
    later(dog, clock, 3600)
    assert dog.overdue() is None
    dog.end(SPOT, 11)
    later(dog, clock, 59)
    assert dog.overdue() is None


def test_a_load_that_goes_on_is_progress_of_the_partitions_that_wait_for_it(dog: Watchdog, clock: Clock) -> None:
    other = ("ioc.weather", 0)
    dog.own([SPOT, other])
    dog.end(SPOT, 10)
    later(dog, clock, 50)
    dog.loading(SPOT[0])
    later(dog, clock, 50)
    assert dog.overdue() is None
    dog.end(other, 10)
    later(dog, clock, 11)
    assert dog.overdue() == SPOT
    dog.loading(SPOT[0])
    later(dog, clock, 50)
    assert dog.overdue() == other


def test_work_on_a_chunk_that_goes_on_is_progress_of_its_partition_alone(dog: Watchdog, clock: Clock) -> None:
    other = (SPOT[0], 4)
    dog.own([SPOT, other])
    dog.end(SPOT, 10)
    dog.end(other, 10)
    later(dog, clock, 50)
    dog.moving(*SPOT)
    later(dog, clock, 11)
    assert dog.overdue() == other
    dog.moving("ioc.weather", 0)
    assert ("ioc.weather", 0) not in dog._moved


def test_partitions_of_others_are_not_watched(dog: Watchdog, clock: Clock) -> None:
    dog.end(("ioc.camera", 4), 10)
    dog.end(SPOT, 10)
    dog.own([("ioc.camera", 5)])
    later(dog, clock, 100)
    assert dog.overdue() is None


def test_a_loop_that_does_not_run_is_overdue(dog: Watchdog, clock: Clock) -> None:
    clock.now += 61
    assert dog.overdue() == LOOP


def test_who_waits_for_another_is_not_overdue_unless_its_loop_hangs(clock: Clock) -> None:
    dog = Watchdog(60, now=clock, patient=lambda: True)
    dog.own([SPOT])
    dog.end(SPOT, 10)
    later(dog, clock, 100)
    assert dog.overdue() is None
    clock.now += 61
    assert dog.overdue() == LOOP


def test_after_an_outage_everybody_has_a_minute_of_his_own(clock: Clock) -> None:
    outage = [True]
    dog = Watchdog(60, now=clock, patient=lambda: outage[0])
    dog.own([SPOT])
    dog.end(SPOT, 10)
    for _ in range(20):
        later(dog, clock, 30)
        assert dog.overdue() is None
    outage.clear()
    outage.append(False)
    later(dog, clock, 59)
    assert dog.overdue() is None
    later(dog, clock, 2)
    assert dog.overdue() == SPOT


def test_the_thread_ends_the_process_with_the_code_that_asks_for_a_restart(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.01)
    ended, codes = threading.Event(), []

    def leave(code: int) -> None:
        codes.append(code)
        ended.set()

    dog = Watchdog(60, now=clock, leave=leave)
    dog.start()
    clock.now += 61
    assert ended.wait(5)
    dog.stop()
    assert codes[0] == 70
