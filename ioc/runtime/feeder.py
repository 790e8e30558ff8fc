"""Role feeder: the built-in province at the gateway's door."""

from __future__ import annotations

import asyncio

from ioc import supervise
from ioc.embedded.feeder import Door, Play, feed
from ioc.gateway.keys import DEMO_FILE
from ioc.runtime.role import Role, stopped


def main(role: Role) -> int:
    """Run until SIGTERM."""
    gateway = role.settings.gateway
    door = Door(f"http://{gateway.host}:{gateway.port}", gateway.keys_file.with_name(DEMO_FILE))
    play = Play(role.options.scenario, role.options.speed, lang=role.settings.language)

    async def work() -> None:
        await feed(door, play, role.clock, stopped(), ready=supervise.tell_ready)

    asyncio.run(work())
    return 0
