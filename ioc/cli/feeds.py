"""`ioc feeds`: what is registered, whether the files are right, and the keys that let a feed in."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from ioc.errors import Permanent
from ioc.words import Lang, say

if TYPE_CHECKING:
    from ioc.catalogue import Catalogue
    from ioc.settings import ConfigMistakes, Settings

feeds = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Nguồn dữ liệu và khóa của nguồn. Feeds and their keys."
)

DATA = typer.Option(help="Thư mục dữ liệu của `ioc up --data`. Data directory given to `ioc up --data`.")
LANG = typer.Option("--lang", envvar="IOC_LANG", help="vi, en")


@feeds.command("list")
def list_(*, data: Annotated[Path | None, DATA] = None, lang: Annotated[str, LANG] = "vi") -> None:
    """In danh mục nguồn và số khóa đang dùng. Print the feeds and how many keys each has."""
    from rich.console import Console
    from rich.table import Table

    from ioc.gateway.keys import KeyStore

    spoken = _spoken(lang)
    settings, catalogue = _opened(data, spoken)
    keys = KeyStore(settings.gateway.keys_file)
    table = Table(*(say(f"feeds.{column}", spoken) for column in ("feed", "title", "format", "sources", "keys")))
    for feed in catalogue.feeds:
        title = feed.title.vi if spoken == "vi" else feed.title.en
        table.add_row(
            feed.name, title, feed.adapter, str(len(feed.sources)), ", ".join(key.id for key in keys.active(feed.name))
        )
    Console().print(table)


@feeds.command()
def check(
    folder: Annotated[
        Path | None, typer.Argument(help="Thư mục tệp nguồn; mặc định là của cấu hình. Directory of feed files.")
    ] = None,
    *,
    heat: Annotated[Path | None, typer.Option(help="Tệp nguồn nhiệt đã biết. File of known heat sources.")] = None,
    lang: Annotated[str, LANG] = "vi",
) -> None:
    """Kiểm tra tệp nguồn, mỗi lỗi một câu. Check feed files, one sentence per mistake."""
    from ioc.settings import ConfigMistakes, load_catalogue

    spoken = _spoken(lang)
    settings = _settings(None, spoken)
    try:
        found = load_catalogue(folder or settings.paths.feeds, heat or settings.paths.heat)
    except ConfigMistakes as error:
        _all(error, spoken)
    print(say("feeds.sound", spoken, feeds=len(found.feeds), sources=sum(len(feed.sources) for feed in found.feeds)))


@feeds.command()
def key(
    feed: Annotated[str, typer.Argument(help="Tên nguồn. The feed's name.")],
    *,
    data: Annotated[Path | None, DATA] = None,
    note: Annotated[str, typer.Option(help="Ghi chú: cấp cho ai. For whom it is.")] = "",
    lang: Annotated[str, LANG] = "vi",
) -> None:
    """Cấp một khóa cho nguồn; khóa chỉ hiện một lần. Make a key for a feed; it is shown this one time."""
    from ioc.gateway.keys import KeyStore
    from ioc.runtime.clock import RealClock

    spoken = _spoken(lang)
    settings, catalogue = _opened(data, spoken)
    _known(feed, catalogue)
    issued = KeyStore(settings.gateway.keys_file).issue(feed, RealClock().now(), note)
    print(issued.text)
    print(say("feeds.issued", spoken, feed=feed, id=issued.key.id), file=sys.stderr)


@feeds.command()
def revoke(
    feed: Annotated[str, typer.Argument(help="Tên nguồn. The feed's name.")],
    key_id: Annotated[str, typer.Argument(help="Mã khóa (phần sau ioc_). The key's id.")],
    *,
    data: Annotated[Path | None, DATA] = None,
    lang: Annotated[str, LANG] = "vi",
) -> None:
    """Thu hồi một khóa ngay lập tức. End a key at once."""
    from ioc.gateway.keys import KeyStore

    spoken = _spoken(lang)
    settings = _settings(data, spoken)
    KeyStore(settings.gateway.keys_file).revoke(feed, key_id)
    print(say("feeds.revoked", spoken, feed=feed, id=key_id), file=sys.stderr)


def _settings(data: Path | None, lang: Lang) -> Settings:
    """Those of a data directory that `ioc up` has used, else of IOC_SETTINGS, else the defaults."""
    from ioc.settings import ConfigMistakes, Settings, load

    try:
        if data is None:
            return load()
        written = data / "settings.toml"
        return load(written) if written.is_file() else Settings.model_validate({"data": data.absolute()})
    except ConfigMistakes as error:
        _all(error, lang)


def _opened(data: Path | None, lang: Lang) -> tuple[Settings, Catalogue]:
    from ioc.settings import ConfigMistakes, load_catalogue

    settings = _settings(data, lang)
    try:
        return settings, load_catalogue(settings.paths.feeds, settings.paths.heat)
    except ConfigMistakes as error:
        _all(error, lang)


def _known(feed: str, catalogue: Catalogue) -> None:
    from ioc.settings.mistake import nearest

    if feed not in catalogue.by_feed:
        names = sorted(catalogue.by_feed)
        near = nearest(feed, names)
        raise Permanent("feed_unknown", feed=feed, known=near or ", ".join(names))


def _all(error: ConfigMistakes, lang: Lang) -> NoReturn:
    for sentence in error.sentences(lang):
        print(sentence, file=sys.stderr)
    raise typer.Exit(1)


def _spoken(lang: str) -> Lang:
    return "en" if lang == "en" else "vi"
