"""Close a consumer whatever its broker does."""

from __future__ import annotations

import asyncio
from typing import Any


async def close(consumer: Any) -> None:
    """Stop an AIOKafkaConsumer.

    While its broker is gone, aiokafka (0.14) waits in `stop` for fetches that it has just cancelled itself, and gives
    their CancelledError to its caller. A loop that took it for its own cancellation would end for ever without a word.
    """
    try:
        await consumer.stop()
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        left = list(consumer._fetcher._pending_tasks)  # noqa: SLF001 - what `stop` left undone
        for fetch in left:
            fetch.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await consumer._client.close()  # noqa: SLF001 - the same
