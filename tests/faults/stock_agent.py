"""A stock Faust app whose agent throws once: `python -m tests.faults.stock_agent BOOTSTRAP TOPIC plain|take|noack_take`.

Prints the values that its body has finished with, a line for each; the body throws where it first meets `4`.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from typing import Any

import faust

BOOTSTRAP, TOPIC, MODE = sys.argv[1:]
FATAL = b"4"

app = faust.App(
    f"{TOPIC}-{MODE}",
    broker=f"kafka://{BOOTSTRAP}",
    store="memory://",
    datadir=tempfile.mkdtemp(),
    web_enabled=False,
    topic_disable_leader=True,
    topic_allow_declare=False,
    broker_commit_interval=0.2,
    stream_wait_empty=False,
    consumer_auto_offset_reset="earliest",
    worker_redirect_stdouts=False,
)
thrown: list[bytes] = []


def finish(values: Sequence[bytes]) -> None:
    if FATAL in values and not thrown:
        thrown.extend(values)
        raise ValueError(values)
    sys.stdout.write("".join(f"{value.decode()}\n" for value in values))
    sys.stdout.flush()


async def body(stream: Any) -> None:
    if MODE == "plain":
        async for value in stream:
            finish([value])
    elif MODE == "take":
        async for values in stream.take(3, within=0.5):
            finish(values)
    else:
        async for events in stream.noack_take(3, within=0.5):
            finish([event.value for event in events])
            for event in events:
                event.ack()


app.agent(app.topic(TOPIC, key_serializer="raw", value_serializer="raw"), name="agent")(body)

if __name__ == "__main__":
    worker: Any = faust.Worker(app, quiet=True, override_logging=False, redirect_stdouts=False)
    worker.spinner = None
    worker.execute_from_commandline()
