"""`ioc replay`: old files of a feed played into a running system, in a world and on a clock of their own."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ioc.cli.named import ADAPTERS
from ioc.errors import IocError, Permanent, Unreadable
from ioc.words import Lang, say


def replay(
    files: Annotated[list[str], typer.Argument(help="Các tệp của một nguồn. Files of one feed.")],
    *,
    adapter: Annotated[str, typer.Option(help="Bộ đọc định dạng. Format: " + ", ".join(ADAPTERS))],
    feed: Annotated[str | None, typer.Option(help="Tên nguồn hoặc tệp YAML. A feed's name, or its file.")] = None,
    speed: Annotated[
        str, typer.Option(help="max, real, hoặc số lần như 60x. max, real, or how many times as fast.")
    ] = "max",
    shift_to_now: Annotated[
        bool, typer.Option("--shift-to-now", help="Dời mọi thời gian đến hiện tại. Move all times to the present.")
    ] = False,
    move: Annotated[
        str | None,
        typer.Option(metavar="DLAT,DLON", help="Dời mọi tọa độ (độ bắc, độ đông). Move all places, degrees."),
    ] = None,
    notify: Annotated[
        bool, typer.Option("--notify", help="Cho cảnh báo gửi ra ngoài. Let its alerts leave by channels.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Phát lại từ đầu dưới tên mới. Play it anew, under a name of its own.")
    ] = False,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Cổng của `ioc up`. The port of `ioc up`.")] = 8080,
    settings: Annotated[
        Path | None, typer.Option(help="Tệp thiết lập thay cho --port. Settings file, instead of --port.")
    ] = None,
    lang: Annotated[str, typer.Option(envvar="IOC_LANG", help="vi, en")] = "vi",
) -> None:
    """Phát lại tệp cũ vào hệ thống đang chạy. Replay old files into a running system.

    Phát lại hai lần không thêm gì mới. Playing the same files again brings nothing new.
    """
    from ioc.cli.play import Wish, play_files
    from ioc.cli.running import find
    from ioc.settings import ConfigMistakes, load

    spoken: Lang = "en" if lang == "en" else "vi"
    try:
        wish = Wish(files, adapter, feed, pace(speed), shift_to_now, place(move), notify, again)
        play_files(wish, load(settings or find(port)), spoken)
    except ConfigMistakes as error:
        for sentence in error.sentences(spoken):
            print(sentence, file=sys.stderr)
        raise typer.Exit(1) from None
    except IocError as error:
        print(say(error.key, spoken, **error.values), file=sys.stderr)
        wrong_call = error.code.startswith(("convert_", "replay_"))
        raise typer.Exit(2 if wrong_call or isinstance(error, Unreadable) else 1) from None


def pace(given: str) -> float | None:
    """`max` -> None, `real` -> 1, `60x` -> 60; raises Permanent."""
    if given in ("max", "real"):
        return None if given == "max" else 1.0
    try:
        found = float(given.removesuffix("x")) if given.endswith("x") else 0.0
    except ValueError:
        found = 0.0
    if not 0.001 <= found <= 1e9:
        raise Permanent("replay_speed", given=given)
    return found


def place(given: str | None) -> tuple[float, float]:
    """`-29.15,-5.1` -> degrees north and east; raises Permanent."""
    if given is None:
        return 0.0, 0.0
    try:
        north, east = (float(part) for part in given.split(","))
    except ValueError:
        raise Permanent("replay_move", given=given) from None
    if not (abs(north) <= 180 and abs(east) <= 360):
        raise Permanent("replay_move", given=given)
    return north, east
