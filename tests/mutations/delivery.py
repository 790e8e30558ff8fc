"""Mistakes that somebody could make in delivery, each of which a fault test must find."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
SIMULATION = ("-m", "tests.simulation", "--worlds", "64", "--seed", "0", "--stop")
PATIENCE_S = 400.0


class Mistake(NamedTuple):
    """`old` stands exactly once in `file`; `test` is what must turn red: arguments of Python."""

    name: str
    file: str
    old: str
    new: str
    test: Sequence[str] = SIMULATION
    quick: bool = False
    """Tried in every run of the tests; the others by `scripts/long delivery-mutations`."""


def pytests(*names: str) -> Sequence[str]:
    return ("-m", "pytest", "-n0", "-q", "-x", "-p", "no:cacheprovider", *names)


TURNS = "ioc/streams/turns.py"
PARTITION = "ioc/streams/partition.py"
CHANGELOG = "ioc/streams/changelog.py"
EVALUATE = "ioc/streams/evaluate.py"
TRANSPORT = "ioc/streams/transport.py"
INBOX = "ioc/desk/inbox.py"
OUTBOX = "ioc/desk/outbox.py"

# fmt: off
MISTAKES: tuple[Mistake, ...] = (
    # What is acknowledged, and when
    Mistake("ack before send", TURNS, "            finish = await self._handler(fetched)\n", "            finish = await self._handler(fetched)\n            event.ack()\n", quick=True),
    Mistake("commit on timer, whatever was judged", TURNS, "        earlier = self._flights.get(spot)\n", "        event.ack()\n        earlier = self._flights.get(spot)\n"),
    Mistake("an ack of any generation counts", TRANSPORT, "if message.generation_id == self.app.consumer_generation_id:", "if message.generation_id:", pytests("tests/streams/test_transport.py")),
    Mistake("a commit is not fenced", "ioc/streams/fence.py", "if any(offset.metadata != str(coordinator.generation) for offset in offsets.values()):", "if not offsets:", pytests("tests/streams/test_fence.py")),
    Mistake("a chunk does not wait for the one before it", TURNS, "        if earlier is not None:\n", "        if earlier is not None and earlier.done():\n"),
    Mistake("a refused send counts as sent", "ioc/streams/patient.py", "            wait = min(max(error.retry_after, 2 * wait), LONGEST_SECONDS)\n", "            return []  # type: ignore[return-value]\n"),
    # The changelog
    Mistake("no outbox", PARTITION, "            cell.outbox.append(raw)\n", "            cell.outbox[:] = []\n", quick=True),
    Mistake("an outbox is not sent again", CHANGELOG, "if winner.record.outbox and winner.rank[1] >= committed\n", "if not winner.rank\n"),
    Mistake("last record wins", CHANGELOG, "if held is None or rank >= held.rank:\n            self.winners", "if held is None or rank:\n            self.winners", quick=True),
    Mistake("what a loader relies on is not written under its generation", CHANGELOG, "if winner.rank[1] >= committed and record.generation < generation:", "if winner.rank[1] < 0:", pytests("tests/streams/test_zombies.py")),
    Mistake("states are not stamped", PARTITION, "            if offset <= cell.stamp:\n", "            if offset < 0:\n", quick=True),
    Mistake("memory is kept over a generation that was another's", "ioc/streams/tenure.py", "unbroken = self._last is not None and generation == self._last + 1", "unbroken = self._last is not None"),
    Mistake("states are not written", EVALUATE, "        lost = await self._write_states(number, memory, outcome.dirty)\n", "        lost = False\n"),
    Mistake("end_offsets for load", "ioc/streams/reading.py", "                end = consumer.highwater(spot)\n", "                end = (await consumer.end_offsets([spot]))[spot]\n", pytests("tests/streams/test_reading.py")),
    # Time
    Mistake("wall-clock tick", PARTITION, "            if record.timestamp > self.clock:  # noqa: PLR1730 - max() is a call, for every record\n                self.clock = record.timestamp\n", "            self.clock = int(__import__('time').time() * 1000)\n"),
    Mistake("a hole in the ticks is silence", "ioc/streams/holes.py", "            self.lost += silent - PERIOD_MS\n", "            self.lost += 0\n", pytests("tests/streams/test_partition.py", "tests/streams/test_tick.py")),
    # Duplicates
    Mistake("ids that were seen are not written", EVALUATE, "            await send(self.inlet.seen, number, [Record(None, packed)])\n", "            packed.hex()\n"),
    Mistake("an id seen at its own offset is a duplicate", "ioc/streams/seen.py", "self._pending.pop(one, offset) < offset)", "self._pending.pop(one, offset + 1) <= offset)"),
    # The desk
    Mistake("a revision that is known is news", INBOX, "if found.revision > newest.get(found.alert_id, 0):", "if found.revision >= newest.get(found.alert_id, 0):"),
    Mistake("a desk that was overtaken goes on", INBOX, "if moved.rowcount != 1:", "if moved.rowcount > 1:", pytests("tests/desk/test_inbox.py")),
    Mistake("a place is moved one too far", INBOX, ".values(next_offset=chunk.next_offset)", ".values(next_offset=chunk.next_offset + 1)"),
    Mistake("a notice is sent once at most", OUTBOX, "row.lease_owner, row.lease_until = owner, now + LEASE_MS", "row.lease_owner, row.lease_until, row.state = owner, now + LEASE_MS, 'sent'"),
    Mistake("notices of one alert overtake each other", OUTBOX, "and_(_waiting(channel), ~blocked)", "and_(_waiting(channel), blocked.is_not(None))"),
    Mistake("a list of an older generation is believed", "ioc/desk/lost.py", "older = row.topic_id == found.topic_id and found.generation < row.generation", "older = False", pytests("tests/desk/test_lost.py")),
)
# fmt: on


def fits(mistake: Mistake) -> int:
    """How often its line stands in the code."""
    return (ROOT / mistake.file).read_text(encoding="utf-8").count(mistake.old)


def found(mistake: Mistake | None, test: Sequence[str] = SIMULATION) -> str:
    """What turned red in a copy of the product with the mistake (or with none), or nothing where nobody noticed."""
    with tempfile.TemporaryDirectory(prefix="ioc-mistake-") as name:
        place = Path(name)
        for part in ("ioc", "tests"):
            shutil.copytree(ROOT / part, place / part, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", place)
        for part in ("scripts", "config"):
            (place / part).symlink_to(ROOT / part)
        if mistake is not None:
            path = place / mistake.file
            code = path.read_text(encoding="utf-8")
            if code.count(mistake.old) != 1:
                raise LookupError(f"{mistake.name}: {mistake.file} holds its line {code.count(mistake.old)} times")
            path.write_text(code.replace(mistake.old, mistake.new), encoding="utf-8")
        command = [sys.executable, *(mistake.test if mistake else test)]
        settings = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        try:
            done = subprocess.run(
                command, cwd=place, env=settings, capture_output=True, text=True, check=False, timeout=PATIENCE_S
            )
        except subprocess.TimeoutExpired:
            if mistake is None:
                raise
            return "it never ends"
    if done.returncode == 0:
        return ""
    lines = (done.stdout or done.stderr).strip().splitlines()
    return next((line for line in lines if line.startswith(("seed", "FAILED"))), lines[-1] if lines else "?")
