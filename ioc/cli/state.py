"""`ioc state rebase` and `ioc state repartition`: what is done to states while everything is stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ioc.words import Lang

state = typer.Typer(
    name="state",
    no_args_is_help=True,
    help="Trạng thái của quy tắc, khi mọi vai trò đã dừng. States of rules, while every role is stopped.",
)
SETTINGS = typer.Option("--settings", envvar="IOC_SETTINGS", help="Tệp thiết lập. Settings file.")
LANG = typer.Option("--lang", envvar="IOC_LANG", help="vi, en")


@state.command()
def rebase(*, settings: Annotated[Path | None, SETTINGS] = None, lang: Annotated[str, LANG] = "vi") -> None:
    """Cho số thế hệ đếm tiếp sau khi Kafka mất nhóm tiêu thụ. Let generations count on after Kafka lost the group."""
    import asyncio

    from ioc.settings import brokers, load
    from ioc.streams.rebase import rebase as run
    from ioc.words import say

    written = asyncio.run(run(brokers(load(settings).kafka)))
    print(say("state.rebased", _spoken(lang), partitions=written))


@state.command()
def repartition(
    *,
    partitions: Annotated[
        int,
        typer.Option(min=1, max=1024, help="Số phân vùng mới, bội số của số cũ. New number, a multiple of the old."),
    ],
    settings: Annotated[Path | None, SETTINGS] = None,
    lang: Annotated[str, LANG] = "vi",
) -> None:
    """Tăng số phân vùng và chuyển trạng thái theo. Raise the number of partitions, and move states along."""
    import asyncio

    from ioc.settings import brokers, load
    from ioc.streams.widen import repartition as run
    from ioc.words import say

    done = asyncio.run(run(brokers(load(settings).kafka), partitions))
    values = {"inputs": done.inputs, "moved": done.moved, "alerts": done.alerts, "partitions": partitions}
    print(say("state.repartitioned" if done.inputs else "state.nothing_to_do", _spoken(lang), **values))


def _spoken(lang: str) -> Lang:
    return "en" if lang == "en" else "vi"
