"""A replay of a situation's file through the pure path: the product's reading, order, ticks, judgement; no broker."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from ioc.alerts import alert
from ioc.alerts.alert import Transition
from ioc.alerts.arrival import epoch_ms
from ioc.alerts.engine import Engine
from ioc.cli.play import Wish, prepare
from ioc.cli.replay import place
from ioc.events import FATES, Fate
from ioc.settings import Settings, load_catalogue, load_rules
from ioc.streams.changelog import Fold
from ioc.streams.headers import Header
from ioc.streams.partition import Partition
from ioc.streams.replay import Replay
from ioc.streams.rulebook import EngineRules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from ioc.replay import Step
    from tests.acceptance.situations import Situation

TOPIC_ID = "cd" * 16
NOW = datetime(2030, 1, 1, tzinfo=UTC)
CHUNK = 997
"""Records judged at once; a prime, so that chunks end anywhere."""
HOW = {"fired": "opened", "raised": "raised", "lowered": "lowered"}


class Row(NamedTuple):
    """A record as a worker reads it."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[Header]


class Read(NamedTuple):
    """A file as it was read."""

    replay: Replay
    fates: dict[Fate, int]


@contextmanager
def read(situation: Situation, data: Path, partitions: int) -> Iterator[Read]:
    """The situation's file, read and put in order as `ioc replay` does it."""
    wish = Wish(
        files=[str(data / situation.file)],
        adapter=load_catalogue().by_feed[situation.feed].adapter,
        feed=situation.feed,
        speed=None,
        shift_to_now=False,
        move=place(situation.move),
        notify=False,
        again=False,
    )
    settings = Settings.model_validate({"kafka": {"partitions": partitions}})
    with ExitStack() as stack:
        prepared = prepare(wish, settings, stack, "en")
        fates = {fate: prepared.tally.fates[fate] for fate in FATES}
        yield Read(prepared.replay, fates)


def judged_alone(
    replay: Replay, partitions: int, steps: Iterable[Step] | None = None, before: Sequence[Replay] = ()
) -> list[Transition]:
    """Every transition of the replay, judged partition by partition as role evaluate does, in one process.

    `steps` are the replay's own unless others are given; replays that stand in the log `before` are judged with it.
    """
    rules = EngineRules(Engine(load_rules(), load_catalogue(), replay.domain))
    rows: dict[int, list[Row]] = {}
    played = [(one, step) for one in before for step in one.steps()]
    played += [(replay, step) for step in (replay.steps() if steps is None else steps)]
    for one, step in played:
        key, value, headers, _ = one.record(step)
        mine = rows.setdefault(step.partition, [])
        mine.append(Row(len(mine), int(NOW.timestamp() * 1000), key, value, headers))
    found: list[Transition] = []
    for number, log in sorted(rows.items()):
        partition = Partition(replay.domain, rules, TOPIC_ID, number, partitions)
        partition.restore(Fold(TOPIC_ID, number), 0)
        for start in range(0, len(log), CHUNK):
            chunk, stop = log[start : start + CHUNK], 0
            while stop < len(chunk):
                outcome = partition.judge(chunk, stop)
                assert not outcome.rejected
                found += [alert.decode(raw) for _, raw in outcome.transitions]
                stop = outcome.stop
    return [one for one in found if one.replay == replay.name]


def episodes(transitions: Sequence[Transition]) -> list[dict[str, Any]]:
    """Transitions told as the golden lists tell them, with times in epoch ms: alerts that open, rise, fall and end."""
    told: dict[str, dict[str, Any]] = {}
    for one in sorted(transitions, key=lambda t: (t.alert_id, t.revision)):
        if one.change == "fired":
            assert one.alert_id not in told
            assert one.revision == 1
            told[one.alert_id] = {
                "rule": one.rule,
                "key": one.key,
                "opened_at": one.at,
                "ended_at": None,
                "steps": [],
            }
        episode = told[one.alert_id]
        assert episode["ended_at"] is None
        if one.change == "cleared":
            episode["ended_at"] = one.at
            continue
        value = None if one.why.kind == "absence" else one.why.value
        step = {"at": one.at, "how": HOW[one.change], "severity": one.severity, "value": value}
        episode["steps"].append(step)
    return sorted(told.values(), key=lambda e: (e["opened_at"], e["rule"], e["key"]))


STAND_INS = {"ids:suricata": "ids:unnamed"}
"""The product names a sensor without a name after its feed; the golden lists have a stand-in (docs/golden.md)."""


def shown(told: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The product's episodes with the stand-ins of the golden lists."""
    return [episode | {"key": STAND_INS.get(episode["key"], episode["key"])} for episode in told]


def in_ms(golden: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """A golden list's episodes with their times in epoch ms, as precisely as the product keeps them."""

    def ms(text: str | None) -> int | None:
        return None if text is None else epoch_ms(datetime.fromisoformat(text))

    return [
        episode
        | {"opened_at": ms(episode["opened_at"]), "ended_at": ms(episode["ended_at"])}
        | {"steps": [step | {"at": ms(step["at"])} for step in episode["steps"]]}
        for episode in golden
    ]
