"""`ioc watch`: started on another machine, it watches that alerts come out of the monitor at all."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ioc.ports import Clock
    from ioc.sinks.apprise import Way
    from ioc.watch.loop import Watched
    from ioc.words import Lang


def watch(
    url: Annotated[str, typer.Argument(help="Địa chỉ cổng nhận dữ liệu. The gateway's address.")],
    *,
    key: Annotated[Path, typer.Option(help="Tệp khóa của nguồn watch. File with the key of feed watch.")],
    secret: Annotated[Path, typer.Option(help="Tệp bí mật của [watch]. File with the secret of [watch].")],
    notify: Annotated[
        Path, typer.Option(help="Tệp nơi cần báo, mỗi dòng một địa chỉ Apprise. File with one Apprise address a line.")
    ],
    listen: Annotated[
        str, typer.Option(help="Nơi nghe trả lời, HOST:PORT. Where answers are heard.")
    ] = "127.0.0.1:8090",
    every: Annotated[float, typer.Option(min=1, max=60, help="Số giây giữa hai nhịp. Seconds between beats.")] = 60.0,
    trial: Annotated[
        bool, typer.Option("--try-notify", help="Gửi tin thử tới mọi nơi rồi thôi. Send a test message and end.")
    ] = False,
    lang: Annotated[str, typer.Option(envvar="IOC_LANG", help="vi, en")] = "vi",
) -> None:
    """Giám sát IOC từ máy khác: ba nhịp liền không trả lời thì gọi người. Call for help when the IOC stops answering."""
    from ioc.runtime.clock import RealClock
    from ioc.settings import read_secret
    from ioc.watch.loop import ANSWER_S, Watched

    spoken: Lang = "en" if lang == "en" else "vi"
    ways = _ways(notify)
    if trial:
        raise typer.Exit(asyncio.run(_tried(ways, spoken, RealClock())))
    watched = Watched(
        url=url.rstrip("/"),
        key=read_secret(key).get_secret_value(),
        ways=ways,
        lang=spoken,
        every=every,
        answer=min(ANSWER_S, every / 2),
    )
    secret_bytes = read_secret(secret).get_secret_value().encode()
    raise typer.Exit(asyncio.run(_watched(watched, secret_bytes, listen, RealClock())))


def _ways(path: Path) -> list[Way]:
    """The addresses in a secret's file; lines that begin with # are none."""
    from ioc.errors import Permanent
    from ioc.settings import read_secret
    from ioc.sinks.apprise import Way

    found = []
    for number, line in enumerate(read_secret(path).get_secret_value().splitlines(), 1):
        address = line.strip()
        if not address or address.startswith("#"):
            continue
        try:
            found.append(Way(address))
        except Permanent:
            raise Permanent("watch_way", file=path, line=number) from None
    if not found:
        raise Permanent("watch_ways", file=path)
    return found


async def _watched(watched: Watched, secret: bytes, listen: str, clock: Clock) -> int:
    from ioc.errors import Permanent
    from ioc.watch.ear import Ear
    from ioc.watch.loop import Watch

    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal():
        raise Permanent("watch_listen", given=listen)
    ear = Ear(secret, clock)
    try:
        async with ear.listening(host.strip("[]"), int(port)) as taken:
            await Watch(watched, ear, clock, _said).run(f"{host}:{taken}")
    except OSError as error:
        raise Permanent("watch_port", listen=listen, why=error.strerror or "-") from error
    return 0


async def _tried(ways: list[Way], lang: Lang, clock: Clock) -> int:
    from ioc.errors import Retryable
    from ioc.watch import texts
    from ioc.watch.loop import tell
    from ioc.words import say

    at = texts.clock(int(clock.now().timestamp() * 1000))
    failed: list[str] = []

    def one(scheme: str, why: Retryable) -> None:
        failed.append(scheme)
        _said(say("watch.said.way_failed", lang, at=at, scheme=scheme, why=say(why.key, lang, **why.values)))

    title = say("watch.trial.title", lang)
    if await tell(ways, title, say("watch.trial.body", lang, at=at), one):
        _said(say("watch.said.called", lang, at=at, title=title))
    return 1 if failed else 0


def _said(line: str) -> None:
    print(line, flush=True)
