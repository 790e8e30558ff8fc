"""Commit under the generation of the work, or not at all.

A commit can wait: for the coordinator, for another commit, for a second try. aiokafka (0.14) stamps it with the
generation of the moment it is sent, and Kafka checks that number but not who owns the partition. So a commit that began
before a rebalance and left after it was taken in, for work of the old generation; where the new owner had loaded less
than that and was killed, the next one began too far on, and events in between were judged by nobody (14 transitions of
477,099 in a run of `scripts/long kill`). Here the generation travels in the commit's metadata and is compared in the
step that sends it; a broker of a later generation refuses the rest.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError, IllegalGenerationError, IllegalStateError
from aiokafka.structs import OffsetAndMetadata

Send = Callable[[Any, Mapping[Any, Any]], Awaitable[None]]


async def commit(thread: Any, offsets: Mapping[Any, int], generations: Mapping[Any, int]) -> bool:
    """Commit what was acked in these generations; False where a rebalance came first: it will be judged again.

    Runs in Faust's consumer thread; any other failure crashes it, as Faust does.
    """
    consumer = thread._ensure_consumer()  # noqa: SLF001 - Faust's driver has no other way to it
    coordinator = consumer._coordinator  # noqa: SLF001 - aiokafka has no other place between waiting and sending
    if "_do_commit_offsets" not in vars(coordinator):
        send = coordinator._do_commit_offsets  # noqa: SLF001
        coordinator._do_commit_offsets = functools.partial(fenced, coordinator, send)  # noqa: SLF001
    owned = thread.assignment()
    meant = {
        TopicPartition(tp.topic, tp.partition): OffsetAndMetadata(offset, str(generations[tp]))
        for tp, offset in offsets.items()
        if tp in owned
    }
    if not meant:
        return False
    try:
        await consumer.commit(meant)
    except (CommitFailedError, IllegalStateError):
        return False
    except Exception as error:  # noqa: BLE001 - as Faust's own driver
        await thread.crash(error)
        return False
    return True


async def fenced(coordinator: Any, send: Send, assignment: Any, offsets: Mapping[Any, Any]) -> None:
    """Send what carries the generation of now; nothing can come between the comparison and the request."""
    if any(offset.metadata != str(coordinator.generation) for offset in offsets.values()):
        raise IllegalGenerationError
    await send(assignment, offsets)
