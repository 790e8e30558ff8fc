"""Role record and the log of alerts: what reaches a history that keeps them, and what is passed over."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ioc.alerts.alert import Transition, encode
from ioc.errors import Retryable
from ioc.histories import AirPoint, Standing, Waiting
from ioc.ports import Refusal
from ioc.streams.fetched import Fetched
from ioc.streams.headers import OPEN
from ioc.streams.publish import Record, TooLarge
from ioc.streams.record import Recorder
from ioc.streams.topics import ALERTS
from tests.sinks.test_alert_points import change
from tests.streams.test_record import Row, ScriptedHistory


class Keeping(ScriptedHistory):
    """A history that keeps alerts, in a list; the first call fails where it is told to."""

    def __init__(self, *given: object) -> None:
        super().__init__(*given)  # type: ignore[arg-type]  # the path, as there
        self.told: list[Transition] = []
        self.outages: list[Retryable] = []

    async def tell(self, transitions: Sequence[Transition]) -> Sequence[Refusal]:
        if self.outages:
            raise self.outages.pop()
        self.told += transitions
        return [Refusal(0, transitions[0].alert_id, "s", "not_taken", "a word")] if len(transitions) > 2 else []

    async def stand(self, at: object, waiting: Sequence[Waiting], feeds: Sequence[Standing]) -> None: ...
    async def air(self, points: Sequence[AirPoint]) -> None: ...
    async def show(self, at: object, boards: object) -> None: ...
    async def health(self, at: object, health: object) -> None: ...


class Silent:
    async def send_batch(self, topic: str, partition: int, records: Sequence[Record]) -> list[int | TooLarge]:
        raise AssertionError((topic, partition, records))


async def no_wait(_seconds: float) -> None: ...


def chunk(*rows: Row) -> Fetched:
    return Fetched(ALERTS, 0, 1, rows)


async def record(recorder: Recorder, fetched: Fetched) -> bool:
    finish = await recorder(fetched)
    if finish is not None:
        await finish
    return finish is not None


@pytest.fixture
def history(tmp_path_factory: pytest.TempPathFactory) -> Keeping:
    return Keeping(tmp_path_factory.mktemp("record") / "history.sqlite")


async def test_changes_reach_history_and_what_is_none_of_them_is_passed_over(history: Keeping) -> None:
    one, two = change(), change(2, status="resolved", change="cleared")
    rows = (
        Row(0, encode(one)),
        Row(1, encode(change(7)), [(OPEN, b"")]),
        Row(2, b"no JSON"),
        Row(3, None),
        Row(4, encode(two)),
    )
    assert await record(Recorder(history, Silent(), no_wait), chunk(*rows))
    assert history.told == [one, two]


async def test_an_outage_of_history_is_waited_for(history: Keeping) -> None:
    history.outages = [Retryable("history_unreachable", url="http://x", detail="gone") for _ in range(2)]
    assert await record(Recorder(history, Silent(), no_wait), chunk(Row(0, encode(change()))))
    assert len(history.told) == 1


async def test_what_history_refuses_is_said_and_holds_nothing_up(
    history: Keeping, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [Row(nth, encode(change(nth + 1))) for nth in range(3)]
    assert await record(Recorder(history, Silent(), no_wait), chunk(*rows))
    assert "a word" in caplog.text


async def test_a_history_without_alerts_lets_them_pass(tmp_path_factory: pytest.TempPathFactory) -> None:
    plain = ScriptedHistory(tmp_path_factory.mktemp("record") / "history.sqlite")
    assert not await record(Recorder(plain, Silent(), no_wait), chunk(Row(0, encode(change()))))
