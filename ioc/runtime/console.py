"""Role console: the desk (inbox, outbox) and its pages, in one process until the desk has one of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping

from ioc import metrics, supervise
from ioc.console.app import create_app
from ioc.console.deps import Deps
from ioc.console.serve import Listen, serve
from ioc.console.standing import tell_walls
from ioc.desk import watched
from ioc.desk.deliver import outbox_loop
from ioc.desk.desk import Desk
from ioc.desk.hearing import hearing_loop
from ioc.desk.inbox import Inbox
from ioc.desk.loop import Log, desk_loop
from ioc.desk.overdue import overdue_loop
from ioc.desk.record import Chunk
from ioc.desk.store import Store
from ioc.desk.telling import Teller
from ioc.desk.telling_loop import telling_loop
from ioc.histories import AlertHistory
from ioc.ports import Channel
from ioc.runtime.channels import close, to_people
from ioc.runtime.history import history, prepared
from ioc.runtime.history_watch import watch as watch_history
from ioc.runtime.role import Role, stopped
from ioc.settings import brokers, load_boundaries, read_secret
from ioc.settings.holidays import load_holidays
from ioc.settings.routing import load_routing
from ioc.sinks.webhook import Webhook
from ioc.streams.follow import follow, identify
from ioc.streams.topics import ALERTS


def main(role: Role) -> int:
    """Run until SIGTERM."""
    metrics.serve(role.settings.metrics.console, role.settings.metrics.host)
    asyncio.run(_work(role))
    return 0


async def _work(role: Role) -> None:
    settings = role.settings
    stop = stopped()
    boundaries = load_boundaries(settings.paths.boundaries)
    routing = load_routing(settings.paths.routing, settings.paths.holidays)
    people = to_people(settings, role.clock)
    teller = Teller(routing, boundaries, load_holidays(settings.paths.holidays).days, ways=tuple(people))
    desk = Desk(Store(settings.desk.url, _password(role)), role.clock)
    kept = history(role)
    channels = _channels(role)
    answers = _answers(role)
    bootstrap = brokers(settings.kafka)

    def chunks(offsets: Mapping[int, int]) -> AsyncIterator[Chunk]:
        return follow(bootstrap, ALERTS, offsets)

    async def describe() -> Log:
        return await identify(bootstrap, ALERTS)

    ways = (*channels, *people)
    # A simulated province has nobody to call: its board says nothing of that until a way to people is set up.
    said = None if settings.demo and not people else routing
    deps = Deps(desk, kept, role.catalogue(), boundaries, ways, settings.language, settings.demo, said)
    pages = [one.strip() for one in settings.metrics.read.split(",") if one.strip()]
    listen = Listen(settings.console.host, settings.console.port)
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(prepared(kept)),
                group.create_task(watch_history(desk.store, bootstrap, settings.kafka.partitions, desk.now)),
                group.create_task(
                    desk_loop(
                        desk,
                        Inbox(boundaries, tuple(channels), watched=bool(answers), teller=teller),
                        chunks,
                        describe,
                    )
                ),
                group.create_task(overdue_loop(desk)),
                group.create_task(telling_loop(desk, teller)),
                group.create_task(outbox_loop(desk, {**channels, **people, **answers})),
                group.create_task(hearing_loop(desk, people)),
                *([group.create_task(tell_walls(deps, kept, pages))] if isinstance(kept, AlertHistory) else []),
            ]
            await serve(create_app(deps), listen, stop=stop, ready=lambda _url: supervise.tell_ready())
            for task in tasks:
                task.cancel()
    finally:
        await close(people)
        await kept.close()
        desk.store.close()


def _password(role: Role) -> str | None:
    """The password of the desk's database, where it has one."""
    file = role.settings.desk.password_file
    return read_secret(file).get_secret_value() if file else None


def _channels(role: Role) -> dict[str, Channel]:
    """The ways out that settings name."""
    hook = role.settings.webhook
    if hook.url is None or hook.secret_file is None:
        return {}
    secret = read_secret(hook.secret_file).get_secret_value().encode()
    return {"webhook": Webhook(hook.url, secret, role.clock, allow_private=hook.allow_private)}


def _answers(role: Role) -> dict[str, Channel]:
    """The way back to `ioc watch`; no alert ever takes it."""
    to = role.settings.watch
    if to.url is None or to.secret_file is None:
        return {}
    secret = read_secret(to.secret_file).get_secret_value().encode()
    return {watched.CHANNEL: Webhook(to.url, secret, role.clock, allow_private=to.allow_private)}
