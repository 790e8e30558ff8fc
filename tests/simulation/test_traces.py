"""What a real broker answered, the simulated one answers as well: recorded traces, and one made now."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.simulation.tracing import recorded, simulated

TRACES = [json.loads(line) for line in Path(__file__).with_name("traces.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.parametrize("trace", TRACES, ids=lambda trace: f"seed {trace['seed']}")
async def test_the_simulated_broker_answers_as_kafka_did(trace: dict[str, object]) -> None:
    assert await simulated(int(str(trace["seed"]))) == trace["steps"]


def test_the_traces_hold_every_kind_of_answer() -> None:
    steps = [step for trace in TRACES for step in trace["steps"]]
    kinds = Counter(step["ask"] for step in steps)
    refused = Counter(step["answer"] for step in steps if step["ask"] == "commit")

    assert len(TRACES) >= 20
    assert min(kinds.values()) >= 10
    assert set(refused) == {"", "IllegalGenerationError", "UnknownMemberIdError"}


@pytest.mark.services
@pytest.mark.slow
async def test_kafka_still_answers_so(kafka_broker: str) -> None:
    seed = TRACES[0]["seed"]
    assert await recorded(kafka_broker, seed) == TRACES[0]["steps"]
